"""The states of a claim as a table: the verbs, the buttons, the tests and the picture in the docs all read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.cases.checklist import Need, lacking
from core.foundation.formats import amount, moment
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Permission
from core.foundation.transitions import Transition, Transitions
from core.models.claim import ClaimState
from core.models.rule import PayerKind

S = ClaimState

STATE_LABELS: dict[ClaimState, str] = {
    S.DRAFT: N_("Draft"),
    S.READY: N_("Ready"),
    S.SUBMITTED: N_("Submitted"),
    S.IN_REVIEW: N_("In review"),
    S.INFORMATION_ASKED: N_("Information asked"),
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
    APPROVE = "approve"
    PARTLY_APPROVE = "partly_approve"
    REJECT = "reject"
    APPEAL = "appeal"
    PAY = "pay"
    CLOSE = "close"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class ClaimFacts:
    """What the guards look at: the claim's window and demand, the case's loss, the checklist, and the moment asked
    about.

    `zone` is the zone of the rule, in which the dates of a refusal are told.
    """

    now: datetime
    zone: str
    opens_at: datetime | None
    due_at: datetime | None
    appeal_due_at: datetime | None
    demand: Money
    gross_loss: Money
    paid: Money
    needs: tuple[Need, ...]


def early(facts: ClaimFacts) -> str | None:
    """Not before the window opens."""
    if facts.opens_at is not None and facts.now < facts.opens_at:
        when = moment(facts.opens_at, facts.zone, year=True)
        return _(
            "The window opens on {when} ({zone}). Before that the payer refuses the claim.", when=when, zone=facts.zone
        )
    return None


def late(facts: ClaimFacts) -> str | None:
    """Not after the window closed."""
    if facts.due_at is not None and facts.now > facts.due_at:
        when = moment(facts.due_at, facts.zone, year=True)
        return _(
            "The window closed on {when} ({zone}). The payer no longer takes this claim.", when=when, zone=facts.zone
        )
    return None


def incomplete(facts: ClaimFacts) -> str | None:
    """Not while a document the rule card lists is missing."""
    from core.cases.kinds import kind_name

    codes = lacking(facts.needs)
    if not codes:
        return None
    return _("Filing is off, still missing: {documents}.", documents=", ".join(kind_name(code) for code in codes))


def beyond_the_loss(facts: ClaimFacts) -> str | None:
    """Not for more than the case has booked as lost."""
    if facts.gross_loss < facts.demand:
        return _(
            "The demand is {demand} and the booked loss {loss}. Book the missing loss, or lower the demand.",
            demand=amount(facts.demand),
            loss=amount(facts.gross_loss),
        )
    return None


def still_open(facts: ClaimFacts) -> str | None:
    """A claim expires only when its window has closed."""
    if facts.due_at is None:
        return _("No closing date is known for this window, so it cannot have passed.")
    if facts.now <= facts.due_at:
        when = moment(facts.due_at, facts.zone, year=True)
        return _("The window is open until {when} ({zone}).", when=when, zone=facts.zone)
    return None


def appeal_late(facts: ClaimFacts) -> str | None:
    """Not after the time for an appeal."""
    if facts.appeal_due_at is not None and facts.now > facts.appeal_due_at:
        when = moment(facts.appeal_due_at, facts.zone, year=True)
        return _("The appeal was due on {when} ({zone}).", when=when, zone=facts.zone)
    return None


def partly_paid(facts: ClaimFacts) -> str | None:
    """Not once money came in for it: what was paid was approved."""
    if facts.paid:
        return _(
            "{paid} was paid for this claim already. Record what the payer grants as “approved in part”, then close it.",
            paid=amount(facts.paid),
        )
    return None


_UNFILED = frozenset({S.DRAFT, S.READY})
_WITH_PAYER = frozenset({S.SUBMITTED, S.IN_REVIEW, S.INFORMATION_ASKED, S.APPEALED})
_P = Permission

CLAIMS: Transitions[ClaimState] = Transitions(
    N_("claim"),
    STATE_LABELS,
    (
        Transition(
            ClaimAction.MARK_READY,
            N_("Mark ready"),
            frozenset({S.DRAFT}),
            S.READY,
            _P.CLAIM_PREPARE,
            (late, incomplete, beyond_the_loss),
        ),
        Transition(ClaimAction.BACK_TO_DRAFT, N_("Back to draft"), frozenset({S.READY}), S.DRAFT, _P.CLAIM_PREPARE),
        Transition(
            ClaimAction.SUBMIT,
            N_("Submit claim"),
            frozenset({S.READY}),
            S.SUBMITTED,
            _P.CLAIM_SUBMIT,
            (early, late, incomplete, beyond_the_loss),
        ),
        Transition(
            ClaimAction.START_REVIEW,
            N_("Payer has taken it up"),
            frozenset({S.SUBMITTED, S.APPEALED}),
            S.IN_REVIEW,
            _P.CLAIM_ANSWER,
        ),
        Transition(
            ClaimAction.ASK_INFORMATION,
            N_("Payer asks for information"),
            frozenset({S.SUBMITTED, S.IN_REVIEW, S.APPEALED}),
            S.INFORMATION_ASKED,
            _P.CLAIM_ANSWER,
        ),
        Transition(
            ClaimAction.SEND_INFORMATION,
            N_("Information sent"),
            frozenset({S.INFORMATION_ASKED}),
            S.IN_REVIEW,
            _P.CLAIM_ANSWER,
        ),
        Transition(ClaimAction.APPROVE, N_("Approved in full"), _WITH_PAYER, S.APPROVED, _P.CLAIM_ANSWER),
        Transition(ClaimAction.PARTLY_APPROVE, N_("Approved in part"), _WITH_PAYER, S.PARTLY_APPROVED, _P.CLAIM_ANSWER),
        Transition(ClaimAction.REJECT, N_("Rejected"), _WITH_PAYER, S.REJECTED, _P.CLAIM_ANSWER, (partly_paid,)),
        Transition(
            ClaimAction.APPEAL,
            N_("Appeal"),
            frozenset({S.REJECTED, S.PARTLY_APPROVED}),
            S.APPEALED,
            _P.CLAIM_SUBMIT,
            (appeal_late,),
        ),
        Transition(
            ClaimAction.PAY,
            N_("Record payout"),
            frozenset({S.APPROVED, S.PARTLY_APPROVED}),
            S.PAID,
            _P.PAYOUT_RECORD,
        ),
        Transition(
            ClaimAction.CLOSE,
            N_("Close claim"),
            frozenset({S.PAID, S.APPROVED, S.PARTLY_APPROVED, S.REJECTED}),
            S.CLOSED,
            _P.CLAIM_ANSWER,
        ),
        Transition(ClaimAction.EXPIRE, N_("Window has passed"), _UNFILED, S.EXPIRED, _P.CLAIM_PREPARE, (still_open,)),
        Transition(
            ClaimAction.WITHDRAW,
            N_("Withdraw claim"),
            _UNFILED | _WITH_PAYER,
            S.WITHDRAWN,
            _P.CLAIM_WITHDRAW,
            (partly_paid,),
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
"""The actions `claims.record_answer` takes."""
