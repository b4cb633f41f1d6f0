"""Pausing a clock with a reason, and letting it run on with what was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.clocks.kinds import pause_reasons, rules
from core.cases.clocks.moments import Moments, quiet_until, stands
from core.cases.clocks.running import end_pause, refresh, refresh_claim
from core.foundation import audit
from core.foundation.errors import Invalid, NotFound, TooLate, WrongState
from core.foundation.formats import moment
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Claim, Clock, ClockPause, Incident, Tag
from core.models.clock import LIVING, ClockKind, ClockState, PauseReason
from core.money import ledger

LONGEST_NOTE = 1_000


@verb(Permission.CLOCK_PAUSE)
def pause(
    session: Session, clock_id: int, *, actor: Actor, reason: PauseReason, note: str = "", now: datetime
) -> Clock:
    """Stop a running clock until it is resumed. It leaves the case's next moment and Today meanwhile.

    What a payer set runs on whatever we do, so it is paused only where the payer agreed, with a note that says who.
    Raises `NotFound`, `WrongState` (paused or over already), `TooLate` (lost already) and `Invalid` naming `reason` or `note`.
    """
    clean = checked(note, LONGEST_NOTE, "note")
    clock, incident = _locked(session, clock_id)
    if clock.state is ClockState.PAUSED:
        raise WrongState(_("This clock is paused already."))
    if clock.state not in LIVING:
        raise WrongState(_("This clock is over; there is nothing to pause."))
    _may_pause(clock, reason, clean, now)
    clock.state, clock.paused_at = ClockState.PAUSED, now
    lasting = ClockPause(clock_id=clock.id, reason=reason, note=clean, from_at=now, paused_by=actor.person_id)
    session.add(lasting)
    session.flush()
    _record(session, Tag.CLOCK_PAUSED, clock, actor, now, {"state": ClockState.RUNNING}, reason=reason, note=clean)
    _settled(session, incident, clock, now)
    return clock


def _may_pause(clock: Clock, reason: PauseReason, note: str, now: datetime) -> None:
    if reason not in pause_reasons(clock.kind):
        if pause_reasons(clock.kind) == (PauseReason.PAYER_AGREED,):
            sentence = _(
                "This moment was set by others and runs on whatever we do. It can only be paused if they agreed: choose"
                " that, and write who agreed."
            )
        else:
            sentence = _("This clock cannot be paused for that reason.")
        raise Invalid(sentence, "reason")
    if reason is PauseReason.PAYER_AGREED and not note:
        raise Invalid(_("Write who agreed to wait, when and how."), "note")
    if clock.due_at is not None and clock.due_at < now and rules().irreversible(clock.kind, clock.rule):
        when = moment(clock.due_at, clock.zone, year=True)
        raise TooLate(_("This ended on {when} ({zone}); it cannot be paused any more.", when=when, zone=clock.zone))


@verb(Permission.CLOCK_PAUSE)
def resume(session: Session, clock_id: int, *, actor: Actor, note: str = "", now: datetime) -> Clock:
    """Let a paused clock run on: both its moments move by exactly the time it was paused. Raises `NotFound`, `WrongState`
    when it is not paused.
    """
    clean = checked(note, LONGEST_NOTE, "note")
    clock, incident = _locked(session, clock_id)
    if clock.state is not ClockState.PAUSED:
        raise WrongState(_("This clock is not paused."))
    before = {"opens_at": clock.opens_at, "due_at": clock.due_at, "held": str(clock.held)}
    end_pause(session, clock, actor=actor, now=now)
    clock.state, clock.quiet_until = ClockState.RUNNING, quiet_until(now, clock.due_at)
    if clock.opens_at is not None and clock.opens_at > now:
        clock.woke_at = None
    session.flush()
    _record(session, Tag.CLOCK_RESUMED, clock, actor, now, before, held=str(clock.held), note=clean)
    _settled(session, incident, clock, now)
    return clock


@read(Permission.INCIDENT_READ)
def pauses_of(session: Session, incident_id: int, *, actor: Actor) -> Sequence[ClockPause]:
    """Every pause of a case's clocks, oldest first; the lasting ones have no `until_at`."""
    query = select(ClockPause).join(Clock, Clock.id == ClockPause.clock_id).where(Clock.incident_id == incident_id)
    return session.scalars(query.order_by(ClockPause.from_at, ClockPause.id)).all()


def window_now(session: Session, claim: Claim, now: datetime) -> Moments:
    """A claim's window as it stands now (inner): while its clock is paused, both ends move on with the time.

    What decides whether a claim is early or late asks here, not the claim's columns alone.
    """
    paused_at = session.scalar(
        select(Clock.paused_at).where(
            Clock.claim_id == claim.id, Clock.kind == ClockKind.CLAIM_WINDOW, Clock.state == ClockState.PAUSED
        )
    )
    return stands(claim.opens_at, claim.due_at, paused_at, now)


def _locked(session: Session, clock_id: int) -> tuple[Clock, Incident]:
    incident_id = session.scalar(select(Clock.incident_id).where(Clock.id == clock_id))
    if incident_id is None:
        raise NotFound(_("There is no such clock."))
    incident = ledger.lock_incident(session, incident_id)
    clock = session.scalars(select(Clock).where(Clock.id == clock_id).execution_options(populate_existing=True)).one()
    return clock, incident


def _record(
    session: Session,
    tag: Tag,
    clock: Clock,
    actor: Actor,
    now: datetime,
    before: Mapping[str, object],
    **more: object,
) -> None:
    after = {
        "kind": clock.kind,
        "title": clock.title,
        "state": clock.state,
        "opens_at": clock.opens_at,
        "due_at": clock.due_at,
        **more,
    }
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("clock", clock.id),
        chain=clock.incident_id,
        before=before,
        after=after,
    )


def _settled(session: Session, incident: Incident, clock: Clock, now: datetime) -> None:
    incident.touched_at = now
    refresh(session, incident)
    refresh_claim(session, clock.claim_id)
