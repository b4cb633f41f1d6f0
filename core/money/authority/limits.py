"""How much of each limit is used, whether something still fits, and how much is left to promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.language import _
from core.foundation.money import LARGEST, Money, decimals
from core.foundation.permissions import Actor, Permission
from core.models import DisputeGift, Incident, Remedy, RemedyStep
from core.models.remedy import RemedyState, Scope
from core.money import rates
from core.money.authority.keys import Keys, keys_of
from core.money.authority.policy import Policy, current
from core.money.authority.powers import Power, powers_of
from core.money.authority.promised import Promised, promisable, promised_with, unpaid
from core.money.authority.shipped import near

DAY = timedelta(hours=24)
"""A day of a limit is the last 24 hours, wherever anybody is: midnight and a change of zone bring nothing new."""
GIVEN = (RemedyState.APPROVED, RemedyState.DONE)
"""States in which a remedy counts against the limits of its order, buyer and batch."""
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
    """The greatest of the amounts in the policy's currency, at its own decimals and never nothing, with the day of the rate (None:
    none needed).
    """
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
    dispute_id: int | None = None,
) -> Measured:
    """An amount against all limits of one power (inner); what the remedy `besides` weighs, and what was said in the dispute
    `dispute_id` before, is left out of what was used. Whoever grants by it has taken the queue before.
    """
    limits = policy.of(power.role)
    promised = _promised(session, keys, power, policy, now, dispute_id)
    order, buyer, batch = _given(session, keys, policy, now, besides, promised)
    day = _of_the_day(session, power, policy, now, besides, promised)

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


def _promised(
    session: Session, keys: Keys, power: Power, policy: Policy, now: datetime, dispute_id: int | None
) -> list[Promised]:
    """What was decided in disputes and may touch one of the limits, without the word of `dispute_id`."""
    since = now - max(DAY, timedelta(days=policy.buyer_days), timedelta(days=policy.batch_days))
    of_keys = or_(DisputeGift.buyer_key == keys.buyer, DisputeGift.batch_key == keys.batch)
    which = or_(
        DisputeGift.order_key == keys.order,
        and_(of_keys, DisputeGift.at > since),
        and_(DisputeGift.at > now - DAY, _by(power, DisputeGift.person_id, DisputeGift.authority_of)),
    )
    return [one for one in promised_with(session, which) if one.gift.dispute_id != dispute_id]


def _by(power: Power, person: Any, authority: Any) -> Any:
    """Whether something counts as given by a power: by either of its two persons, or in its place by anybody."""
    return or_(person.in_({power.person, power.of}), authority == power.of)


def _given(
    session: Session,
    keys: Keys,
    policy: Policy,
    now: datetime,
    besides: int | None,
    promised: Iterable[Promised],
) -> tuple[Money, Money, Money]:
    """What was given for the order, to the buyer and for the batch."""
    buyer_since, batch_since = now - timedelta(days=policy.buyer_days), now - timedelta(days=policy.batch_days)
    order = Remedy.order_key == keys.order
    buyer = and_(or_(Remedy.buyer_key == keys.buyer, order), Remedy.granted_at > buyer_since)
    batch = and_(Remedy.batch_key == keys.batch, Remedy.granted_at > batch_since)

    def total(which: Any) -> Any:
        return func.coalesce(func.sum(Remedy.base_amount).filter(which), 0)

    rows = session.execute(
        select(Remedy.base_currency, total(order), total(buyer), total(batch))
        .where(Remedy.state.in_(GIVEN), or_(order, buyer, batch), *_but(besides))
        .group_by(Remedy.base_currency)
    ).all()
    stand = [one for one in promised if one.stands]
    same = [one.gift.order_key == keys.order for one in stand]
    in_disputes = (
        [one for one, mine in zip(stand, same, strict=True) if mine],
        [
            one
            for one, mine in zip(stand, same, strict=True)
            if one.gift.at > buyer_since and (mine or one.gift.buyer_key == keys.buyer)
        ],
        [one for one in stand if one.gift.at > batch_since and one.gift.batch_key == keys.batch],
    )
    first, second, third = (
        _sum(session, [*((row[0], Decimal(row[place])) for row in rows), *_amounts(some)], policy, now)
        for place, some in enumerate(in_disputes, start=1)
    )
    return first, second, third


def _of_the_day(
    session: Session, power: Power, policy: Policy, now: datetime, besides: int | None, promised: Iterable[Promised]
) -> Money:
    """What the person, or whose authority it is, granted in the last 24 hours: each remedy once, and of each dispute the latest word,
    whatever the buyer said to it.
    """
    used = (
        select(Remedy.id, Remedy.base_currency, Remedy.base_amount)
        .join(RemedyStep, RemedyStep.remedy_id == Remedy.id)
        .where(
            RemedyStep.covered,
            RemedyStep.at > now - DAY,
            _by(power, RemedyStep.person_id, RemedyStep.authority_of),
            Remedy.state.not_in((RemedyState.DECLINED, RemedyState.WITHDRAWN)),
            *_but(besides),
        )
        .distinct()
        .subquery()
    )
    rows = session.execute(select(used.c.base_currency, func.sum(used.c.base_amount)).group_by(used.c.base_currency))
    given = [(currency, Decimal(amount)) for currency, amount in rows]
    people = {power.person, power.of}
    latest = {
        one.gift.dispute_id: one
        for one in promised
        if one.gift.at > now - DAY and (one.gift.person_id in people or one.gift.authority_of == power.of)
    }
    return _sum(session, [*given, *_amounts(latest.values())], policy, now)


def _amounts(some: Iterable[Promised]) -> list[tuple[str, Decimal]]:
    return [(one.beyond.currency, one.beyond.amount) for one in some]


def _but(besides: int | None) -> list[Any]:
    return [] if besides is None else [Remedy.id != besides]


def _sum(session: Session, sums: Iterable[tuple[str, Decimal]], policy: Policy, now: datetime) -> Money:
    """Amounts of possibly earlier base currencies, in the policy's."""
    total = Money.zero(policy.currency)
    for currency, amount in sums:
        if amount:
            total = total + rates.convert(session, Money(amount, currency), policy.currency, now.date()).money
    return total


