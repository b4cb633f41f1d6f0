"""Taking an incident in: registered, and every payer's window watched from that moment on.

A window that runs must not wait for somebody to draft a claim. The clocks started here name no claim; drafting one puts the
claim's own window in the place of its payer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import incidents, proof
from core.cases.incidents import ManyResult, NewIncident
from core.foundation.gate import verb
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Incident
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import disputes
from core.recovery.watching import watch


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
    """Register one incident (as `incidents.register`, with its refusals), keep its tracking state, watch its payers' windows."""
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
    proof.freeze(session, [incident], now=now)
    watch(session, [incident], actor=actor, now=now)
    disputes.join(session, [incident], actor=actor, now=now)
    return incident


@verb(Permission.INCIDENT_REGISTER)
def take_in_many(session: Session, rows: Sequence[NewIncident], *, actor: Actor, now: datetime) -> ManyResult:
    """Register a batch (as `incidents.register_many`); of each that was made keep the tracking state and watch the windows."""
    done = incidents.register_many(session, rows, actor=actor, now=now)
    references = [reference for _number, reference in done.made]
    made = session.scalars(select(Incident).where(Incident.reference.in_(references)).order_by(Incident.id)).all()
    proof.freeze(session, made, now=now)
    watch(session, made, actor=actor, now=now)
    disputes.join(session, made, actor=actor, now=now)
    return done
