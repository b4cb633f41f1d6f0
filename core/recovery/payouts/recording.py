"""Money that came in for a claim: checked, booked to the ledger against the loss, and what it leaves to do."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.cases.words import payer_said
from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Duplicate, Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import Claim, Dispute, Entry, Incident, Payout, PayoutReversal, RuleCard, Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.ledger import Account
from core.models.rule import PayerKind
from core.money import ledger, rates
from core.money.ledger import RECOVERIES
from core.recovery import claims
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.claims import money

LONGEST_REFERENCE = 100


@verb(Permission.PAYOUT_RECORD)
def record_payout(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    received: Money,
    amount: Money | None = None,
    paid_on: date,
    reference: str,
    keep_surplus: bool = False,
    besides: bool = False,
    told_by_payer: bool = False,
    now: datetime,
) -> Payout:
    """Record money that came in for an answered claim and book it as a recovery.

    `received` is what arrived, in any currency; `amount` what it is worth in the case's currency, as the bank says
    (needed only where the currencies differ). The claim is paid once everything approved has come; too little starts a
    task. More than was approved, or than the case lost, is refused, unless `keep_surplus` says that it did come: then
    what is too much is booked as owed back to the payer and starts a task. Where the platform's compensation for a return is booked
    in the case, a payout of the platform's claim is refused too, unless `besides` says that it is money of its own.
    `told_by_payer`: the day stands in the payer's own files, and may lie before the filing (platforms pay unasked). Raises
    `Invalid` for a day to come or without a reference; `Duplicate` for a reference booked before.
    """
    claim, incident, card = claims.locked(session, claim_id)
    action = _action(claim)
    target = claims.target_of(session, claim, incident, card, action, actor, now)
    worth = _worth(received, amount, incident.currency)
    if not besides:
        _not_twice(session, claim, incident)
    clean = _checked(session, claim, paid_on, reference, actor, now, told_by_payer=told_by_payer)
    counted = min(worth, money.room(claim, incident))
    surplus = worth - counted
    if surplus and not keep_surplus:
        raise Invalid(_too_much(session, claim, incident, worth), "amount")
    payout = _book(session, claim, incident, counted, surplus, received, paid_on, clean, actor, now)
    source = claim.state
    claim.paid += counted.amount
    claim.surplus += surplus.amount
    if action is ClaimAction.PAY and claim.paid == claim.approved:
        claim.state = target
        claims.end_clocks(session, incident, claim, actor=actor, now=now)
    session.flush()
    claims.step(session, claim, action, source, actor=actor, now=now, note=clean, amount=worth.amount)
    _trail(session, claim, incident, payout, source, surplus, actor, now)
    _tasks(session, claim, incident, card, surplus, actor, now)
    touch(session, incident, now)
    return payout


def _action(claim: Claim) -> ClaimAction:
    """An answered claim's payout brings it to its end; elsewhere money is taken in without moving the claim."""
    return ClaimAction.PAY_MORE if claim.state in CLAIMS.row(ClaimAction.PAY_MORE).sources else ClaimAction.PAY


def _checked(
    session: Session,
    claim: Claim,
    paid_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
    *,
    told_by_payer: bool,
) -> str:
    """The reference as it is kept."""
    clean = storable(reference)
    if not clean or len(clean) > LONGEST_REFERENCE:
        raise Invalid(_("Write the payment's reference, at most {n} characters.", n=LONGEST_REFERENCE), "reference")
    if paid_on > local_day(now, actor.zone):
        raise Invalid(_("The money cannot have come in the future."), "paid_on")
    filed = claim.submitted_at
    if not told_by_payer and filed is not None and paid_on < local_day(filed, actor.zone):
        raise Invalid(_("The money cannot have come before the claim was filed."), "paid_on")
    _booked_once(session, claim, clean)
    return clean


def _not_twice(session: Session, claim: Claim, incident: Incident) -> None:
    """The platform pays a parcel through a return or through a claim: both are counted only when somebody says that both came."""
    if claim.payer_kind is not PayerKind.PLATFORM:
        return
    if paid := _compensated(session, incident):
        raise Invalid(
            _(
                "The platform's compensation is booked in this case already: {others}. If this is the same money, record nothing"
                " here. If it came besides, say so.",
                others=_("; ").join(paid),
            ),
            "besides",
        )


def _compensated(session: Session, incident: Incident) -> list[str]:
    """Each compensation of a return that stands in the books of the case, in the case's currency."""
    rows = session.execute(
        select(Dispute.return_number, -func.sum(Entry.amount))
        .join(Entry, Entry.posting_id == Dispute.payment_posting_id)
        .where(Dispute.incident_id == incident.id, Entry.account == Account.RECOVERY_PLATFORM)
        .group_by(Dispute.id)
        .order_by(Dispute.id)
    )
    return [
        _("{amount} for return {number}", amount=written(Money(amount, incident.currency)), number=number)
        for number, amount in rows
    ]


