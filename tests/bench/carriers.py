"""The comparison of a year of all channels against the bare aggregate over the same parcels, and how both grow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from core.foundation import clock, database
from core.foundation.permissions import Actor
from core.insight.comparison import Outcome, Period, Scope, compare_channels
from tests.bench import data
from tests.bench.figures import Table, ms, p50

RATIO, SECONDS, GROWTH = 3.0, 1.0, 1.0

BARE = """
select carrier_id, service, market, count(*), count(*) filter (where status = 'lost')
from shipment where shipped_at >= %s and shipped_at < %s group by 1, 2, 3
"""


@dataclass(frozen=True)
class Took:
    """Median seconds of the comparison, and of the bare aggregate."""

    core: float
    bare: float


def took(rounds: int) -> Took:
    """Both in turn, so that what else the machine does meets both."""
    with database.reading() as session:
        me = data.actor(session, "mei")
    now = clock.now()
    period = Period.year_to(clock.local_day(now, me.zone))
    ends = [clock.start_of_day(day, me.zone) for day in (period.first, period.last + timedelta(days=1))]
    url = database.engine().url.set(drivername="postgresql").render_as_string(hide_password=False)
    core, bare = [], []
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        for turn in range(rounds + 3):
            began = time.perf_counter()
            _compare(me, Scope(period), now)
            between = time.perf_counter()
            connection.execute(BARE, ends).fetchall()
            connection.rollback()
            ended = time.perf_counter()
            if turn >= 3:
                core.append(between - began)
                bare.append(ended - between)
    return Took(p50(core), p50(bare))


def _compare(me: Actor, scope: Scope, now: datetime) -> None:
    with database.reading() as session:
        compare_channels(session, [Outcome.LOST], scope, actor=me, base_currency="SGD", now=now)


def tell(table: Table, large: Took, small: Took) -> None:
    """The figures of the large and the small database."""
    detail = f"{ms(large.core)} over {ms(large.bare)} for count(*) by channel"
    table.add("carriers: a year, over the bare aggregate", large.core / large.bare, limit=RATIO, detail=detail)
    table.add("carriers: a year", large.core, "s", limit=SECONDS)
    core, bare = large.core / small.core, large.bare / small.bare
    detail = f"{core:.1f}× for ten times the parcels, the bare aggregate {bare:.1f}×"
    table.add("carriers: growth over the aggregate's", core / bare, limit=GROWTH, detail=detail)
