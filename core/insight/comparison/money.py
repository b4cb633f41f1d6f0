"""What a channel costs after all: losses of its parcels, what claims brought back, how surely and how fast.

Amounts are in the base currency at the rate each case was registered with. They belong to the parcels shipped in the scope,
whatever went wrong with them, so that a channel's net cost per parcel stands on one set of parcels.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Numeric, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.counts import Channel, Scope, within
from core.models import Claim, Incident, Payout, Shipment
from core.models.claim import ClaimState

_GRANTED = (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED, ClaimState.PAID)
FEWEST_DECIDED = 5
"""With fewer decided claims no share of success is told."""


@dataclass(frozen=True)
class ChannelMoney:
    """One channel's money in the base currency; `parcels` are all it was given in the scope, old enough to judge or not.

    `decided` claims were granted, refused or let go after filing, `granted` of them brought something. `days` is the median
    from filing to the first money (None: none came). `capped` claims asked for less than the loss because of a cap.
    """

    channel: Channel
    parcels: int
    gross: Decimal
    recovered: Decimal
    decided: int
    granted: int
    days: float | None
    capped: int

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
def channel_money(session: Session, scope: Scope, *, actor: Actor, base_currency: str) -> list[ChannelMoney]:
    """The money of all channels of a scope, in three statements. Cases kept in another base currency are left out."""
    by_channel = (Shipment.carrier_id, Shipment.service, Shipment.market)
    parts = within(scope, (), actor.zone)
    parcels = session.execute(select(*by_channel, func.count()).where(*parts).group_by(*by_channel))
    share = case((Incident.value_at_risk > 0, Incident.base_value / Incident.value_at_risk), else_=0)
    lost = session.execute(
        select(*by_channel, func.sum(Incident.gross_loss * share), func.sum(Incident.recovered * share))
        .join(Incident, Incident.shipment_id == Shipment.id)
        .where(*parts, Incident.base_currency == base_currency)
        .group_by(*by_channel)
    )
    claims = session.execute(_claims(by_channel, parts))
    sums = {Channel(*row[:3]): (row[3] or Decimal(0), row[4] or Decimal(0)) for row in lost}
    asked = {Channel(*row[:3]): row[3:] for row in claims}
    found = []
    for row in parcels:
        channel = Channel(*row[:3])
        gross, recovered = sums.get(channel, (Decimal(0), Decimal(0)))
        decided, granted, days, capped = asked.get(channel, (0, 0, None, 0))
        found.append(ChannelMoney(channel, row[3], gross, recovered, decided, granted, _days(days), capped))
    return found


def _claims(by_channel: tuple[Any, ...], parts: list[Any]) -> Any:
    first = (
        select(Payout.claim_id, func.min(Payout.paid_on).label("on")).group_by(Payout.claim_id).subquery("first_money")
    )
    granted = or_(Claim.state.in_(_GRANTED), Claim.paid > 0)
    decided = and_(
        Claim.submitted_at.is_not(None),
        or_(granted, Claim.state.in_([ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.WITHDRAWN])),
    )
    days = cast(first.c.on - cast(Claim.submitted_at, Date), Numeric)
    capped = and_(Claim.cap.is_not(None), Claim.cap < Incident.gross_loss)
    return (
        select(
            *by_channel,
            func.count().filter(decided),
            func.count().filter(and_(decided, granted)),
            func.percentile_cont(0.5).within_group(days),
            func.count().filter(capped),
        )
        .join(Incident, Incident.shipment_id == Shipment.id)
        .join(Claim, Claim.incident_id == Incident.id)
        .outerjoin(first, first.c.claim_id == Claim.id)
        .where(*parts)
        .group_by(*by_channel)
    )


def _days(value: Any) -> float | None:
    return None if value is None else float(value)
