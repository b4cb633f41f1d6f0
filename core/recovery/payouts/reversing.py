"""A payout that went away again: taken back by the payer, given back by us, or booked in error."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Claim, Incident, Payout, PayoutReversal, Posting, RuleCard, Tag
from core.models.clock import ClockKind, ClockState
from core.models.ledger import Account, PayoutBack
from core.money import ledger
from core.money.ledger import RECOVERIES
from core.recovery import claims
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.claims import money

BACK_LABELS: dict[PayoutBack, str] = {
    PayoutBack.BOUNCED: N_("Taken back by the payer"),
    PayoutBack.RETURNED: N_("Given back by us"),
    PayoutBack.MISTAKE: N_("Booked in error"),
}


@verb(Permission.PAYOUT_REVERSE)
def reverse_payout(
    session: Session,
    payout_id: int,
    *,
    actor: Actor,
    how: PayoutBack,
    note: str,
    amount: Money | None = None,
    on_date: date | None = None,
    now: datetime,
) -> PayoutReversal:
    """Take a payout back, or `amount` of it: the payer took it (`BOUNCED`), we gave it back (`RETURNED`), or it was
    booked in error (`MISTAKE`).

    What is owed back to the payer goes first, the rest is no longer recovered. Unless we gave it back, the claim waits
    for its money again, with a task after a bounce. Raises `NotFound`, `WrongState` when nothing of it is left,
    `Invalid` for more than is left, a day to come, or without a reason.
    """
    payout = session.get(Payout, payout_id)
    if payout is None:
        raise NotFound(_("There is no such payout."))
    claim, incident, card = claims.locked(session, payout.claim_id)
    why = checked(note, ledger.LONGEST_NOTE, "note")
    if not why:
        raise Invalid(_("Say why the payout is taken back."), "note")
    day = _back_on(payout, on_date, actor, now)
    claims.target_of(session, claim, incident, card, ClaimAction.TAKE_BACK, actor, now)
    taken = _taken(session, payout, amount)
    credit = min(taken, Money(claim.surplus, claim.currency))
    posting = _post_back(session, payout, claim, incident, taken, credit, why, day, actor, now)
    back = PayoutReversal(
        payout_id=payout.id,
        posting_id=posting.id,
        how=how,
        amount=taken.amount,
        credit=credit.amount,
        on_date=day,
        note=why,
        at=now,
        person_id=actor.person_id,
    )
    session.add(back)
    claim.paid -= (taken - credit).amount
    claim.surplus -= credit.amount
    session.flush()
    claims.step(
        session, claim, ClaimAction.TAKE_BACK, claim.state, actor=actor, now=now, note=why, amount=-taken.amount
    )
    _trail(session, claim, incident, payout, back, taken, actor, now)
    _after_back(session, claim, incident, card, how, bool(taken - credit), actor, now)
    touch(session, incident, now)
    return back


def _back_on(payout: Payout, on_date: date | None, actor: Actor, now: datetime) -> date:
    day = on_date or local_day(now, actor.zone)
    if day > local_day(now, actor.zone):
        raise Invalid(_("The money cannot have gone in the future."), "on_date")
    if day < payout.paid_on:
        raise Invalid(_("The money cannot have gone before it came."), "on_date")
    return day


def _taken(session: Session, payout: Payout, amount: Money | None) -> Money:
    """How much of the payout goes: what is still left of it, unless a part is named."""
    gone = session.scalar(select(func.sum(PayoutReversal.amount)).where(PayoutReversal.payout_id == payout.id))
    left = Money(payout.amount - (gone or Decimal(0)), payout.currency)
    if not left:
        raise WrongState(_("This payout is taken back already."))
    taken = left if amount is None else amount
    if taken.currency != left.currency:
        raise Invalid(_("This claim is in {currency}.", currency=left.currency), "amount")
    if taken.amount <= 0:
        raise Invalid(_("Write how much was taken back."), "amount")
    if left < taken:
        raise Invalid(_("Only {left} of this payout is left.", left=written(left)), "amount")
    return taken


def _post_back(
    session: Session,
    payout: Payout,
    claim: Claim,
    incident: Incident,
    taken: Money,
    credit: Money,
    why: str,
    day: date,
    actor: Actor,
    now: datetime,
) -> Posting:
    """The mirror in the books; marked as one where the whole payout goes at once."""
    sides = [(Account.BANK, -taken), (RECOVERIES[claim.payer_kind], taken - credit), (Account.PAYER_CREDIT, credit)]
    sides = [(account, side) for account, side in sides if side]
    whole = session.get_one(Posting, payout.posting_id) if taken.amount == payout.amount else None
    return ledger.post(session, incident, sides, actor=actor, now=now, on_date=day, note=why, reverses=whole)


def _trail(
    session: Session,
    claim: Claim,
    incident: Incident,
    payout: Payout,
    back: PayoutReversal,
    taken: Money,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        session,
        Tag.PAYOUT_REVERSED,
        actor=actor,
        now=now,
        subject=("payout", payout.id),
        chain=incident.id,
        after={
            "reference": claim.reference,
            "amount": taken.amount,
            "currency": taken.currency,
            "how": back.how,
            "note": back.note,
            "payment_reference": payout.reference,
        },
    )


def _after_back(
    session: Session,
    claim: Claim,
    incident: Incident,
    card: RuleCard,
    how: PayoutBack,
    lost: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """What becomes of the claim and its clocks. `lost`: some of what had been recovered is gone."""
    if not claim.surplus:
        money.end_tasks(session, incident, claim, ClockState.MET, (money.PAID_TWICE,), actor, now)
    if not lost:
        return
    money.none_to_tell(session, incident, actor, now)
    if how is PayoutBack.RETURNED:
        if claim.state in CLAIMS.row(ClaimAction.CLOSE).sources and not claim.surplus:
            _move(session, claim, incident, card, ClaimAction.CLOSE, actor, now)
            claims.end_clocks(session, incident, claim, actor=actor, now=now, state=ClockState.CANCELLED)
        return
    if claim.state in CLAIMS.row(ClaimAction.AWAIT_AGAIN).sources and claim.paid < (claim.approved or 0):
        whole = claim.approved == claim.demand
        again = ClaimAction.AWAIT_AGAIN if whole else ClaimAction.AWAIT_PART_AGAIN
        _move(session, claim, incident, card, again, actor, now)
    if claim.state not in CLAIMS.row(ClaimAction.PAY).sources:
        return
    if how is PayoutBack.BOUNCED:
        claims.settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.PAYMENT,), actor, now)
        money.end_tasks(session, incident, claim, ClockState.CANCELLED, money.AWAITED, actor, now)
        money.start_task(session, incident, claim, card, money.PAYOUT_REVERSED, actor, now)
    elif not money.living_tasks(session, claim, *money.AWAITED):
        claims.settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.PAYMENT,), actor, now)
        claims.await_payment(session, incident, claim, card, None, actor, now)


def _move(
    session: Session, claim: Claim, incident: Incident, card: RuleCard, action: ClaimAction, actor: Actor, now: datetime
) -> None:
    source = claim.state
    claim.state = claims.target_of(session, claim, incident, card, action, actor, now)
    session.flush()
    claims.step(session, claim, action, source, actor=actor, now=now)
