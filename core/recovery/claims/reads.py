"""What a claim looks like now: its window, and the actions it offers with the reason when one is off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.checklist import needs
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.transitions import Offer
from core.models import Claim, Clock, Incident, RuleCard, Shipment
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState
from core.recovery import rule_cards
from core.recovery.claim_states import (
    CLAIMS,
    ClaimFacts,
)
from core.recovery.claims import times
from core.recovery.windows import Window
from core.team.calendars import team_calendars


@dataclass(frozen=True)
class ClaimWindow:
    """A card's window for a case: the window, or why none is known (`unknown`), as a sentence in the reader's
    language.
    """

    window: Window | None
    unknown: str | None


@read(Permission.CLAIM_READ)
def window_of(
    session: Session, incident_id: int, rule_card_id: int, *, actor: Actor, event_at: datetime | None = None
) -> ClaimWindow:
    """The window a card gives this case, before or after a claim is drafted. `event_at` stands for a fact nobody
    stored. Raises `NotFound`.
    """
    incident, card = session.get(Incident, incident_id), session.get(RuleCard, rule_card_id)
    if incident is None:
        raise NotFound(_("There is no such incident."))
    if card is None:
        raise NotFound(_("There is no such rule card."))
    return card_window(session, incident, card, event_at)


@read(Permission.CLAIM_READ)
def claim_offers(session: Session, claim_id: int, *, actor: Actor, now: datetime) -> list[Offer]:
    """The actions a claim offers now, each with the reason when it is off."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    return offers_of(session, claim, actor=actor, now=now)


def offers_of(session: Session, claim: Claim, *, actor: Actor, now: datetime) -> list[Offer]:
    """As `claim_offers`, for a claim already read (inner)."""
    incident = session.get_one(Incident, claim.incident_id)
    card = session.get_one(RuleCard, claim.rule_card_id)
    return CLAIMS.offers(claim.state, actor, facts_now(session, claim, incident, card, now))


def card_window(session: Session, incident: Incident, card: RuleCard, event_at: datetime | None) -> ClaimWindow:
    shipment = session.get_one(Shipment, incident.shipment_id)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at, event_at=event_at)
    found = rule_cards.claim_window(card, facts, team_calendars(session))
    if isinstance(found, Window):
        return ClaimWindow(found, None)
    return ClaimWindow(None, found.reason)


def facts_now(session: Session, claim: Claim, incident: Incident, card: RuleCard, now: datetime) -> ClaimFacts:
    # An appeal's time ends the right to it whether or not its clock still runs; only one that was made used its time up.
    appeals = session.execute(
        select(Clock.due_at, Clock.paused_at).where(
            Clock.claim_id == claim.id,
            Clock.kind == ClockKind.APPEAL,
            Clock.state != ClockState.MET,
            Clock.rule != times.OWN,
        )
    )
    dues = [clocks.stands(None, due_at, paused_at, now).due for due_at, paused_at in appeals]
    window = clocks.window_now(session, claim, now)
    return ClaimFacts(
        now=now,
        zone=claim.zone,
        opens_at=window.opens,
        due_at=window.due,
        appeal_due_at=max((due for due in dues if due is not None), default=None),
        demand=Money(claim.demand, claim.currency),
        gross_loss=Money(incident.gross_loss, incident.currency),
        paid=Money(claim.paid, claim.currency),
        needs=needs(session, incident.id, card),
        approved=None if claim.approved is None else Money(claim.approved, claim.currency),
        held=Money(claim.surplus, claim.currency),
        case_open=incident.state is not IncidentState.CLOSED,
    )
