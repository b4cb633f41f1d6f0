"""The words of a row: what to do, verb first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from core.cases import messages
from core.cases.kinds import kind_name
from core.desk.worklist.rows import Kind, Work
from core.foundation import clock, formats
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.claim import ClaimState
from core.models.contact import Party
from core.models.incident import IncidentType

_FILE = {
    IncidentType.LOST: N_("File the loss claim with {payer}"),
    IncidentType.DAMAGED: N_("File the damage claim with {payer}"),
    IncidentType.MISSING_CONTENTS: N_("File the missing-contents claim with {payer}"),
    IncidentType.DELAYED: N_("File the delay claim with {payer}"),
}
_PREPARE = {
    IncidentType.LOST: N_("Prepare the loss claim on {payer}"),
    IncidentType.DAMAGED: N_("Prepare the damage claim on {payer}"),
    IncidentType.MISSING_CONTENTS: N_("Prepare the missing-contents claim on {payer}"),
    IncidentType.DELAYED: N_("Prepare the delay claim on {payer}"),
}
_PROMISED = {
    Party.CARRIER: N_("Ask the carrier about its promise: {promise}"),
    Party.BUYER: N_("Ask the buyer about the promise: {promise}"),
    Party.PLATFORM: N_("Ask the platform about its promise: {promise}"),
    Party.INSURER: N_("Ask the insurer about its promise: {promise}"),
}

_MONEY = {
    "unpaid": N_("Chase {payer}: nothing of {approved} has come"),
    "short_paid": N_("Chase {payer}: paid {paid} of {approved}"),
    "payout_reversed": N_("Chase {payer}: it took its payment back"),
    "paid_twice": N_("Settle with {payer}: it paid more than it owes"),
    "arrived_later": N_("Settle with {payer}: the parcel arrived after all"),
    "paid_elsewhere": N_("Settle with {payer}: another payer covered the loss"),
}


def sentence(work: Work, now: datetime) -> str:
    """What to do, verb first, in the reader's language. Holds what people wrote: show it as text."""
    match work.kind:
        case Kind.CLAIM:
            table = _PREPARE if work.opens or work.claim_state in (None, ClaimState.DRAFT) else _FILE
            return _(table[work.type], payer=work.words)
        case Kind.INFORMATION:
            return _("Send {payer} what it asked for", payer=work.words)
        case Kind.APPEAL:
            return _("Appeal the answer of {payer}", payer=work.words)
        case Kind.ANSWER if work.late(now):
            return _("Ask {payer} for the overdue answer", payer=work.words)
        case Kind.ANSWER:
            return _("Await the answer of {payer}", payer=work.words)
        case Kind.PAYMENT if work.late(now):
            return _("Ask {payer} for the overdue payment", payer=work.words)
        case Kind.PAYMENT:
            return _("Await the payment of {payer}", payer=work.words)
        case Kind.PROMISE if about := messages.situation_of(work.code):
            return messages.chore(about, late=work.late(now))
        case Kind.PROMISE if work.promise_by is not None:
            return _(_PROMISED[work.promise_by], promise=work.words)
        case Kind.PROMISE:
            return _("Keep the promise: {promise}", promise=work.words)
        case Kind.PROOF:
            return proof_words(work.code, work.moment, work.zone, now)
        case Kind.TRACE:
            return _("Ask {payer} for a trace", payer=work.words)
        case Kind.DOCUMENTS:
            return _("Send {payer} the documents", payer=work.words)
        case Kind.MONEY:
            return money_words(work.code, work.words, work.approved, work.paid, work.claim_currency)
        case Kind.OFFER:
            return _("Decide on the offer of {payer}", payer=work.words)
        case Kind.DISPUTE_RESPONSE:
            return _("Answer the buyer's return request {number}", number=work.words)
        case Kind.DISPUTE_RETURN:
            return _("Check what came back with return {number}", number=work.words)
        case Kind.DISPUTE_EVIDENCE:
            return _("Send proof for return {number}", number=work.words)
        case Kind.DISPUTE_COMPENSATION:
            return _("Ask for compensation for return {number}", number=work.words)
        case Kind.DISPUTE_OFFER:
            return _("Answer the offer in return {number}", number=work.words)
        case Kind.ENDED:
            return _("Close the case: every window has closed")
        case Kind.UNASSIGNED:
            return _("Give this case an owner")
        case Kind.SILENT:
            return _("Move this case on, or close it")


def proof_words(code: str, moment: datetime | None, zone: str | None, now: datetime) -> str:
    """What a piece of evidence that perishes asks for."""
    proof = kind_name(code)
    if moment is None:
        return _("Get the proof: {proof}", proof=proof)
    if moment < now:
        return _("Ask whether it can still be had: {proof}", proof=proof)
    day = formats.day(clock.local_day(moment, zone or "UTC"))
    return _("Get it before it is gone on {day}: {proof}", day=day, proof=proof)


def money_words(code: str, payer: str, approved: Decimal | None, paid: Decimal | None, currency: str | None) -> str:
    """What is wrong with the money, and whom to ask; an unknown code says only that something is."""
    told = _MONEY.get(code)
    if told is None or currency is None:
        return _("Ask {payer} about the money", payer=payer)
    granted, got = (formats.amount(Money(one or Decimal(0), currency)) for one in (approved, paid))
    return _(told, payer=payer, approved=granted, paid=got)
