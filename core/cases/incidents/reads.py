"""Looking a case up."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import Incident


@read(Permission.INCIDENT_READ)
def incident_by_reference(session: Session, reference: str, *, actor: Actor) -> Incident:
    """The case with that reference (any letter case). Raises `NotFound`."""
    found = session.scalars(select(Incident).where(Incident.reference == storable(reference).upper())).one_or_none()
    if found is None:
        raise NotFound(_("There is no incident {reference}.", reference=storable(reference)[:40]))
    return found
