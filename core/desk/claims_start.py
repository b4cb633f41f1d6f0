"""Windows that run and under which nobody claims yet: what can be prepared several at a time, payer by payer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Clock, Incident, Person, Shipment
from core.models.clock import ClockKind
from core.models.incident import IncidentType

MOST_PAYERS = 60
SHOWN = 100
"""Cases listed at most: those whose window closes first."""

_WATCHED = (
    Clock.state == literal_column("'running'"),
    Clock.kind == ClockKind.CLAIM_WINDOW,
    Clock.claim_id.is_(None),
)


@dataclass(frozen=True)
class Startable:
    """One case under whose payer nobody claims yet: `rule` is the code of the card that its window comes from."""

    incident_id: int
    incident: str
    type: IncidentType
    rule: str
    carrier: str | None
    number: str
    owner: str | None
    opens_at: datetime | None
    due_at: datetime | None
    currency: str
    value: Decimal


@read(Permission.CLAIM_READ)
def startable_payers(session: Session, *, actor: Actor) -> dict[str, int]:
    """How many such cases each payer has, the most first."""
    n = func.count()
    rows = session.execute(
        select(Clock.title, n).where(*_WATCHED).group_by(Clock.title).order_by(n.desc(), Clock.title).limit(MOST_PAYERS)
    )
    return {row[0]: row[1] for row in rows}


@read(Permission.CLAIM_READ)
def startable(session: Session, payer: str, *, actor: Actor, now: datetime, limit: int = SHOWN) -> list[Startable]:
    """The cases of a payer, the soonest closing first; a window that closed is past claiming and not among them."""
    rows: Any = session.execute(
        select(
            Incident.id,
            Incident.reference,
            Incident.type,
            Clock.rule,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Person.name,
            Clock.opens_at,
            Clock.due_at,
            Incident.currency,
            Incident.value_at_risk,
        )
        .select_from(Clock)
        .join(Incident, Incident.id == Clock.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .where(*_WATCHED, Clock.title == payer, func.coalesce(Clock.due_at, now) >= now)
        .order_by(Clock.due_at, Clock.id)
        .limit(limit)
    )
    return [Startable(*row) for row in rows]
