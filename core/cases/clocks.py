"""The clocks of a case (inner: the rooms above ask for rights, lock the case, then start and settle clocks here).

This is the only writer of `clock` rows and of the case's `next_due_at` and `next_clock`, which repeat the soonest
running moment so that lists can sort by it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.permissions import Actor
from core.models import Clock, Incident, Tag
from core.models.clock import ClockKind, ClockState


def start(
    session: Session,
    incident: Incident,
    kind: ClockKind,
    *,
    actor: Actor,
    now: datetime,
    rule: str,
    zone: str,
    due_at: datetime | None,
    opens_at: datetime | None = None,
    event_at: datetime | None = None,
    rule_version: int | None = None,
    reasoning: list[Any] | None = None,
    title: str = "",
    claim_id: int | None = None,
    contact_id: int | None = None,
) -> Clock:
    """Start a clock with the rule it came from, and write it to the trail. At least one of the two moments is known."""
    clock = Clock(
        incident_id=incident.id,
        claim_id=claim_id,
        contact_id=contact_id,
        owner_id=incident.owner_id,
        kind=kind,
        title=title,
        rule=rule,
        rule_version=rule_version,
        zone=zone,
        event_at=event_at,
        opens_at=opens_at,
        due_at=due_at,
        reasoning=reasoning or [],
        state=ClockState.RUNNING,
        created_at=now,
    )
    session.add(clock)
    session.flush()
    audit.record(
        session,
        Tag.CLOCK_STARTED,
        actor=actor,
        now=now,
        subject=("clock", clock.id),
        chain=incident.id,
        after={
            "kind": kind,
            "rule": rule,
            "rule_version": rule_version,
            "opens_at": opens_at,
            "due_at": due_at,
            "zone": zone,
            "title": title,
        },
    )
    refresh(session, incident)
    return clock


def settle(
    session: Session, incident: Incident, clock: Clock, state: ClockState, *, actor: Actor, now: datetime
) -> None:
    """Stop a running clock as met, missed or cancelled. A clock that already stopped stays as it is."""
    if clock.state is not ClockState.RUNNING:
        return
    clock.state, clock.settled_at = state, now
    session.flush()
    audit.record(
        session,
        Tag.CLOCK_SETTLED,
        actor=actor,
        now=now,
        subject=("clock", clock.id),
        chain=incident.id,
        before={"state": ClockState.RUNNING},
        after={"state": state, "kind": clock.kind, "title": clock.title},
    )
    refresh(session, incident)


def running(
    session: Session, incident_id: int, *, claim_id: int | None = None, kinds: tuple[ClockKind, ...] = ()
) -> list[Clock]:
    """The running clocks of a case, or of one claim of it, of some kinds; soonest first."""
    query = select(Clock).where(Clock.incident_id == incident_id, Clock.state == ClockState.RUNNING)
    if claim_id is not None:
        query = query.where(Clock.claim_id == claim_id)
    if kinds:
        query = query.where(Clock.kind.in_(kinds))
    return list(session.scalars(query.order_by(Clock.due_at, Clock.id)))


def settle_all(
    session: Session,
    incident: Incident,
    state: ClockState,
    *,
    actor: Actor,
    now: datetime,
    claim_id: int | None = None,
    kinds: tuple[ClockKind, ...] = (),
) -> None:
    """Stop the running clocks of a case, or only those of a claim or of some kinds."""
    for clock in running(session, incident.id, claim_id=claim_id, kinds=kinds):
        settle(session, incident, clock, state, actor=actor, now=now)


def hand_over(session: Session, incident: Incident) -> None:
    """Give the case's running clocks to its present owner."""
    session.execute(
        update(Clock)
        .where(Clock.incident_id == incident.id, Clock.state == ClockState.RUNNING)
        .values(owner_id=incident.owner_id, version=Clock.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def refresh(session: Session, incident: Incident) -> None:
    """Bring the case's `next_due_at` and `next_clock` in line with its running clocks. A window without an end counts
    by
    its opening."""
    moment = func.coalesce(Clock.due_at, Clock.opens_at)
    soonest = session.execute(
        select(moment, Clock.kind)
        .where(Clock.incident_id == incident.id, Clock.state == ClockState.RUNNING)
        .order_by(moment, case((Clock.kind == ClockKind.CLAIM_WINDOW, 0), else_=1), Clock.id)
        .limit(1)
    ).one_or_none()
    incident.next_due_at = soonest[0] if soonest else None
    incident.next_clock = soonest[1].value if soonest else None
    session.flush()
