"""One row of the claims: what it holds, and the statement it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import case, func, literal_column, select

from core.models import Carrier, Claim, Clock, Incident, Person, Shipment
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.incident import IncidentType
from core.models.rule import PayerKind


@dataclass(frozen=True)
class ClaimLine:
    """One row of the list. Amounts are in `currency`. `clock`, `opens_at` and `due_at` are its next clock's.

    The next clock is the soonest that runs; where none runs, the soonest that is `paused`. `raised` is how far it
    escalated: 0 not at all, 1 to the lead, 2 to the manager.
    """

    id: int
    reference: str
    incident: str
    type: IncidentType
    state: ClaimState
    payer_kind: PayerKind
    payer_name: str
    carrier: str | None
    number: str
    owner: str | None
    currency: str
    demand: Decimal
    approved: Decimal | None
    paid: Decimal
    opens_at: datetime | None
    due_at: datetime | None
    clock: ClockKind | None
    case_number: str | None
    paused: bool
    raised: int
    denial_code: str | None


WIDTH = len(ClaimLine.__dataclass_fields__)
"""Columns of `lines`, in the order of the row's fields."""


@lru_cache(maxsize=1)
def lines() -> Any:
    """The statement of the row. Where two clocks fall on one moment, the one that was started first counts."""
    resting = case((Clock.state == literal_column("'paused'"), 1), else_=0)
    soonest = (
        select(Clock.kind, Clock.opens_at, Clock.due_at, Clock.escalation, resting.label("paused"))
        .where(Clock.claim_id == Claim.id, Clock.state.in_((literal_column("'running'"), literal_column("'paused'"))))
        .order_by(resting, func.coalesce(Clock.due_at, Clock.opens_at), Clock.id)
        .limit(1)
        .correlate(Claim)
        .lateral("soonest")
    )
    return (
        select(
            Claim.id,
            Claim.reference,
            Incident.reference,
            Incident.type,
            Claim.state,
            Claim.payer_kind,
            Claim.payer_name,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Person.name,
            Claim.currency,
            Claim.demand,
            Claim.approved,
            Claim.paid,
            soonest.c.opens_at,
            soonest.c.due_at,
            soonest.c.kind,
            Claim.case_number,
            func.coalesce(soonest.c.paused, 0) == 1,
            func.coalesce(soonest.c.escalation, 0),
            Claim.denial_code,
        )
        .select_from(Claim)
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .outerjoin(soonest, literal_column("true"))
    )
