"""Starting clocks and settling them (inner)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from core.cases.clocks.moments import Moments, resumed
from core.foundation import audit
from core.foundation.permissions import Actor
from core.models import Claim, Clock, ClockPause, Incident, Tag
from core.models.clock import LIVING, ClockKind, ClockState


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
    dispute_id: int | None = None,
) -> Clock:
    """Start a clock with the rule it came from, and write it to the trail. At least one of the two moments is known."""
    clock = Clock(
        incident_id=incident.id,
        claim_id=claim_id,
        contact_id=contact_id,
        dispute_id=dispute_id,
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
        # A window that is open from the first moment never sleeps, so it never wakes.
        woke_at=now if opens_at is not None and opens_at <= now else None,
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
    """Stop a clock as met, missed or cancelled. One that already stopped stays as it is; a paused one ends its pause
    first and keeps it.
    """
    if clock.state not in LIVING:
        return
    before = clock.state
    if before is ClockState.PAUSED:
        end_pause(session, clock, actor=actor, now=now)
    clock.state, clock.settled_at = state, now
    session.flush()
    audit.record(
        session,
        Tag.CLOCK_SETTLED,
        actor=actor,
        now=now,
        subject=("clock", clock.id),
        chain=incident.id,
        before={"state": before},
        after={"state": state, "kind": clock.kind, "title": clock.title},
    )
    refresh(session, incident)


def end_pause(session: Session, clock: Clock, *, actor: Actor, now: datetime) -> None:
    """Close the open pause of a paused clock, add it to its hold and move its moments by it. The caller sets the state
    and flushes.
    """
    lasting = session.scalars(
        select(ClockPause).where(ClockPause.clock_id == clock.id, ClockPause.until_at.is_(None)).with_for_update()
    ).one()
    until = max(now, lasting.from_at)
    after = resumed(Moments(clock.opens_at, clock.due_at, clock.held), lasting.from_at, until)
    lasting.until_at, lasting.resumed_by = until, actor.person_id
    clock.opens_at, clock.due_at, clock.held = after.opens, after.due, after.held
    clock.paused_at = None
    mirror(session, clock)


def mirror(session: Session, clock: Clock) -> None:
    """Repeat a moved window on the claim it is the window of."""
    if clock.kind is not ClockKind.CLAIM_WINDOW or clock.claim_id is None:
        return
    claim = session.get_one(Claim, clock.claim_id)
    claim.opens_at, claim.due_at = clock.opens_at, clock.due_at


def running(
    session: Session, incident_id: int, *, claim_id: int | None = None, kinds: tuple[ClockKind, ...] = ()
) -> list[Clock]:
    """The running clocks of a case, or of one claim of it, of some kinds; soonest first. Paused ones are not among
    them.
    """
    return _chosen(session, incident_id, (ClockState.RUNNING,), claim_id, kinds)


def living(
    session: Session, incident_id: int, *, claim_id: int | None = None, kinds: tuple[ClockKind, ...] = ()
) -> list[Clock]:
    """As `running`, paused clocks too: all that are not over."""
    return _chosen(session, incident_id, LIVING, claim_id, kinds)


def _chosen(
    session: Session,
    incident_id: int,
    states: tuple[ClockState, ...],
    claim_id: int | None,
    kinds: tuple[ClockKind, ...],
) -> list[Clock]:
    query = select(Clock).where(Clock.incident_id == incident_id, Clock.state.in_(states))
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
    """Stop the clocks of a case that are not over, or only those of a claim or of some kinds."""
    for clock in living(session, incident.id, claim_id=claim_id, kinds=kinds):
        settle(session, incident, clock, state, actor=actor, now=now)


def hand_over(session: Session, incident: Incident) -> None:
    """Give the case's clocks that are not over to its present owner."""
    session.execute(
        update(Clock)
        .where(Clock.incident_id == incident.id, Clock.state.in_(LIVING))
        .values(owner_id=incident.owner_id, version=Clock.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def refresh(session: Session, incident: Incident) -> None:
    """Bring the case's `next_due_at` and `next_clock` in line with its running clocks. A window without an end counts
    by its opening; a paused clock does not count.
    """
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


def refresh_claim(session: Session, claim_id: int | None) -> None:
    """Bring a claim's `next_due_at` in line with its running clocks."""
    if claim_id is None:
        return
    moment = func.min(func.coalesce(Clock.due_at, Clock.opens_at))
    claim = session.get_one(Claim, claim_id)
    claim.next_due_at = session.scalar(
        select(moment).where(Clock.claim_id == claim_id, Clock.state == ClockState.RUNNING)
    )
    session.flush()
