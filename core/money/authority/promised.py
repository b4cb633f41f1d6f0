"""What was decided to be given in disputes, as far as it is not the money of a remedy: each amount counts once.

A remedy and a dispute are the same money as the books have it (`core.money.refunds`): a whole refund that was given is any request's
own; a part of one is, where it was given under the return's number or is exactly that much. What is approved and not given yet is what
was promised in a dispute after it. A voucher and a new parcel are never a dispute's money.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from core.foundation.money import Money
from core.models import Dispute, DisputeGift, DisputeStep, Incident, Remedy
from core.models.remedy import RemedyKind, RemedyState

REFUSED = "counter_refused"
"""The move of a dispute by which our own offer is gone (`core.recovery.disputes.states.DisputeAction`)."""
_MONEY = (RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND)
_GIVEN = (RemedyState.APPROVED, RemedyState.DONE)
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Promised:
    """One gift in a dispute. `stands`: it is the dispute's latest and the buyer did not refuse it. `beyond` is the share of it in the
    base currency that is no remedy's money.
    """

    gift: DisputeGift
    stands: bool
    beyond: Money


@dataclass(frozen=True)
class _Refund:
    """A refund that is approved or given, as what is promised in disputes is held against it."""

    id: int
    incident_id: int
    kind: RemedyKind
    state: RemedyState
    currency: str
    amount: Decimal
    granted_at: datetime | None
    reference: str

    def usable(self, at: datetime) -> bool:
        """Whether it was approved by that moment and is still to be given."""
        return self.state is RemedyState.APPROVED and self.granted_at is not None and self.granted_at <= at

    def pays(self, gift: _Gift) -> bool:
        """Whether it is the same money."""
        if self.currency != gift.row.currency:
            return False
        if self.state is RemedyState.APPROVED:
            return self.usable(gift.row.at)
        return (
            self.kind is RemedyKind.REFUND
            or self.reference.strip().casefold() == gift.number.casefold()
            or self.amount == gift.row.amount
        )


@dataclass(frozen=True)
class _Gift:
    row: DisputeGift
    number: str
    stands: bool


def promised_with(session: Session, which: Any) -> list[Promised]:
    """Every gift of the cases that have one for which `which` holds (inner): two more statements, where there is one."""
    cases = set(session.scalars(select(DisputeGift.incident_id).where(which).distinct()))
    if not cases:
        return []
    gifts, refunds = _gifts(session, cases), _refunds(session, cases)
    found = []
    for case in sorted(cases):
        own = [one for one in gifts if one.row.incident_id == case]
        beyond, _left = _spread(own, [one for one in refunds if one.incident_id == case])
        found += [Promised(one.row, one.stands, _share(one.row, beyond[one.row.id])) for one in own]
    return found


def given_in_disputes(session: Session, orders: Collection[str]) -> dict[tuple[str, str], Decimal]:
    """By order (as `Keys.order`) and base currency what was given for it in disputes and is no remedy's money (inner)."""
    sums: dict[tuple[str, str], Decimal] = {}
    for one in promised_with(session, DisputeGift.order_key.in_(orders)) if orders else ():
        if one.stands and one.gift.order_key in orders:
            key = (one.gift.order_key, one.beyond.currency)
            sums[key] = sums.get(key, _ZERO) + one.beyond.amount
    return sums


def unpaid(session: Session, incident: Incident, money: Money, dispute_id: int, now: datetime) -> Money:
    """What of an amount (in the case's currency) is not approved as a remedy yet, were it given in that dispute now (inner)."""
    return money - min(money, promisable(session, incident, dispute_id, now), key=lambda one: one.amount)


def promisable(session: Session, incident: Incident, dispute_id: int | None, now: datetime) -> Money:
    """What is approved as money for a case and neither given nor promised in another dispute yet, in its currency (inner). What was said
    in `dispute_id` itself is to be a new word.
    """
    refunds = _refunds(session, [incident.id])
    gifts = [one for one in _gifts(session, [incident.id]) if one.row.dispute_id != dispute_id] if refunds else []
    left = _spread(gifts, refunds)[1]
    usable = (left[one.id] for one in refunds if one.currency == incident.currency and one.usable(now))
    return Money(sum(usable, _ZERO), incident.currency)


