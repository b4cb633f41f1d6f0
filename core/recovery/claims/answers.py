"""What the payer did: took it up, asked, approved, rejected."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Incident, RuleCard, Tag
from core.models.clock import ClockKind, ClockState
from core.models.rule import DayUnit
from core.recovery.claim_states import (
    ANSWERS,
    ClaimAction,
)
from core.recovery.claims.pieces import (
    checked_note,
    due_moment,
    locked,
    record,
    settle_clocks,
    start_clock,
    step,
    target_of,
)


@verb(Permission.CLAIM_ANSWER)
def record_answer(
    session: Session,
    claim_id: int,
    action: ClaimAction,
    *,
    actor: Actor,
    amount: Money | None = None,
    text: str = "",
    due_at: datetime | None = None,
    now: datetime,
) -> Claim:
    """Write down what the payer did or what was answered: one of `ANSWERS`.

    `amount` is what was approved (in full: the demand), `text` the payer's words, `due_at` until when the asked
    information
    or the payment is due. Raises `Invalid` for an approval beyond the demand, or information asked without a date.
    """
    if action not in ANSWERS:
        raise Invalid(_("This is not an answer of the payer."))
    claim, incident, card = locked(session, claim_id)
    note = checked_note(text, "text")
    approved = _approved(claim, action, amount)
    _answer_has_what_it_needs(action, note, due_at, now)
    source = claim.state
    target = target_of(session, claim, incident, card, action, actor, now)
    claim.state = target
    if action in (ClaimAction.APPROVE, ClaimAction.PARTLY_APPROVE, ClaimAction.REJECT):
        claim.approved, claim.answered_at, claim.answer_text = approved, now, note
    session.flush()
    step(session, claim, action, source, actor=actor, now=now, note=note, amount=approved, due_at=due_at)
    record(
        session,
        Tag.CLAIM_ANSWERED,
        claim,
        actor=actor,
        now=now,
        before={"state": source},
        after={"state": target, "approved": approved, "text": note, "due_at": due_at, "currency": claim.currency},
    )
    _clocks_after_answer(session, incident, claim, card, action, due_at, actor, now)
    touch(session, incident, now)
    return claim


def _approved(claim: Claim, action: ClaimAction, amount: Money | None) -> Decimal | None:
    """What an approval brings: the whole demand, or a part of it that is more than nothing; a rejection brings zero."""
    if action is ClaimAction.REJECT:
        return Decimal(0)
    if action is ClaimAction.APPROVE:
        return claim.demand
    if action is not ClaimAction.PARTLY_APPROVE:
        return None
    if amount is None or amount.amount <= 0:
        raise Invalid(_("Write the amount that was approved."), "amount")
    if amount.currency != claim.currency:
        raise Invalid(_("This claim is in {currency}.", currency=claim.currency), "amount")
    if amount.amount >= claim.demand:
        raise Invalid(
            _("The demand is {demand}. For all of it choose “approved in full”.", demand=_demand(claim)), "amount"
        )
    if amount.amount < claim.paid:
        paid = written(Money(claim.paid, claim.currency))
        raise Invalid(_("{paid} was paid already: less than that cannot be approved.", paid=paid), "amount")
    return amount.amount


def _demand(claim: Claim) -> str:
    return written(Money(claim.demand, claim.currency))


def _answer_has_what_it_needs(action: ClaimAction, note: str, due_at: datetime | None, now: datetime) -> None:
    if action is ClaimAction.REJECT and not note:
        raise Invalid(_("Write the reason the payer gave: the appeal starts from it."), "text")
    if action is ClaimAction.ASK_INFORMATION:
        if not note:
            raise Invalid(_("Write what the payer asks for."), "text")
        if due_at is None:
            raise Invalid(_("Write until when the payer wants it."), "due_at")
    if due_at is not None and due_at <= now:
        raise Invalid(_("This date has passed already."), "due_at")


def _clocks_after_answer(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    action: ClaimAction,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Settle what the answer ended and start what it brings."""
    if action in (ClaimAction.APPROVE, ClaimAction.PARTLY_APPROVE, ClaimAction.REJECT):
        settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.ANSWER, ClockKind.INFORMATION), actor, now)
        if action is not ClaimAction.REJECT and due_at is not None and claim.paid < (claim.approved or 0):
            start_clock(session, incident, claim, card, ClockKind.PAYMENT, due_at, actor, now)
        if action is not ClaimAction.APPROVE and card.appeal_days:
            until = due_moment(claim, card, now, card.appeal_days, DayUnit.CALENDAR_DAYS)
            start_clock(session, incident, claim, card, ClockKind.APPEAL, until, actor, now)
    elif action is ClaimAction.ASK_INFORMATION:
        start_clock(session, incident, claim, card, ClockKind.INFORMATION, due_at, actor, now)
    elif action is ClaimAction.SEND_INFORMATION:
        settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.INFORMATION,), actor, now)
    elif action is ClaimAction.CLOSE:
        settle_clocks(session, incident, claim, ClockState.CANCELLED, (), actor, now)
