"""Ten thousand windows computed, and the sweep over a hundred thousand open clocks, on a database of its own making."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, inspect, text
from sqlalchemy.orm import Session

from core.foundation import config, database, startup
from core.foundation.audit import Entry, record_many
from core.foundation.calendars import calendar_of
from core.foundation.database import Base
from core.foundation.permissions import SYSTEM
from core.models import Claim, Clock, Incident, Shipment, Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.rule import ClockEvent, DayUnit
from core.recovery.sweep import Report, sweep
from core.recovery.windows import Span, WindowRule, window
from tests.bench.figures import Table, p50
from tests.desk.builders import make_claim
from tests.factories import NOW, make_incident, make_rule_card, make_shipment

WINDOWS, WINDOWS_S, OVER_PLAIN = 10_000, 1.0, 60.0
SWEEP_S = 10.0
HOUR = timedelta(hours=1)
RULES = [
    WindowRule(ClockEvent.ACCEPTED, "Asia/Singapore", Span(30, DayUnit.CALENDAR_DAYS), Span(15, DayUnit.CALENDAR_DAYS)),
    WindowRule(ClockEvent.DELIVERED, "Asia/Kuala_Lumpur", Span(14, DayUnit.BUSINESS_DAYS), None, calendar_of("MY")),
    WindowRule(ClockEvent.LAST_SCAN, "America/Sao_Paulo", Span(3, DayUnit.MONTHS), Span(10, DayUnit.BUSINESS_DAYS), calendar_of("BR")),
    WindowRule(ClockEvent.REPORTED, "Asia/Jakarta", Span(48, DayUnit.HOURS)),
]  # fmt: skip


def measure(table: Table, folder: Path, clocks: int) -> None:
    """Both figures. `clocks` is how many are open; one in five needs something."""
    _windows(table)
    with config.override(data_dir=folder / "clocks", database_url=""):
        startup.database_up()
        try:
            _sweep(table, clocks)
        finally:
            startup.database_down()


def _windows(table: Table) -> None:
    events = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=37 * n) for n in range(WINDOWS)]
    for rule in RULES:
        window(rule, events[0])
    took, plain = [], []
    for _turn in range(5):
        began = time.perf_counter()
        for n, event in enumerate(events):
            window(RULES[n % len(RULES)], event)
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
        for event in events:
            (event + timedelta(days=30)).astimezone(UTC)
        plain.append(time.perf_counter() - began)
    ratio = f"{p50(took) / p50(plain):.0f} times adding thirty days to as many moments"
    table.add(f"clocks: {WINDOWS:,} windows computed", p50(took), "s", WINDOWS_S, ratio)
    table.add("clocks: a window, over adding days", p50(took) / p50(plain), limit=OVER_PLAIN)


def _sweep(table: Table, clocks: int) -> None:
    _fill(clocks)
    needy = clocks // 5
    took, report = _timed()
    done = report.woke + report.escalated + report.missed
    if report.failed or done < needy:
        raise RuntimeError(f"the sweep did {done} of {needy}, {len(report.failed)} failed")
    words = (
        f"{report.woke:,} woken, {report.escalated:,} escalated, {report.missed:,} missed, {report.expired:,} put away"
    )
    table.add(f"sweep: {clocks:,} open clocks, a fifth needs something", took, "s", SWEEP_S, words)
    again, report = _timed()
    if report != Report():
        raise RuntimeError(f"the second sweep still found {report}")
    with database.reading() as session:
        scan = _scan(session)
    table.add("sweep: again, nothing to do", again, "s", SWEEP_S)
    table.add(
        "sweep: nothing to do, over counting the open clocks", again / scan, detail=f"counting {scan * 1000:.0f} ms"
    )


def _timed() -> tuple[float, Report]:
    began = time.perf_counter()
    report = sweep(actor=SYSTEM, now=NOW)
    return time.perf_counter() - began, report


def _scan(session: Session) -> float:
    times = []
    for _turn in range(5):
        began = time.perf_counter()
        session.execute(text("SELECT count(*), max(due_at) FROM clock WHERE state = 'running' AND title <> 'x'")).one()
        times.append(time.perf_counter() - began)
    return p50(times)


def _fill(clocks: int) -> None:
    """Five open clocks a case and one of them due: of every five cases one wakes, two escalate, one is missed, and one
    loses its unfiled claim with the window.
    """
    cases = clocks // 5
    with database.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        shipment = make_shipment(session)
        model, card = make_incident(session, shipment), make_rule_card(session)
        claim = make_claim(session, model, card, state=ClaimState.READY, due_at=NOW - HOUR)
        parcels, rows, claims = _row(shipment), _row(model), _row(claim)
        session.execute(text("DELETE FROM claim"))
        ids = range(1_000_000, 1_000_000 + cases)
        _insert(session, Shipment, [{**parcels, "id": n, "order_number": f"B{n}"} for n in ids])
        cased = [{**rows, "id": n, "reference": f"INC-B-{n}", "shipment_id": n, "next_due_at": NOW} for n in ids]
        _insert(session, Incident, cased)
        unfiled = [n for n in ids if n % 5 == 4]
        drafts = [{**claims, "id": n, "reference": f"CL-B-{n}", "incident_id": n, "next_due_at": NOW} for n in unfiled]
        _insert(session, Claim, drafts)
        _insert(session, Clock, [one for n in ids for one in _clocks(n)])
        # Each case has a trail that the sweep continues.
        record_many(session, [Entry(Tag.INCIDENT_REGISTERED, SYSTEM, NOW, ("incident", n), n) for n in ids])
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _clocks(case: int) -> Iterator[dict[str, Any]]:
    """Four that need nothing, and the one of this case that does."""
    plain = {
        "incident_id": case,
        "kind": ClockKind.CLAIM_WINDOW,
        "title": "Ninja Van",
        "rule": "BENCH",
        "zone": "UTC",
        "claim_id": None,
        "opens_at": None,
        "due_at": NOW + 900 * HOUR,
        "state": ClockState.RUNNING,
        "created_at": NOW - 900 * HOUR,
    }
    for kind in (ClockKind.CLAIM_WINDOW, ClockKind.ANSWER, ClockKind.PROMISE, ClockKind.PROOF):
        yield {**plain, "kind": kind}
    yield {
        **plain,
        **(
            {"opens_at": NOW - HOUR},
            {"due_at": NOW + 100 * HOUR},
            {"due_at": NOW - 50 * HOUR, "kind": ClockKind.ANSWER},
            {"due_at": NOW - HOUR, "kind": ClockKind.APPEAL},
            {"due_at": NOW - HOUR, "claim_id": case},
        )[case % 5],
    }


def _row(model: Base) -> dict[str, Any]:
    """What is stored of it, without what the database makes itself."""
    columns = inspect(type(model)).columns
    return {one.key: getattr(model, one.key) for one in columns if one.computed is None and one.key != "search_grams"}


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 5_000):
        session.execute(insert(table), rows[start : start + 5_000])
