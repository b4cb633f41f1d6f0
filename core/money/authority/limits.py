"""How much of each limit is used, whether something still fits, and how much is left to promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.language import _
from core.foundation.money import LARGEST, Money, decimals
from core.foundation.permissions import Actor, Permission
from core.models import Dispute, DisputeStep, Incident, Remedy, RemedyStep
from core.models.remedy import RemedyKind, RemedyState, Scope
from core.money import rates
from core.money.authority.keys import Keys, keys_of
from core.money.authority.policy import Policy, current
from core.money.authority.powers import Power, powers_of
from core.money.authority.shipped import near

DAY = timedelta(hours=24)
"""A day of a limit is the last 24 hours, wherever anybody is: midnight and a change of zone bring nothing new."""
GIVEN = (RemedyState.APPROVED, RemedyState.DONE)
"""States in which a remedy counts against the limits of its order, buyer and batch."""
GIVING_MOVES = ("counter", "accept_offer", "concede")
"""Moves of a dispute that are our own decision to give (`core.recovery.disputes.promises.GIVES`)."""
_QUEUE = 7_404_211_350_118_201
"""The lock's own number; any, as long as nobody else uses it."""


def queue(session: Session) -> None:
    """Wait until nobody else is granting, and keep others waiting until the transaction ends (inner).

    Taken after the case's row, before any sum is read. One queue for all: sums over four kinds of keys would need four
    locks in one order, and grants are rare and short.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _QUEUE})


@dataclass(frozen=True)
class Check:
    """One limit: what it is (None: there is none), what was used of it before, and what would be used after."""

    scope: Scope
    limit: Money | None
    used: Money
    after: Money

    @property
    def fits(self) -> bool:
        """Whether it holds."""
        return self.limit is None or self.after <= self.limit

    @property
    def left(self) -> Money | None:
        """What may still be given; None: whatever."""
        if self.limit is None:
            return None
        return max(self.limit - self.used, Money.zero(self.limit.currency), key=lambda one: one.amount)


@dataclass(frozen=True)
class Measured:
    """An amount in the policy's currency against all limits of one power. `two`: two persons have to stand behind it."""

    power: Power
    weight: Money
    checks: tuple[Check, ...]
    two: bool

    @property
    def fits(self) -> bool:
        """Whether every limit holds."""
        return all(one.fits for one in self.checks)

    @property
    def over(self) -> tuple[Check, ...]:
        """The limits that do not hold."""
        return tuple(one for one in self.checks if not one.fits)


def weigh(session: Session, amounts: Iterable[Money], policy: Policy, now: datetime) -> tuple[Money, Any]:
    """The greatest of the amounts in the policy's currency, rounded up, with the day of the rate (None: none needed)."""
    found = []
    for money in amounts:
        converted = rates.convert(session, money, policy.currency, now.date())
        found.append((converted.money, converted.on_date))
    greatest = max(found, key=lambda one: one[0].amount)
    # What rounds to nothing would weigh nothing, however often it is given.
    least = Money(Decimal(1).scaleb(-decimals(policy.currency)), policy.currency)
    return max(greatest[0], least, key=lambda one: one.amount), greatest[1]


def measure(
    session: Session,
    power: Power,
    keys: Keys,
    weight: Money,
    *,
    policy: Policy,
    now: datetime,
    besides: int | None = None,
) -> Measured:
    """An amount against all limits of one power (inner); what the remedy `besides` weighs is left out of what was used.
    Whoever grants by it has taken the queue before.
    """
    limits = policy.of(power.role)
    order, buyer, batch = _given(session, keys, policy, now, besides)
    day = _of_the_day(session, power, policy, now, besides)

    def check(scope: Scope, limit: Money | None, used: Money) -> Check:
        return Check(scope, limit, used, used + weight)

    checks = (
        check(Scope.CASE, limits.per_case, order),
        check(Scope.DAY, limits.per_day, day),
        check(Scope.BUYER, limits.per_buyer, buyer),
        check(Scope.BATCH, limits.per_batch, batch),
    )
    two = policy.two_from is not None and not (order + weight) < policy.two_from
    return Measured(power, weight, checks, two)


def near_scope(measured: Measured, policy: Policy) -> Scope | None:
    """The limit that is used most, where that is close to all of it; the amount from which two persons decide is one."""
    said = near()
    shares = [
        (one.after.amount / one.limit.amount, one.scope)
        for one in measured.checks
        if one.limit is not None and one.limit.amount > 0
    ]
    if policy.two_from is not None:
        order = next(one.after for one in measured.checks if one.scope is Scope.CASE)
        shares.append((order.amount / policy.two_from.amount, Scope.TWO))
    least = {Scope.DAY: said.share_of_many, Scope.BATCH: said.share_of_many}
    close = [(share, scope) for share, scope in shares if share >= least.get(scope, said.share)]
    return max(close)[1] if close else None


def _given(
    session: Session, keys: Keys, policy: Policy, now: datetime, besides: int | None
) -> tuple[Money, Money, Money]:
    """What was given for the order, to the buyer and for the batch."""
    order = Remedy.order_key == keys.order
    buyer = and_(
        or_(Remedy.buyer_key == keys.buyer, order), Remedy.granted_at > now - timedelta(days=policy.buyer_days)
    )
    batch = and_(Remedy.batch_key == keys.batch, Remedy.granted_at > now - timedelta(days=policy.batch_days))

    def total(which: Any) -> Any:
        return func.coalesce(func.sum(Remedy.base_amount).filter(which), 0)

    rows = session.execute(
        select(Remedy.base_currency, total(order), total(buyer), total(batch))
        .where(Remedy.state.in_(GIVEN), or_(order, buyer, batch), *_but(besides))
        .group_by(Remedy.base_currency)
    ).all()
    first, second, third = (
        _sum(session, [(row[0], Decimal(row[place])) for row in rows], policy, now) for place in (1, 2, 3)
    )
    return first, second, third


