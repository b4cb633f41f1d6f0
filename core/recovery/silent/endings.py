"""How a suspicion ends: somebody took the parcel in, or it moved, arrived or came back after all. A case made of it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Text, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.audit import Entry
from core.foundation.columns import UtcDateTime
from core.foundation.gate import read, verb
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Shipment, Suspicion, Tag
from core.models.incident import IncidentState
from core.models.shipment import ARRIVED
from core.models.watch import SuspicionState
from core.recovery.silent.parcel import HEARD

_TAKEN = text(
    """
    update suspicion q set state = 'taken', incident_id = found.id
    from (
      select w.shipment_id, i.id from suspicion w
      cross join lateral (
        select id from incident where shipment_id = w.shipment_id order by type <> 'lost', id limit 1
      ) i
      where w.state = 'standing'
    ) found
    where q.shipment_id = found.shipment_id and q.state = 'standing'
    """
)
# A parcel with a case that moved may still arrive; one that arrived is done with. Order reports of some markets say that it was
# delivered, and no day: then it is the day of the telling, never one before the silence.
_CHANGED = text(
    f"""
    select * from (
      select q.shipment_id, q.incident_id, q.state as seen, q.since, s.last_place,
        case
          when s.delivered_at is not null or s.status in ('delivered', 'completed') then 'arrived'
          when s.status in ('returning', 'returned', 'failed', 'cancelled') then 'returned'
          when s.status = 'lost' then case when q.state = 'standing' then 'confirmed' end
          when {HEARD} > q.since and q.state in ('standing', 'taken') then 'moved'
        end as state,
        case when s.delivered_at is not null or s.status in ('delivered', 'completed')
          then coalesce(s.delivered_at, s.completed_at, case when {HEARD} > q.since then {HEARD} end, :now)
          else {HEARD} end as ended_at
      from suspicion q join shipment s on s.id = q.shipment_id
      where q.state in ('standing', 'taken', 'moved', 'returned') and (q.incident_id is not null or q.state = 'standing')
        and (cast(:shipments as bigint[]) is null or q.shipment_id = any (cast(:shipments as bigint[])))
    ) found where state is not null and state <> seen
    order by incident_id, shipment_id
    """  # noqa: S608 -- the piece is this package's own word
).bindparams(bindparam("now", type_=UtcDateTime()))
_END = text(
    """
    update suspicion q set state = told.state, ended_at = told.at
    from unnest(:ids, :seen, :states, :moments) as told(id, seen, state, at)
    where q.shipment_id = told.id and q.state = told.seen
    returning q.shipment_id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("seen", type_=ARRAY(Text)),
    bindparam("states", type_=ARRAY(Text)),
    bindparam("moments", type_=ARRAY(UtcDateTime)),
)


@verb(Permission.CLOCK_SWEEP)
def withdraw(session: Session, *, actor: Actor, now: datetime) -> int:
    """End every suspicion whose parcel was heard of again, and say so in its case; how many ended."""
    return withdrawn(session, None, actor=actor, now=now)


def withdrawn(session: Session, shipment_ids: Sequence[int] | None, *, actor: Actor, now: datetime) -> int:
    """As `withdraw`, of these parcels, None of all (inner: rights were asked where a file or scans came in)."""
    session.flush()
    session.execute(_TAKEN)
    shipments = None if shipment_ids is None else list(shipment_ids)
    rows = session.execute(_CHANGED, {"shipments": shipments, "now": now}).all()
    if not rows:
        return 0
    cases = sorted({row.incident_id for row in rows if row.incident_id is not None})
    # The cases first, in the order of their ids, as everybody does who writes in them.
    session.execute(select(Incident.id).where(Incident.id.in_(cases)).order_by(Incident.id).with_for_update())
    ended = set(
        session.scalars(
            _END,
            {
                "ids": [row.shipment_id for row in rows],
                "seen": [row.seen for row in rows],
                "states": [row.state for row in rows],
                "moments": [row.ended_at for row in rows],
            },
        )
    )
    mine = [row for row in rows if row.shipment_id in ended]
    audit.write_many(
        session,
        [
            Entry(
                Tag.SUSPICION_WITHDRAWN,
                actor,
                now,
                ("incident", row.incident_id),
                row.incident_id,
                {"state": row.seen},
                {"state": row.state, "at": row.ended_at, "since": row.since, "place": row.last_place or ""},
            )
            for row in mine
            if row.incident_id is not None
        ],
    )
    return len(mine)


@dataclass(frozen=True)
class Arrival:
    """A case made of a silent parcel that arrived after all at `at`, and is still open."""

    reference: str
    number: str
    at: datetime


@read(Permission.INCIDENT_READ)
def arrivals(session: Session, *, actor: Actor, most: int = 25) -> list[Arrival]:
    """Open cases whose parcel was suspected and arrived after all, the latest first."""
    query = (
        select(Incident.reference, Shipment.tracking_number, Shipment.order_number, Suspicion.ended_at)
        .join(Suspicion, Suspicion.incident_id == Incident.id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(
            Suspicion.state == SuspicionState.ARRIVED,
            Incident.state != IncidentState.CLOSED,
            # An import that was taken away took its word with it.
            or_(Shipment.delivered_at.is_not(None), Shipment.status.in_(ARRIVED)),
        )
        .order_by(Suspicion.ended_at.desc(), Incident.id)
        .limit(most)
    )
    return [Arrival(row[0], row[1] or row[2], row[3]) for row in session.execute(query) if row[3] is not None]
