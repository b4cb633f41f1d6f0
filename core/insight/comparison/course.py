"""How it went over the months, and where on the way it went wrong: for the chart of shares and the Pareto."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, and_, cast, func, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.counts import Channel, Scope, harmed, judged_before, moments, within
from core.insight.comparison.outcomes import Outcome
from core.models import Incident, Shipment
from core.models.incident import Result, Stage


@dataclass(frozen=True)
class Month:
    """Judged parcels and events of one month of shipping, by its first day."""

    first: date
    n: int
    events: int


@dataclass(frozen=True)
class StageLoss:
    """Cases that arose on one stage of the way, and their share of all with its interval."""

    stage: Stage
    cases: int
    of: int

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
    now: datetime,
) -> list[Month]:
    """Per month of shipping (days of the actor's zone), oldest first; of one channel when it is named."""
    month = cast(func.date_trunc("month", func.timezone(actor.zone, Shipment.shipped_at)), Date)
    wrong, joined = harmed(outcomes)
    query = select(month.label("first"), func.count().label("n"), func.count().filter(wrong).label("events"))
    if joined is not None:
        query = query.outerjoin(joined, joined.c.shipment_id == Shipment.id)
    query = query.where(*within(scope, outcomes, actor.zone), judged_before())
    if channel is not None:
        query = query.where(
            Shipment.carrier_id.is_not_distinct_from(channel.carrier_id),
            Shipment.service.is_not_distinct_from(channel.service),
            Shipment.market == channel.market,
        )
    rows = session.execute(query.group_by(month).order_by(month), moments(outcomes, now))
    return [Month(row.first, row.n, row.events) for row in rows]


@read(Permission.CARRIER_READ)
def stages(session: Session, scope: Scope, *, actor: Actor) -> list[StageLoss]:
    """The cases of a scope's parcels by stage, the most first."""
    stands = Incident.result.is_(None) | Incident.result.not_in([Result.ARRIVED, Result.NO_LOSS])
    rows = session.execute(
        select(Incident.stage, func.count())
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(and_(*within(scope, (), actor.zone)), stands)
        .group_by(Incident.stage)
        .order_by(func.count().desc(), Incident.stage)
    ).all()
    total = sum(row[1] for row in rows)
    return [StageLoss(row[0], row[1], total) for row in rows]