def given_twice(session: Session, remedy: Remedy, reference: str) -> tuple[Money, str] | None:
    """What would come on top of what was promised in a dispute, were a remedy given under that reference, and the number of that
    dispute's return (inner); None where nothing would.
    """
    gifts, refunds = _gifts(session, [remedy.incident_id]), _refunds(session, [remedy.incident_id])
    after = [
        replace(one, state=RemedyState.DONE, reference=reference) if one.id == remedy.id else one for one in refunds
    ]
    before, then = _spread(gifts, refunds)[0], _spread(gifts, after)[0]
    grown = [(then[one.row.id] - before[one.row.id], one) for one in gifts if one.stands]
    if sum((more for more, _gift in grown), _ZERO) <= 0:
        return None
    more, gift = max(grown, key=lambda one: one[0])
    return Money(more, gift.row.currency), gift.number


def standing_gift(session: Session, dispute_id: int) -> DisputeGift | None:
    """The gift that stands for a dispute: the latest, unless the buyer refused it (inner)."""
    latest = select(DisputeGift).where(DisputeGift.dispute_id == dispute_id, ~_refused(DisputeGift))
    newest = select(func.max(DisputeGift.id)).where(DisputeGift.dispute_id == dispute_id).scalar_subquery()
    return session.scalars(latest.where(DisputeGift.id == newest)).one_or_none()


def _spread(gifts: Sequence[_Gift], refunds: Iterable[_Refund]) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """By gift what no remedy pays of it, and by remedy what is left of it: those that stand first, the earliest first, and money that was
    given before money that is only approved.
    """
    pool = sorted(refunds, key=lambda one: (one.state is RemedyState.APPROVED, one.id))
    left = {one.id: one.amount for one in pool}
    beyond = {}
    for gift in sorted(gifts, key=lambda one: (not one.stands, one.row.id)):
        rest = gift.row.amount
        for one in pool:
            if one.pays(gift):
                taken = min(rest, left[one.id])
                left[one.id] -= taken
                rest -= taken
        beyond[gift.row.id] = rest
    return beyond, left


def _share(row: DisputeGift, beyond: Decimal) -> Money:
    return Money(row.base_amount * beyond / row.amount, row.base_currency)


def _gifts(session: Session, cases: Collection[int]) -> list[_Gift]:
    newest = select(func.max(DisputeGift.id)).where(DisputeGift.incident_id.in_(cases)).group_by(DisputeGift.dispute_id)
    stands = and_(DisputeGift.id.in_(newest), ~_refused(DisputeGift))
    rows = session.execute(
        select(DisputeGift, Dispute.return_number, stands)
        .join(Dispute, Dispute.id == DisputeGift.dispute_id)
        .where(DisputeGift.incident_id.in_(cases))
        .order_by(DisputeGift.id)
    )
    return [_Gift(*row) for row in rows]


def _refused(gift: Any) -> Any:
    later = aliased(DisputeStep)
    return (
        select(later.id)
        .where(later.dispute_id == gift.dispute_id, later.action == REFUSED, later.id > gift.step_id)
        .exists()
    )


def _refunds(session: Session, cases: Collection[int]) -> list[_Refund]:
    rows = session.execute(
        select(
            Remedy.id,
            Remedy.incident_id,
            Remedy.kind,
            Remedy.state,
            Remedy.currency,
            Remedy.amount,
            Remedy.granted_at,
            Remedy.reference,
        )
        .where(Remedy.incident_id.in_(cases), Remedy.kind.in_(_MONEY), Remedy.state.in_(_GIVEN))
        .order_by(Remedy.id)
    )
    return [_Refund(*row) for row in rows]
