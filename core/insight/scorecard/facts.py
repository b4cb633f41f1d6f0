"""What a carrier's scorecard says, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, Numeric, cast, func, or_, select
from sqlalchemy.orm import Session

from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import read
from core.foundation.intervals import Interval, interval
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.insight.comparison import ChannelMoney, Compared, Outcome, Scope, channel_money, compare_channels
from core.insight.comparison.counts import Tally, tally
from core.insight.comparison.money import FEWEST_DECIDED, first_money, in_base, is_decided, is_granted
from core.insight.comparison.scope import edges, within
from core.models import Carrier, Claim, Incident, Shipment
from core.models.claim import ClaimState
from core.models.rule import PayerKind

TOLD = (Outcome.LOST, Outcome.DAMAGED, Outcome.MISSING_CONTENTS, Outcome.FAILED, Outcome.LATE)
"""What a carrier answers for. What buyers send back is not among it."""
WAITING = (ClaimState.SUBMITTED, ClaimState.IN_REVIEW, ClaimState.APPEALED)
"""Claims that wait for the carrier's answer; those it asked something of, or made an offer for, wait for us."""
MOST_CLAIMS = 60
"""Open claims listed: on paper, more are not read."""


@dataclass(frozen=True)
class Lane:
    """One channel of the carrier: how it compares with others on the same lane, and its money."""

    compared: Compared
    money: ChannelMoney | None


@dataclass(frozen=True)
class OpenClaim:
    """A claim on the carrier without an answer, or granted and not paid. `owed` is the demand, or what of the grant is unpaid.

    `days` count from filing.
    """

    reference: str
    case_number: str
    tracking_number: str
    filed_on: date
    days: int
    state: ClaimState
    owed: Money
    granted: bool


@dataclass(frozen=True)
class Facts:
    """Everything the scorecard says. Amounts are in `currency`, the base.

    `harm` tells judged and harmed parcels by outcome. Of the claims on the carrier itself: `filed`, `decided`, `granted`, days to
    the first money (median), and those open, the longest waiting first (`open_total` counts those beyond the list, too).
    """

    carrier: str
    scope: Scope
    outcomes: tuple[Outcome, ...]
    currency: str
    parcels: int
    harm: dict[Outcome, Tally]
    lanes: tuple[Lane, ...]
    gross: Decimal
    recovered: Decimal
    filed: int
    decided: int
    granted: int
    paid: Decimal
    days: float | None
    open: tuple[OpenClaim, ...]
    open_total: int

    @property
    def success(self) -> Interval | None:
        """The interval of the share of decided claims that brought something; None where too few were decided."""
        return interval(self.granted, self.decided) if self.decided >= FEWEST_DECIDED else None


@read(Permission.LEDGER_READ)
def scorecard_facts(
    session: Session,
    carrier_id: int,
    scope: Scope,
    outcomes: Sequence[Outcome],
    *,
    actor: Actor,
    base_currency: str,
    now: datetime,
) -> Facts:
    """The figures of a carrier over the parcels of a scope; its channels are compared by `outcomes`.

    Raises `NotFound` for a carrier nobody knows and `Invalid` where it carried nothing in the scope.
    """
    actor.require(Permission.CLAIM_READ)
    carrier = session.get(Carrier, carrier_id)
    if carrier is None:
        raise NotFound(_("There is no such carrier."))
    found = compare_channels(session, outcomes, scope, actor=actor, base_currency=base_currency, now=now)
    ours = [one for one in found.channels if one.channel.carrier_id == carrier_id]
    if not ours:
        raise Invalid(
            _(
                "{carrier} carried no parcel within these filters. Choose a longer period or fewer filters.",
                carrier=carrier.name,
            ),
            "period",
        )
    counted = {one.channel: one.n + one.young for one in ours}
    asked = scope if set(outcomes) != {Outcome.LATE} else None
    money = channel_money(
        session, scope, actor=actor, base_currency=base_currency, now=now, parcels=counted if asked else None
    )
    of = {one.channel: one for one in money if one.channel.carrier_id == carrier_id}
    parts = [*within(scope, (), actor.zone, edges(session, base_currency, now.date()))]
    claims = _claims(session, carrier_id, parts, base_currency)
    waiting, total = _open(session, carrier_id, parts, actor.zone, now)
    return Facts(
        carrier=carrier.name,
        scope=scope,
        outcomes=tuple(outcomes),
        currency=base_currency,
        parcels=sum(one.parcels for one in of.values()),
        harm=_harm(session, carrier_id, scope, actor.zone, base_currency, now),
        lanes=tuple(Lane(one, of.get(one.channel)) for one in ours),
        gross=sum((one.gross for one in of.values()), Decimal(0)),
        recovered=sum((one.recovered for one in of.values()), Decimal(0)),
        filed=claims[0],
        decided=claims[1],
        granted=claims[2],
        paid=claims[3] or Decimal(0),
        days=None if claims[4] is None else float(claims[4]),
        open=waiting,
        open_total=total,
    )


