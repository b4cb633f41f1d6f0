"""Pieces every move of a claim is made of: the lock, the guards, the clocks, the story (inner)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.foundation import audit
from core.foundation.calendars import calendar_of
from core.foundation.errors import GuardFailed, NotFound, Refusal, TooEarly, TooLate, WrongState
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.foundation.texts import checked
from core.foundation.transitions import Guard
from core.models import Claim, ClaimStep, Clock, Incident, RuleCard, Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.rule import DayUnit
from core.money import ledger
from core.recovery.claim_states import (
    CLAIMS,
    ClaimAction,
    appeal_late,
    beyond_the_loss,
    early,
    incomplete,
    late,
)
from core.recovery.claims.reads import facts_now
from core.recovery.windows import Span, due_after

LONGEST_NOTE = 4_000


def checked_note(text: str, field: str = "note") -> str:
    return checked(text, LONGEST_NOTE, field)


_GUARD_ERRORS: dict[Guard, type[Refusal]] = {early: TooEarly, late: TooLate, appeal_late: TooLate}


def target_of(
    session: Session,
    claim: Claim,
    incident: Incident,
    card: RuleCard,
    action: ClaimAction,
    actor: Actor,
    now: datetime,
) -> ClaimState:
    """The state the table gives, with each guard's refusal of the kind it is."""
    row = CLAIMS.row(action)
    actor.require(row.permission)
    if claim.state in row.sources:
        facts = facts_now(session, claim, incident, card, now)
        for guard in row.guards:
            if sentence := guard(facts):
                if guard is incomplete:
                    raise GuardFailed(sentence, tuple(need.code for need in facts.needs if not need.met))
                if guard is beyond_the_loss:
                    raise GuardFailed(sentence, ("loss",))
                raise _GUARD_ERRORS.get(guard, WrongState)(sentence)
        return CLAIMS.step(claim.state, action, facts)
    return CLAIMS.step(claim.state, action)


def locked(session: Session, claim_id: int) -> tuple[Claim, Incident, RuleCard]:
    """The claim with its case locked first: every move on a case queues at the case's row."""
    incident_id = session.scalar(select(Claim.incident_id).where(Claim.id == claim_id))
    if incident_id is None:
        raise NotFound(_("There is no such claim."))
    incident = ledger.lock_incident(session, incident_id)
    claim = session.scalars(
        select(Claim).where(Claim.id == claim_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return claim, incident, session.get_one(RuleCard, claim.rule_card_id)


def due_moment(claim: Claim, card: RuleCard, event: datetime, n: int, unit: DayUnit) -> datetime:
    calendar = calendar_of(card.calendar) if card.calendar else None
    return due_after(event, Span(n, unit), claim.zone, calendar)


def start_answer_clock(
    session: Session, incident: Incident, claim: Claim, card: RuleCard, actor: Actor, now: datetime
) -> None:
    if card.answer_days:
        until = due_moment(claim, card, now, card.answer_days, card.answer_unit or DayUnit.CALENDAR_DAYS)
        start_clock(session, incident, claim, card, ClockKind.ANSWER, until, actor, now)
    else:
        refresh(session, claim)


def start_clock(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    kind: ClockKind,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    clocks.start(
        session,
        incident,
        kind,
        actor=actor,
        now=now,
        rule=card.code,
        rule_version=card.version,
        zone=claim.zone,
        event_at=now,
        due_at=due_at,
        title=claim.payer_name,
        claim_id=claim.id,
    )
    refresh(session, claim)


def settle_clocks(
    session: Session,
    incident: Incident,
    claim: Claim,
    state: ClockState,
    kinds: tuple[ClockKind, ...],
    actor: Actor,
    now: datetime,
) -> None:
    clocks.settle_all(session, incident, state, actor=actor, now=now, claim_id=claim.id, kinds=kinds)
    refresh(session, claim)


def end_clocks(session: Session, incident: Incident, claim: Claim, *, actor: Actor, now: datetime) -> None:
    """Stop every clock of a claim that was paid: met, save for an appeal nobody made (inner, for payouts)."""
    settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.APPEAL,), actor, now)
    settle_clocks(session, incident, claim, ClockState.MET, (), actor, now)


def refresh(session: Session, claim: Claim) -> None:
    """Bring the claim's `next_due_at` in line with its running clocks."""
    claim.next_due_at = session.scalar(
        select(func.min(func.coalesce(Clock.due_at, Clock.opens_at))).where(
            Clock.claim_id == claim.id, Clock.state == ClockState.RUNNING
        )
    )
    session.flush()


def step(
    session: Session,
    claim: Claim,
    action: str,
    source: ClaimState | None,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    amount: Decimal | None = None,
    due_at: datetime | None = None,
) -> None:
    session.add(
        ClaimStep(
            claim_id=claim.id,
            action=str(action),
            source=source.value if source else None,
            target=claim.state.value,
            at=now,
            person_id=actor.person_id,
            note=note,
            amount=amount,
            due_at=due_at,
        )
    )
    session.flush()


def record(
    session: Session,
    tag: Tag,
    claim: Claim,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("claim", claim.id),
        chain=claim.incident_id,
        before=before,
        after={"reference": claim.reference, **(after or {})},
    )
