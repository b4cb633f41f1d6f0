"""The states of a remedy as a table, and what each action looks at besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.cases.remedies.words import STATE_LABELS
from core.foundation.language import N_, _
from core.foundation.permissions import Permission
from core.foundation.transitions import Transition, Transitions
from core.models.remedy import RemedyAction, RemedyState

S, A, P = RemedyState, RemedyAction, Permission


@dataclass(frozen=True)
class Looks:
    """What the guards look at: who asks, and what that person is to this remedy and its case.

    `decides`: may approve, by right or in somebody's place. `proposer`: proposed it. `approved`: approved it already.
    """

    decides: bool
    proposer: bool
    approved: bool
    closed: bool


def _case_open(subject: Any) -> str | None:
    if isinstance(subject, Looks) and subject.closed:
        return _("The case is closed. Reopen it first.")
    return None


def _decides(subject: Any) -> str | None:
    if isinstance(subject, Looks) and not subject.decides:
        return _("A lead or manager decides this, or whoever stands in for them.")
    return None


def _not_own(subject: Any) -> str | None:
    if isinstance(subject, Looks) and subject.proposer:
        return _("You proposed it: somebody else decides.")
    return None


def _not_again(subject: Any) -> str | None:
    if isinstance(subject, Looks) and subject.approved:
        return _("You approved it already: a second person is needed.")
    return None


REMEDIES: Transitions[RemedyState] = Transitions(
    N_("offer to the buyer"),
    STATE_LABELS,
    (
        # The right to decide is asked by a guard: a stand-in has it for a time, without the role.
        Transition(
            A.APPROVE,
            N_("Approve"),
            frozenset({S.PROPOSED}),
            S.APPROVED,
            P.REMEDY_PROPOSE,
            (_case_open, _not_own, _decides, _not_again),
        ),
        Transition(
            A.ASK, N_("Ask back"), frozenset({S.PROPOSED}), S.ASKED, P.REMEDY_PROPOSE, (_case_open, _not_own, _decides)
        ),
        Transition(
            A.DECLINE,
            N_("Decline"),
            frozenset({S.PROPOSED, S.ASKED}),
            S.DECLINED,
            P.REMEDY_PROPOSE,
            (_not_own, _decides),
        ),
        Transition(A.ANSWER, N_("Answer"), frozenset({S.ASKED}), S.PROPOSED, P.REMEDY_PROPOSE, (_case_open,)),
        Transition(A.DO, N_("It was given"), frozenset({S.APPROVED}), S.DONE, P.REMEDY_PROPOSE, (_case_open,)),
        Transition(
            A.WITHDRAW, N_("Withdraw"), frozenset({S.PROPOSED, S.ASKED, S.APPROVED}), S.WITHDRAWN, P.REMEDY_PROPOSE
        ),
        Transition(
            A.TAKE_BACK,
            N_("Not given after all"),
            frozenset({S.DONE}),
            S.WITHDRAWN,
            P.REMEDY_APPROVE,
            (_case_open,),
        ),
    ),
)