def _harm(
    session: Session, carrier_id: int, scope: Scope, zone: str, base_currency: str, now: datetime
) -> dict[Outcome, Tally]:
    known = edges(session, base_currency, now.date())
    found = {}
    for outcome in TOLD:
        where = [*within(scope, (outcome,), zone, known), Shipment.carrier_id == carrier_id]
        found[outcome] = tally(session, (outcome,), (Shipment.carrier_id,), where, now=now).get((carrier_id,), Tally())
    return found


def _on_carrier(carrier_id: int, parts: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """The filed claims on the carrier itself for the parcels of the scope."""
    return [
        *parts,
        Shipment.carrier_id == carrier_id,
        Claim.payer_kind == PayerKind.CARRIER,
        Claim.submitted_at.is_not(None),
    ]


def _claims(
    session: Session, carrier_id: int, parts: Sequence[ColumnElement[bool]], base_currency: str
) -> tuple[int, int, int, Decimal | None, Decimal | None]:
    first = first_money()
    days = cast(first.c.on - cast(Claim.submitted_at, Date), Numeric)
    row = session.execute(
        select(
            func.count(),
            func.count().filter(is_decided()),
            func.count().filter(is_decided(), is_granted()),
            func.sum(Claim.paid * in_base(base_currency)),
            func.percentile_cont(0.5).within_group(days),
        )
        .select_from(Claim)
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(first, first.c.claim_id == Claim.id)
        .where(*_on_carrier(carrier_id, parts))
    ).one()
    return (row[0], row[1], row[2], row[3], row[4])


def _open(
    session: Session, carrier_id: int, parts: Sequence[ColumnElement[bool]], zone: str, now: datetime
) -> tuple[tuple[OpenClaim, ...], int]:
    """The claims that wait for the carrier, and how many there are in all."""
    unpaid = Claim.state.in_([ClaimState.APPROVED, ClaimState.PARTLY_APPROVED]) & (Claim.approved > Claim.paid)
    query = (
        select(Claim, func.coalesce(Shipment.tracking_number, ""))
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(*_on_carrier(carrier_id, parts), or_(Claim.state.in_(WAITING), unpaid))
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found, today = [], local_day(now, zone)
    for claim, number in session.execute(query.order_by(Claim.submitted_at, Claim.id).limit(MOST_CLAIMS)):
        filed = local_day(claim.submitted_at or now, zone)
        granted = claim.state not in WAITING
        owed = (claim.approved or Decimal(0)) - claim.paid if granted else claim.demand
        found.append(
            OpenClaim(
                claim.reference,
                claim.case_number or "",
                number,
                filed,
                (today - filed).days,
                claim.state,
                Money(owed, claim.currency),
                granted,
            )
        )
    return tuple(found), total
