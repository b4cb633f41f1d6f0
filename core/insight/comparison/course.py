"""How it went over the months, and where on the way it went wrong: for the chart of shares and the Pareto."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.counts import stands, tally
from core.insight.comparison.money import in_base
from core.insight.comparison.outcomes import Outcome
from core.insight.comparison.scope import Channel, Scope, edges, within
from core.insight.comparison.volumes import unseen
from core.models import Incident, Shipment
from core.models.incident import Stage


@dataclass(frozen=True)
class Month:
    """Judged parcels and events of one month of shipping, by its first day."""

    first: date
    n: int
    events: int


@dataclass(frozen=True)
class StageLoss:
    """Cases that arose on one stage of the way, and their share of all with its interval; what they cost in the base currency
    before recoveries (None: the reader may not see money).
    """

    stage: Stage
    cases: int
    of: int
    gross: Decimal | None

    @property
    def interval(self) -> Interval:
        """The share's interval."""
        return interval(self.cases, self.of)


@read(Permission.CARRIER_READ)
def months(
    session: Session,
    outcomes: Collection[Outcome],
    scope: Scope,
    *,
    actor: Actor,
    channel: Channel | None = None,
    base_currency: str,
    now: datetime,
) -> list[Month]:
    """Per month of shipping (days of the actor's zone) with judged parcels, oldest first; of one channel when it is named."""
    month = cast(func.date_trunc("month", func.timezone(actor.zone, Shipment.shipped_at)), Date)
    known = edges(session, base_currency, now.date())
    where = within(scope, outcomes, actor.zone, known) + of_channel(channel)
    found = tally(session, outcomes, (month,), where, now=now)
    judged = {first: (one.n, one.events) for (first,), one in found.items()}
    for more in unseen(session, outcomes, scope, zone=actor.zone, now=now):
        if channel in (None, more.channel):
            n, events = judged.get(more.month, (0, 0))
            judged[more.month] = (n + more.judged, events)
    return [Month(first, n, events) for first, (n, events) in sorted(judged.items()) if n]


@read(Permission.CARRIER_READ)
def stages(
    session: Session,
    scope: Scope,
    *,
    actor: Actor,
    channel: Channel | None = None,
    base_currency: str,
    now: datetime,
) -> list[StageLoss]:
    """The cases of a scope's parcels by stage, whatever went wrong: the dearest first; the most first for who sees no money.

    Cases kept in another base currency count as cases and cost nothing here.
    """
    known = edges(session, base_currency, now.date())
    share = in_base(base_currency)
    rows = session.execute(
        select(Incident.stage, func.count(), func.sum(Incident.gross_loss * share))
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(*within(scope, (), actor.zone, known), *of_channel(channel), stands())
        .group_by(Incident.stage)
    ).all()
    total = sum(row[1] for row in rows)
    sees = actor.may(Permission.LEDGER_READ)
    found = [StageLoss(row[0], row[1], total, row[2] if sees else None) for row in rows]
    return sorted(found, key=lambda one: (-(one.gross or 0), -one.cases, one.stage))


def of_channel(channel: Channel | None) -> list[ColumnElement[bool]]:
    """The parcels of one channel; of all where none is named (inner)."""
    if channel is None:
        return []
    return [
        Shipment.carrier_id.is_not_distinct_from(channel.carrier_id),
        Shipment.service.is_not_distinct_from(channel.service),
        Shipment.market == channel.market,
    ]
