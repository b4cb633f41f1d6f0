"""The words of disputes: English, marked for translation; show them with `_()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.foundation import formats
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.dispute import (
    CompensationStatus,
    DisputeStatus,
    Negotiation,
    ProofStatus,
    ReturnReason,
    Solution,
    Validation,
)
from core.models.dispute import RequestKind as Kind
from core.recovery.disputes.statements import AMOUNTS, MOMENTS

STATUS_LABELS: dict[DisputeStatus, str] = {
    DisputeStatus.REQUESTED: N_("Requested"),
    DisputeStatus.PROCESSING: N_("In progress"),
    DisputeStatus.ACCEPTED: N_("Accepted by us"),
    DisputeStatus.JUDGING: N_("With the platform"),
    DisputeStatus.SELLER_DISPUTE: N_("Disputed by us"),
    DisputeStatus.REFUND_PAID: N_("Refunded"),
    DisputeStatus.CANCELLED: N_("Taken back"),
    DisputeStatus.CLOSED: N_("Closed"),
    DisputeStatus.UNKNOWN: N_("State not known"),
}
REASON_LABELS: dict[ReturnReason, str] = {
    ReturnReason.NOT_RECEIVED: N_("Not received"),
    ReturnReason.MISSING: N_("Something is missing"),
    ReturnReason.DAMAGED: N_("Damaged"),
    ReturnReason.SPILLED: N_("Spilled"),
    ReturnReason.SPOILED: N_("Spoiled"),
    ReturnReason.PACKAGE_DAMAGED: N_("Packaging damaged"),
    ReturnReason.SCRATCHED: N_("Scratched or dented"),
    ReturnReason.DEFECTIVE: N_("Does not work"),
    ReturnReason.WRONG_ITEM: N_("Wrong item"),
    ReturnReason.NOT_AS_DESCRIBED: N_("Not as described"),
    ReturnReason.COUNTERFEIT: N_("Not genuine"),
    ReturnReason.EXPIRED: N_("Expired"),
    ReturnReason.USED: N_("Used"),
    ReturnReason.WRONG_ADDRESS: N_("Wrong address"),
    ReturnReason.CHANGED_MIND: N_("Changed mind"),
    ReturnReason.AGREED: N_("Agreed with the seller"),
    ReturnReason.OTHER: N_("Other reason"),
    ReturnReason.UNKNOWN: N_("Reason not known"),
}
SOLUTION_LABELS: dict[Solution, str] = {
    Solution.RETURN_REFUND: N_("Return and refund"),
    Solution.REFUND_ONLY: N_("Refund only"),
}
KIND_LABELS: dict[Kind, str] = {
    Kind.NORMAL: N_("asked after delivery"),
    Kind.IN_TRANSIT: N_("asked while under way"),
    Kind.ON_THE_SPOT: N_("refused at the door"),
}
VALIDATION_LABELS: dict[Validation, str] = {
    Validation.SELLER: N_("we check what comes back"),
    Validation.WAREHOUSE: N_("the platform's warehouse checks what comes back"),
}
PROOF_LABELS: dict[ProofStatus, str] = {
    ProofStatus.NOT_NEEDED: N_("not wanted"),
    ProofStatus.PENDING: N_("wanted"),
    ProofStatus.UPLOADED: N_("sent"),
    ProofStatus.OVERDUE: N_("too late"),
}
COMPENSATION_LABELS: dict[CompensationStatus, str] = {
    CompensationStatus.NOT_APPLICABLE: N_("does not apply"),
    CompensationStatus.INITIAL_STAGE: N_("not yet"),
    CompensationStatus.PENDING_REQUEST: N_("can be asked for"),
    CompensationStatus.NOT_REQUIRED: N_("not needed"),
    CompensationStatus.REQUESTED: N_("already asked for"),
    CompensationStatus.APPROVED: N_("granted"),
    CompensationStatus.REJECTED: N_("refused"),
    CompensationStatus.CANCELLED: N_("taken back"),
    CompensationStatus.NOT_ELIGIBLE: N_("not possible"),
}
NEGOTIATION_LABELS: dict[Negotiation, str] = {
    Negotiation.PENDING_RESPOND: N_("waits for us"),
    Negotiation.PENDING_BUYER_RESPOND: N_("waits for the buyer"),
    Negotiation.TERMINATED: N_("over"),
}
FACT_LABELS: dict[str, str] = {
    "status": N_("state"),
    "reason": N_("reason"),
    "reassessed": N_("reason found by the platform"),
    "amount": N_("amount"),
    "compensation": N_("compensation"),
    "solution": N_("asked for"),
    "kind": N_("when it was asked"),
    "validation": N_("who checks"),
    "requested_at": N_("asked"),
    "refunded_at": N_("refunded"),
    "returned_at": N_("came back"),
    "response_due_at": N_("answer by"),
    "return_due_at": N_("check by"),
    "evidence_due_at": N_("proof by"),
    "compensation_due_at": N_("compensation by"),
    "offer_due_at": N_("offer by"),
    "return_tracking_number": N_("return tracking"),
    "return_status_text": N_("way back"),
    "our_reason": N_("our answer"),
    "proof_status": N_("proof"),
    "compensation_status": N_("compensation by the platform"),
    "negotiation": N_("talk with the buyer"),
    "offered": N_("offer"),
    "offered_solution": N_("offered"),
    "counter_limit": N_("counter-offers left"),
}
"""What a line of the history tells, in the order it is told."""

_WORDS: dict[str, Mapping[Any, str]] = {
    "status": STATUS_LABELS,
    "reason": REASON_LABELS,
    "reassessed": REASON_LABELS,
    "solution": SOLUTION_LABELS,
    "kind": KIND_LABELS,
    "validation": VALIDATION_LABELS,
    "proof_status": PROOF_LABELS,
    "compensation_status": COMPENSATION_LABELS,
    "negotiation": NEGOTIATION_LABELS,
    "offered_solution": SOLUTION_LABELS,
}


def fact_words(name: str, value: Any, zone: str, currency: str) -> str:
    """A field of a request in the reader's words."""
    if name in _WORDS:
        return _(_WORDS[name].get(value, str(value)))
    if name in MOMENTS:
        return formats.moment(value, zone, year=True)
    if name in AMOUNTS:
        return formats.amount(Money(value, currency))
    return str(value)
