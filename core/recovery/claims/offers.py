"""Offers: what a payer would pay, to be taken or turned down by a date."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Tag
from core.models.clock import ClockKind, ClockState
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import money, times
from core.recovery.claims.answers import ASKING, count_what_lies_here
from core.recovery.claims.pieces import (
    await_appeal,
    await_payment,
    checked_note,
    locked,
    record,
    settle_clocks,
    start_answer_clock,
    start_clock,
    start_own,
    step,
    target_of,
)


@verb(Permission.CLAIM_ANSWER)
def record_offer(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    amount: Money,
    text: str = "",
    due_at: datetime | None = None,
    now: datetime,
) -> Claim:
    """Note that the payer offers less than was asked. It is to be decided by `due_at`, else by a reminder of our own.

    Raises `Invalid` for an offer of nothing, of the whole demand (that is an approval), below what it paid already, or
    for a date that has passed.
    """
    claim, incident, card = locked(session, claim_id)
    note = checked_note(text, "text")
    _check(claim, amount, due_at, now)
    source = claim.state
    claim.state = target_of(session, claim, incident, card, ClaimAction.RECORD_OFFER, actor, now)
    claim.offered, claim.answer_text = amount.amount, note
    session.flush()
    action = ClaimAction.RECORD_OFFER
    step(session, claim, action, source, actor=actor, now=now, note=note, amount=amount.amount, due_at=due_at)
    after = {"state": claim.state, "offered": amount.amount, "text": note, "due_at": due_at, "currency": claim.currency}
    record(session, Tag.CLAIM_ANSWERED, claim, actor=actor, now=now, before={"state": source}, after=after)
    settle_clocks(session, incident, claim, ClockState.MET, ASKING, actor, now)
    settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.OFFER,), actor, now)
    if due_at is not None:
        start_clock(session, incident, claim, card, ClockKind.OFFER, due_at, actor, now)
    else:
        start_own(session, incident, claim, card, ClockKind.OFFER, times.own("offer"), actor, now)
    touch(session, incident, now)
    return claim


def _check(claim: Claim, amount: Money, due_at: datetime | None, now: datetime) -> None:
    if amount.currency != claim.currency:
        raise Invalid(_("This claim is in {currency}.", currency=claim.currency), "amount")
    if amount.amount <= 0:
        raise Invalid(_("Write the amount that was offered."), "amount")
    if amount.amount >= claim.demand:
        demand = written(Money(claim.demand, claim.currency))
        raise Invalid(_("The demand is {demand}. For all of it choose “approved in full”.", demand=demand), "amount")
    if amount.amount < claim.paid:
        paid = written(Money(claim.paid, claim.currency))
        raise Invalid(_("{paid} was paid already: less than that cannot be offered.", paid=paid), "amount")
    if due_at is not None and due_at <= now:
        raise Invalid(_("This date has passed already."), "due_at")


@verb(Permission.CLAIM_ANSWER)
def accept_offer(
    session: Session, claim_id: int, *, actor: Actor, text: str = "", due_at: datetime | None = None, now: datetime
) -> Claim:
    """Take the offer: the claim is approved in part, and its payment awaited by `due_at` or a reminder of our own."""
    claim, incident, card = locked(session, claim_id)
    note = checked_note(text, "text")
    if due_at is not None and due_at <= now:
        raise Invalid(_("This date has passed already."), "due_at")
    source = claim.state
    claim.state = target_of(session, claim, incident, card, ClaimAction.ACCEPT_OFFER, actor, now)
    claim.approved, claim.answered_at, claim.denial_code = claim.offered, now, None
    session.flush()
    action = ClaimAction.ACCEPT_OFFER
    step(session, claim, action, source, actor=actor, now=now, note=note, amount=claim.approved, due_at=due_at)
    after = {
        "state": claim.state,
        "approved": claim.approved,
        "text": note,
        "due_at": due_at,
        "currency": claim.currency,
    }
    record(session, Tag.CLAIM_ANSWERED, claim, actor=actor, now=now, before={"state": source}, after=after)
    settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.OFFER,), actor, now)
    await_payment(session, incident, claim, card, due_at, actor, now)
    await_appeal(session, incident, claim, card, actor, now, event=now)
    count_what_lies_here(session, incident, claim, actor, now)
    touch(session, incident, now)
    return claim


@verb(Permission.CLAIM_ANSWER)
def decline_offer(session: Session, claim_id: int, *, actor: Actor, text: str, now: datetime) -> Claim:
    """Turn the offer down with the reasons, or with what would be taken instead; the payer's next answer is awaited."""
    note = checked_note(text, "text")
    if not note:
        raise Invalid(_("Write what the payer was answered."), "text")
    claim, incident, card = locked(session, claim_id)
    source = claim.state
    claim.state = target_of(session, claim, incident, card, ClaimAction.DECLINE_OFFER, actor, now)
    session.flush()
    step(session, claim, ClaimAction.DECLINE_OFFER, source, actor=actor, now=now, note=note)
    after = {"state": claim.state, "text": note}
    record(session, Tag.CLAIM_MOVED, claim, actor=actor, now=now, before={"state": source}, after=after)
    settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.OFFER,), actor, now)
    money.end_tasks(session, incident, claim, ClockState.CANCELLED, money.AWAITED, actor, now)
    start_answer_clock(session, incident, claim, card, actor, now, event=now)
    touch(session, incident, now)
    return claim
