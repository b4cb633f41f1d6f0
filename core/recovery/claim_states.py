"""The states of a claim as a table: the verbs, the buttons, the tests and the picture in the docs all read it."""

from __future__ import annotations

from enum import StrEnum

from core.foundation.language import N_
from core.foundation.permissions import Permission
from core.foundation.transitions import Transition, Transitions
from core.models.claim import ClaimState
from core.models.rule import PayerKind
from core.recovery.claim_guards import (
    ClaimFacts,
    appeal_late,
    beyond_the_loss,
    case_closed,
    early,
    granted_whole,
    holds_credit,
    incomplete,
    late,
    nothing_came,
    partly_paid,
    still_open,
)

__all__ = [
    "ANSWERS",
    "CLAIMS",
    "PAYER_LABELS",
    "STATE_LABELS",
    "ClaimAction",
    "ClaimFacts",
    "appeal_late",
    "beyond_the_loss",
    "early",
    "incomplete",
    "late",
]

S = ClaimState

STATE_LABELS: dict[ClaimState, str] = {
    S.DRAFT: N_("Draft"),
    S.READY: N_("Ready"),
    S.SUBMITTED: N_("Submitted"),
    S.IN_REVIEW: N_("In review"),
    S.INFORMATION_ASKED: N_("Information asked"),
    S.OFFERED: N_("Offer to decide"),
    S.APPROVED: N_("Approved"),
    S.PARTLY_APPROVED: N_("Partly approved"),
    S.REJECTED: N_("Rejected"),
    S.APPEALED: N_("Appealed"),
    S.PAID: N_("Paid"),
    S.CLOSED: N_("Closed"),
    S.EXPIRED: N_("Expired"),
    S.WITHDRAWN: N_("Withdrawn"),
}
PAYER_LABELS: dict[PayerKind, str] = {
    PayerKind.CARRIER: N_("Carrier"),
    PayerKind.PLATFORM: N_("Platform"),
    PayerKind.INSURER: N_("Insurer"),
    PayerKind.SUPPLIER: N_("Supplier"),
}


class ClaimAction(StrEnum):
    """What moves a claim."""

    MARK_READY = "mark_ready"
    BACK_TO_DRAFT = "back_to_draft"
    SUBMIT = "submit"
    START_REVIEW = "start_review"
    ASK_INFORMATION = "ask_information"
    SEND_INFORMATION = "send_information"
    RECORD_OFFER = "record_offer"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    APPROVE = "approve"
    PARTLY_APPROVE = "partly_approve"
    REJECT = "reject"
    APPEAL = "appeal"
    FOLLOW_UP = "follow_up"
    PAY = "pay"
    PAY_MORE = "pay_more"
    TAKE_BACK = "take_back"
    AWAIT_AGAIN = "await_again"
    AWAIT_PART_AGAIN = "await_part_again"
    CLOSE = "close"
    EXPIRE = "expire"
    DISCARD = "discard"
    WITHDRAW = "withdraw"


_UNFILED = frozenset({S.DRAFT, S.READY})
_WITH_PAYER = frozenset({S.SUBMITTED, S.IN_REVIEW, S.INFORMATION_ASKED, S.OFFERED, S.APPEALED})
_GRANTED = frozenset({S.APPROVED, S.PARTLY_APPROVED})
_P, _A, _T = Permission, ClaimAction, Transition

