"""What changed since a decision about a channel: its parcels since then against those of that day.

The numbers of the day are frozen. Parcels that were judged then are not judged again: only those shipped later, or too young
then, say how it went since, by the same outcomes, shops, values, products and origins. Over all decisions that stand, false
discoveries are kept to the stated rate, or of twenty decisions one would always seem to have changed something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CHAR, Integer, Text, func, select, values
from sqlalchemy import column as named
from sqlalchemy.orm import Session

from core.foundation.clock import local_day, start_of_day
from core.foundation.columns import UtcDateTime
from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.counts import tally
from core.insight.comparison.outcomes import Outcome, mature_after
from core.insight.comparison.scope import Edges, Period, Scope, chosen, edges
from core.insight.decisions import Decision, Numbers
from core.insight.differences import Difference, difference
from core.insight.discoveries import FALSE_DISCOVERY_RATE, adjusted
from core.insight.shrinkage import Group
from core.models import Shipment


@dataclass(frozen=True)
class Change:
    """A channel's parcels shipped from `first` on: judged, harmed, too young. `shipped` are those since the decision itself.

    `difference` is the rate less that of the decision's day (None: one of them has no judged parcel); `told` the false-discovery
    rate at which the change would be told. `full` says that a trial has the parcels it was given.
    """

    first: date
    n: int
    events: int
    young: int
    shipped: int
    difference: Difference | None
    told: float | None
    full: bool

    @property
    def interval(self) -> Interval | None:
        """The interval of the rate since then."""
        return interval(self.events, self.n) if self.n else None

    @property
    def more_than_luck(self) -> bool:
        """Whether the rate changed by more than luck explains."""
        return self.told is not None and self.told <= FALSE_DISCOVERY_RATE


@read(Permission.CARRIER_READ)
def changes(
    session: Session, decisions: Sequence[Decision], *, actor: Actor, base_currency: str, now: datetime
) -> dict[int, Change]:
    """What changed since some decisions that kept their numbers, by their ids. Days are of the actor's zone."""
    alike: dict[tuple[Any, ...], list[tuple[Decision, Numbers]]] = defaultdict(list)
    for one in decisions:
        if one.numbers is not None:
            kept = one.numbers
            alike[kept.outcomes, kept.shops, kept.bands, kept.products, kept.origins].append((one, kept))
    known = edges(session, base_currency, now.date())
    found: dict[int, Change] = {}
    for group in alike.values():
        found |= _of_one_kind(session, group, known, actor.zone, now)
    tested = [number for number, one in found.items() if one.difference is not None]
    rates = adjusted([apart.chance for number in tested if (apart := found[number].difference)])
    for number, rate in zip(tested, rates, strict=True):
        found[number] = replace(found[number], told=rate)
    return found


def _of_one_kind(
    session: Session, group: list[tuple[Decision, Numbers]], known: Edges, zone: str, now: datetime
) -> dict[int, Change]:
    """The changes since decisions that looked at the same outcomes of the same kind of parcels."""
    numbers = group[0][1]
    outcomes = [Outcome(one) for one in numbers.outcomes]
    mature = timedelta(days=mature_after(outcomes))
    first = {one.id: min(local_day(one.at - mature, zone), kept.last) + timedelta(days=1) for one, kept in group}
    asked = _table([(one, start_of_day(first[one.id], zone)) for one, _kept in group])
    scope = Scope(
        Period(numbers.first, numbers.last),
        shops=numbers.shops,
        bands=numbers.bands,
        products=numbers.products,
        origins=numbers.origins,
    )
    where = [*_of(asked), *chosen(scope, known)]
    if outcomes == [Outcome.LATE]:
        where.append(Shipment.expected_at.is_not(None))
    counted = {key[0]: one for key, one in tally(session, outcomes, (asked.c.id,), where, now=now).items()}
    since = _table([(one, one.at) for one, _kept in group])
    sent_since = select(since.c.id, func.count()).select_from(Shipment).where(*_of(since)).group_by(since.c.id)
    shipped = {row[0]: row[1] for row in session.execute(sent_since)}
    found = {}
    for one, kept in group:
        own, sent = counted.get(one.id), shipped.get(one.id, 0)
        n, events, young = (own.n, own.events, own.young) if own else (0, 0, 0)
        apart = difference(Group(kept.events, kept.n), Group(events, n))
        full = one.trial_parcels is not None and sent >= one.trial_parcels
        found[one.id] = Change(first[one.id], n, events, young, sent, apart, None, full)
    return found


def _table(rows: Sequence[tuple[Decision, datetime]]) -> Any:
    """The decisions' channels as a table of the statement, each with a moment."""
    columns = (
        named("id", Integer),
        named("carrier_id", Integer),
        named("service", Text),
        named("market", CHAR(2)),
        named("moment", UtcDateTime()),
    )
    told = [(one.id, one.channel.carrier_id, one.channel.service, one.channel.market, at) for one, at in rows]
    return values(*columns, name="asked").data(told)


def _of(asked: Any) -> list[Any]:
    """The parcels of each decision's channel from its moment on."""
    return [
        Shipment.carrier_id == asked.c.carrier_id,
        Shipment.market == asked.c.market,
        Shipment.service.is_not_distinct_from(asked.c.service),
        Shipment.shipped_at >= asked.c.moment,
    ]
