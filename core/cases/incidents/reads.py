"""Looking a case up."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import Incident
from core.models.incident import IncidentState


@read(Permission.INCIDENT_READ)
def incident_by_reference(session: Session, reference: str, *, actor: Actor) -> Incident:
    """The case with that reference (any letter case). Raises `NotFound`."""
    found = session.scalars(select(Incident).where(Incident.reference == storable(reference).upper())).one_or_none()
    if found is None:
        raise NotFound(_("There is no incident {reference}.", reference=storable(reference)[:40]))
    return found


_REFERENCE = re.compile(r"INC-\d{4}-\d{5,}")


def is_reference(text: str) -> bool:
    """Whether a text looks like a case's reference."""
    return bool(_REFERENCE.fullmatch(text.strip().upper()))


@read(Permission.INCIDENT_READ)
def count_open(session: Session, *, actor: Actor, owner_id: int | None = None) -> int:
    """How many cases are open, of one person or of all."""
    query = select(func.count()).where(Incident.state != IncidentState.CLOSED)
    if owner_id is not None:
        query = query.where(Incident.owner_id == owner_id)
    return session.scalar(query) or 0
