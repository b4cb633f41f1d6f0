"""Contacts: what was said, by whom, when; and the promises in them, which become clocks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents import LONGEST_TEXT, touch
from core.foundation import audit
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Clock, Contact, Tag
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import IncidentState
from core.money import ledger

LONGEST_NAME = 200
CLOCK_SKEW = timedelta(minutes=5)
"""A talk may be logged as just ending although the person's own clock runs a little ahead."""


@verb(Permission.CONTACT_LOG)
def log_contact(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    party: Party,
    channel: Channel,
    at: datetime,
    name: str = "",
    staff_number: str = "",
    summary: str,
    promise: str = "",
    promise_by: Party | None = None,
    promise_due_at: datetime | None = None,
    rule: str = "promise",
    zone: str | None = None,
    now: datetime,
) -> Contact:
    """Write down one talk. `at` and `promise_due_at` are aware moments; a promise with a date starts a clock.

    `promise_by` None means we promised. `rule` and `zone` are the clock's: what it came from, and where its day ends (None:
    the actor's zone). Raises `Invalid` naming the field on missing words, a talk in the future, a
    promise without words or due before the talk.
    """
    clean = {
        "name": checked(name, LONGEST_NAME, "name"),
        "staff_number": checked(staff_number, LONGEST_NAME, "staff_number"),
        "summary": checked(summary, LONGEST_TEXT, "summary"),
        "promise": checked(promise, LONGEST_TEXT, "promise"),
    }
    _check(clean, at, promise_due_at, now)
    incident = ledger.lock_incident(session, incident_id)
    contact = Contact(
        incident_id=incident.id,
        party=party,
        channel=channel,
        at=at,
        promise_by=promise_by if clean["promise"] else None,
        promise_due_at=promise_due_at,
        logged_at=now,
        logged_by=actor.person_id,
        **clean,
    )
    session.add(contact)
    session.flush()
    audit.record(
        session,
        Tag.CONTACT_LOGGED,
        actor=actor,
        now=now,
        subject=("contact", contact.id),
        chain=incident.id,
        after={"party": party, "channel": channel, "at": at, **clean, "promise_due_at": promise_due_at},
    )
    if promise_due_at is not None and incident.state is not IncidentState.CLOSED:
        clocks.start(
            session,
            incident,
            ClockKind.PROMISE,
            actor=actor,
            now=now,
            rule=rule,
            zone=zone or actor.zone,
            event_at=at,
            due_at=promise_due_at,
            title=clean["promise"],
            contact_id=contact.id,
        )
    touch(session, incident, now, words=True)
    return contact


def _check(clean: dict[str, str], at: datetime, promise_due_at: datetime | None, now: datetime) -> None:
    if not clean["summary"]:
        raise Invalid(_("Write what was said."), "summary")
    if at > now + CLOCK_SKEW:
        raise Invalid(_("The talk lies in the future. Log it when it has taken place."), "at")
    if promise_due_at is not None:
        if not clean["promise"]:
            raise Invalid(_("Write what was promised by that date."), "promise")
        if promise_due_at <= at:
            raise Invalid(_("A promise is due after the talk."), "promise_due_at")


@verb(Permission.CONTACT_LOG)
def settle_promise(session: Session, clock_id: int, *, actor: Actor, kept: bool, now: datetime) -> Clock:
    """Mark a promise kept or broken. Raises `WrongState` when it was settled already."""
    clock = session.get(Clock, clock_id)
    if clock is None or clock.kind is not ClockKind.PROMISE:
        raise NotFound(_("There is no such promise."))
    incident = ledger.lock_incident(session, clock.incident_id)
    session.refresh(clock)
    if clock.state not in LIVING:
        raise WrongState(_("This promise is settled already."))
    clocks.settle(session, incident, clock, ClockState.MET if kept else ClockState.MISSED, actor=actor, now=now)
    touch(session, incident, now)
    return clock
