"""Everything there is to say about a file that comes in, gathered before its case is locked (inner)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.cases.photo_advice.checks import Found, Setting, check
from core.cases.photo_advice.prints import seen_before
from core.foundation.picture_measures import Measures
from core.foundation.pictures import Facts
from core.models import Incident, Shipment


def look(
    session: Session,
    incident: Incident,
    *,
    kind: str,
    sha256: str,
    facts: Facts | None,
    measures: Measures | None,
    now: datetime,
) -> list[Found]:
    """What to say about a picture or a video: by itself, by its dates, and whether it was used before. A video has neither
    facts nor measures.
    """
    found: list[Found] = []
    if facts is not None and measures is not None:
        found = check(kind, facts, measures, _setting(session, incident, now))
    return [*found, *seen_before(session, incident, kind, sha256, measures)]


def _setting(session: Session, incident: Incident, now: datetime) -> Setting:
    shipment = session.get_one(Shipment, incident.shipment_id)
    moments = [moment for moment in (shipment.accepted_at, shipment.shipped_at) if moment is not None]
    return Setting(min(moments, default=None), incident.noticed_at, now)
