"""What the verbs of remedies share: locking, steps, the trail (inner)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.cases.remedies.states import Looks
from core.foundation import audit
from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Incident, Remedy, RemedyStep, Tag
from core.models.incident import IncidentState
from core.models.remedy import RemedyAction
from core.money import ledger
from core.money.authority import Power, powers_of

LONGEST_TEXT = 1_000


def somebody(actor: Actor) -> int:
    """The person behind the actor: Recoup itself promises nobody anything."""
    if actor.person_id is None:
        raise NotAllowed(_("Only a person of the team may do this."))
    return actor.person_id


def words(text: str, field: str, missing: str) -> str:
    """What was written, as it is kept; `Invalid` with `missing` where nothing was."""
    clean = checked(text, LONGEST_TEXT, field)
    if not clean:
        raise Invalid(missing, field)
    return clean


def locked(session: Session, remedy_id: int) -> tuple[Incident, Remedy]:
    """The remedy and its case, both locked, the case first. Raises `NotFound`."""
    number = session.scalar(select(Remedy.incident_id).where(Remedy.id == remedy_id))
    if number is None:
        raise NotFound(_("There is no such offer to a buyer."))
    incident = ledger.lock_incident(session, number)
    return incident, session.get_one(Remedy, remedy_id, with_for_update=True, populate_existing=True)


def steps_of(session: Session, remedy_id: int) -> Sequence[RemedyStep]:
    """The steps of a remedy in their order."""
    return session.scalars(select(RemedyStep).where(RemedyStep.remedy_id == remedy_id).order_by(RemedyStep.id)).all()


def deciding(session: Session, actor: Actor, remedy: Remedy, now: datetime) -> tuple[Power, ...]:
    """The powers by which the actor may decide about this remedy: nobody decides in the proposer's place."""
    return tuple(
        power
        for power in powers_of(session, actor, now)
        if power.may(Permission.REMEDY_APPROVE) and power.of != remedy.proposed_by
    )


def looks(
    session: Session, actor: Actor, incident: Incident, remedy: Remedy, steps: Sequence[RemedyStep], now: datetime
) -> Looks:
    """What the guards look at."""
    return Looks(
        decides=bool(deciding(session, actor, remedy, now)),
        proposer=remedy.proposed_by == actor.person_id,
        approved=any(one.action is RemedyAction.APPROVE and one.person_id == actor.person_id for one in steps),
        closed=incident.state is IncidentState.CLOSED,
    )


def write(
    session: Session,
    incident: Incident,
    remedy: Remedy,
    action: RemedyAction,
    tag: Tag,
    *,
    actor: Actor,
    now: datetime,
    text: str = "",
    power: Power | None = None,
    covered: bool = False,
    more: dict[str, Any] | None = None,
) -> None:
    """The step, the audit row, and that somebody worked on the case."""
    session.add(
        RemedyStep(
            remedy_id=remedy.id,
            action=action,
            at=now,
            person_id=somebody(actor),
            authority_of=power.of if power is not None else None,
            covered=covered,
            text=text,
        )
    )
    session.flush()
    facts: dict[str, Any] = {
        "kind": remedy.kind,
        "amount": remedy.amount,
        "currency": remedy.currency,
        "state": remedy.state,
        "text": text,
        **(more or {}),
    }
    if power is not None and not power.own:
        facts["for"] = power.name
    audit.record(session, tag, actor=actor, now=now, subject=("remedy", remedy.id), chain=incident.id, after=facts)
    touch(session, incident, now)
