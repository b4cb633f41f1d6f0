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
from core.foundation.errors import Duplicate, GuardFailed, NotFound, Refusal, TooEarly, TooLate, WrongState
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.foundation.texts import checked
from core.foundation.transitions import Guard
from core.models import Claim, ClaimStep, Clock, Incident, RuleCard, Tag
from core.models.claim import ENDED, ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.rule import DayUnit, PayerKind
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
from core.recovery.claims import times
from core.recovery.claims.reads import facts_now
from core.recovery.windows import Span, due_after
from core.team.calendars import team_calendar

LONGEST_NOTE = 4_000

OURS = ("paid_twice", "arrived_later")
"""Tasks about money that are ours to settle, whatever becomes of the claim."""


def checked_note(text: str, field: str = "note") -> str:
    return checked(text, LONGEST_NOTE, field)


_GUARD_ERRORS: dict[Guard, type[Refusal]] = {early: TooEarly, late: TooLate, appeal_late: TooLate}


def none_lives(
    session: Session, incident_id: int, payer_kind: PayerKind, payer: str, *, but: int | None = None
) -> None:
    """One claim on a payer at a time: the case is locked, so what is not there now does not come before ours."""
    reference = session.scalar(
        select(Claim.reference).where(
            Claim.incident_id == incident_id,
            Claim.payer_kind == payer_kind,
            Claim.payer_name == payer,
            Claim.state.not_in(ENDED),
            Claim.id != (but or 0),
        )
    )
    if reference is not None:
        sentence = _("Claim {reference} on {payer} is already there.", reference=reference, payer=payer)
        raise Duplicate(sentence, reference)


def target_of(
    session: Session,
    claim: Claim,
    incident: Incident,
    card: RuleCard,
    action: ClaimAction,
    actor: Actor,
    now: datetime,
) -> ClaimState:
    """The state the table gives, with each guard's refusal of the kind it is. A claim that had ended and lives again
    finds no other on its payer.
    """
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
        target = CLAIMS.step(claim.state, action, facts)
        if claim.state in ENDED and target not in ENDED:
            none_lives(session, incident.id, claim.payer_kind, claim.payer_name, but=claim.id)
        return target
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


def due_moment(session: Session, claim: Claim, card: RuleCard, event: datetime, n: int, unit: DayUnit) -> datetime:
    calendar = team_calendar(session, card.calendar) if card.calendar else None
    if calendar is None and unit is DayUnit.BUSINESS_DAYS:
        unit = DayUnit.CALENDAR_DAYS
    return due_after(event, Span(n, unit), claim.zone, calendar)


def start_answer_clock(
    session: Session, incident: Incident, claim: Claim, card: RuleCard, actor: Actor, now: datetime, *, event: datetime
) -> None:
    """Await the payer's answer: by the card's time from `event` on, else by a reminder of our own."""
    if card.answer_days:
        until = due_moment(session, claim, card, event, card.answer_days, card.answer_unit or DayUnit.CALENDAR_DAYS)
        # What was filed long ago may be due already: then it is asked after at once, and the clock says so.
        start_clock(session, incident, claim, card, ClockKind.ANSWER, until, actor, now, event=event)
    else:
        start_own(session, incident, claim, card, ClockKind.ANSWER, times.own("answer"), actor, now)


def start_clock(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    kind: ClockKind,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
    *,
    event: datetime | None = None,
    rule: str | None = None,
    title: str | None = None,
) -> Clock:
    """A clock of the claim under its card, or under a `rule` that is none."""
    clock = clocks.start(
        session,
        incident,
        kind,
        actor=actor,
        now=now,
        rule=rule or card.code,
        rule_version=card.version if rule is None else None,
        zone=claim.zone,
        event_at=event or now,
        due_at=due_at,
        title=claim.payer_name if title is None else title,
        claim_id=claim.id,
    )
    refresh(session, claim)
    return clock


def start_own(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    kind: ClockKind,
    span: Span,
    actor: Actor,
    now: datetime,
    *,
    title: str | None = None,
) -> Clock:
    """A reminder of our own, where the payer names no time."""
    until = due_moment(session, claim, card, now, span.n, span.unit)
    return start_clock(session, incident, claim, card, kind, until, actor, now, rule=times.OWN, title=title)


def await_payment(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Await what was granted and has not come: by the payer's date, else by a reminder of our own."""
    if not claim.paid < (claim.approved or 0):
        return
    if due_at is not None:
        start_clock(session, incident, claim, card, ClockKind.PAYMENT, due_at, actor, now)
    else:
        start_own(session, incident, claim, card, ClockKind.PAYMENT, times.own("payment"), actor, now)


def await_appeal(
    session: Session, incident: Incident, claim: Claim, card: RuleCard, actor: Actor, now: datetime, *, event: datetime
) -> None:
    """The time to object to an answer given at `event`, where the card knows one. Where it knows none, a denial gets a
    reminder of our own, so that it is answered; it ends no right.
    """
    if card.appeal_days:
        until = due_moment(session, claim, card, event, card.appeal_days, card.appeal_unit or DayUnit.CALENDAR_DAYS)
        start_clock(session, incident, claim, card, ClockKind.APPEAL, until, actor, now, event=event)
    elif claim.state is ClaimState.REJECTED:
        start_own(session, incident, claim, card, ClockKind.APPEAL, times.own("appeal"), actor, now)


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


def end_clocks(
    session: Session,
    incident: Incident,
    claim: Claim,
    *,
    actor: Actor,
    now: datetime,
    state: ClockState = ClockState.MET,
) -> None:
    """Stop the clocks of a claim that was paid or has ended: met, save for an appeal nobody made (inner).

    A task that asks something of us goes on: the payer's money still lies here, or the parcel came after all.
    """
    settle_clocks(session, incident, claim, ClockState.CANCELLED, (ClockKind.APPEAL,), actor, now)
    for clock in clocks.living(session, incident.id, claim_id=claim.id):
        if clock.kind is ClockKind.MONEY and clock.title in OURS:
            continue
        clocks.settle(session, incident, clock, state, actor=actor, now=now)
    refresh(session, claim)


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
    denial_code: str | None = None,
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
            denial_code=denial_code,
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
