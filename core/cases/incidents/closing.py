"""Closing a case with cause and result, and opening it again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents.states import INCIDENTS, ClosingSubject, IncidentAction
from core.cases.incidents.words import checked_text, touch
from core.foundation import audit
from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Clock, Incident, Remedy, Tag
from core.models.claim import ENDED
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.incident import Cause, Result
from core.models.ledger import Account
from core.models.remedy import RemedyState
from core.money import giving, ledger


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

    Raises `WrongState` while a claim waits for its payer or a request for our answer, and `Invalid` when the result contradicts the ledger.
    """
    incident = ledger.lock_incident(session, incident_id)
    subject = ClosingSubject(
        open_claims(session, incident.id),
        open_tasks(session, incident.id),
        open_remedies(session, incident.id),
        open_requests(session, incident.id, now),
    )
    target = INCIDENTS.step(incident.state, IncidentAction.CLOSE, subject)
    clean = checked_text(note, "note")
    _agrees(session, incident, result)
    if result in (Result.ARRIVED, Result.NO_LOSS):
        giving.no_goods_lost(session, incident, actor=actor, note=_("No loss after all."), now=now)
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
    query = select(Claim.reference).where(Claim.incident_id == incident_id, Claim.state.not_in(ENDED))
    return tuple(session.scalars(query.order_by(Claim.id)))


def open_tasks(session: Session, incident_id: int) -> tuple[str, ...]:
    """Codes of the case's tasks about money that are not settled (inner)."""
    query = select(Clock.title).where(
        Clock.incident_id == incident_id, Clock.kind == ClockKind.MONEY, Clock.state.in_(LIVING)
    )
    return tuple(session.scalars(query.order_by(Clock.id)))


def open_remedies(session: Session, incident_id: int) -> int:
    """How many offers to the case's buyer are neither given nor taken back (inner)."""
    open_ones = (RemedyState.PROPOSED, RemedyState.ASKED, RemedyState.APPROVED)
    query = select(func.count()).where(Remedy.incident_id == incident_id, Remedy.state.in_(open_ones))
    return session.scalar(query) or 0


def open_requests(session: Session, incident_id: int, now: datetime) -> tuple[str, ...]:
    """Numbers of the case's return requests that we still have time, and have, to answer (inner)."""
    query = select(Clock.title).where(
        Clock.incident_id == incident_id,
        Clock.kind.in_(_ANSWERS),
        Clock.state.in_(LIVING),
        Clock.due_at > now,
    )
    return tuple(session.scalars(query.distinct().order_by(Clock.title)))


_ANSWERS = (ClockKind.DISPUTE_RESPONSE, ClockKind.DISPUTE_EVIDENCE, ClockKind.DISPUTE_OFFER)
"""What the platform waits for: our answer, the proof it asked for, our word on an offer."""


def _agrees(session: Session, incident: Incident, result: Result) -> None:
    """The result says what the ledger says."""
    gross, back = incident.gross_loss, incident.recovered
    if result is Result.RECOVERED and (back == 0 or back < gross):
        raise Invalid(_("Not everything came back: choose “recovered in part” or “absorbed”."), "result")
    if result is Result.PARTLY_RECOVERED and not Decimal(0) < back < gross:
        raise Invalid(_("“Recovered in part” needs a payout that is less than the loss."), "result")
    if result in (Result.ABSORBED, Result.ARRIVED, Result.NO_LOSS) and back > 0:
        raise Invalid(_("Money came back for this case: choose “recovered” or “recovered in part”."), "result")
    others = giving.loss_with(session, incident, Money.zero(incident.currency)).amount
    if result is Result.NO_LOSS and others > 0:
        raise Invalid(
            _(
                "{amount} of other losses than the goods is booked: take it back first, or choose “absorbed”.",
                amount=written(Money(others, incident.currency)),
            ),
            "result",
        )


@verb(Permission.INCIDENT_REOPEN)
def reopen(session: Session, incident_id: int, *, actor: Actor, reason: str, now: datetime) -> Incident:
    """Open a closed case again, with the reason. Exactly the goods loss that closing took back is booked again."""
    return reopened(session, ledger.lock_incident(session, incident_id), actor=actor, reason=reason, now=now)


def reopened(session: Session, incident: Incident, *, actor: Actor, reason: str, now: datetime) -> Incident:
    """As `reopen`, on a locked case (inner: rights were asked there, or something outside made it necessary).

    Clocks that the closing stopped run again where their moment is still to come.
    """
    target = INCIDENTS.step(incident.state, IncidentAction.REOPEN)
    clean = checked_text(reason, "reason")
    if not clean:
        raise Invalid(_("Say why the case is opened again."), "reason")
    stopped = _stopped_by_closing(session, incident)
    before = {"cause": incident.cause, "result": incident.result, "note": incident.closing_note}
    losses: list[Money] = []
    if incident.result in (Result.ARRIVED, Result.NO_LOSS) and incident.closed_at is not None:
        # While a case is closed nobody posts, so the closing's own moment marks what the closing took back.
        losses = ledger.taken_back(session, incident.id, Account.LOSS_GOODS, at=incident.closed_at)
    incident.state, incident.cause, incident.result = target, None, None
    incident.closing_note, incident.closed_at = "", None
    for loss in losses:
        note = clean[: ledger.LONGEST_NOTE]
        ledger.book_loss(session, incident, Account.LOSS_GOODS, loss, actor=actor, note=note, now=now)
    # What the platform told while the case was closed is booked now.
    giving.follow(session, incident, actor=actor, note=clean[: ledger.LONGEST_NOTE], now=now)
    for clock in stopped:
        if clock.due_at is None or clock.due_at > now:
            _run_again(session, incident, clock, actor=actor, now=now)
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


def _stopped_by_closing(session: Session, incident: Incident) -> list[Clock]:
    """The case's own clocks that the closing cancelled: while a case is closed none is settled, so its moment tells."""
    return list(
        session.scalars(
            select(Clock)
            .where(
                Clock.incident_id == incident.id,
                Clock.claim_id.is_(None),
                Clock.state == ClockState.CANCELLED,
                Clock.settled_at == incident.closed_at,
            )
            .order_by(Clock.id)
        )
    )


def _run_again(session: Session, incident: Incident, clock: Clock, *, actor: Actor, now: datetime) -> None:
    clocks.start(
        session,
        incident,
        clock.kind,
        actor=actor,
        now=now,
        rule=clock.rule,
        rule_version=clock.rule_version,
        zone=clock.zone,
        event_at=clock.event_at,
        opens_at=clock.opens_at,
        due_at=clock.due_at,
        reasoning=list(clock.reasoning),
        title=clock.title,
        contact_id=clock.contact_id,
        dispute_id=clock.dispute_id,
    )
