"""Payouts: the money a claim brought, booked to the ledger against the loss."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Duplicate, Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import Claim, Incident, Payout, Tag
from core.models.ledger import Account
from core.money import ledger, rates
from core.money.ledger import RECOVERIES
from core.recovery import claims
from core.recovery.claim_states import CLAIMS, ClaimAction

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
    now: datetime,
) -> Payout:
    """Record money that came in for an approved claim and book it as a recovery.

    `received` is what arrived, in any currency; `amount` what it is worth in the case's currency, as the bank says
    (needed
    only where the currencies differ). The claim is paid once everything approved has come. Raises `Invalid` beyond
    what was approved or lost, for a day to come, or without a reference; `Duplicate` for a reference booked before.
    """
    claim, incident, _card = claims.locked(session, claim_id)
    target = CLAIMS.step(claim.state, ClaimAction.PAY)
    worth = _worth(received, amount, incident.currency)
    clean = storable(reference)
    if not clean or len(clean) > LONGEST_REFERENCE:
        raise Invalid(_("Write the payment's reference, at most {n} characters.", n=LONGEST_REFERENCE), "reference")
    if paid_on > local_day(now, actor.zone):
        raise Invalid(_("The money cannot have come in the future."), "paid_on")
    if claim.submitted_at is not None and paid_on < local_day(claim.submitted_at, actor.zone):
        raise Invalid(_("The money cannot have come before the claim was filed."), "paid_on")
    _booked_once(session, claim, clean)
    approved = Money(claim.demand if claim.approved is None else claim.approved, claim.currency)
    together = Money(claim.paid, claim.currency) + worth
    if approved < together:
        raise Invalid(
            _(
                "{approved} was approved and {paid} would be paid in all. Record the payer's new answer first.",
                approved=written(approved),
                paid=written(together),
            ),
            "amount",
        )
    payout = _book(session, claim, incident, worth, received, paid_on, clean, actor, now)
    source, claim.paid = claim.state, together.amount
    if together == approved:
        claim.state = target
        claims.end_clocks(session, incident, claim, actor=actor, now=now)
    session.flush()
    claims.step(session, claim, ClaimAction.PAY, source, actor=actor, now=now, note=clean, amount=worth.amount)
    audit.record(
        session,
        Tag.PAYOUT_RECORDED,
        actor=actor,
        now=now,
        subject=("payout", payout.id),
        chain=incident.id,
        before={"state": source},
        after={
            "reference": claim.reference,
            "state": claim.state,
            "amount": worth.amount,
            "currency": worth.currency,
            "received": f"{received.currency} {received.amount}",
            "paid_on": paid_on,
            "payment_reference": clean,
        },
    )
    touch(session, incident, now)
    return payout


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
    if session.scalar(select(Payout.id).where(Payout.claim_id == claim.id, Payout.reference == reference)):
        raise Duplicate(
            _("A payment with the reference {reference} is already booked.", reference=reference), reference
        )


def _book(
    session: Session,
    claim: Claim,
    incident: Incident,
    worth: Money,
    received: Money,
    paid_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> Payout:
    sides = [(Account.BANK, worth), (RECOVERIES[claim.payer_kind], -worth)]
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
    try:
        with session.begin_nested():
            session.add(payout)
    except IntegrityError as error:
        raise Duplicate(
            _("A payment with the reference {reference} is already booked.", reference=reference), reference
        ) from error
    return payout


@read(Permission.LEDGER_READ)
def list_payouts(session: Session, claim_id: int, *, actor: Actor) -> list[Payout]:
    """The payouts of a claim, oldest first."""
    return list(session.scalars(select(Payout).where(Payout.claim_id == claim_id).order_by(Payout.id)))
