"""Letting disputes stand where our moves, the platform's word and the time put them; what follows from a change (inner)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import clocks as case_clocks
from core.foundation.permissions import Actor
from core.models import Clock, Dispute, DisputeStep, Incident, Shop
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.dispute import DisputeState, DisputeStatus, ProofStatus, StepBy
from core.models.incident import IncidentState
from core.recovery.disputes import clocks
from core.recovery.disputes.sets import among
from core.recovery.disputes.standing import TALKS, platform_says, stands
from core.recovery.disputes.statements import Statement, in_order, told_at
from core.recovery.disputes.states import DisputeAction
from core.recovery.watching import watch_after_all

A, S = DisputeAction, DisputeState

ACTS = frozenset({A.ANSWER, A.SEND_MORE, A.ACCEPT_OFFER, A.COUNTER, A.DECLINE_OFFER, A.CONCEDE, A.REQUEST_COMPENSATION})
"""Moves that do what a clock asked for."""

DOES: dict[DisputeAction, tuple[ClockKind, ...]] = {
    A.ANSWER: (ClockKind.DISPUTE_RESPONSE, ClockKind.DISPUTE_EVIDENCE, ClockKind.DISPUTE_OFFER),
    A.SEND_MORE: (ClockKind.DISPUTE_RESPONSE, ClockKind.DISPUTE_EVIDENCE),
    A.COUNTER: (ClockKind.DISPUTE_RESPONSE, ClockKind.DISPUTE_OFFER),
}
"""The clocks a move meets itself. Should the platform ask for more by a later day, that is a clock of its own again."""

_COMPENSATED = frozenset({S.COMPENSATION_REQUESTED, S.COMPENSATION_APPROVED, S.COMPENSATION_REJECTED})


AGAINST_US = frozenset({S.LOST, S.PARTLY_WON, S.CONCEDED, S.SETTLED, S.EXPIRED, S.COMPENSATION_REJECTED})
"""Where the loss is ours, as far as the platform goes: what is left is the carrier."""


@dataclass(frozen=True)
class Moved:
    """A dispute that stands elsewhere now, and whether the platform's word or the time moved it."""

    dispute: Dispute
    source: DisputeState
    by: StepBy


def restand(
    session: Session, disputes: Sequence[Dispute], said: Mapping[int, Sequence[Statement]], *, now: datetime
) -> list[Moved]:
    """Work out anew where each of these disputes stands; those that moved."""
    ours = _answers(session, [one.id for one in disputes if one.incident_id is not None])
    found = []
    for one in disputes:
        before = one.state
        stand(one, said.get(one.id, ()), ours.get(one.id), now)
        if one.state is not before:
            by = StepBy.TIME if one.state is S.EXPIRED else StepBy.PLATFORM
            found.append(Moved(one, before, by))
    return found


def stand(dispute: Dispute, said: Sequence[Statement], ours: datetime | None, now: datetime) -> None:
    """Put into the row where it stands by all that was `said`; `ours` is when a person noted that we answered."""
    answered_at = ours or _disputed_at(said)
    platform = platform_says(dispute, now, answered=answered_at is not None)
    as_of = told_at(said, _facts_for(platform))
    state = stands(dispute.moved_to, dispute.moved_at, platform, as_of, answered=answered_at is not None)
    if dispute.answered_at != answered_at:
        dispute.answered_at = answered_at
    if dispute.state is not state:
        dispute.state, dispute.state_at = state, now


def _facts_for(platform: DisputeState) -> tuple[str, ...]:
    """The fields whose last word says what the platform says."""
    if platform in TALKS:
        return ("negotiation",)
    return ("compensation_status",) if platform in _COMPENSATED else ("status",)


def _disputed_at(said: Sequence[Statement]) -> datetime | None:
    """Since when the platform is known to have an answer of ours, by its own word."""
    for one in in_order(said):
        facts = one.facts
        if (
            facts.get("status") is DisputeStatus.SELLER_DISPUTE
            or facts.get("our_reason")
            or facts.get("proof_status") is ProofStatus.UPLOADED
        ):
            return one.as_of
    return None


def _answers(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    query = select(DisputeStep.dispute_id, func.min(DisputeStep.at)).where(
        among(DisputeStep.dispute_id, ids), DisputeStep.action == A.ANSWER
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(DisputeStep.dispute_id))}


def step_of(moved: Moved, *, actor: Actor, now: datetime) -> DisputeStep:
    """The step of a move nobody made: the platform's, or the time's."""
    return DisputeStep(
        dispute_id=moved.dispute.id,
        by=moved.by,
        action=(A.EXPIRE if moved.by is StepBy.TIME else A.FOLLOW).value,
        source=moved.source,
        target=moved.dispute.state,
        at=now,
        person_id=actor.person_id,
        exhibits=[],
    )


def lead_on(session: Session, incident: Incident, dispute: Dispute, *, actor: Actor, now: datetime) -> None:
    """Where the platform decided against us, watch the windows of the payers that are left."""
    if dispute.state in AGAINST_US and incident.state is not IncidentState.CLOSED:
        watch_after_all(session, incident, actor=actor, now=now)


def settle_clocks(
    session: Session,
    incident: Incident,
    dispute: Dispute,
    shop: Shop,
    action: DisputeAction,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Let the clocks follow a person's move: what it did is met, what no longer counts is cancelled."""
    if done := DOES.get(action):
        mine = select(Clock).where(Clock.dispute_id == dispute.id, Clock.kind.in_(done), Clock.state.in_(LIVING))
        for clock in session.scalars(mine).all():
            case_clocks.settle(session, incident, clock, ClockState.MET, actor=actor, now=now)
    clocks.follow(session, incident, dispute, shop, actor=actor, now=now, acted=action in ACTS)
