"""The clocks of a case's disputes follow what is known of them (inner; the case is locked by the caller)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.foundation.permissions import Actor
from core.models import Clock, Dispute, Incident, Shop
from core.models.clock import LIVING, ClockState
from core.models.incident import IncidentState
from core.recovery.disputes.dues import COLUMNS, PLATFORM, Due, after, dues


def follow(
    session: Session,
    incident: Incident,
    dispute: Dispute,
    shop: Shop,
    *,
    actor: Actor,
    now: datetime,
    acted: bool = False,
) -> None:
    """Bring the clocks of one dispute in line: a moment that is told starts or moves its clock, one that no longer counts ends it;
    met where we just `acted` on it.

    What has passed before anybody knew of it starts none, and neither does a closed case.
    """
    wanted = {one.kind: one for one in dues(dispute, shop.market)}
    held = session.scalars(select(Clock).where(Clock.dispute_id == dispute.id).order_by(Clock.id)).all()
    for kind in COLUMNS:
        mine = [one for one in held if one.kind is kind]
        living = next((one for one in mine if one.state in LIVING), None)
        due = wanted.get(kind)
        if living is not None and due is None:
            clocks.settle(session, incident, living, after(kind, dispute, acted=acted), actor=actor, now=now)
        elif living is not None and due is not None:
            clocks.move(
                session,
                incident,
                living,
                actor=actor,
                now=now,
                opens_at=None,
                due_at=due.at,
                rule=due.rule,
                reasoning=list(due.why),
            )
        elif due is not None and due.at > now and incident.state is not IncidentState.CLOSED and _is_news(mine, due):
            _start(session, incident, dispute, shop, due, actor=actor, now=now)
    refresh(session, dispute)


def refresh(session: Session, dispute: Dispute) -> None:
    """Bring the dispute's `next_due_at` in line with its running clocks: what is settled is due no more."""
    soonest = session.scalar(
        select(func.min(Clock.due_at)).where(Clock.dispute_id == dispute.id, Clock.state == ClockState.RUNNING)
    )
    if dispute.next_due_at != soonest:
        dispute.next_due_at = soonest
        session.flush()


def _is_news(over: Sequence[Clock], due: Due) -> bool:
    """Whether a moment asks anew: none was settled yet, or the platform itself gives a later one than was settled."""
    settled = [one for one in over if one.state is not ClockState.CANCELLED]
    if not settled:
        return True
    latest = max(one.due_at for one in settled if one.due_at is not None)
    return due.rule == PLATFORM and due.at > latest


def _start(
    session: Session, incident: Incident, dispute: Dispute, shop: Shop, due: Due, *, actor: Actor, now: datetime
) -> None:
    clocks.start(
        session,
        incident,
        due.kind,
        actor=actor,
        now=now,
        rule=due.rule,
        zone=shop.zone,
        event_at=dispute.requested_at,
        due_at=due.at,
        reasoning=list(due.why),
        title=dispute.return_number,
        dispute_id=dispute.id,
    )
