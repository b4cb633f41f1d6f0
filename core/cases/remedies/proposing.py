"""Proposing a remedy: within one's own authority it is granted at once, above it somebody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.cases.remedies.pieces import somebody, words, write
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Remedy, RemedyStep, Tag
from core.models.incident import IncidentState
from core.models.remedy import RemedyAction, RemedyKind, RemedyState, Scope
from core.money import authority, ledger
from core.money.authority import Keys, Measured, Policy


@dataclass(frozen=True)
class Preview:
    """What would come of a proposal: how many approvals it needs (0: granted at once), which limits it is above (as
    `Remedy.over`), in whose place it would be granted, and what is left to give without asking, in the case's currency.
    """

    needs: int
    over: tuple[dict[str, Any], ...]
    stands_for: str | None
    left: Money


@dataclass(frozen=True)
class _Weighed:
    policy: Policy
    keys: Keys
    weight: Money
    rate_on: Any
    best: Measured

    @property
    def needs(self) -> int:
        """Approvals of others; where two are needed and the proposer has the authority, the proposer is one of them."""
        if self.best.two:
            return 1 if self.best.fits else 2
        return 0 if self.best.fits else 1

    @property
    def over(self) -> tuple[dict[str, Any], ...]:
        return over_of(self.best, self.policy)


@read(Permission.REMEDY_PROPOSE)
def preview(session: Session, incident_id: int, *, actor: Actor, amount: Money, cost: Money, now: datetime) -> Preview:
    """What would come of proposing this now. Raises as `propose`."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("There is no such incident."))
    _sound(incident, amount, cost)
    found = _weigh(session, incident, actor, amount, cost, now)
    left = authority.headroom(session, actor, incident, now)
    return Preview(found.needs, found.over, found.best.power.name if found.best.fits else None, left)


@verb(Permission.REMEDY_PROPOSE)
def propose(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    kind: RemedyKind,
    amount: Money,
    cost: Money | None = None,
    reason: str,
    asked: RemedyKind | None = None,
    now: datetime,
) -> Remedy:
    """Offer the buyer something: `amount` of it, at `cost` to us (the amount, if not given), both in the case's currency.

    Granted at once within the actor's authority, in state PROPOSED above it. Raises `Invalid` naming `amount`, `cost` or
    `reason`, `WrongState` on a closed case, `NotFound`.
    """
    proposer = somebody(actor)
    why = words(reason, "reason", _("Say why the buyer gets this."))
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it first."))
    price = cost if cost is not None else amount
    _sound(incident, amount, price)
    authority.queue(session)
    found = _weigh(session, incident, actor, amount, price, now)
    granted = found.needs == 0
    remedy = Remedy(
        incident_id=incident.id,
        kind=kind,
        state=RemedyState.APPROVED if granted else RemedyState.PROPOSED,
        asked=asked,
        currency=incident.currency,
        amount=amount.amount,
        cost=price.amount,
        base_currency=found.weight.currency,
        base_amount=found.weight.amount,
        rate_on=found.rate_on,
        reason=why,
        order_key=found.keys.order,
        buyer_key=found.keys.buyer,
        batch_key=found.keys.batch,
        needs=found.needs,
        over=list(found.over),
        near=authority.near_scope(found.best, found.policy) if granted else None,
        authority_version=found.policy.version,
        proposed_at=now,
        proposed_by=proposer,
        granted_at=now if granted else None,
    )
    session.add(remedy)
    session.flush()
    _grant(session, remedy, found, proposer, now)
    write(
        session,
        incident,
        remedy,
        RemedyAction.PROPOSE,
        Tag.REMEDY_PROPOSED,
        actor=actor,
        now=now,
        text=why,
        power=found.best.power if found.best.fits else None,
        more={
            "cost": price.amount,
            "base_amount": found.weight.amount,
            "base_currency": found.weight.currency,
            "needs": found.needs,
            "over": found.over,
            "authority_version": found.policy.version,
            "asked": asked,
        },
    )
    return remedy


def _grant(session: Session, remedy: Remedy, found: _Weighed, proposer: int, now: datetime) -> None:
    """The proposer's own authority stands behind it, alone or as one of two."""
    if found.best.fits:
        power = found.best.power
        session.add(
            RemedyStep(
                remedy_id=remedy.id,
                action=RemedyAction.GRANT,
                at=now,
                person_id=proposer,
                authority_of=power.of,
                covered=True,
            )
        )


def _sound(incident: Incident, amount: Money, cost: Money) -> None:
    if amount.currency != incident.currency or cost.currency != incident.currency:
        raise Invalid(_("This case is kept in {currency}.", currency=incident.currency), "amount")
    if amount.amount <= 0:
        raise Invalid(_("Write an amount above zero."), "amount")
    if cost.amount < 0:
        raise Invalid(_("What it costs cannot be negative."), "cost")


def _weigh(session: Session, incident: Incident, actor: Actor, amount: Money, cost: Money, now: datetime) -> _Weighed:
    policy, keys = authority.current(session, now), authority.keys_of(session, incident)
    # A voucher that costs nothing is worth something, and a new parcel may cost more than its goods.
    weight, rate_on = authority.weigh(session, (amount, cost), policy, now)
    powers = [one for one in authority.powers_of(session, actor, now) if one.may(Permission.REMEDY_PROPOSE)]
    if not powers:
        raise NotAllowed(_("Only a person of the team may do this."))
    measured = [authority.measure(session, one, keys, weight, policy=policy, now=now) for one in powers]
    best = next((one for one in measured if one.fits), measured[0])
    return _Weighed(policy, keys, weight, rate_on, best)


def over_of(measured: Measured, policy: Policy) -> tuple[dict[str, Any], ...]:
    """The limits that do not hold, as a row keeps them."""
    found = [(one.scope, one.limit, one.after) for one in measured.over]
    if measured.two:
        after = next(one.after for one in measured.checks if one.scope is Scope.CASE)
        found.append((Scope.TWO, policy.two_from, after))
    return tuple(
        {
            "scope": scope.value,
            "limit": str(limit.amount),
            "after": str(after.amount),
            "currency": after.currency,
        }
        for scope, limit, after in found
        if limit is not None
    )
