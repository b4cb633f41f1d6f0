"""Scans in the database: once each, in any order, and what they make of the parcel's own facts; taken back exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.permissions import SYSTEM
from core.models import IncidentOffer, Shipment, TrackingEvent, TrackingTold
from core.models.imports import OfferState
from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.models.tracking import ScanSource, ScanState
from core.parcels.tracking.known import known_parcels, meant
from core.parcels.tracking.reads import scans_of
from core.parcels.tracking.scan import Scan
from core.parcels.tracking.store import Added, add
from core.parcels.tracking.told import forward, lift, retell
from tests.factories import NOW, make_incident, make_shipment, make_shop

S, P = ScanState, ShipmentStatus
BEGAN = NOW - timedelta(days=9)


def scan(day: float, state: ScanState, text: str = "", place: str = "") -> Scan:
    at = (BEGAN + timedelta(days=day)).replace(microsecond=0)
    return Scan(at, 480, state, ScanSource.PASTED, None, place, text or f"{state.value} {day}")


def put(session: Session, parcel: Shipment, *scans: Scan, **more: Any) -> Added:
    return add(session, [(parcel.id, one) for one in scans], actor=SYSTEM, now=NOW, **more)


def facts(session: Session, parcel: Shipment) -> tuple[Any, ...]:
    one = session.get_one(Shipment, parcel.id, populate_existing=True)
    return one.first_scan_at, one.last_scan_at, one.delivered_at, one.last_place, one.status


WAY = (
    scan(0, S.ANNOUNCED),
    scan(1, S.PICKED_UP, place="Yiwu"),
    scan(2, S.IN_TRANSIT, place="Manila"),
    scan(3, S.UNKNOWN, "???"),
    scan(4, S.DELIVERED, place="Quezon City"),
)


def test_scans_tell_first_and_last_scan_delivery_place_and_status(session: Session) -> None:
    parcel = make_shipment(session)
    added = put(session, parcel, *WAY)
    assert (added.count, added.known) == (5, 0)
    assert facts(session, parcel) == (WAY[1].at, WAY[4].at, WAY[4].at, "Quezon City", P.DELIVERED)


def test_the_same_scans_again_change_nothing(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, *WAY)
    version = session.get_one(Shipment, parcel.id, populate_existing=True).version
    trail = session.scalar(select(func.count()).select_from(AuditEvent))
    again = put(session, parcel, *WAY)
    assert (again.count, again.known, again.changes) == (0, 5, [])
    assert session.get_one(Shipment, parcel.id, populate_existing=True).version == version
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == trail


def test_scans_may_come_in_any_order(session: Session) -> None:
    found = set()
    for order in permutations(WAY[1:]):
        parcel = make_shipment(session)
        for one in order:
            put(session, parcel, one)
        found.add(facts(session, parcel))
    assert len(found) == 1


def test_a_parcel_that_arrived_is_offered_as_damaged_but_not_as_lost(session: Session) -> None:
    parcel, other = make_shipment(session), make_shipment(session)
    put(session, parcel, scan(1, S.PICKED_UP), scan(2, S.LOST), scan(3, S.DAMAGED), scan(4, S.DELIVERED))
    put(session, other, scan(1, S.PICKED_UP), scan(2, S.LOST))
    offers = session.execute(select(IncidentOffer.shipment_id, IncidentOffer.type, IncidentOffer.state))
    assert {tuple(row) for row in offers} == {
        (parcel.id, IncidentType.DAMAGED, OfferState.OPEN),
        (other.id, IncidentType.LOST, OfferState.OPEN),
    }


def test_what_a_case_is_there_for_is_not_offered_again(session: Session) -> None:
    parcel = make_shipment(session)
    make_incident(session, parcel, type=IncidentType.DAMAGED)
    assert put(session, parcel, scan(2, S.DAMAGED), scan(3, S.LOST)).offers == 1
    assert session.scalars(select(IncidentOffer.type)).all() == [IncidentType.LOST]


STATES = st.sampled_from(list(ScanState))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 8), STATES), min_size=1, max_size=7, unique=True),
    st.sampled_from(list(P)),
    st.data(),
)
def test_whatever_comes_in_whatever_order_the_facts_are_the_same_and_go_back(
    session: Session, told: list[tuple[int, ScanState]], status: ShipmentStatus, data: st.DataObject
) -> None:
    scans = [scan(day, state) for day, state in told]
    one, other = make_shipment(session, status=status), make_shipment(session, status=status)
    before = facts(session, other)
    put(session, one, *scans)
    for single in data.draw(st.permutations(scans)):
        put(session, other, single)
    assert facts(session, one) == facts(session, other)
    session.query(TrackingEvent).filter_by(shipment_id=other.id).delete()
    retell(session, [other.id], now=NOW)
    assert facts(session, other) == before
    assert session.get(TrackingTold, other.id, populate_existing=True) is None


def test_a_label_starts_no_first_scan_and_an_unknown_wording_only_breaks_the_silence(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, scan(0, S.ANNOUNCED), scan(1, S.UNKNOWN))
    first, last, delivered, _place, status = facts(session, parcel)
    assert (first, last, delivered, status) == (None, scan(1, S.UNKNOWN).at, None, P.SHIPPED)


@pytest.mark.parametrize("state", [S.LOST, S.SILENT, S.CANCELLED, S.DESTROYED])
def test_a_loss_declared_is_no_sign_of_life(session: Session, state: ScanState) -> None:
    parcel = make_shipment(session)
    put(session, parcel, scan(1, S.IN_TRANSIT), scan(5, state))
    assert facts(session, parcel)[1] == scan(1, S.IN_TRANSIT).at


def test_dates_only_reach_further_and_a_delivery_that_is_known_stays(session: Session) -> None:
    first, last, arrived = BEGAN - timedelta(days=1), BEGAN + timedelta(days=8), BEGAN + timedelta(days=7)
    parcel = make_shipment(session, first_scan_at=first, last_scan_at=last, delivered_at=arrived, status=P.DELIVERED)
    put(session, parcel, *WAY)
    assert facts(session, parcel)[:3] == (first, last, arrived)


def test_a_delivery_after_a_return_began_is_none_to_the_buyer(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, scan(1, S.PICKED_UP), scan(3, S.RETURNING), scan(5, S.DELIVERED))
    assert facts(session, parcel)[2] is None
    assert facts(session, parcel)[4] is P.RETURNING


def test_a_delivery_before_a_return_stays_one(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, scan(3, S.DELIVERED), scan(5, S.RETURNED))
    assert facts(session, parcel)[2] == scan(3, S.DELIVERED).at
    assert facts(session, parcel)[4] is P.RETURNED


@pytest.mark.parametrize(
    ("status", "end", "becomes"),
    [
        (P.SHIPPED, S.DELIVERED, P.DELIVERED),
        (P.ORDERED, None, P.SHIPPED),
        (P.UNKNOWN, None, P.SHIPPED),
        (P.LOST, S.DELIVERED, P.DELIVERED),
        (P.LOST, S.RETURNING, P.LOST),
        (P.COMPLETED, S.LOST, P.COMPLETED),
        (P.CANCELLED, S.DELIVERED, P.CANCELLED),
        (P.DELIVERED, S.LOST, P.DELIVERED),
        (P.RETURNING, S.DELIVERED, P.RETURNING),
        (P.RETURNING, S.RETURNED, P.RETURNED),
        (P.FAILED, S.RETURNED, P.RETURNED),
        (P.SHIPPED, S.DESTROYED, P.LOST),
    ],
)
def test_a_status_only_goes_forward(status: ShipmentStatus, end: ScanState | None, becomes: ShipmentStatus) -> None:
    assert forward(status, end, moves=True) is becomes


def test_what_a_file_writes_stays_its_own_word_under_the_scans(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, *WAY)
    lifted = lift(session, [parcel.id])
    assert lifted == [parcel.id]
    stored = session.get_one(Shipment, parcel.id, populate_existing=True)
    assert (stored.status, stored.delivered_at) == (P.SHIPPED, None)
    stored.status = P.COMPLETED
    retell(session, lifted, now=NOW)
    assert facts(session, parcel)[4] is P.COMPLETED
    assert facts(session, parcel)[2] == WAY[4].at
    session.query(TrackingEvent).delete()
    retell(session, [parcel.id], now=NOW)
    assert facts(session, parcel)[4] is P.COMPLETED
    assert facts(session, parcel)[2] is None


def test_a_lost_parcel_is_offered_once_and_not_where_a_case_is(session: Session) -> None:
    parcel, known = make_shipment(session), make_shipment(session)
    make_incident(session, known)
    assert put(session, parcel, scan(5, S.LOST, "Declared lost")).offers == 1
    assert put(session, parcel, scan(6, S.LOST, "Declared lost again")).offers == 0
    assert put(session, known, scan(5, S.LOST)).offers == 0
    offer = session.scalars(select(IncidentOffer)).one()
    assert (offer.type, offer.reason, offer.state) == (IncidentType.LOST, "Declared lost", OfferState.OPEN)


def test_an_arrival_takes_the_offer_back(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, scan(5, S.LOST))
    assert len(put(session, parcel, scan(6, S.DELIVERED)).withdrawn) == 1
    assert (
        session.scalars(select(IncidentOffer).execution_options(populate_existing=True)).one().state
        is OfferState.DISMISSED
    )


def test_damage_is_offered_even_of_a_parcel_that_arrived(session: Session) -> None:
    parcel = make_shipment(session)
    assert put(session, parcel, scan(4, S.DAMAGED), scan(5, S.DELIVERED)).offers == 1


def test_every_case_of_the_parcel_has_it_in_its_history(session: Session) -> None:
    parcel = make_shipment(session)
    case = make_incident(session, parcel)
    put(session, parcel, *WAY)
    event = session.scalars(select(AuditEvent).where(AuditEvent.chain == case.id)).one()
    assert event.tag == "tracking.added"
    assert event.after["scans"] == 5
    assert event.after["delivered_at"] is not None and event.before["delivered_at"] is None


def test_one_number_means_the_newest_parcels_ordered_before_the_scan(session: Session) -> None:
    old = make_shipment(
        session, tracking_number="AGAIN1", ordered_at=NOW - timedelta(days=500), accepted_at=None, shipped_at=None
    )
    one = make_shipment(
        session, tracking_number="AGAIN1", ordered_at=NOW - timedelta(days=20), accepted_at=None, shipped_at=None
    )
    two = make_shipment(
        session, last_mile_number="AGAIN1", ordered_at=NOW - timedelta(days=18), accepted_at=None, shipped_at=None
    )
    found = known_parcels(session, ["again-1", "NOBODY"])
    assert set(found) == {"again-1"}
    assert {parcel.id for parcel in meant(found["again-1"], NOW)} == {one.id, two.id}
    assert {parcel.id for parcel in meant(found["again-1"], NOW - timedelta(days=400))} == {old.id}
    assert meant(found["again-1"], NOW - timedelta(days=900)) == []


def test_the_shop_narrows_what_a_number_means(session: Session) -> None:
    here, there = make_shop(session), make_shop(session)
    one = make_shipment(session, here, tracking_number="BOTH1")
    make_shipment(session, there, tracking_number="BOTH1")
    assert [parcel.id for parcel in known_parcels(session, ["BOTH1"], shop_id=here.id)["BOTH1"]] == [one.id]


def test_scans_are_read_newest_first_with_their_zone(session: Session) -> None:
    parcel = make_shipment(session)
    put(session, parcel, *WAY)
    rows = scans_of(session, parcel.id, actor=SYSTEM)
    assert [row.state for row in rows] == [one.state for one in reversed(WAY)]
    assert rows[0].offset == 480
    assert rows[0].at == WAY[4].at.astimezone(UTC)
    assert len(scans_of(session, parcel.id, actor=SYSTEM, limit=2)) == 2
    assert isinstance(rows[0].added_at, datetime)
