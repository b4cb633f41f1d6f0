"""What a channel costs after all: losses of its parcels, what claims brought back, how surely and how fast.

Amounts are in the base currency at the rate each case was registered with. They belong to the parcels shipped in the scope,
whatever went wrong with them, so that a channel's net cost per parcel stands on one set of parcels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.scope import Channel, Scope, edges, within
from core.insight.comparison.volumes import unseen
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
    session: Session,
    scope: Scope,
    *,
    actor: Actor,
    base_currency: str,
    now: datetime,
    parcels: dict[Channel, int] | None = None,
) -> list[ChannelMoney]:
    """The money of all channels of a scope. Cases kept in another base currency are left out.

    `parcels` are the scope's parcels by channel where somebody counted them already: the rest starts from the cases, which
    are few.
    """
    known = edges(session, base_currency, now.date())
    columns, parts = channel_of(), within(scope, (), actor.zone, known)
    if parcels is None:
        parcels = _counted(session, columns, parts)
        for more in unseen(session, (), scope, zone=actor.zone, now=now):
            parcels[more.channel] = parcels.get(more.channel, 0) + more.judged + more.young
    cases = _cases(base_currency)
    lost = session.execute(
        select(*columns, func.sum(cases.c.gross), func.sum(cases.c.recovered))
        .join(cases, cases.c.shipment_id == Shipment.id)
        .where(*parts)
        .group_by(*columns)
    )
    claims = session.execute(_claims(columns, parts, in_base(base_currency)))
    sums = {Channel(*row[:3]): (row[3], row[4]) for row in lost}
    asked = {Channel(*row[:3]): row[3:] for row in claims}
    found = []
    for channel, n in parcels.items():
        gross, recovered = sums.get(channel, (Decimal(0), Decimal(0)))
        decided, granted, days, paid, capped, cut = asked.get(channel, (0, 0, None, 0, 0, None))
        middle = None if days is None else float(days)
        found.append(
            ChannelMoney(channel, n, gross, recovered, decided, granted, middle, capped, paid, cut or Decimal(0))
        )
    return found


def _counted(session: Session, columns: Sequence[Any], parts: list[ColumnElement[bool]]) -> dict[Channel, int]:
    rows = session.execute(select(*columns, func.count()).where(*parts).group_by(*columns))
    return {Channel(*row[:3]): row[3] for row in rows}


def _cases(base_currency: str) -> Any:
    """What the cases of each parcel cost and brought back: summed first, so that the few parcels are looked up by number."""
    share = in_base(base_currency)
    return (
        select(
            Incident.shipment_id,
            func.sum(Incident.gross_loss * share).label("gross"),
            func.sum(Incident.recovered * share).label("recovered"),
        )
        .where(Incident.base_currency == base_currency, Incident.gross_loss > 0)
        .group_by(Incident.shipment_id)
        .subquery("cases")
    )


def channel_of() -> tuple[Any, ...]:
    """The columns that make a channel (inner)."""
    return (Shipment.carrier_id, Shipment.service, Shipment.market)


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


def _claims(columns: Sequence[Any], parts: list[ColumnElement[bool]], share: ColumnElement[Decimal]) -> Any:
    first = first_money()
    days = cast(first.c.on - cast(Claim.submitted_at, Date), Numeric)
    capped = and_(Claim.cap.is_not(None), Claim.cap < Incident.gross_loss)
    return (
        select(
            *columns,
            func.count().filter(is_decided()),
            func.count().filter(and_(is_decided(), is_granted())),
            func.percentile_cont(0.5).within_group(days),
            func.count(days),
            func.count().filter(capped),
            func.sum((Incident.gross_loss - Claim.cap) * share).filter(capped),
        )
        .select_from(Incident)
        .join(Claim, Claim.incident_id == Incident.id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(first, first.c.claim_id == Claim.id)
        .where(*parts)
        .group_by(*columns)
    )
