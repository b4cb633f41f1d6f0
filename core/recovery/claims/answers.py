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
from core.recovery.claim_states import ANSWERS, CLAIMS, ClaimAction
from core.recovery.claims import money
from core.recovery.claims.denials import checked_code
from core.recovery.claims.pieces import (
    await_appeal,
    await_payment,
    checked_note,
    end_clocks,
    locked,
    record,
    settle_clocks,
    start_clock,
    step,
    target_of,
)

DECIDING = (ClaimAction.APPROVE, ClaimAction.PARTLY_APPROVE, ClaimAction.REJECT)
ASKING = (ClockKind.ANSWER, ClockKind.INFORMATION)


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
    denial_code: str | None = None,
    answered_at: datetime | None = None,
    now: datetime,
) -> Claim:
    """Write down what the payer did or what was answered: one of `ANSWERS`.

    `amount` is what was approved (in full: the demand), `text` the payer's words, `due_at` until when the asked
    information or the payment is due, `denial_code` why it denied all of it (needed) or a part, `answered_at` when the
    payer said so, if not now: an appeal's time runs from then. Raises `Invalid` for an approval beyond the demand,
    information asked without a date, a rejection without its code.
    """
    if action not in ANSWERS:
        raise Invalid(_("This is not an answer of the payer."))
    claim, incident, card = locked(session, claim_id)
    note, code = checked_note(text, "text"), _code(action, denial_code)
    approved = _approved(claim, action, amount)
    _answer_has_what_it_needs(action, note, due_at, now)
    said_at = _said_at(claim, answered_at, now)
    source = claim.state
    target = target_of(session, claim, incident, card, action, actor, now)
    claim.state = target
    if action in DECIDING:
        claim.approved, claim.answered_at, claim.answer_text, claim.denial_code = approved, said_at, note, code
    session.flush()
    step(
        session,
        claim,
        action,
        source,
        actor=actor,
        now=now,
        note=note,
        amount=approved,
        due_at=due_at,
        denial_code=code,
    )
    after = {"state": target, "approved": approved, "text": note, "due_at": due_at, "currency": claim.currency}
    if code:
        after["denial_code"] = code
    record(session, Tag.CLAIM_ANSWERED, claim, actor=actor, now=now, before={"state": source}, after=after)
    _clocks_after_answer(session, incident, claim, card, action, due_at, said_at, actor, now)
    count_what_lies_here(session, incident, claim, actor, now)
    touch(session, incident, now)
    return claim


def _code(action: ClaimAction, denial_code: str | None) -> str | None:
    if action not in (ClaimAction.REJECT, ClaimAction.PARTLY_APPROVE):
        return None
    return checked_code(denial_code, needed=action is ClaimAction.REJECT)


def _said_at(claim: Claim, answered_at: datetime | None, now: datetime) -> datetime:
    if answered_at is None:
        return now
    if answered_at > now:
        raise Invalid(_("The payer cannot have answered in the future."), "answered_at")
    if claim.submitted_at is not None and answered_at < claim.submitted_at:
        raise Invalid(_("The payer cannot have answered before the claim was filed."), "answered_at")
    return answered_at


def count_what_lies_here(session: Session, incident: Incident, claim: Claim, actor: Actor, now: datetime) -> None:
    """Money that came before it was granted counts now; with it the claim may be paid (inner)."""
    if claim.state not in CLAIMS.row(ClaimAction.PAY).sources or not claim.surplus:
        return
    applied = money.apply_credit(session, incident, claim, actor, now)
    if not applied:
        return
    if claim.paid == claim.approved:
        source, claim.state = claim.state, CLAIMS.step(claim.state, ClaimAction.PAY)
        end_clocks(session, incident, claim, actor=actor, now=now)
        step(session, claim, ClaimAction.PAY, source, actor=actor, now=now, amount=applied.amount)
    money.tell_the_others(session, incident, claim, actor, now)


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
    said_at: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    """Settle what the answer ended and start what it brings."""
    if action in DECIDING:
        settle_clocks(session, incident, claim, ClockState.MET, (*ASKING, ClockKind.OFFER), actor, now)
        # An answer that replaces an earlier one replaces what that one had started.
        settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.APPEAL, ClockKind.PAYMENT), actor, now)
        money.end_tasks(session, incident, claim, ClockState.CANCELLED, money.AWAITED, actor, now)
        if action is not ClaimAction.REJECT:
            await_payment(session, incident, claim, card, due_at, actor, now)
        if action is not ClaimAction.APPROVE:
            await_appeal(session, incident, claim, card, actor, now, event=said_at)
    elif action is ClaimAction.ASK_INFORMATION:
        settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.OFFER,), actor, now)
        start_clock(session, incident, claim, card, ClockKind.INFORMATION, due_at, actor, now)
    elif action is ClaimAction.SEND_INFORMATION:
        settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.INFORMATION,), actor, now)
    elif action is ClaimAction.CLOSE:
        end_clocks(session, incident, claim, actor=actor, now=now, state=ClockState.CANCELLED)
