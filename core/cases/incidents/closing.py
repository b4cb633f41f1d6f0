"""Closing a case with cause and result, and opening it again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents.registering import LOSING_TYPES
from core.cases.incidents.states import INCIDENTS, ClosingSubject, IncidentAction
from core.cases.incidents.words import checked_text, touch
from core.foundation import audit
from core.foundation.errors import Invalid
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Tag
from core.models.clock import ClockState
from core.models.incident import Cause, Result
from core.models.ledger import Account
from core.money import ledger


@verb(Permission.INCIDENT_CLOSE)
def close(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    cause: Cause,
    result: Result,
    note: str = "",
    now: datetime,
) -> Incident:
    """Close a case with its cause and result. A parcel that arrived, or no loss, takes the booked goods loss back.

    Raises `WrongState` while a claim still waits for its payer, and `Invalid` when the result contradicts the ledger.
    """
    incident = ledger.lock_incident(session, incident_id)
    subject = ClosingSubject(open_claims(session, incident.id))
    target = INCIDENTS.step(incident.state, IncidentAction.CLOSE, subject)
    clean = checked_text(note, "note")
    _agrees(incident, result)
    if result in (Result.ARRIVED, Result.NO_LOSS):
        for posting in ledger.standing_postings(session, incident.id, Account.LOSS_GOODS):
            reason = _("No loss after all.")
            ledger.take_back(session, incident, posting, actor=actor, note=reason, now=now)
    clocks.settle_all(session, incident, ClockState.CANCELLED, actor=actor, now=now)
    before = incident.state
    incident.state, incident.cause, incident.result = target, cause, result
    incident.closing_note, incident.closed_at = clean, now
    touch(session, incident, now)
    audit.record(
        session,
        Tag.INCIDENT_CLOSED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before={"state": before},
        after={"cause": cause, "result": result, "note": clean},
    )
    return incident


def open_claims(session: Session, incident_id: int) -> tuple[str, ...]:
    """References of the case's claims that are not ended (inner)."""
    from core.models import Claim
    from core.models.claim import ClaimState

    ended = (ClaimState.PAID, ClaimState.CLOSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN)
    query = select(Claim.reference).where(Claim.incident_id == incident_id, Claim.state.not_in(ended))
    return tuple(session.scalars(query.order_by(Claim.id)))


def _agrees(incident: Incident, result: Result) -> None:
    """The result says what the ledger says."""
    gross, back = incident.gross_loss, incident.recovered
    if result is Result.RECOVERED and (back == 0 or back < gross):
        raise Invalid(_("Not everything came back: choose “recovered in part” or “absorbed”."), "result")
    if result is Result.PARTLY_RECOVERED and not Decimal(0) < back < gross:
        raise Invalid(_("“Recovered in part” needs a payout that is less than the loss."), "result")
    if result in (Result.ABSORBED, Result.ARRIVED, Result.NO_LOSS) and back > 0:
        raise Invalid(_("Money came back for this case: choose “recovered” or “recovered in part”."), "result")


@verb(Permission.INCIDENT_REOPEN)
def reopen(session: Session, incident_id: int, *, actor: Actor, reason: str, now: datetime) -> Incident:
    """Open a closed case again, with the reason. A goods loss that closing took back is booked again."""
    incident = ledger.lock_incident(session, incident_id)
    target = INCIDENTS.step(incident.state, IncidentAction.REOPEN)
    clean = checked_text(reason, "reason")
    if not clean:
        raise Invalid(_("Say why the case is opened again."), "reason")
    before = {"cause": incident.cause, "result": incident.result, "note": incident.closing_note}
    taken_back = incident.result in (Result.ARRIVED, Result.NO_LOSS) and incident.type in LOSING_TYPES
    incident.state, incident.cause, incident.result = target, None, None
    incident.closing_note, incident.closed_at = "", None
    if taken_back and incident.value_at_risk > 0:
        worth = Money(incident.value_at_risk, incident.currency)
        ledger.book_loss(session, incident, Account.LOSS_GOODS, worth, actor=actor, note=clean, now=now)
    touch(session, incident, now)
    audit.record(
        session,
        Tag.INCIDENT_REOPENED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before=before,
        after={"reason": clean},
    )
    return incident
