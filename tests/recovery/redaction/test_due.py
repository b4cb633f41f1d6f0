"""Which buyers are past their days: to the second, and never while somebody may still need them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import config
from core.foundation.errors import WrongState
from core.models import Clock, Dispute, ImportRun, Incident, Redaction, Shipment
from core.models.clock import ClockKind, ClockState
from core.models.incident import Cause, IncidentState, Result
from core.recovery.redaction import parcel
from tests.desk.disputing import loose_dispute, make_dispute
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.recovery.redaction.clearing import redacted

DAYS = timedelta(days=90)
SECOND = timedelta(seconds=1)
LONG_AGO = NOW - timedelta(days=300)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path, redact_days=0):
        yield tmp_path


def closed(session: Session, **more: Any) -> Incident:
    """A case that was closed on NOW."""
    values = {
        "state": IncidentState.CLOSED,
        "closed_at": NOW,
        "cause": Cause.UNKNOWN,
        "result": Result.ABSORBED,
        **more,
    }
    return make_incident(session, make_shipment(session, buyer_username="wulan_1987"), **values)


def clock(session: Session, case: Incident, state: ClockState) -> None:
    over = state not in (ClockState.RUNNING, ClockState.PAUSED)
    session.add(
        Clock(
            incident_id=case.id,
            kind=ClockKind.PROMISE,
            rule="person",
            zone="Asia/Singapore",
            due_at=LONG_AGO,
            state=state,
            settled_at=LONG_AGO if over else None,
            paused_at=LONG_AGO if state is ClockState.PAUSED else None,
            created_at=LONG_AGO,
        )
    )
    session.flush()


def test_the_days_of_a_case_are_counted_to_the_second_from_its_closing(session: Session) -> None:
    closed(session)
    assert redacted(session, NOW + DAYS - SECOND).cases == 0
    assert redacted(session, NOW + DAYS).cases == 1


def test_the_last_case_of_a_parcel_counts_not_the_first(session: Session) -> None:
    first = closed(session)
    shipment = session.get_one(Shipment, first.shipment_id)
    make_incident(
        session,
        shipment,
        type="damaged",
        state=IncidentState.CLOSED,
        closed_at=NOW + timedelta(days=5),
        cause=Cause.UNKNOWN,
        result=Result.ABSORBED,
    )
    assert redacted(session, NOW + DAYS).cases == 0
    assert redacted(session, NOW + DAYS + timedelta(days=5)).cases == 1


@pytest.mark.parametrize(
    ("state", "due"), [(ClockState.RUNNING, 0), (ClockState.PAUSED, 0), (ClockState.MET, 1), (ClockState.MISSED, 1)]
)
def test_a_buyer_stays_while_a_clock_of_the_parcel_runs_or_rests(session: Session, state: ClockState, due: int) -> None:
    clock(session, closed(session), state)
    assert redacted(session, NOW + DAYS).cases == due


def test_a_buyer_stays_while_the_request_of_the_parcel_has_a_moment_to_come(session: Session) -> None:
    now = NOW + DAYS
    dispute = make_dispute(session, closed(session), next_due_at=now + SECOND)
    assert redacted(session, now).cases == 0
    dispute.next_due_at = now
    session.flush()
    assert redacted(session, now).cases == 1


def test_a_buyer_stays_while_the_request_of_the_parcel_was_heard_of_lately(session: Session) -> None:
    now = NOW + DAYS
    make_dispute(session, closed(session), updated_at=NOW + SECOND)
    assert redacted(session, now).cases == 0
    assert redacted(session, now + SECOND).cases == 1


def test_a_request_without_a_case_goes_its_days_after_it_was_last_heard_of(session: Session) -> None:
    dispute = loose_dispute(session, updated_at=NOW, buyer_said="It is broken, call 9123 4567")
    assert redacted(session, NOW + DAYS - SECOND).disputes == 0
    dispute.next_due_at = NOW + DAYS + SECOND
    session.flush()
    assert redacted(session, NOW + DAYS).disputes == 0, "something is asked of us still"
    assert redacted(session, NOW + DAYS + SECOND).disputes == 1
    assert session.get_one(Dispute, dispute.id).buyer_said == "***"


def test_a_request_whose_parcel_has_a_case_goes_with_the_case(session: Session) -> None:
    case = make_incident(session)
    make_dispute(session, shipment=session.get_one(Shipment, case.shipment_id), updated_at=LONG_AGO)
    found = redacted(session, NOW)
    assert (found.cases, found.disputes) == (0, 0)


def test_requests_of_shops_with_days_of_their_own_are_told_with_those_days(session: Session) -> None:
    quick = make_shipment(session, make_shop(session, redact_days=5), buyer_username="a_buyer")
    for shipment in (quick, make_shipment(session, buyer_username="b_buyer")):
        make_dispute(session, shipment=shipment, updated_at=NOW)
    assert redacted(session, NOW + timedelta(days=5)).disputes == 1
    assert redacted(session, NOW + DAYS).disputes == 1
    told = session.execute(select(Redaction.days, Redaction.counts).order_by(Redaction.id))
    assert [tuple(row) for row in told if "disputes" in row.counts] == [(5, {"disputes": 1}), (90, {"disputes": 1})]


def test_the_name_on_a_parcel_stays_as_long_as_its_request_needs_it(session: Session) -> None:
    shipment = make_shipment(session, buyer_username="a_buyer")
    for name in ("ordered_at", "accepted_at", "shipped_at"):
        setattr(shipment, name, LONG_AGO)
    dispute = make_dispute(session, shipment=shipment, updated_at=NOW - DAYS + SECOND)
    assert redacted(session, NOW).parcels == 0
    found = redacted(session, NOW + SECOND)
    assert (found.disputes, found.parcels) == (1, 1)
    assert session.get_one(Dispute, dispute.id).redacted_at == NOW + SECOND


@pytest.mark.parametrize(
    "name", ["ordered_at", "shipped_at", "delivered_at", "completed_at", "status_changed_at", "last_scan_at"]
)
def test_a_parcel_without_a_case_is_as_young_as_the_last_that_happened_to_it(session: Session, name: str) -> None:
    moments: dict[str, Any] = dict.fromkeys(("ordered_at", "accepted_at", "shipped_at"), LONG_AGO)
    make_shipment(session, buyer_username="a_buyer", **{**moments, name: NOW - DAYS + SECOND})
    assert redacted(session, NOW).parcels == 0
    assert redacted(session, NOW + SECOND).parcels == 1


def test_the_raw_rows_of_a_file_go_its_shop_s_days_after_it_came_and_once(session: Session) -> None:
    quick = make_shop(session, redact_days=5)
    for shop_id, deleted_at in ((quick.id, None), (None, None), (quick.id, NOW)):
        session.add(
            ImportRun(
                shop_id=shop_id,
                file_name="Order.all.xlsx",
                sha256=b"",
                report="Order.all",
                at=NOW,
                counts={},
                headings=[],
                unknown_headings=[],
                deleted_at=deleted_at,
            )
        )
    session.flush()
    ends = [NOW + timedelta(days=5) - SECOND, NOW + timedelta(days=5), NOW + DAYS - SECOND, NOW + DAYS, NOW + 2 * DAYS]
    assert [redacted(session, now).imports for now in ends] == [0, 1, 0, 1, 0]


def test_a_parcel_that_fails_is_told_and_keeps_its_buyer_and_the_others_go_on(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, refused, fine = (closed(session) for _n in range(3))
    take_out = parcel.take_out

    def stumbling(session: Session, shipment_id: int, **more: Any) -> Redaction:
        made = take_out(session, shipment_id, **more)
        if shipment_id == broken.shipment_id:
            raise ValueError("wulan_1987")
        if shipment_id == refused.shipment_id:
            raise WrongState("Somebody works on it.")
        return made

    monkeypatch.setattr(parcel, "take_out", stumbling)
    found = redacted(session, NOW + DAYS)
    assert found.cases == 1
    assert found.failed == [
        ("parcel", broken.shipment_id, "an error of Recoup; the log has it"),
        ("parcel", refused.shipment_id, "Somebody works on it."),
    ]
    names = {one.id: one.buyer_username for one in session.scalars(select(Shipment))}
    assert names == {
        broken.shipment_id: "wulan_1987",
        refused.shipment_id: "wulan_1987",
        fine.shipment_id: None,
    }
    assert [one.message for one in caplog.records] == ["mishap", "mishap"]


def test_what_a_redaction_took_away_is_counted_by_table(session: Session) -> None:
    case = closed(session)
    clock(session, case, ClockState.MET)
    redacted(session, NOW + DAYS)
    [told] = session.scalars(select(Redaction))
    assert told.counts == {"shipment": 1}, "nothing is said of tables where nothing was"
