"""Answers in the demo: one that went with everything that went along, two that wait to be read once more."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import func, select

from core.demo.ground import Ground
from core.foundation.errors import Refusal
from core.models import Dispute, Evidence, Incident
from core.models.dispute import DisputeState
from core.models.incident import IncidentState
from core.recovery import answers

DRAFTS = 2


def answer(base: Ground) -> None:
    """Write them, by the same verbs as the screen: where an answer is being prepared already, and where there is most proof."""
    proof = select(func.count()).where(Evidence.incident_id == Dispute.incident_id).scalar_subquery()
    query = (
        select(Dispute)
        .join(Incident, Incident.id == Dispute.incident_id)
        .where(
            Dispute.state.in_((DisputeState.OPENED, DisputeState.PREPARING)),
            Incident.state != IncidentState.CLOSED,
            proof > 1,
        )
        .order_by(Dispute.state == DisputeState.OPENED, proof.desc(), Dispute.id)
        .limit(DRAFTS + 1)
    )
    for number, dispute in enumerate(base.session.scalars(query).all()):
        agent = base.desk.team.agents[number % len(base.desk.team.agents)]
        answers.prepare_answer(base.session, dispute.id, actor=agent, now=base.now - timedelta(minutes=12 - number))
        if number == DRAFTS:
            _send(base, dispute, number)
    base.session.flush()


def _send(base: Ground, dispute: Dispute, number: int) -> None:
    agent = base.desk.team.agents[number % len(base.desk.team.agents)]
    # What the guard stops stays a draft, as it would on any desk.
    with suppress(Refusal), base.session.begin_nested():
        answers.mark_answered(base.session, dispute.id, actor=agent, reference=f"DSP-{dispute.id:06d}", now=base.now)
