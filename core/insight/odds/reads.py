"""The odds as a screen asks for them: of all decided disputes, looked back at, and of one dispute with the ways it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.clock import local_day
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.insight.odds.advice import Advice, weigh
from core.insight.odds.calibration import Calibration, calibrate
from core.insight.odds.counting import Proof, decided, proof_of
from core.insight.odds.model import Cell, Chance, Completeness, Odds, TooFew, fit
from core.insight.odds.settings import Way, handling
from core.models import AnswerDraft, Dispute, DisputeModule, DisputeStep, Shop
from core.models.dispute import DisputeState, ReturnReason
from core.money.rates import convert
from core.recovery.answers.drafts import advised
from core.recovery.answers.facts import gather

OFFERED = frozenset({DisputeState.OFFERED, DisputeState.COUNTERED})
"""States in which an offer is on the table."""


@dataclass(frozen=True)
class Known:
    """Everything the odds stand on: the chances, the look back, and how many decided disputes could not be counted."""

    odds: Odds
    calibration: Calibration
    counted: int
    untold: int


@dataclass(frozen=True)
class Weighed:
    """One dispute: how its answer would fare with proof as complete as each, and the ways set beside each other as the proof is now.

    `advice` is None where nothing can be said or no amount is known. `amount` is what the buyer asks, `offer` what is on the table.
    """

    cell: Cell
    proof: Proof
    chances: Mapping[Completeness, Chance | TooFew]
    amount: Money | None
    offer: Money | None
    advice: Advice | None

    @property
    def chance(self) -> Chance | TooFew:
        """As the proof is now."""
        return self.chances[self.cell.completeness]


@read(Permission.DISPUTE_READ)
def known_odds(session: Session, *, actor: Actor) -> Known:
    """What the team's decided disputes say. Reads them all: keep the answer a while."""
    found = decided(session, actor.zone)
    tallies = found.tallies()
    return Known(fit(tallies), calibrate(found.past), sum(one.n for one in tallies.values()), found.untold)


@read(Permission.DISPUTE_READ)
def weigh_dispute(session: Session, dispute_id: int, odds: Odds, *, actor: Actor, now: datetime) -> Weighed:
    """Fight, settle or accept, for one dispute. Raises `NotFound`, `Invalid` when the handling cost has no exchange rate."""
    found = session.execute(
        select(Dispute, Shop.market).join(Shop, Shop.id == Dispute.shop_id).where(Dispute.id == dispute_id)
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such dispute."))
    dispute, market = found
    reason = dispute.reassessed or dispute.reason or ReturnReason.UNKNOWN
    proof = _proof(session, dispute, reason, actor, now)
    cell = Cell(reason, market, proof.completeness)
    chances = {much: odds.of(Cell(reason, market, much)) for much in Completeness}
    amount = _money(dispute.amount, dispute.currency)
    offer = _money(dispute.offered, dispute.currency) if dispute.state in OFFERED else None
    chance = chances[cell.completeness]
    advice = None
    if isinstance(chance, Chance) and amount is not None:
        advice = weigh(chance, amount, offer, _costs(session, dispute.currency, now, actor.zone))
    return Weighed(cell, proof, chances, amount, offer, advice)


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _costs(session: Session, currency: str, now: datetime, zone: str) -> dict[Way, Money]:
    day = local_day(now, zone)
    return {way: convert(session, handling().cost(way), currency, day).money for way in Way}


def _proof(session: Session, dispute: Dispute, reason: ReturnReason, actor: Actor, now: datetime) -> Proof:
    """What the draft would show, or what was sent; before there is either, what the case's evidence would fill."""
    draft = session.get(AnswerDraft, dispute.id)
    steps = session.scalars(select(DisputeStep).where(DisputeStep.dispute_id == dispute.id)).all()
    modules = {str(one["module"]) for step in steps for one in step.exhibits}
    number = next((step.reason for step in steps if step.reason is not None), None)
    if draft is not None:
        modules = {str(one["module"]) for one in draft.exhibits if one.get("evidence")}
        number = draft.reason
    elif not any(step.sent for step in steps) and dispute.incident_id is not None:
        choice = advised(gather(session, dispute.id, actor=actor), now)
        modules = {one.module for one in choice.places if one.evidence}
        number = choice.reason
    return proof_of(reason, modules, _required(session, dispute.id, number))


def _required(session: Session, dispute_id: int, reason: int | None) -> list[str] | None:
    """The modules the platform requires under a reason of its own; None where it gave no list, or the usual one was chosen."""
    query = select(DisputeModule.number, DisputeModule.required).where(
        DisputeModule.dispute_id == dispute_id, DisputeModule.reason == reason, DisputeModule.retired_at.is_(None)
    )
    listed = session.execute(query.order_by(DisputeModule.number)).all()
    return [str(row.number) for row in listed if row.required] if listed else None
