"""Making cases of silent parcels: one click, one or several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from core.cases.incidents import ManyResult, NewIncident
from core.foundation.columns import UtcDateTime
from core.foundation.errors import NotFound
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Shipment
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery.intake import take_in_many
from core.recovery.silent.parcel import HEARD, bounds

# A parcel whose window closes soon is taken in before it has passed any line: it is watched for its arrival all the same.
_NOTE = text(
    f"""
    insert into suspicion as q (shipment_id, state, since, day, line_day, plain, raised_at, looked_at, incident_id)
    select s.id, 'taken', {HEARD}, floor(extract(epoch from :now - {HEARD}) / 86400)::int, :days, true, :now, :now, i.id
    from shipment s join incident i on i.shipment_id = s.id and i.reference = any (:references)
    where {HEARD} is not null order by s.id
    on conflict (shipment_id) do update set state = 'taken', incident_id = excluded.incident_id, since = excluded.since, ended_at = null
    """  # noqa: S608 -- the piece is this package's own word
).bindparams(bindparam("now", type_=UtcDateTime()))


@verb(Permission.INCIDENT_REGISTER)
def take_in_silent(session: Session, shipment_ids: Sequence[int], *, actor: Actor, now: datetime) -> ManyResult:
    """Register each of these parcels as lost, noticed by its silence; what is refused does not keep the others. A parcel that was
    never scanned was lost on the first mile; of the others nobody knows where yet. Raises `NotFound`.
    """
    parcels = {one.id: one for one in session.scalars(select(Shipment).where(Shipment.id.in_(shipment_ids)))}
    if set(shipment_ids) - set(parcels):
        raise NotFound(_("There is no such shipment."))
    rows = [_new(parcels[one]) for one in dict.fromkeys(shipment_ids)]
    done = take_in_many(session, rows, actor=actor, now=now)
    references = [reference for _number, reference in done.made]
    session.execute(_NOTE, {"now": now, "days": bounds().silent_for.days, "references": references})
    return done


def _new(shipment: Shipment) -> NewIncident:
    return NewIncident(
        shipment_id=shipment.id,
        number=shipment.tracking_number or shipment.order_number,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN if shipment.first_scan_at or shipment.last_scan_at else Stage.FIRST_MILE,
        noticed_by=NoticedBy.SILENCE,
    )
