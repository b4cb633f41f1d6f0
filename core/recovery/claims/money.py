"""What is not as it should be with a claim's money: tasks as clocks, and money a payer sent beyond what it owed (inner)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Clock, Incident, RuleCard, Tag
from core.models.claim import ENDED, ClaimState
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.ledger import Account
from core.money import ledger
from core.money.ledger import RECOVERIES
from core.recovery.claims import pieces, times

UNPAID = "unpaid"
SHORT_PAID = "short_paid"
PAYOUT_REVERSED = "payout_reversed"
PAID_TWICE = "paid_twice"
ARRIVED_LATER = "arrived_later"
PAID_ELSEWHERE = "paid_elsewhere"

AWAITED = (UNPAID, SHORT_PAID, PAYOUT_REVERSED)
"""Tasks that ask the payer for money; they end when it has come."""

UNFILED = (ClaimState.DRAFT, ClaimState.READY)


def living_tasks(session: Session, claim: Claim, *codes: str) -> list[Clock]:
    """The claim's tasks about money that still wait, of some codes or of all."""
    query = select(Clock).where(Clock.claim_id == claim.id, Clock.kind == ClockKind.MONEY, Clock.state.in_(LIVING))
    if codes:
        query = query.where(Clock.title.in_(codes))
    return list(session.scalars(query.order_by(Clock.id)))


def start_task(
    session: Session, incident: Incident, claim: Claim, card: RuleCard, code: str, actor: Actor, now: datetime
) -> Clock:
    """A task about money, due by our own time for it; one of a code at a time."""
    there = living_tasks(session, claim, code)
    if there:
        return there[0]
    return pieces.start_own(
        session, incident, claim, card, ClockKind.MONEY, times.for_money(code), actor, now, title=code
    )


def end_tasks(
    session: Session,
    incident: Incident,
    claim: Claim,
    state: ClockState,
    codes: tuple[str, ...],
    actor: Actor,
    now: datetime,
) -> None:
    """Stop the claim's tasks of some codes."""
    for clock in living_tasks(session, claim, *codes):
        clocks.settle(session, incident, clock, state, actor=actor, now=now)
    pieces.refresh(session, claim)


def room(claim: Claim, incident: Incident) -> Money:
    """How much more of a payout counts against the loss: up to what was granted, and up to what was lost."""
    granted = (claim.approved or Decimal(0)) - claim.paid
    lost = incident.gross_loss - incident.recovered
    return Money(max(Decimal(0), min(granted, lost)), claim.currency)


def apply_credit(session: Session, incident: Incident, claim: Claim, actor: Actor, now: datetime) -> Money:
    """Count money that lay here as owed back against what was granted since. Returns how much."""
    amount = min(Money(claim.surplus, claim.currency), room(claim, incident))
    if not amount:
        return amount
    sides = [(Account.PAYER_CREDIT, amount), (RECOVERIES[claim.payer_kind], -amount)]
    note = _("Owed back before, granted now.")
    ledger.post(session, incident, sides, actor=actor, now=now, on_date=local_day(now, actor.zone), note=note)
    claim.paid += amount.amount
    claim.surplus -= amount.amount
    session.flush()
    after = {
        "reference": claim.reference,
        "amount": amount.amount,
        "currency": amount.currency,
        "owed_back_before": True,
    }
    audit.record(
        session,
        Tag.PAYOUT_RECORDED,
        actor=actor,
        now=now,
        subject=("claim", claim.id),
        chain=incident.id,
        after=after,
    )
    if not claim.surplus:
        end_tasks(session, incident, claim, ClockState.MET, (PAID_TWICE,), actor, now)
    return amount


@dataclass(frozen=True)
class Other:
    """Another claim of the same case: its payer and what it still may bring."""

    claim: Claim
    open: Money


def others(session: Session, claim: Claim) -> list[Other]:
    """The case's other claims that are with their payer and not ended."""
    rows = session.scalars(
        select(Claim)
        .where(Claim.incident_id == claim.incident_id, Claim.id != claim.id, Claim.state.not_in([*ENDED, *UNFILED]))
        .order_by(Claim.id)
    )
    return [Other(one, still_open(one)) for one in rows]


def still_open(claim: Claim) -> Money:
    """What a claim may still bring: what was granted, or asked while nobody answered, less what came."""
    granted = claim.approved if claim.state in (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED) else claim.demand
    return Money(max(Decimal(0), (granted or Decimal(0)) - claim.paid), claim.currency)


def tell_the_others(session: Session, incident: Incident, claim: Claim, actor: Actor, now: datetime) -> None:
    """Once the whole loss is back, every other payer that still has a claim is told: a task on each."""
    if incident.recovered < incident.gross_loss:
        return
    for other in others(session, claim):
        if other.open:
            card = session.get_one(RuleCard, other.claim.rule_card_id)
            start_task(session, incident, other.claim, card, PAID_ELSEWHERE, actor, now)


def none_to_tell(session: Session, incident: Incident, actor: Actor, now: datetime) -> None:
    """Part of the loss is open again: nobody need withdraw."""
    if incident.recovered >= incident.gross_loss:
        return
    for claim in session.scalars(select(Claim).where(Claim.incident_id == incident.id)):
        end_tasks(session, incident, claim, ClockState.CANCELLED, (PAID_ELSEWHERE,), actor, now)
