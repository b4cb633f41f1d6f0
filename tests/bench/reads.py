"""Each read of core against a bare cursor that fetches the same rows with the same statements."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from core.desk.claims_list import ClaimFilter, Group, claims_page
from core.desk.register import Filter, register_page
from core.desk.story import story
from core.desk.tiles import tiles
from core.desk.worklist import worklist
from core.foundation import clock, database
from core.foundation.permissions import Actor
from core.insight.comparison import Outcome, Period, Scope, channel_money, compare_channels
from core.insight.explore import Dimension, Measure, Question, explore
from core.models.incident import IncidentState
from tests.bench import data
from tests.bench.figures import Table, ms, p50

LIMIT = 3.0
LATIN, CHINESE = "shattered", "包裹"

Read = Callable[[Session], Any]
Statement = tuple[str, Any]


def measure(table: Table, rounds: int) -> None:
    """One figure for each read."""
    with database.reading() as session:
        me, samples = data.actor(session, "mei"), data.samples(session)
    url = database.engine().url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        for name, read in reads(me, samples).items():
            statements = _statements(database.engine(), read)
            core, bare = _compare(read, connection, statements, rounds)
            detail = f"{ms(p50(core))} over {ms(p50(bare))}, {len(statements)} statements"
            table.add(f"read: {name}", p50(core) / p50(bare), limit=LIMIT, detail=detail)


def reads(me: Actor, samples: data.Samples) -> dict[str, Read]:
    """The reads behind the screens."""
    now = clock.now()
    reference = samples.references[-1]
    latin, chinese, number = Filter(text=LATIN), Filter(text=CHINESE), Filter(text=samples.number)
    year = Scope(Period.year_to(now.date()))
    cases = Question(Measure.INCIDENTS, Dimension.CARRIER, Dimension.MONTH)
    rate = Question(Measure.RATE, Dimension.MONTH)
    some = Filter(states=(IncidentState.CLOSED,), carriers=(samples.carrier,))
    return {
        "Today, the team's": lambda s: worklist(s, actor=me, now=now),
        "Today, mine": lambda s: worklist(s, actor=me, now=now, mine=True),
        "Today, tiles": lambda s: tiles(s, actor=me, now=now, base_currency="SGD"),
        "Register, first page": lambda s: register_page(s, Filter(), actor=me),
        "Register, filtered": lambda s: register_page(s, some, actor=me),
        "Register, a number": lambda s: register_page(s, number, actor=me),
        f"Register, “{LATIN}”": lambda s: register_page(s, latin, actor=me),
        f"Register, “{CHINESE}”": lambda s: register_page(s, chinese, actor=me),
        "Case": lambda s: story(s, reference, actor=me),
        "Carriers, a year": lambda s: compare_channels(s, [Outcome.LOST], year, actor=me, base_currency="SGD", now=now),
        "Carriers, their money": lambda s: channel_money(s, year, actor=me, base_currency="SGD", now=now),
        "Insights, cases by carrier and month": lambda s: explore(s, cases, actor=me, base_currency="SGD", now=now),
        "Insights, rate by month": lambda s: explore(s, rate, actor=me, base_currency="SGD", now=now),
        "Claims": lambda s: claims_page(s, ClaimFilter(), actor=me, now=now),
        "Claims, one group": lambda s: claims_page(s, ClaimFilter(groups=(next(iter(Group)),)), actor=me, now=now),
    }


def _statements(engine: Engine, read: Read) -> list[Statement]:
    """What a read sends, as the driver gets it."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with database.reading() as session:
            read(session)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


def _compare(
    read: Read, connection: psycopg.Connection[Any], statements: list[Statement], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of each, one after the other in turn, so that what else the machine does meets both."""
    core, bare = [], []
    for turn in range(rounds + 10):
        began = time.perf_counter()
        with database.reading() as session:
            read(session)
        between = time.perf_counter()
        with connection.cursor() as cursor:
            for statement, values in statements:
                cursor.execute(statement.encode(), values)
                if cursor.description:
                    cursor.fetchall()
        connection.rollback()
        ended = time.perf_counter()
        if turn >= 10:
            core.append(between - began)
            bare.append(ended - between)
    return core, bare
