"""What a channel costs after all: losses of its parcels, what claims brought back, how surely and how fast.

Amounts are in the base currency at the rate each case was registered with. They belong to the parcels shipped in the scope,
whatever went wrong with them, so that a channel's net cost per parcel stands on one set of parcels.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, and_, case, cast, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.scope import Channel, Parcel, Scope, edges, within
from core.models import Claim, Incident, Payout, Shipment
from core.models.claim import ClaimState

GRANTED = (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED, ClaimState.PAID)
FEWEST_DECIDED = 5
"""With fewer decided claims no share of success is told."""


@dataclass(frozen=True)
class ChannelMoney:
    """One channel's money in the base currency; `parcels` are all it was given in the scope, old enough to judge or not.

    `decided` claims were granted, refused or let go after filing, `granted` of them brought something. `days` is the median
    from filing to the first money (None: none came) of the `paid` claims that brought any. `capped` claims asked for less than
    the loss because of a cap, and `cut` is what the caps left out.
    """

    channel: Channel
    parcels: int
    gross: Decimal
    recovered: Decimal
    decided: int
    granted: int
    days: float | None
    capped: int
    paid: int = 0
    cut: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """What the losses cost after recoveries."""
        return self.gross - self.recovered

    @property
    def net_per_100(self) -> Decimal | None:
        """Net cost of a hundred parcels."""
        return self.net * 100 / self.parcels if self.parcels else None

    @property
    def success(self) -> Interval | None:
        """The interval of the share of decided claims that brought something; None where too few were decided."""
        return interval(self.granted, self.decided) if self.decided >= FEWEST_DECIDED else None


@read(Permission.LEDGER_READ)
def channel_money(
    session: Session, scope: Scope, *, actor: Actor, base_currency: str, now: datetime
) -> list[ChannelMoney]:
    """The money of all channels of a scope, in three statements. Cases kept in another base currency are left out."""
    known = edges(session, base_currency, now.date())
    columns = channel_of(Shipment)
    parcels = session.execute(
        select(*columns, func.count()).where(*within(scope, (), actor.zone, known)).group_by(*columns)
    )
    of, share = _behind_the_case(), in_base(base_currency)
    parts = within(scope, (), actor.zone, known, of)
    lost = session.execute(
        select(*channel_of(of), func.sum(Incident.gross_loss * share), func.sum(Incident.recovered * share))
        .select_from(Incident)
        .join(of, true())
        .where(*parts, Incident.base_currency == base_currency)
        .group_by(*channel_of(of))
    )
    claims = session.execute(_claims(of, parts, share))
    sums = {Channel(*row[:3]): (row[3] or Decimal(0), row[4] or Decimal(0)) for row in lost}
    asked = {Channel(*row[:3]): row[3:] for row in claims}
    found = []
    for row in parcels:
        channel = Channel(*row[:3])
        gross, recovered = sums.get(channel, (Decimal(0), Decimal(0)))
        decided, granted, days, paid, capped, cut = asked.get(channel, (0, 0, None, 0, 0, None))
        middle = None if days is None else float(days)
        told = ChannelMoney(
            channel, row[3], gross, recovered, decided, granted, middle, capped, paid, cut or Decimal(0)
        )
        found.append(told)
    return found


def channel_of(of: Parcel) -> tuple[Any, ...]:
    """The columns that make a channel (inner)."""
    return (of.carrier_id, of.service, of.market)


def in_base(base_currency: str) -> ColumnElement[Decimal]:
    """What an amount in a case's currency is multiplied with; 0 for a case kept in another base currency (inner)."""
    ours = and_(Incident.base_currency == base_currency, Incident.value_at_risk > 0)
    return case((ours, Incident.base_value / Incident.value_at_risk), else_=0)


def is_decided() -> ColumnElement[bool]:
    """Whether a claim was filed and came to an end or an answer (inner)."""
    over = Claim.state.in_([ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.WITHDRAWN])
    return and_(Claim.submitted_at.is_not(None), or_(is_granted(), over))


def is_granted() -> ColumnElement[bool]:
    """Whether a claim brought something (inner)."""
    return or_(Claim.state.in_(GRANTED), Claim.paid > 0)


def first_money() -> Any:
    """The day of each claim's first payout (inner)."""
    return (
        select(Payout.claim_id, func.min(Payout.paid_on).label("on")).group_by(Payout.claim_id).subquery("first_money")
    )


def _behind_the_case() -> Parcel:
    """The parcel of an incident, looked up by its number.

    Left to itself, the planner reads every parcel there is to find those of the few incidents: `OFFSET 0` keeps it from that.
    """
    looked_up = select(Shipment).where(Shipment.id == Incident.shipment_id).offset(0).lateral("parcel")
    found: Parcel = aliased(Shipment, looked_up)
    return found


def _claims(of: Parcel, parts: list[ColumnElement[bool]], share: ColumnElement[Decimal]) -> Any:
    first = first_money()
    days = cast(first.c.on - cast(Claim.submitted_at, Date), Numeric)
    capped = and_(Claim.cap.is_not(None), Claim.cap < Incident.gross_loss)
    return (
        select(
            *channel_of(of),
            func.count().filter(is_decided()),
            func.count().filter(and_(is_decided(), is_granted())),
            func.percentile_cont(0.5).within_group(days),
            func.count(days),
            func.count().filter(capped),
            func.sum((Incident.gross_loss - Claim.cap) * share).filter(capped),
        )
        .select_from(Incident)
        .join(Claim, Claim.incident_id == Incident.id)
        .join(of, true())
        .outerjoin(first, first.c.claim_id == Claim.id)
        .where(*parts)
        .group_by(*channel_of(of))
    )
