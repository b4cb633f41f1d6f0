"""What people write into a case, and what the search finds of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.grams import normalise
from core.foundation.language import _
from core.foundation.texts import storable
from core.models import Carrier, Comment, Contact, Incident, Shipment, ShipmentLine

LONGEST_TEXT = 10_000
"""Characters of a buyer's words, a comment or a note; a longer text belongs into a file."""


def checked_text(text: str, field: str) -> str:
    clean = storable(text)
    if len(clean) > LONGEST_TEXT:
        raise Invalid(
            _("This text has more than {n} characters. Put it into a file and add it as evidence.", n=LONGEST_TEXT),
            field,
        )
    return clean


def search_text(session: Session, incident: Incident, shipment: Shipment) -> str:
    """What the register's search looks in: every number and name of the case and the words written in it,
    normalised.
    """
    carrier = session.scalar(select(Carrier.name).where(Carrier.id == shipment.carrier_id))
    items = session.scalars(select(ShipmentLine.name).where(ShipmentLine.shipment_id == shipment.id).limit(20))
    parts: list[str | None] = [
        incident.reference,
        shipment.order_number,
        shipment.parcel_number,
        shipment.tracking_number,
        shipment.first_mile_number,
        shipment.last_mile_number,
        shipment.buyer_username,
        carrier,
        incident.buyer_said,
        *items,
    ]
    if incident.id is not None:
        said = select(Contact.summary, Contact.name, Contact.staff_number).where(Contact.incident_id == incident.id)
        parts += [part for row in session.execute(said.limit(200)) for part in row]
        parts += list(session.scalars(select(Comment.text).where(Comment.incident_id == incident.id).limit(200)))
    return normalise("\n".join(part for part in parts if part))


def touch(session: Session, incident: Incident, now: datetime, *, words: bool = False) -> None:
    """Note that somebody worked on the case now; with `words`, also renew what the search looks in (inner)."""
    incident.touched_at = now
    if words:
        shipment = session.get_one(Shipment, incident.shipment_id)
        incident.search_text = search_text(session, incident, shipment)
    session.flush()
