"""Making a claim ready, filing it, and putting it away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks, evidence
from core.cases.incidents import IncidentAction, move, touch
from core.foundation.errors import Invalid
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked, storable
from core.models import Claim, Clock, Incident, Tag
from core.models.clock import ClockKind, ClockState
from core.recovery.claim_states import (
    ClaimAction,
)
from core.recovery.claims import money
from core.recovery.claims.pieces import checked_note, locked, record, settle_clocks, start_answer_clock, step, target_of
from core.recovery.claims.window_clock import start_window

LONGEST_NUMBER = 100
LONGEST_VIA = 200


@verb(Permission.CLAIM_PREPARE)
def mark_ready(session: Session, claim_id: int, *, actor: Actor, now: datetime) -> Claim:
    """Declare a draft complete. Raises `GuardFailed` naming missing documents, `TooLate` when the window closed."""
    return _move(session, claim_id, ClaimAction.MARK_READY, actor=actor, now=now)


@verb(Permission.CLAIM_PREPARE)
def back_to_draft(session: Session, claim_id: int, *, actor: Actor, now: datetime) -> Claim:
    """Take a ready claim back to work on it."""
    return _move(session, claim_id, ClaimAction.BACK_TO_DRAFT, actor=actor, now=now)


@verb(Permission.CLAIM_PREPARE)
def expire(session: Session, claim_id: int, *, actor: Actor, now: datetime) -> Claim:
    """Put an unfiled claim away whose window has closed; its clock counts as missed."""
    return _move(session, claim_id, ClaimAction.EXPIRE, actor=actor, now=now)


@verb(Permission.CLAIM_SUBMIT)
def submit(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    case_number: str,
    via: str,
    receipt_id: int | None = None,
    submitted_at: datetime | None = None,
    now: datetime,
) -> Claim:
    """Note that the claim was filed: the payer's case number, through which portal or address, the receipt as evidence,
    and when (`submitted_at`, aware; now if not given). The window is judged, and the answer awaited, from then.

    Raises `TooEarly` or `TooLate` with the dates, `GuardFailed` naming what is missing, `Invalid` without a case
    number or for a moment to come or before the incident was noticed.
    """
    number, where = storable(case_number), checked(via, LONGEST_VIA, "via")
    if not number or len(number) > LONGEST_NUMBER:
        raise Invalid(
            _("Write the case number the payer gave, at most {n} characters.", n=LONGEST_NUMBER), "case_number"
        )
    if not where:
        raise Invalid(_("Write where it was filed: the portal, or the address."), "via")
    claim, incident, card = locked(session, claim_id)
    evidence.check_receipt(session, incident.id, receipt_id)
    at = _filed_at(incident, submitted_at, now)
    source = claim.state
    target = target_of(session, claim, incident, card, ClaimAction.SUBMIT, actor, at)
    claim.state, claim.case_number, claim.submitted_at = target, number, at
    claim.submitted_by, claim.submitted_via, claim.receipt_id = actor.person_id, where, receipt_id
    session.flush()
    step(session, claim, ClaimAction.SUBMIT, source, actor=actor, now=now, note=number, amount=claim.demand)
    record(
        session,
        Tag.CLAIM_SUBMITTED,
        claim,
        actor=actor,
        now=now,
        before={"state": source},
        after={
            "state": target,
            "case_number": number,
            "via": claim.submitted_via,
            "receipt_id": receipt_id,
            "submitted_at": at,
        },
    )
    settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.CLAIM_WINDOW,), actor, now)
    start_answer_clock(session, incident, claim, card, actor, now, event=at)
    move(session, incident, IncidentAction.CLAIM, actor=actor, now=now)
    touch(session, incident, now)
    return claim


def _filed_at(incident: Incident, submitted_at: datetime | None, now: datetime) -> datetime:
    if submitted_at is None:
        return now
    if submitted_at > now:
        raise Invalid(_("The claim cannot have been filed in the future."), "submitted_at")
    if submitted_at < incident.noticed_at:
        raise Invalid(_("The claim cannot have been filed before the incident was noticed."), "submitted_at")
    return submitted_at


@verb(Permission.CLAIM_SUBMIT)
def appeal(session: Session, claim_id: int, *, actor: Actor, text: str, now: datetime) -> Claim:
    """Appeal a rejection or a part approval, paid or not, with the reasons. Raises `TooLate` after the card's time for
    it.
    """
    note = checked_note(text, "text")
    if not note:
        raise Invalid(_("Write the reasons of the appeal."), "text")
    claim, incident, card = locked(session, claim_id)
    source = claim.state
    target = target_of(session, claim, incident, card, ClaimAction.APPEAL, actor, now)
    claim.state = target
    session.flush()
    step(session, claim, ClaimAction.APPEAL, source, actor=actor, now=now, note=note)
    after = {"state": target, "text": note}
    record(session, Tag.CLAIM_MOVED, claim, actor=actor, now=now, before={"state": source}, after=after)
    settle_clocks(session, incident, claim, ClockState.MET, (ClockKind.APPEAL,), actor, now)
    settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.PAYMENT,), actor, now)
    money.end_tasks(session, incident, claim, ClockState.CANCELLED, money.AWAITED, actor, now)
    start_answer_clock(session, incident, claim, card, actor, now, event=now)
    touch(session, incident, now)
    return claim


@verb(Permission.CLAIM_PREPARE)
def discard(session: Session, claim_id: int, *, actor: Actor, reason: str = "", now: datetime) -> Claim:
    """Throw an unfiled draft away: the payer never saw it. Its window is watched on while it can still be used."""
    claim = _move(session, claim_id, ClaimAction.DISCARD, actor=actor, now=now, note=checked_note(reason, "reason"))
    if claim.due_at is None or claim.due_at > now:
        _watch_on(session, claim, actor=actor, now=now)
    return claim


def _watch_on(session: Session, claim: Claim, *, actor: Actor, now: datetime) -> None:
    """The window of a discarded draft, without a claim, as it was before."""
    _claim, incident, card = locked(session, claim.id)
    windows = select(Clock).where(Clock.claim_id == claim.id, Clock.kind == ClockKind.CLAIM_WINDOW)
    last = session.scalars(windows.order_by(Clock.id.desc()).limit(1)).one_or_none()
    rule = (card.code, card.version)
    watched = start_window(session, incident, claim, rule, actor=actor, now=now, claimed=False)
    if last is not None and watched is not None:
        clocks.inherit(session, incident, last, watched, actor=actor, now=now, counted=True)


@verb(Permission.CLAIM_WITHDRAW)
def withdraw(session: Session, claim_id: int, *, actor: Actor, reason: str, now: datetime) -> Claim:
    """Take a claim back, with the reason."""
    why = checked_note(reason, "reason")
    if not why:
        raise Invalid(_("Say why the claim is withdrawn."), "reason")
    return _move(session, claim_id, ClaimAction.WITHDRAW, actor=actor, now=now, note=why)


def _move(
    session: Session, claim_id: int, action: ClaimAction, *, actor: Actor, now: datetime, note: str = ""
) -> Claim:
    """A move that carries nothing but a note."""
    claim, incident, card = locked(session, claim_id)
    source = claim.state
    target = target_of(session, claim, incident, card, action, actor, now)
    claim.state = target
    session.flush()
    step(session, claim, action, source, actor=actor, now=now, note=note)
    after = {"state": target, "note": note}
    record(session, Tag.CLAIM_MOVED, claim, actor=actor, now=now, before={"state": source}, after=after)
    if action is ClaimAction.EXPIRE:
        settle_clocks(session, incident, claim, ClockState.MISSED, (), actor, now)
    elif action in (ClaimAction.WITHDRAW, ClaimAction.DISCARD):
        settle_clocks(session, incident, claim, ClockState.CANCELLED, (), actor, now)
    touch(session, incident, now)
    return claim
