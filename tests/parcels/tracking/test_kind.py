"""Scans as files: CSV, workbooks, JSON of trackers; what is kept of them, doing it again, deleting exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, WrongState
from core.foundation.permissions import SYSTEM
from core.models import ImportBlock, ImportRow, ImportRun, Incident, IncidentOffer, Shipment, TrackingEvent
from core.models.imports import OfferState
from core.models.shipment import ShipmentStatus
from core.models.tracking import ScanSource, ScanState
from core.parcels.importers import FileResult
from core.parcels.importers.kinds import unpack
from core.parcels.tracking.reads import scans_of
from core.recovery.bringing import bring_in, take_out
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.parcels.tracking import payloads as made

LATER = NOW + timedelta(hours=1)


def csv(*rows: str, head: str = "Tracking number,Event time,Event,Location,Status") -> bytes:
    return "\n".join([head, *rows]).encode()


def bring(session: Session, data: bytes, name: str = "scans.csv", **more: Any) -> FileResult:
    return bring_in(session, data, actor=SYSTEM, file_name=name, now=LATER, **more)


def parcel(session: Session, number: str = "TH0001", **more: Any) -> Shipment:
    return make_shipment(session, tracking_number=number, **more)


def again(session: Session, one: Shipment) -> Shipment:
    return session.get_one(Shipment, one.id, populate_existing=True)


def test_a_csv_of_scans_needs_no_shop_and_tells_the_parcels(session: Session) -> None:
    one = parcel(session)
    found = bring(
        session,
        csv(
            "TH0001,2026-11-20 14:22:31,Arrived at hub,Bangkok,",
            "TH0001,2026-11-21 09:00,Delivered,,",
            "TH0001,2026-11-19 08:00,Picked up,,",
        ),
    )
    assert (found.report, found.rows, found.new, found.refused) == ("Tracking events", 3, 3, 0)
    assert [row.state for row in scans_of(session, one.id, actor=SYSTEM)] == [
        ScanState.DELIVERED,
        ScanState.IN_TRANSIT,
        ScanState.PICKED_UP,
    ]
    stored = again(session, one)
    # A time without a zone is local to the parcel's shop: Singapore.
    assert stored.delivered_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert (stored.status, stored.last_place) == (ShipmentStatus.DELIVERED, "Bangkok")


def test_a_preview_shows_the_rows_as_understood_and_writes_nothing(session: Session) -> None:
    parcel(session)
    found = bring(session, csv("TH0001,2026-11-20 14:22,已签收,,", "NOBODY1,2026-11-20 14:22,已签收,,"), dry_run=True)
    assert found.shown[0]["State"] == "Delivered"
    assert found.more["unknown"] == 1 and found.refused == 1
    assert session.scalar(select(func.count()).select_from(TrackingEvent)) == 0


def test_the_same_file_again_changes_nothing_and_leaves_no_second_run(session: Session) -> None:
    parcel(session)
    data = csv("TH0001,2026-11-20 14:22:31,Arrived at hub,,")
    first, second = bring(session, data), bring(session, data)
    assert (first.new, second.new, second.unchanged) == (1, 0, 1)
    assert second.run_id == first.run_id


def test_a_file_imported_again_takes_the_parcels_that_were_unknown_before(session: Session) -> None:
    parcel(session)
    data = csv("TH0001,2026-11-20 14:22:31,Arrived at hub,,", "TH0002,2026-11-20 14:22:31,Arrived at hub,,")
    assert bring(session, data).more["unknown"] == 1
    parcel(session, "TH0002")
    found = bring(session, data)
    assert (found.new, found.unchanged, found.more["unknown"]) == (1, 1, 0)


def test_status_codes_of_any_source_and_words_are_understood(session: Session) -> None:
    one = parcel(session)
    bring(
        session,
        csv(
            "TH0001,2026-11-18 10:00,,,InTransit_PickedUp",
            "TH0001,2026-11-19 10:00,,,Exception_012",
            "TH0001,2026-11-20 10:00,,,Out for delivery",
            "TH0001,2026-11-21 10:00,xyz,,Whatever",
        ),
    )
    assert [row.state for row in reversed(scans_of(session, one.id, actor=SYSTEM))] == [
        ScanState.PICKED_UP,
        ScanState.DAMAGED,
        ScanState.OUT_FOR_DELIVERY,
        ScanState.UNKNOWN,
    ]
    assert scans_of(session, one.id, actor=SYSTEM)[3].code == "InTransit_PickedUp"


@pytest.mark.parametrize("name", ["push.json", "push.txt", "anything"])
def test_a_payload_of_17track_is_a_file_like_any_other(session: Session, name: str) -> None:
    one = parcel(session, made.NUMBER)
    body = made.seventeen_push(
        made.seventeen_event("2026-11-20T14:22:31+08:00", "Delivered", "Manila", stage="Delivered"),
        made.seventeen_event("2026-11-18T10:00:00+08:00", "Picked up", stage="PickedUp"),
        status="Delivered",
    )
    found = bring(session, body, name)
    assert (found.container, found.new) == ("JSON", 2)
    row = scans_of(session, one.id, actor=SYSTEM)[0]
    assert (row.source, row.code, row.offset, row.place) == (ScanSource.SEVENTEEN_TRACK, "Delivered", 480, "Manila")


def test_a_payload_of_aftership_tells_what_has_no_scans(session: Session) -> None:
    parcel(session, "A1")
    body = made.aftership(
        {
            "trackings": [
                made.aftership_tracking(
                    made.checkpoint("2026-11-20T14:22:31", "Arrived", "InTransit_003"), number="A1"
                ),
                made.aftership_tracking(number="A2"),
            ]
        }
    )
    found = bring(session, body, "list.json")
    assert found.new == 1
    assert any("A2" in said for said in found.said())


def test_json_that_is_no_tracking_is_refused_in_a_sentence(session: Session) -> None:
    with pytest.raises(Invalid, match="no scans"):
        bring(session, b'{"couriers": []}', "couriers.json")


def test_nobody_is_kept_in_what_is_kept_of_a_file(session: Session) -> None:
    parcel(session)
    head = "Tracking number,Event time,Event,Location,Driver,Phone"
    bring(
        session,
        csv(
            "TH0001,2026-11-20 14:22,快递员张三(13800138000)正在派件,Hub of 李小明 13900139000,Zhang San,13800138000",
            "TH0001,never call 13600136000,签收人：王五,,Wang Wu,13700137000",
            head=head,
        ),
    )
    kept = b"".join(raw for body in session.scalars(select(ImportBlock.body)) for raw in unpack(body).values()).decode()
    refused = orjson.dumps([[row.raw, row.refused] for row in session.scalars(select(ImportRow))]).decode()
    stored = " ".join(f"{event.text} {event.place}" for event in session.scalars(select(TrackingEvent)))
    for text in (kept, refused, stored):
        assert [
            part for part in ("张三", "李小明", "王五", "Zhang", "Wang", "138", "139", "137", "136") if part in text
        ] == []
    assert "正在派件" in kept and "正在派件" in stored


def test_rows_that_cannot_be_are_refused_one_by_one(session: Session) -> None:
    parcel(session, ordered_at=NOW - timedelta(days=12))
    found = bring(
        session,
        csv(
            "TH0001,2026-02-30 10:00,Arrived,,",
            "TH0001,2031-01-01 10:00,Arrived,,",
            ",2026-11-20 10:00,Arrived,,",
            "TH0001,2019-11-20 10:00,Arrived,,",
            "TH0001,2026-11-20 10:00,Arrived,,",
        ),
    )
    assert (found.new, found.refused) == (1, 4)


def test_two_parcels_of_one_number_both_get_the_scan_each_in_its_own_zone(session: Session) -> None:
    one = make_shipment(session, make_shop(session, zone="Asia/Singapore"), tracking_number="TWO1")
    two = make_shipment(
        session, make_shop(session, zone="Asia/Jakarta", market="ID", currency="IDR"), tracking_number="TWO1"
    )
    assert bring(session, csv("TWO1,2026-11-20 10:00,Arrived,,")).new == 2
    assert scans_of(session, two.id, actor=SYSTEM)[0].at - scans_of(session, one.id, actor=SYSTEM)[0].at == timedelta(
        hours=1
    )


def test_a_loss_told_by_a_file_is_offered_as_an_incident(session: Session) -> None:
    one = parcel(session)
    assert bring(session, csv("TH0001,2026-11-20 10:00,Parcel lost in transit,,")).offers == 1
    assert session.scalars(select(IncidentOffer)).one().shipment_id == one.id
    assert again(session, one).status is ShipmentStatus.LOST


# --- what is said beside it ---------------------------------------------------------------------------------------------


def test_words_nobody_knows_are_named_and_counted(session: Session) -> None:
    parcel(session)
    rows = [f"TH0001,2026-11-1{n} 10:00,Frobnicated {n},," for n in range(6)]
    found = bring(session, csv("TH0001,2026-11-10 09:00,Arrived at hub,,", *rows), dry_run=True)
    [said] = [one for one in found.said() if "not known" in one]
    assert said.startswith("6 different wordings")
    assert "Frobnicated 4" in said and "Frobnicated 5" not in said, "five of them as examples"
    assert "Arrived" not in said


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        (("11/12/2025", "13/11/2025"), ""),
        (("11/12/2025", "11/13/2025"), "month, then day"),
        (("11/12/2025", "10/12/2025"), "either way"),
        (("2026-11-12", "2026-11-13"), ""),
    ],
)
def test_how_dates_were_read_is_said_where_it_is_not_plain(session: Session, dates: tuple[str, str], says: str) -> None:
    parcel(session, ordered_at=datetime(2025, 1, 1, tzinfo=UTC))
    found = bring(session, csv(*(f"TH0001,{one} 10:00,Arrived at hub,," for one in dates)), dry_run=True)
    assert found.refused == 0
    told = [one for one in found.said() if "Dates" in one]
    assert len(told) == bool(says)
    assert says in "".join(told)


# --- deleting -----------------------------------------------------------------------------------------------------------


def test_deleting_an_import_takes_its_scans_and_their_traces_in_the_parcel_away(session: Session) -> None:
    one = parcel(session, last_scan_at=NOW - timedelta(days=9))
    before = (one.first_scan_at, one.last_scan_at, one.delivered_at, one.last_place, one.status)
    kept = bring(session, csv("TH0001,2026-11-19 08:00,Picked up,Yiwu,"), "one.csv")
    middle = again(session, one)
    then = (middle.first_scan_at, middle.last_scan_at, middle.delivered_at, middle.last_place, middle.status)
    gone = bring(
        session,
        csv("TH0001,2026-11-21 09:00,Delivered,Manila,", "TH0001,2026-11-20 09:00,Lost in transit,,"),
        "two.csv",
    )
    assert again(session, one).status is ShipmentStatus.DELIVERED
    assert gone.run_id is not None and kept.run_id is not None
    take_out(session, gone.run_id, actor=SYSTEM, now=LATER)
    after = again(session, one)
    assert (after.first_scan_at, after.last_scan_at, after.delivered_at, after.last_place, after.status) == then
    assert session.scalar(select(func.count()).select_from(IncidentOffer)) == 0
    take_out(session, kept.run_id, actor=SYSTEM, now=LATER)
    after = again(session, one)
    assert (after.first_scan_at, after.last_scan_at, after.delivered_at, after.last_place, after.status) == before


def test_a_scan_that_a_later_file_told_again_keeps_the_first_file(session: Session) -> None:
    parcel(session)
    row = "TH0001,2026-11-19 08:00,Picked up,,"
    first, second = (
        bring(session, csv(row), "one.csv"),
        bring(session, csv(row, "TH0001,2026-11-20 08:00,Arrived,,"), "two.csv"),
    )
    assert first.run_id is not None and second.run_id is not None
    with pytest.raises(WrongState, match=r"two\.csv"):
        take_out(session, first.run_id, actor=SYSTEM, now=LATER)
    take_out(session, second.run_id, actor=SYSTEM, now=LATER)
    take_out(session, first.run_id, actor=SYSTEM, now=LATER)
    assert session.scalar(select(func.count()).select_from(TrackingEvent)) == 0
    assert all(run.deleted_at is not None for run in session.scalars(select(ImportRun)))


def test_a_file_that_a_case_was_made_of_stays(session: Session) -> None:
    one = parcel(session)
    run = bring(session, csv("TH0001,2026-11-20 10:00,Parcel lost in transit,,")).run_id
    case: Incident = make_incident(session, one)
    offer = session.scalars(select(IncidentOffer)).one()
    offer.state, offer.incident_id = OfferState.TAKEN, case.id
    session.flush()
    assert run is not None
    with pytest.raises(WrongState, match=case.reference):
        take_out(session, run, actor=SYSTEM, now=LATER)


def test_an_offer_that_an_arrival_took_back_comes_back_when_the_arrival_goes(session: Session) -> None:
    parcel(session)
    bring(session, csv("TH0001,2026-11-20 10:00,Parcel lost in transit,,"), "lost.csv")
    arrival = bring(session, csv("TH0001,2026-11-22 10:00,Delivered,,"), "arrived.csv").run_id
    offer = select(IncidentOffer).execution_options(populate_existing=True)
    assert session.scalars(offer).one().state is OfferState.DISMISSED
    assert arrival is not None
    take_out(session, arrival, actor=SYSTEM, now=LATER)
    assert session.scalars(offer).one().state is OfferState.OPEN
