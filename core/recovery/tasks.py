"""Tasks of a case that are neither a claim's move nor a promise: a trace to ask for, documents to send, proof to get."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks, incidents
from core.cases.incidents import touch
from core.foundation.errors import NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Clock
from core.models.clock import LIVING, ClockKind, ClockState
from core.money import ledger

TASKS = (ClockKind.TRACE, ClockKind.DOCUMENTS, ClockKind.PROOF)
"""Kinds a person says to be done; a claim's clocks are settled by its moves, promises and money by doors of their own."""


@verb(Permission.CLAIM_PREPARE)
def settle_task(session: Session, clock_id: int, *, actor: Actor, done: bool, note: str = "", now: datetime) -> Clock:
    """Say that a task is done, or that it is not needed (`done` false). `note` is kept as a remark on the case.

    Raises `NotFound`, and `WrongState` where the clock is over already.
    """
    incident_id = session.scalar(select(Clock.incident_id).where(Clock.id == clock_id, Clock.kind.in_(TASKS)))
    if incident_id is None:
        raise NotFound(_("There is no such task."))
    incident = ledger.lock_incident(session, incident_id)
    clock = session.scalars(select(Clock).where(Clock.id == clock_id).execution_options(populate_existing=True)).one()
    if clock.state not in LIVING:
        raise WrongState(_("This task is settled already."))
    state = ClockState.MET if done else ClockState.CANCELLED
    clocks.settle(session, incident, clock, state, actor=actor, now=now)
    if note.strip():
        incidents.comment(session, incident.id, actor=actor, text=note, now=now)
    touch(session, incident, now)
    return clock