def _of_the_day(session: Session, power: Power, policy: Policy, now: datetime, besides: int | None) -> Money:
    """What the person, or whose authority it is, granted in the last 24 hours: each remedy once."""
    used = (
        select(Remedy.id, Remedy.base_currency, Remedy.base_amount)
        .join(RemedyStep, RemedyStep.remedy_id == Remedy.id)
        .where(
            RemedyStep.covered,
            RemedyStep.at > now - DAY,
            or_(RemedyStep.person_id.in_({power.person, power.of}), RemedyStep.authority_of == power.of),
            Remedy.state.not_in((RemedyState.DECLINED, RemedyState.WITHDRAWN)),
            *_but(besides),
        )
        .distinct()
        .subquery()
    )
    rows = session.execute(select(used.c.base_currency, func.sum(used.c.base_amount)).group_by(used.c.base_currency))
    given = [(currency, Decimal(amount)) for currency, amount in rows]
    return _sum(session, [*given, *_in_disputes(session, power, now)], policy, now)


def _in_disputes(session: Session, power: Power, now: datetime) -> list[tuple[str, Decimal]]:
    """What the person decided to give in disputes in the last 24 hours, by currency: of each dispute the latest word, and only
    what is beyond the refunds that were granted for its case, which count by themselves.
    """
    granted = (
        select(func.coalesce(func.sum(Remedy.amount), 0))
        .where(
            Remedy.incident_id == Dispute.incident_id,
            Remedy.state.in_(GIVEN),
            Remedy.kind.in_((RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND)),
        )
        .correlate(Dispute)
        .scalar_subquery()
    )
    latest = (
        select(Dispute.currency, func.greatest(DisputeStep.amount - granted, 0).label("amount"))
        .join(Dispute, Dispute.id == DisputeStep.dispute_id)
        .where(
            DisputeStep.person_id.in_({power.person, power.of}),
            DisputeStep.action.in_(GIVING_MOVES),
            DisputeStep.amount > 0,
            DisputeStep.at > now - DAY,
        )
        .ext(distinct_on(DisputeStep.dispute_id))
        .order_by(DisputeStep.dispute_id, DisputeStep.id.desc())
        .subquery()
    )
    rows = session.execute(select(latest.c.currency, func.sum(latest.c.amount)).group_by(latest.c.currency))
    return [(currency, Decimal(amount)) for currency, amount in rows]


def _but(besides: int | None) -> list[Any]:
    return [] if besides is None else [Remedy.id != besides]


def _sum(session: Session, sums: Iterable[tuple[str, Decimal]], policy: Policy, now: datetime) -> Money:
    """Amounts of possibly earlier base currencies, in the policy's."""
    total = Money.zero(policy.currency)
    for currency, amount in sums:
        if amount:
            total = total + rates.convert(session, Money(amount, currency), policy.currency, now.date()).money
    return total


def authority_left(session: Session, actor: Actor, incident_id: int, now: datetime) -> Money:
    """What the actor may promise the buyer of a case now without asking anybody, in the case's currency, never rounded up
    (inner: the caller asked for its right).

    The least that is left of all limits, under the best authority the actor may use; what is approved for the case and not
    given yet may be promised too. `LARGEST` where there is no limit. Reads only; who grants measures again in the queue.
    Raises `NotFound`.
    """
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("There is no such incident."))
    promised = select(func.coalesce(func.sum(Remedy.amount), 0)).where(
        Remedy.incident_id == incident_id, Remedy.state == RemedyState.APPROVED
    )
    approved = Decimal(session.scalar(promised) or 0)
    return Money(min(headroom(session, actor, incident, now).amount + approved, LARGEST), incident.currency)


def headroom(session: Session, actor: Actor, incident: Incident, now: datetime) -> Money:
    """What the actor may newly give for a case without asking, in its currency, never rounded up; `LARGEST` where there is no
    limit (inner).
    """
    policy, keys = current(session, now), keys_of(session, incident)
    zero = Money.zero(policy.currency)
    best: Decimal | None = Decimal(0)
    for power in powers_of(session, actor, now):
        if not power.may(Permission.REMEDY_PROPOSE):
            continue
        found = _left(measure(session, power, keys, zero, policy=policy, now=now), policy)
        best = found if found is None or best is None else max(best, found)
        if best is None:
            return Money(LARGEST, incident.currency)
    worth = rates.convert(session, Money(Decimal(1_000_000), policy.currency), incident.currency, now.date()).money
    step = Decimal(1).scaleb(-decimals(incident.currency))
    own = ((best or Decimal(0)) * worth.amount / Decimal(1_000_000)).quantize(step, ROUND_DOWN)
    return Money(min(own, LARGEST), incident.currency)


def _left(measured: Measured, policy: Policy) -> Decimal | None:
    """The least that is left of the limits, and below where a second person is needed."""
    lefts = [one.left.amount for one in measured.checks if one.left is not None]
    if policy.two_from is not None:
        given = next(one.used for one in measured.checks if one.scope is Scope.CASE)
        least = Decimal(1).scaleb(-decimals(policy.currency))
        lefts.append(max(policy.two_from.amount - given.amount - least, Decimal(0)))
    return min(lefts, default=None)
