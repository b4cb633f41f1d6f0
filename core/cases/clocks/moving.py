"""Giving a clock other moments, from a newer rule, another calendar or a new fact, without losing its pauses (inner)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.clocks.moments import Moments, level, quiet_until, replaced
from core.cases.clocks.running import mirror, refresh, refresh_claim
from core.foundation import audit
from core.foundation.permissions import Actor
from core.models import Clock, ClockPause, Incident, Tag
from core.models.clock import LIVING, ClockState

_MOMENTS = frozenset({"opens_at", "due_at"})


def move(
    session: Session,
    incident: Incident,
    clock: Clock,
    *,
    actor: Actor,
    now: datetime,
    opens_at: datetime | None,
    due_at: datetime | None,
    event_at: datetime | None = None,
    rule: str | None = None,
    rule_version: int | None = None,
    zone: str | None = None,
    title: str | None = None,
    reasoning: list[Any] | None = None,
    reason: str = "",
) -> bool:
    """Give a running or paused clock the moments `opens_at` and `due_at`, freshly computed without any pause; its finished
    pauses are added here, a lasting one when it ends. Whether anything changed.

    `rule_version`, `rule`, `zone`, `title`, `event_at` and `reasoning` None stay as they are. The trail gets `clock.moved`
    with both, and with the `reason` a person gave; a claim's own window follows. A clock that is over is left alone. The
    case is locked by the caller.
    """
    if clock.state not in LIVING:
        return False
    target = replaced(opens_at, due_at, clock.held)
    given = {
        "opens_at": target.opens,
        "due_at": target.due,
        "event_at": event_at,
        "rule": rule,
        "rule_version": rule_version,
        "zone": zone,
        "title": title,
    }
    changed = {
        name: value
        for name, value in given.items()
        if (value is not None or name in _MOMENTS) and getattr(clock, name) != value
    }
    if reasoning is not None:
        clock.reasoning = reasoning
    if not changed:
        session.flush()
        return False
    before = {name: getattr(clock, name) for name in changed}
    for name, value in changed.items():
        setattr(clock, name, value)
    if _MOMENTS & set(changed):
        _start_afresh(clock, now)
    mirror(session, clock)
    session.flush()
    after = {"kind": clock.kind, "title": clock.title, **changed, "held": str(clock.held)}
    if reason:
        after["reason"] = reason
    subject = ("clock", clock.id)
    audit.record(
        session, Tag.CLOCK_MOVED, actor=actor, now=now, subject=subject, chain=incident.id, before=before, after=after
    )
    refresh(session, incident)
    refresh_claim(session, clock.claim_id)
    return True


def _start_afresh(clock: Clock, now: datetime) -> None:
    """What was woken or escalated for the old moments is looked at again for the new ones."""
    if clock.opens_at is None or clock.opens_at > now:
        clock.woke_at = None
    elif clock.woke_at is None and clock.state is ClockState.RUNNING:
        clock.woke_at = now
    clock.quiet_until = quiet_until(now, clock.due_at)
    least = level(clock.kind, clock.opens_at, clock.due_at, owned=clock.owner_id is not None, now=now)
    if least < clock.escalation:
        clock.escalation = least
        if not least:
            clock.escalated_at = None


def inherit(
    session: Session,
    incident: Incident,
    old: Clock,
    new: Clock,
    *,
    actor: Actor,
    now: datetime,
    counted: bool = False,
) -> bool:
    """Let a clock that takes the place of a settled one keep its pauses: a claim's window in the place of the watched one,
    a window counted from another fact. `new` was just started with moments computed without any pause, or with those of
    `old`, in which its pauses are `counted` already.
    """
    pauses = session.scalars(
        select(ClockPause).where(ClockPause.clock_id == old.id, ClockPause.until_at.is_not(None))
    ).all()
    if not pauses or new.state not in LIVING:
        return False
    for one in pauses:
        session.add(
            ClockPause(
                clock_id=new.id,
                reason=one.reason,
                note=one.note,
                from_at=one.from_at,
                until_at=one.until_at,
                paused_by=one.paused_by,
                resumed_by=one.resumed_by,
            )
        )
    plain = Moments(new.opens_at, new.due_at).shifted(-old.held if counted else timedelta(0))
    new.held = old.held
    return move(session, incident, new, actor=actor, now=now, opens_at=plain.opens, due_at=plain.due)