def _too_much(session: Session, claim: Claim, incident: Incident, worth: Money) -> str:
    """Why a payout does not count in full: beyond what was approved, or beyond the loss, naming who brought the rest."""
    approved = Money(claim.approved or Decimal(0), claim.currency)
    together = Money(claim.paid, claim.currency) + worth
    if approved < together:
        return _(
            "{approved} was approved and {paid} would be paid in all. Record the payer's new answer first, or say that"
            " the surplus is owed back.",
            approved=written(approved),
            paid=written(together),
        )
    return _(
        "The loss is {loss} and {recovered} of it came back already: {others}. With this payout more than the loss would"
        " come back. Post the missing loss first, or say that the surplus is owed back.",
        loss=written(Money(incident.gross_loss, incident.currency)),
        recovered=written(Money(incident.recovered, incident.currency)),
        others=_("; ").join([*_paid_by(session, incident), *_compensated(session, incident)]),
    )


def _paid_by(session: Session, incident: Incident) -> list[str]:
    """Each claim of the case that brought something, with its payer and how much."""
    rows = session.scalars(
        select(Claim).where(Claim.incident_id == incident.id, Claim.paid > 0).order_by(Claim.paid.desc(), Claim.id)
    )
    return [
        _(
            "{amount} through {reference} ({payer})",
            amount=written(Money(one.paid, one.currency)),
            reference=one.reference,
            payer=payer_said(one.payer_name),
        )
        for one in rows
    ]


def _trail(
    session: Session,
    claim: Claim,
    incident: Incident,
    payout: Payout,
    source: ClaimState,
    surplus: Money,
    actor: Actor,
    now: datetime,
) -> None:
    after: dict[str, Any] = {
        "reference": claim.reference,
        "state": claim.state,
        "amount": payout.amount,
        "currency": payout.currency,
        "received": f"{payout.received_currency} {payout.received_amount}",
        "paid_on": payout.paid_on,
        "payment_reference": payout.reference,
    }
    if surplus:
        after["owed_back"] = surplus.amount
    audit.record(
        session,
        Tag.PAYOUT_RECORDED,
        actor=actor,
        now=now,
        subject=("payout", payout.id),
        chain=incident.id,
        before={"state": source},
        after=after,
    )


def _tasks(
    session: Session, claim: Claim, incident: Incident, card: RuleCard, surplus: Money, actor: Actor, now: datetime
) -> None:
    """What the payout leaves to do: too little, too much, or another payer that need not pay any more."""
    if surplus:
        money.start_task(session, incident, claim, card, money.PAID_TWICE, actor, now)
    granted = claim.state in CLAIMS.row(ClaimAction.PAY).sources
    if granted and claim.paid < (claim.approved or 0):
        # The payer has paid, and too little: its date is over, and asking for the rest is ours.
        claims.settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.PAYMENT,), actor, now)
        money.end_tasks(session, incident, claim, ClockState.MET, (money.UNPAID, money.PAYOUT_REVERSED), actor, now)
        money.start_task(session, incident, claim, card, money.SHORT_PAID, actor, now)
    money.tell_the_others(session, incident, claim, actor, now)


def _worth(received: Money, amount: Money | None, currency: str) -> Money:
    """What arrived, in the case's currency."""
    if received.amount <= 0:
        raise Invalid(_("A payout is more than zero."), "received")
    if received.currency == currency:
        if amount is not None and amount != received:
            raise Invalid(_("Both amounts are in one currency and differ."), "amount")
        return received
    if amount is None or amount.currency != currency:
        raise Invalid(_("Write also what this was worth in {currency}.", currency=currency), "amount")
    if amount.amount <= 0:
        raise Invalid(_("A payout is more than zero."), "amount")
    return amount


def _booked_once(session: Session, claim: Claim, reference: str) -> None:
    """A reference counts once; one that was taken back in full may come again."""
    gone = (
        select(func.sum(PayoutReversal.amount))
        .where(PayoutReversal.payout_id == Payout.id)
        .correlate(Payout)
        .scalar_subquery()
    )
    standing = Payout.amount > func.coalesce(gone, 0)
    if session.scalar(select(Payout.id).where(Payout.claim_id == claim.id, Payout.reference == reference, standing)):
        raise Duplicate(
            _("A payment with the reference {reference} is already booked.", reference=reference), reference
        )


def _book(
    session: Session,
    claim: Claim,
    incident: Incident,
    counted: Money,
    surplus: Money,
    received: Money,
    paid_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Payout:
    worth = counted + surplus
    sides = [(Account.BANK, worth), (RECOVERIES[claim.payer_kind], -counted), (Account.PAYER_CREDIT, -surplus)]
    sides = [(account, side) for account, side in sides if side]
    posting = ledger.post(session, incident, sides, actor=actor, now=now, on_date=paid_on, note=reference)
    base = rates.convert(session, worth, incident.base_currency, paid_on).money
    payout = Payout(
        claim_id=claim.id,
        posting_id=posting.id,
        amount=worth.amount,
        currency=worth.currency,
        received_amount=received.amount,
        received_currency=received.currency,
        base_amount=base.amount,
        base_currency=base.currency,
        paid_on=paid_on,
        reference=reference,
        at=now,
        person_id=actor.person_id,
    )
    session.add(payout)
    session.flush()
    return payout
