"""The states of a dispute as a table: the verb, the buttons, the tests and the picture in the docs all read it.

What the platform says and what the time does moves a dispute too, without being asked: `standing` works that out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.foundation.language import N_, _
from core.foundation.permissions import Permission
from core.foundation.transitions import Transition, Transitions
from core.models.dispute import DisputeState, StepBy

S = DisputeState

STATE_LABELS: dict[DisputeState, str] = {
    S.OPENED: N_("To answer"),
    S.PREPARING: N_("Answer in preparation"),
    S.ANSWERED: N_("Answered"),
    S.JUDGING: N_("Platform decides"),
    S.OFFERED: N_("Offer to answer"),
    S.COUNTERED: N_("Our offer is out"),
    S.WON: N_("Won"),
    S.PARTLY_WON: N_("Won in part"),
    S.LOST: N_("Lost"),
    S.SETTLED: N_("Agreed on an offer"),
    S.CONCEDED: N_("Refund accepted"),
    S.WITHDRAWN: N_("Withdrawn"),
    S.EXPIRED: N_("Not answered in time"),
    S.CLOSED: N_("Ended at the platform"),
    S.COMPENSATION_REQUESTED: N_("Compensation asked for"),
    S.COMPENSATION_APPROVED: N_("Compensation granted"),
    S.COMPENSATION_REJECTED: N_("Compensation refused"),
    S.PAID: N_("Compensation paid"),
}


class DisputeAction(StrEnum):
    """What moves a dispute. The last three are not in the table: a note moves nothing, the platform said so, the day passed."""

    PREPARE = "prepare"
    ANSWER = "answer"
    SEND_MORE = "send_more"
    JUDGE = "judge"
    RECORD_OFFER = "record_offer"
    ACCEPT_OFFER = "accept_offer"
    COUNTER = "counter"
    DECLINE_OFFER = "decline_offer"
    COUNTER_TAKEN = "counter_taken"
    COUNTER_REFUSED = "counter_refused"
    CONCEDE = "concede"
    WIN = "win"
    WIN_PART = "win_part"
    LOSE = "lose"
    BUYER_WITHDRAWS = "buyer_withdraws"
    REQUEST_COMPENSATION = "request_compensation"
    WITHDRAW = "withdraw"
    GRANT = "grant"
    REFUSE = "refuse"
    PAY = "pay"
    TAKE_BACK = "take_back"
    NOTE = "note"
    FOLLOW = "follow"
    EXPIRE = "expire"


BY_LABELS: dict[StepBy, str] = {
    StepBy.PERSON: N_("somebody of the team"),
    StepBy.PLATFORM: N_("the platform"),
    StepBy.TIME: N_("the time"),
}


@dataclass(frozen=True)
class DisputeFacts:
    """What the guards look at: whether there is a case and it is worked on, and how many counter-offers are left (None: not known)."""

    has_case: bool
    case_open: bool
    counters_left: int | None = None
    return_number: str = ""


def caseless(facts: DisputeFacts) -> str | None:
    """What is sent and booked needs a case to be kept in."""
    if facts.has_case:
        return None
    return _("Return {number} belongs to no case yet. Register one for its parcel first.", number=facts.return_number)


def case_closed(facts: DisputeFacts) -> str | None:
    """Nothing is booked in a closed case."""
    if facts.has_case and not facts.case_open:
        return _("The case is closed. Reopen it first.")
    return None


def no_counter_left(facts: DisputeFacts) -> str | None:
    """Not more counter-offers than the platform takes."""
    if facts.counters_left is not None and facts.counters_left <= 0:
        return _("The platform takes no further counter-offer for this return: accept its offer or decline it.")
    return None


_UNANSWERED = frozenset({S.OPENED, S.PREPARING, S.EXPIRED})
_TALKS = frozenset({S.OFFERED, S.COUNTERED})
_ASKED = frozenset({S.ANSWERED, S.JUDGING})
_LIVING = _UNANSWERED | _TALKS | _ASKED
_DECIDED = frozenset({S.WON, S.PARTLY_WON, S.LOST, S.SETTLED, S.CONCEDED, S.WITHDRAWN, S.CLOSED})
_REFUNDED = frozenset({S.PARTLY_WON, S.LOST, S.SETTLED, S.CONCEDED, S.CLOSED})
_COMPENSATED = frozenset({S.COMPENSATION_REQUESTED, S.COMPENSATION_APPROVED, S.COMPENSATION_REJECTED})
_A, _E = DisputeAction, Permission.DISPUTE_EDIT
_GUARDS = (caseless, case_closed)


def _row(
    action: DisputeAction, label: str, sources: frozenset[S], target: S | None, right: Permission = _E
) -> Transition[DisputeState]:
    more = (no_counter_left,) if action is _A.COUNTER else ()
    return Transition(action, label, sources, target, right, (*_GUARDS, *more))


DISPUTES: Transitions[DisputeState] = Transitions(
    N_("dispute"),
    STATE_LABELS,
    (
        _row(_A.PREPARE, N_("Prepare the answer"), frozenset({S.OPENED}), S.PREPARING),
        _row(_A.ANSWER, N_("Answer was sent"), _UNANSWERED | _TALKS, S.ANSWERED),
        _row(_A.SEND_MORE, N_("More was sent"), _ASKED, None),
        _row(_A.JUDGE, N_("Platform has taken it up"), _LIVING - {S.JUDGING}, S.JUDGING),
        _row(_A.RECORD_OFFER, N_("Offer came"), _LIVING, S.OFFERED),
        _row(_A.ACCEPT_OFFER, N_("Accept the offer"), frozenset({S.OFFERED}), S.SETTLED),
        _row(_A.COUNTER, N_("Make an offer"), frozenset({S.OPENED, S.PREPARING, S.OFFERED}), S.COUNTERED),
        # What was answered before goes on as answered.
        _row(_A.DECLINE_OFFER, N_("Decline the offer"), frozenset({S.OFFERED}), S.PREPARING),
        _row(_A.COUNTER_TAKEN, N_("Buyer took our offer"), frozenset({S.COUNTERED}), S.SETTLED),
        _row(_A.COUNTER_REFUSED, N_("Buyer refused our offer"), frozenset({S.COUNTERED}), S.PREPARING),
        _row(_A.CONCEDE, N_("Accept the refund"), _LIVING, S.CONCEDED),
        # The platform may change its mind, and a file may have been wrong.
        _row(_A.WIN, N_("Won"), _LIVING | (_DECIDED - {S.WON, S.WITHDRAWN}), S.WON),
        _row(_A.WIN_PART, N_("Won in part"), _LIVING | (_DECIDED - {S.PARTLY_WON, S.WITHDRAWN}), S.PARTLY_WON),
        _row(_A.LOSE, N_("Lost"), _LIVING | (_DECIDED - {S.LOST, S.WITHDRAWN}), S.LOST),
        _row(_A.BUYER_WITHDRAWS, N_("Buyer took it back"), _LIVING | {S.CLOSED}, S.WITHDRAWN),
        _row(
            _A.REQUEST_COMPENSATION,
            N_("Compensation was asked for"),
            _LIVING | _REFUNDED | {S.COMPENSATION_REJECTED},
            S.COMPENSATION_REQUESTED,
        ),
        _row(_A.WITHDRAW, N_("Take the demand back"), frozenset({S.COMPENSATION_REQUESTED}), S.WITHDRAWN),
        _row(
            _A.GRANT,
            N_("Compensation granted"),
            _REFUNDED | {S.WON, S.EXPIRED, S.COMPENSATION_REQUESTED, S.COMPENSATION_REJECTED},
            S.COMPENSATION_APPROVED,
        ),
        _row(
            _A.REFUSE,
            N_("Compensation refused"),
            frozenset({S.COMPENSATION_REQUESTED, S.COMPENSATION_APPROVED}),
            S.COMPENSATION_REJECTED,
        ),
        _row(
            _A.PAY,
            N_("Compensation was paid"),
            # A payment without a word is the answer.
            _LIVING | _REFUNDED | _COMPENSATED | {S.WON},
            S.PAID,
            Permission.PAYOUT_RECORD,
        ),
        _row(
            _A.TAKE_BACK,
            N_("Take the payment back"),
            frozenset({S.PAID}),
            S.COMPENSATION_APPROVED,
            Permission.PAYOUT_REVERSE,
        ),
    ),
)

_NO_MOVES = {
    _A.NOTE: N_("Note of the mediation"),
    _A.FOLLOW: N_("The platform moved it"),
    _A.EXPIRE: N_("Its day passed"),
}


def action_label(action: str) -> str:
    """What a step was, marked for translation; the code of one a newer Recoup knows."""
    found = next((row.label for row in DISPUTES if row.action == action), None)
    return found or next((label for one, label in _NO_MOVES.items() if one == action), action)
