"""The daily look for clusters, and the groups it opens: one for one thing, never twice, with their cases."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.desk.story import story
from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.insight.clusters import (
    add_cases,
    close_group,
    count_open,
    group_cases,
    list_groups,
    look_for_clusters,
    open_group,
    remove_case,
)
from core.models import Carrier, ClusterLook, Incident, Shipment, Shop, Tag, TrackingEvent
from core.models.group import Dimension, GroupState
from core.models.incident import IncidentType, Result
from core.models.tracking import ScanSource, ScanState
from tests.factories import NOW, make_carrier, make_incident, make_shipment, make_shop
from tests.people import OUT, acting

DAY = timedelta(days=1)


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session)


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session, name="Lark Express")


def hand_over(
    session: Session, shop: Shop, carrier: Carrier, days_ago: int, parcels: int, lost: int, **more: object
) -> list[Incident]:
    """Parcels given to the carrier on one day, the first so many of them lost and noticed after three days."""
    shipped = NOW - days_ago * DAY
    found = []
    for n in range(parcels):
        shipment = make_shipment(session, shop, carrier, shipped_at=shipped, accepted_at=shipped, **more)
        if n < lost:
            found.append(
                make_incident(session, shipment, noticed_at=shipped + 3 * DAY, registered_at=shipped + 3 * DAY)
            )
    return found


def quiet_days(session: Session, shop: Shop, carrier: Carrier, **more: object) -> None:
    for days_ago in range(34, 44):
        hand_over(session, shop, carrier, days_ago, 20, 0, **more)


def test_a_hand_over_full_of_losses_opens_one_group_with_its_cases(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    quiet_days(session, shop, carrier, origin="Shenzhen 1", packed_by="Li")
    cases = hand_over(session, shop, carrier, 33, 20, 7, origin="Shenzhen 1", packed_by="Li")
    opened = look_for_clusters(session, actor=SYSTEM, now=NOW)
    [group] = list_groups(session, actor=acting(session, Role.VIEWER))
    assert opened == [group.reference]
    assert (group.dimension, group.type, group.cases, group.carrier) == (
        Dimension.HANDOVER,
        IncidentType.LOST,
        7,
        "Lark Express",
    )
    assert (group.numbers["events"], group.numbers["n"]) == (7, 20)
    assert [one.reference for one in group_cases(session, group.id, actor=SYSTEM)] == [one.reference for one in cases]
    assert story(session, cases[0].reference, actor=SYSTEM).header.groups == (group.reference,)
    # The run of three days holds the same cases: told in the group, not opened beside it.
    assert count_open(session, actor=SYSTEM) == 1
    trail = session.scalars(select(AuditEvent.tag).where(AuditEvent.chain == cases[0].id)).all()
    assert Tag.GROUP_OPENED.value in trail


def test_a_second_look_of_the_same_day_is_no_look(session: Session, shop: Shop, carrier: Carrier) -> None:
    quiet_days(session, shop, carrier)
    hand_over(session, shop, carrier, 33, 20, 7)
    look_for_clusters(session, actor=SYSTEM, now=NOW)
    assert look_for_clusters(session, actor=SYSTEM, now=NOW + timedelta(hours=3)) is None
    assert session.scalar(select(func.count()).select_from(ClusterLook)) == 1


def test_the_next_day_finds_the_group_there_and_adds_the_case_that_came_late(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    quiet_days(session, shop, carrier)
    hand_over(session, shop, carrier, 33, 20, 7)
    look_for_clusters(session, actor=SYSTEM, now=NOW)
    late = make_shipment(session, shop, carrier, shipped_at=NOW - 33 * DAY, accepted_at=NOW - 33 * DAY)
    make_incident(session, late, noticed_at=NOW)
    assert look_for_clusters(session, actor=SYSTEM, now=NOW + DAY) == []
    [group] = list_groups(session, actor=SYSTEM)
    assert group.cases == 8


def test_a_concluded_group_is_not_opened_again_for_the_same_cases(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    quiet_days(session, shop, carrier)
    hand_over(session, shop, carrier, 33, 20, 7)
    look_for_clusters(session, actor=SYSTEM, now=NOW)
    lead = acting(session, Role.LEAD)
    [group] = list_groups(session, actor=lead)
    with pytest.raises(Invalid):
        close_group(session, group.id, actor=lead, conclusion="  ", now=NOW)
    close_group(session, group.id, actor=lead, conclusion="The lorry burnt; all claimed together.", now=NOW)
    assert look_for_clusters(session, actor=SYSTEM, now=NOW + DAY) == []
    assert count_open(session, actor=lead) == 0
    assert [one.conclusion for one in list_groups(session, actor=lead, state=GroupState.CLOSED)] == [
        "The lorry burnt; all claimed together."
    ]


def test_losses_spread_evenly_raise_no_alarm(session: Session, shop: Shop, carrier: Carrier) -> None:
    for days_ago in range(33, 44):
        hand_over(session, shop, carrier, days_ago, 20, 1, origin="Shenzhen 1", packed_by="Li")
    assert look_for_clusters(session, actor=SYSTEM, now=NOW) == []


def test_a_case_that_was_no_loss_does_not_count(session: Session, shop: Shop, carrier: Carrier) -> None:
    quiet_days(session, shop, carrier)
    for case in hand_over(session, shop, carrier, 33, 20, 7):
        case.result = Result.ARRIVED
    session.flush()
    assert look_for_clusters(session, actor=SYSTEM, now=NOW) == []


@pytest.mark.parametrize(
    ("dimension", "mine", "others"),
    [
        (Dimension.PACKER, {"packed_by": "Wu"}, {"packed_by": "Li"}),
        (Dimension.LANE, {"origin": "Yiwu"}, {"origin": "Shenzhen 1"}),
    ],
)
def test_a_packer_or_a_lane_stands_out_over_many_days(
    session: Session, shop: Shop, carrier: Carrier, dimension: Dimension, mine: dict[str, str], others: dict[str, str]
) -> None:
    for days_ago in range(32, 44):
        hand_over(session, shop, carrier, days_ago, 12, 0, **others)
        hand_over(session, shop, carrier, days_ago, 3, 1, **mine)
    look_for_clusters(session, actor=SYSTEM, now=NOW)
    groups = list_groups(session, actor=SYSTEM)
    assert dimension in {one.dimension for one in groups}


def test_a_hub_that_the_lost_parcels_passed_stands_out(session: Session, shop: Shop, carrier: Carrier) -> None:
    for days_ago in range(32, 44):
        for hub, parcels, lost in (("Central hub", 12, 0), ("Hub of ill repute", 3, 1)):
            hand_over(session, shop, carrier, days_ago, parcels, lost, packed_by=hub)
    for shipment in session.scalars(select(Shipment)).all():
        session.add(_scan(shipment.id, shipment.packed_by or "", 31))
        shipment.packed_by = None
    session.flush()
    look_for_clusters(session, actor=SYSTEM, now=NOW)
    [group] = list_groups(session, actor=SYSTEM)
    assert (group.dimension, group.key["value"], group.cases) == (Dimension.HUB, "Hub of ill repute", 12)


def test_scans_and_packers_known_of_lost_parcels_alone_raise_no_alarm(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    for days_ago in range(32, 44):
        cases = hand_over(session, shop, carrier, days_ago, 12, 1)
        session.add(_scan(cases[0].shipment_id, "Central hub", 31))
        shipment = session.get(Shipment, cases[0].shipment_id)
        assert shipment is not None
        shipment.packed_by = "Wu"
    session.flush()
    assert look_for_clusters(session, actor=SYSTEM, now=NOW) == []


def test_a_person_puts_cases_together_adds_and_takes_out(session: Session) -> None:
    lead = acting(session, Role.LEAD)
    cases = [make_incident(session) for _n in range(3)]
    with pytest.raises(Invalid):
        open_group(session, actor=lead, name="Wet lorry", references=[cases[0].reference], now=NOW)
    with pytest.raises(NotFound, match="INC-1999-00001"):
        open_group(session, actor=lead, name="Wet lorry", references=["INC-1999-00001"], now=NOW)
    group = open_group(
        session, actor=lead, name="Wet lorry", references=[one.reference.lower() for one in cases[:2]], now=NOW
    )
    assert add_cases(session, group.id, actor=lead, references=[one.reference for one in cases], now=NOW) == 1
    remove_case(session, group.id, cases[0].id, actor=lead, now=NOW)
    assert [one.incident_id for one in group_cases(session, group.id, actor=lead)] == [cases[1].id, cases[2].id]
    close_group(session, group.id, actor=lead, conclusion="Dried and claimed.", now=NOW)
    with pytest.raises(WrongState):
        add_cases(session, group.id, actor=lead, references=[cases[0].reference], now=NOW)


def test_who_may_see_nothing_sees_no_group(session: Session) -> None:
    with pytest.raises(NotAllowed):
        list_groups(session, actor=OUT)
    with pytest.raises(NotAllowed):
        open_group(session, actor=acting(session, Role.AGENT), name="x", references=[], now=NOW)


def _scan(shipment_id: int, place: str, days_ago: int) -> TrackingEvent:
    at = NOW - days_ago * DAY + timedelta(hours=9)
    return TrackingEvent(
        shipment_id=shipment_id,
        key=sha256(f"{place} {at}".encode()).digest()[:16],
        at=at,
        state=ScanState.IN_TRANSIT,
        source=ScanSource.FILE,
        place=place,
        added_at=NOW,
    )