CLAIMS: Transitions[ClaimState] = Transitions(
    N_("claim"),
    STATE_LABELS,
    (
        _T(
            _A.MARK_READY,
            N_("Mark ready"),
            frozenset({S.DRAFT}),
            S.READY,
            _P.CLAIM_PREPARE,
            (late, incomplete, beyond_the_loss),
        ),
        _T(_A.BACK_TO_DRAFT, N_("Back to draft"), frozenset({S.READY}), S.DRAFT, _P.CLAIM_PREPARE),
        _T(
            _A.SUBMIT,
            N_("Submit claim"),
            frozenset({S.READY}),
            S.SUBMITTED,
            _P.CLAIM_SUBMIT,
            (early, late, incomplete, beyond_the_loss),
        ),
        _T(
            _A.START_REVIEW,
            N_("Payer has taken it up"),
            frozenset({S.SUBMITTED, S.APPEALED}),
            S.IN_REVIEW,
            _P.CLAIM_ANSWER,
        ),
        _T(
            _A.ASK_INFORMATION,
            N_("Payer asks for information"),
            _WITH_PAYER - {S.INFORMATION_ASKED},
            S.INFORMATION_ASKED,
            _P.CLAIM_ANSWER,
        ),
        _T(
            _A.SEND_INFORMATION,
            N_("Information sent"),
            frozenset({S.INFORMATION_ASKED}),
            S.IN_REVIEW,
            _P.CLAIM_ANSWER,
        ),
        _T(_A.RECORD_OFFER, N_("Payer makes an offer"), _WITH_PAYER, S.OFFERED, _P.CLAIM_ANSWER),
        _T(_A.ACCEPT_OFFER, N_("Accept the offer"), frozenset({S.OFFERED}), S.PARTLY_APPROVED, _P.CLAIM_ANSWER),
        _T(_A.DECLINE_OFFER, N_("Decline the offer"), frozenset({S.OFFERED}), S.IN_REVIEW, _P.CLAIM_ANSWER),
        # A payer may change its mind without being asked.
        _T(
            _A.APPROVE,
            N_("Approved in full"),
            _WITH_PAYER | {S.REJECTED, S.PARTLY_APPROVED},
            S.APPROVED,
            _P.CLAIM_ANSWER,
        ),
        _T(
            _A.PARTLY_APPROVE,
            N_("Approved in part"),
            _WITH_PAYER | {S.REJECTED},
            S.PARTLY_APPROVED,
            _P.CLAIM_ANSWER,
        ),
        _T(_A.REJECT, N_("Rejected"), _WITH_PAYER, S.REJECTED, _P.CLAIM_ANSWER, (partly_paid,)),
        _T(
            _A.APPEAL,
            N_("Appeal"),
            frozenset({S.REJECTED, S.PARTLY_APPROVED, S.PAID}),
            S.APPEALED,
            _P.CLAIM_SUBMIT,
            (case_closed, granted_whole, appeal_late),
        ),
        _T(_A.FOLLOW_UP, N_("Follow up"), (_WITH_PAYER - {S.OFFERED}) | _GRANTED, None, _P.CLAIM_ANSWER),
        _T(_A.PAY, N_("Record payout"), _GRANTED, S.PAID, _P.PAYOUT_RECORD),
        # Money that comes in once more, or before the answer to an appeal, is a fact too.
        _T(
            _A.PAY_MORE,
            N_("Record payout"),
            frozenset({S.APPEALED, S.PAID, S.CLOSED}),
            None,
            _P.PAYOUT_RECORD,
            (case_closed,),
        ),
        _T(
            _A.TAKE_BACK,
            N_("Take a payout back"),
            _WITH_PAYER | _GRANTED | {S.PAID, S.CLOSED, S.REJECTED},
            None,
            _P.PAYOUT_REVERSE,
            (case_closed, nothing_came),
        ),
        # What becomes of a paid claim whose payout was taken back.
        _T(
            _A.AWAIT_AGAIN,
            N_("Payment open again"),
            frozenset({S.PAID, S.CLOSED}),
            S.APPROVED,
            _P.PAYOUT_REVERSE,
            (case_closed,),
        ),
        _T(
            _A.AWAIT_PART_AGAIN,
            N_("Payment open again"),
            frozenset({S.PAID, S.CLOSED}),
            S.PARTLY_APPROVED,
            _P.PAYOUT_REVERSE,
            (case_closed,),
        ),
        _T(
            _A.CLOSE,
            N_("Close claim"),
            _GRANTED | {S.PAID, S.REJECTED},
            S.CLOSED,
            _P.CLAIM_ANSWER,
            (holds_credit,),
        ),
        _T(_A.EXPIRE, N_("Window has passed"), _UNFILED, S.EXPIRED, _P.CLAIM_PREPARE, (still_open,)),
        _T(_A.DISCARD, N_("Discard the draft"), _UNFILED, S.WITHDRAWN, _P.CLAIM_PREPARE),
        _T(
            _A.WITHDRAW,
            N_("Withdraw claim"),
            _UNFILED | _WITH_PAYER | {S.REJECTED} | _GRANTED,
            S.WITHDRAWN,
            _P.CLAIM_WITHDRAW,
            (partly_paid, holds_credit),
        ),
    ),
)

ANSWERS = frozenset(
    {
        ClaimAction.START_REVIEW,
        ClaimAction.ASK_INFORMATION,
        ClaimAction.SEND_INFORMATION,
        ClaimAction.APPROVE,
        ClaimAction.PARTLY_APPROVE,
        ClaimAction.REJECT,
        ClaimAction.CLOSE,
    }
)
"""The actions `claims.record_answer` takes. An offer is recorded with `claims.record_offer`."""
