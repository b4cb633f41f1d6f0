"""Scans pasted into a case: understood first, kept once, with everything that follows from a delivery after all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.desk.story import story
from core.foundation import config, files
from core.foundation.errors import Invalid, NotFound
from core.foundation.permissions import SYSTEM
from core.models import Clock, Evidence, Incident, Shipment, StoredFile, TrackingEvent
from core.models.clock import ClockKind
from core.models.incident import Cause, IncidentState, Result
from core.models.shipment import ShipmentStatus
from core.parcels.tracking.reads import scans_of
from core.recovery import scans
from core.recovery.claims.money import ARRIVED_LATER
from tests.factories import NOW, make_incident, make_policy, make_rates, make_shipment
from tests.parcels.tracking.payloads import seventeen_event, seventeen_push
from tests.people import acting
from tests.recovery.claiming import filed, taken

LATER = NOW + timedelta(days=2)
PAGE = "2026-11-19 22:10 Arrived at hub\n2026-11-18 10:00 【义乌市】已揽收，快递员张三(13800138000)"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[None]:
    with config.override(data_dir=tmp_path):
        yield


def paste(session: Session, case: Incident, text: str = PAGE, **more: str) -> scans.ScansAdded:
    return scans.paste_scans(session, case.id, actor=SYSTEM, text=text, now=LATER, **more)


def test_a_paste_is_shown_before_it_is_kept(session: Session) -> None:
    case = make_incident(session)
    found = scans.read_scans(session, case.id, actor=SYSTEM, text=PAGE, now=LATER)
    assert (len(found.new), found.known, found.zone) == (2, 0, "Asia/Singapore")
    assert session.scalar(select(func.count()).select_from(TrackingEvent)) == 0
    paste(session, case)
    found = scans.read_scans(session, case.id, actor=SYSTEM, text=PAGE, now=LATER)
    assert (len(found.new), found.known) == (0, 2)


def test_a_paste_is_kept_once_without_anybody_in_it(session: Session) -> None:
    case = make_incident(session)
    assert paste(session, case).new == 2
    assert paste(session, case).new == 0
    rows = scans_of(session, case.shipment_id, actor=SYSTEM)
    assert len(rows) == 2
    assert all("张三" not in row.text and "138" not in row.text for row in rows)


def test_times_are_local_to_the_shop_unless_a_zone_is_given(session: Session) -> None:
    one, two = make_incident(session), make_incident(session)
    paste(session, one, "2026-11-19 22:10 Arrived")
    paste(session, two, "2026-11-19 22:10 Arrived", zone="Asia/Jakarta")
    assert scans_of(session, one.shipment_id, actor=SYSTEM)[0].at == datetime(2026, 11, 19, 14, 10, tzinfo=UTC)
    assert scans_of(session, two.shipment_id, actor=SYSTEM)[0].at == datetime(2026, 11, 19, 15, 10, tzinfo=UTC)
    with pytest.raises(Invalid, match="no time zone"):
        paste(session, one, zone="Nowhere/Land")


def test_scans_of_another_parcel_are_refused_by_its_number(session: Session) -> None:
    case = make_incident(session)
    with pytest.raises(Invalid, match="ELSE123456"):
        paste(session, case, "Tracking number: ELSE123456\n2026-11-19 22:10 Delivered")
    number = session.get_one(Shipment, case.shipment_id).tracking_number
    assert paste(session, case, f"单号：{number}\n2026-11-19 22:10 Arrived").new == 1


def test_a_payload_of_several_parcels_gives_this_one_its_own(session: Session) -> None:
    case = make_incident(session, make_shipment(session, tracking_number="MINE12345"))
    event = seventeen_event("2026-11-19T22:10:00+08:00", "Arrived", stage="Arrival")
    text = (seventeen_push(event, number="MINE12345") + b"\n" + seventeen_push(event, number="OTHER12345")).decode()
    assert scans.read_scans(session, case.id, actor=SYSTEM, text=text, now=LATER).others == ("OTHER12345",)
    assert paste(session, case, text).new == 1


def test_a_case_that_is_not_there_is_said_so(session: Session) -> None:
    with pytest.raises(NotFound):
        scans.paste_scans(session, 10**9, actor=SYSTEM, text=PAGE, now=LATER)


def test_dates_to_come_are_no_scans(session: Session) -> None:
    with pytest.raises(Invalid, match="None of these dates"):
        paste(session, make_incident(session), "2031-01-01 10:00 Arrived")


def test_the_tracking_state_of_an_open_case_is_frozen_with_its_scans(session: Session) -> None:
    case = make_incident(session)
    paste(session, case)
    found = session.scalars(
        select(StoredFile.sha256)
        .join(Evidence, Evidence.sha256 == StoredFile.sha256)
        .where(Evidence.incident_id == case.id, StoredFile.media_type == "text/plain")
    ).one()
    text = files.store().path(found).read_text(encoding="utf-8")
    assert "Arrived at hub" in text and "义乌市" in text and "张三" not in text
    paste(session, case)
    assert session.scalar(select(func.count()).select_from(Evidence).where(Evidence.incident_id == case.id)) == 2


def test_a_closed_case_takes_scans_and_freezes_nothing(session: Session) -> None:
    case = make_incident(
        session, state=IncidentState.CLOSED, closed_at=NOW, cause=Cause.LOST_IN_TRANSIT, result=Result.ABSORBED
    )
    assert paste(session, case).new == 2
    assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_a_delivery_after_all_becomes_a_task_for_the_payer_that_was_asked(session: Session) -> None:
    make_rates(session)
    make_policy(session)
    mei = acting(session)
    case = taken(session, mei)
    filed(session, mei, case)
    done = paste(session, case, "2026-11-24 10:00 Delivered")
    assert (done.new, done.tasks) == (1, 1)
    assert "delivered_at" in done.changed
    tasks = session.scalars(select(Clock).where(Clock.kind == ClockKind.MONEY)).all()
    assert [one.title for one in tasks] == [ARRIVED_LATER]
    assert session.get_one(Shipment, case.shipment_id, populate_existing=True).status is ShipmentStatus.DELIVERED
    assert paste(session, case, "2026-11-24 10:00 Delivered").tasks == 0


def test_the_story_of_the_case_tells_of_the_scans(session: Session) -> None:
    case = make_incident(session)
    paste(session, case)
    told = [row.sentence for row in story(session, case.reference, actor=SYSTEM).history if row.tag == "tracking.added"]
    assert len(told) == 1
    assert "2 scans, the newest: In transit" in told[0]
