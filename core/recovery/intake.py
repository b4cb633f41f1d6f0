"""Taking an incident in: registered, and the closing window of the payer to ask first watched from that moment on.

A window that runs must not wait for somebody to draft a claim. The clock started here names no claim; drafting one puts the
claim's own window in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks, incidents
from core.cases.incidents import ManyResult, NewIncident
from core.foundation.gate import verb
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Incident, Shipment
from core.models.clock import ClockKind
from core.models.incident import IncidentType, NoticedBy, Stage, Tier
from core.recovery import rule_cards
from core.recovery.windows import Window


@verb(Permission.INCIDENT_REGISTER)
def take_in(
    session: Session,
    *,
    actor: Actor,
    shipment_id: int,
    type: IncidentType,
    stage: Stage,
    noticed_by: NoticedBy,
    noticed_at: datetime,
    buyer_said: str = "",
    value: Money | None = None,
    owner_id: int | None = None,
    offer_id: int | None = None,
    now: datetime,
) -> Incident:
    """Register one incident (as `incidents.register`, with its refusals) and watch its window."""
    incident = incidents.register(
        session,
        actor=actor,
        shipment_id=shipment_id,
        type=type,
        stage=stage,
        noticed_by=noticed_by,
        noticed_at=noticed_at,
        buyer_said=buyer_said,
        value=value,
        owner_id=owner_id,
        offer_id=offer_id,
        now=now,
    )
    _watch(session, incident, actor=actor, now=now)
    return incident


@verb(Permission.INCIDENT_REGISTER)
def take_in_many(session: Session, rows: Sequence[NewIncident], *, actor: Actor, now: datetime) -> ManyResult:
    """Register a batch (as `incidents.register_many`) and watch the window of each that was made."""
    done = incidents.register_many(session, rows, actor=actor, now=now)
    references = [reference for _number, reference in done.made]
    for incident in session.scalars(select(Incident).where(Incident.reference.in_(references)).order_by(Incident.id)):
        _watch(session, incident, actor=actor, now=now)
    return done


def _watch(session: Session, incident: Incident, *, actor: Actor, now: datetime) -> None:
    """Start the clock of the first payer whose closing date is known and still to come. What the policy absorbs is let go."""
    if incident.tier is Tier.ABSORB:
        return
    shipment = session.get_one(Shipment, incident.shipment_id)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    cards = rule_cards.find_cards(
        session,
        actor=actor,
        carrier_id=shipment.carrier_id,
        market=shipment.market,
        kind=incident.type,
        on_date=now.date(),
        service=shipment.service,
    )
    for card in cards:
        window = rule_cards.claim_window(card, facts)
        if not isinstance(window, Window) or window.due_at is None or window.due_at <= now:
            continue
        carrier = session.scalar(select(Carrier.name).where(Carrier.id == shipment.carrier_id))
        clocks.start(
            session,
            incident,
            ClockKind.CLAIM_WINDOW,
            actor=actor,
            now=now,
            rule=card.code,
            rule_version=card.version,
            zone=window.zone,
            event_at=window.event_at,
            opens_at=window.opens_at,
            due_at=window.due_at,
            reasoning=window.why(),
            title=rule_cards.payer_of(card, carrier),
        )
        return
