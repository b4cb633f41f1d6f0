"""Which parcels of a batch have their incident already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Incident
from core.models.incident import IncidentType


@read(Permission.INCIDENT_READ)
def standing_many(session: Session, shipment_ids: Sequence[int], kind: IncidentType, *, actor: Actor) -> dict[int, str]:
    """Shipment id → the reference of its incident of that kind, for those that have one."""
    query = select(Incident.shipment_id, Incident.reference).where(
        Incident.shipment_id.in_(list(shipment_ids)), Incident.type == kind
    )
    return {row.shipment_id: row.reference for row in session.execute(query)}
