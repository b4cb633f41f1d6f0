"""The states of a case as a table, and moving along it when something in the case happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from core.cases.words import MONEY_LABELS, STATE_LABELS
from core.foundation import audit
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Actor, Permission
from core.foundation.transitions import Transition, Transitions
from core.models import Incident, Tag
from core.models.incident import IncidentState


class IncidentAction(StrEnum):
    """What moves a case."""

    PROVE = "prove"
    CLAIM = "claim"
    CLOSE = "close"
    REOPEN = "reopen"


_OPEN = frozenset({IncidentState.REGISTERED, IncidentState.PROVING, IncidentState.CLAIMING})


def _no_claim_waits(subject: Any) -> str | None:
    """A case does not close over a claim that a payer still has to answer or pay."""
    waiting: Sequence[str] = getattr(subject, "open_claims", ())
    if waiting:
        return _("Claim {references} is still open. End it first.", references=_(", ").join(waiting))
    return None


def _money_is_settled(subject: Any) -> str | None:
    """A case does not close over a payer's money that has to go back, or a payer that has to be told."""
    tasks: Sequence[str] = getattr(subject, "open_tasks", ())
    if tasks:
        told = _("; ").join(_(MONEY_LABELS.get(code, code)) for code in tasks)
        return _("Money is still to be settled with a payer: {tasks}. Do that first.", tasks=told)
    return None


def _no_offer_waits(subject: Any) -> str | None:
    """A case does not close over something the buyer was promised, or may be."""
    n: int = getattr(subject, "open_remedies", 0)
    if n:
        return _n(
            "{n} offer to the buyer is neither given nor taken back. Settle it first.",
            "{n} offers to the buyer are neither given nor taken back. Settle them first.",
            n,
        )
    return None


def _no_request_waits(subject: Any) -> str | None:
    """A case does not close over a buyer's request that the platform still waits for our word on."""
    waiting: Sequence[str] = getattr(subject, "open_requests", ())
    if waiting:
        return _(
            "The platform still waits for our answer to return request {numbers}. Answer it or accept the refund first.",
            numbers=_(", ").join(waiting),
        )
    return None


INCIDENTS: Transitions[IncidentState] = Transitions(
    N_("case"),
    STATE_LABELS,
    (
        Transition(
            IncidentAction.PROVE,
            N_("Start proving"),
            frozenset({IncidentState.REGISTERED}),
            IncidentState.PROVING,
            Permission.EVIDENCE_ADD,
        ),
        Transition(
            IncidentAction.CLAIM,
            N_("Start claiming"),
            frozenset({IncidentState.REGISTERED, IncidentState.PROVING}),
            IncidentState.CLAIMING,
            Permission.CLAIM_SUBMIT,
        ),
        Transition(
            IncidentAction.CLOSE,
            N_("Close"),
            _OPEN,
            IncidentState.CLOSED,
            Permission.INCIDENT_CLOSE,
            (_no_claim_waits, _money_is_settled, _no_offer_waits, _no_request_waits),
        ),
        Transition(
            IncidentAction.REOPEN,
            N_("Reopen"),
            frozenset({IncidentState.CLOSED}),
            IncidentState.PROVING,
            Permission.INCIDENT_REOPEN,
        ),
    ),
)


@dataclass(frozen=True)
class ClosingSubject:
    """What the closing guards look at: the references of claims that still wait for a payer, the codes of tasks about money
    that are not settled, how many offers to the buyer are open, and the numbers of return requests we still have to answer.
    """

    open_claims: tuple[str, ...]
    open_tasks: tuple[str, ...] = ()
    open_remedies: int = 0
    open_requests: tuple[str, ...] = ()


def move(session: Session, incident: Incident, action: IncidentAction, *, actor: Actor, now: datetime) -> None:
    """Move the case because something in it happened: evidence came, a claim went out (inner: rights were asked there).

    A case that is past that state already stays where it is; a closed one is not moved.
    """
    row = INCIDENTS.row(action)
    if incident.state not in row.sources:
        return
    before, incident.state = incident.state, INCIDENTS.step(incident.state, action)
    session.flush()
    audit.record(
        session,
        Tag.INCIDENT_MOVED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before={"state": before},
        after={"state": incident.state},
    )