def authority_left(
    session: Session, actor: Actor, incident_id: int, now: datetime, *, dispute_id: int | None = None
) -> Money:
    """What the actor may promise the buyer of a case now without asking anybody, in the case's currency, never rounded up
    (inner: the caller asked for its right).

    The least that is left of all limits, under the best authority the actor may use; money that is approved for the case and neither
    given nor promised in a dispute yet may be promised too. What was said in `dispute_id` before counts for nothing: a new word takes
    its place. `LARGEST` where there is no limit. Reads only; who grants measures again in the queue. Raises `NotFound`.
    """
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("There is no such incident."))
    own = headroom(session, actor, incident, now, dispute_id=dispute_id)
    approved = promisable(session, incident, dispute_id, now)
    return Money(min(own.amount + approved.amount, LARGEST), incident.currency)


def promise(
    session: Session, actor: Actor, incident: Incident, dispute_id: int, money: Money, now: datetime
) -> DisputeGift | None:
    """An amount (above zero, in the case's currency) as what the actor gives in a dispute, not added yet and without its step (inner; the
    case is locked and the queue taken). None where more of it is not approved than the actor's limits reach for.
    """
    policy, keys = current(session, now), keys_of(session, incident)
    whole, rate_on = weigh(session, (money,), policy, now)
    rest, authority_of = unpaid(session, incident, money, dispute_id, now), None
    if rest:
        weight, _on = weigh(session, (rest,), policy, now)
        powers = (one for one in powers_of(session, actor, now) if one.may(Permission.REMEDY_PROPOSE))
        measured = (
            measure(session, one, keys, weight, policy=policy, now=now, dispute_id=dispute_id) for one in powers
        )
        best = next((one for one in measured if one.fits and not one.two), None)
        if best is None:
            return None
        authority_of = best.power.of
    return DisputeGift(
        dispute_id=dispute_id,
        incident_id=incident.id,
        currency=money.currency,
        amount=money.amount,
        base_currency=whole.currency,
        base_amount=whole.amount,
        rate_on=rate_on,
        order_key=keys.order,
        buyer_key=keys.buyer,
        batch_key=keys.batch,
        at=now,
        person_id=actor.person_id,
        authority_of=authority_of,
    )


def headroom(
    session: Session, actor: Actor, incident: Incident, now: datetime, *, dispute_id: int | None = None
) -> Money:
    """What the actor may newly give for a case without asking, in its currency, never rounded up; `LARGEST` where there is no
    limit (inner). `dispute_id` as `authority_left`.
    """
    policy, keys = current(session, now), keys_of(session, incident)
    zero = Money.zero(policy.currency)
    best: Decimal | None = Decimal(0)
    for power in powers_of(session, actor, now):
        if not power.may(Permission.REMEDY_PROPOSE):
            continue
        measured = measure(session, power, keys, zero, policy=policy, now=now, dispute_id=dispute_id)
        found = _left(measured, policy)
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
