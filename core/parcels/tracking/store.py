"""Scans into the database, each once whoever tells it (inner: the doors are `core.recovery.scans` and the importers)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.permissions import Actor
from core.models import Tag
from core.models.incident import IncidentType
from core.models.tracking import ScanState
from core.parcels.tracking.scan import Scan
from core.parcels.tracking.told import Change, retell

AT_ONCE = 5_000

OFFERS: dict[ScanState, IncidentType] = {
    ScanState.LOST: IncidentType.LOST,
    ScanState.DESTROYED: IncidentType.LOST,
    ScanState.DAMAGED: IncidentType.DAMAGED,
}
"""What a scan can say that is an incident."""

_ADD = text(
    """
    with given as (
        select g.*, decode(hex, 'hex') as key from json_to_recordset(cast(:rows as json)) as g(
            shipment_id bigint, hex text, at timestamptz, offset_minutes smallint, state text, source text, code text,
            place text, said text)
    ), before as (
        select g.shipment_id, g.key, e.import_id
        from given g join tracking_event e on e.shipment_id = g.shipment_id and e.key = g.key
    ), made as (
        insert into tracking_event
            (shipment_id, key, at, offset_minutes, state, source, code, place, text, import_id, added_at, added_by)
        select shipment_id, key, at, offset_minutes, state, source, code, place, said, :run, :now, :person
        from given order by shipment_id, at
        on conflict do nothing
        returning shipment_id, key
    ), again as (
        insert into tracking_again (import_id, later_id)
        select distinct b.import_id, cast(:run as integer) from before b
        where cast(:run as integer) is not null and b.import_id is not null and b.import_id <> :run
        on conflict do nothing
    ), ours as (
        -- What a person tells by hand stays when the file goes that told it too.
        update tracking_event e set import_id = null from before b
        where cast(:run as integer) is null and b.import_id is not null and e.shipment_id = b.shipment_id and e.key = b.key
    )
    select shipment_id, encode(key, 'hex') as hex from made
    """
)


@dataclass(frozen=True)
class Added:
    """What came of adding scans: the new ones by parcel, how many were known already, which parcels changed by them.

    `offers` counts incidents offered, `withdrawn` are the offers of a loss (ids) that an arrival took back.
    """

    new: dict[int, list[Scan]]
    known: int
    changes: list[Change]
    offers: int
    withdrawn: list[int]

    @property
    def count(self) -> int:
        """How many scans are new."""
        return sum(len(scans) for scans in self.new.values())


def add(
    session: Session,
    scans: Iterable[tuple[int, Scan]],
    *,
    actor: Actor,
    import_id: int | None = None,
    now: datetime,
) -> Added:
    """Store scans of parcels, let the parcels' own dates follow, and offer what they say was lost or damaged as incidents.

    The same scan again changes nothing. Every open or closed case of a parcel has it in its history.
    """
    once = {(shipment, scan.key): scan for shipment, scan in scans}
    new = _insert(session, once, actor=actor, import_id=import_id, now=now)
    if not new:
        return Added({}, len(once), [], 0, [])
    changes = retell(session, new, now=now)
    offers = _offer(session, new, import_id, now)
    withdrawn = _take_back_offers(session, [one.shipment_id for one in changes if one.after.get("delivered_at")])
    _record(session, new, changes, actor=actor, single=import_id is None, now=now)
    return Added(new, len(once) - sum(map(len, new.values())), changes, offers, withdrawn)


def _insert(
    session: Session,
    once: dict[tuple[int, bytes], Scan],
    *,
    actor: Actor,
    import_id: int | None,
    now: datetime,
) -> dict[int, list[Scan]]:
    session.flush()
    new: dict[int, list[Scan]] = {}
    # In the order of the table's key, so that two doors at once cannot wait for each other.
    left = iter(sorted(once))
    while part := list(islice(left, AT_ONCE)):
        rows = orjson.dumps([_row(shipment, key, once[shipment, key]) for shipment, key in part]).decode()
        made = session.execute(_ADD, {"rows": rows, "run": import_id, "now": now, "person": actor.person_id})
        for shipment, hexed in made:
            new.setdefault(shipment, []).append(once[shipment, bytes.fromhex(hexed)])
    return new


def _row(shipment: int, key: bytes, scan: Scan) -> dict[str, Any]:
    return {
        "shipment_id": shipment,
        "hex": key.hex(),
        "at": scan.at,
        "offset_minutes": scan.offset,
        "state": scan.state,
        "source": scan.source,
        "code": scan.code,
        "place": scan.place,
        "said": scan.text,
    }


def stored_keys(session: Session, wanted: Collection[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
    """Which of these scans are stored already."""
    query = text(
        "select e.shipment_id, e.key from unnest(cast(:ids as bigint[]), cast(:keys as bytea[])) as w(id, key)"
        " join tracking_event e on e.shipment_id = w.id and e.key = w.key"
    )
    found: set[tuple[int, bytes]] = set()
    left = iter(wanted)
    while part := list(islice(left, 50_000)):
        rows = session.execute(query, {"ids": [one for one, _key in part], "keys": [key for _one, key in part]})
        found |= {(row.shipment_id, bytes(row.key)) for row in rows}
    return found


# --- what follows -------------------------------------------------------------------------------------------------------

_OFFER = text(
    """
    insert into incident_offer (shipment_id, type, reason, import_id, created_at, state)
    select o.shipment_id, o.type, o.reason, :run, :now, 'open'
    from json_to_recordset(cast(:rows as json)) as o(shipment_id bigint, type text, reason text)
    where not exists (select 1 from incident i where i.shipment_id = o.shipment_id and i.type = o.type)
    on conflict do nothing
    """
)


def _offer(session: Session, new: dict[int, list[Scan]], import_id: int | None, now: datetime) -> int:
    """Offer an incident for each parcel that a new scan calls lost or damaged, unless it came to its end after that."""
    found = {}
    for shipment, scans in new.items():
        for scan in sorted(scans, key=lambda one: one.at):
            if (kind := OFFERS.get(scan.state)) is not None:
                found[shipment, kind] = scan
    if not found:
        return 0
    arrived = set(
        session.execute(
            text("select id from shipment where id = any(:ids) and delivered_at is not null"),
            {"ids": [shipment for shipment, _kind in found]},
        ).scalars()
    )
    rows = [
        {"shipment_id": shipment, "type": kind, "reason": scan.text or scan.code or scan.state.value}
        for (shipment, kind), scan in found.items()
        if not (kind is IncidentType.LOST and shipment in arrived)
    ]
    made = session.execute(_OFFER, {"rows": orjson.dumps(rows).decode(), "run": import_id, "now": now})
    return int(made.rowcount)  # type: ignore[attr-defined]


def _take_back_offers(session: Session, arrived: Sequence[int]) -> list[int]:
    """A parcel that arrived is not offered as lost any more; the offers taken back."""
    if not arrived:
        return []
    query = text(
        "update incident_offer set state = 'dismissed' where state = 'open' and type = 'lost'"
        " and shipment_id = any(:ids) returning id"
    )
    return list(session.execute(query, {"ids": list(arrived)}).scalars())


_CASES = text("select id, shipment_id from incident where shipment_id = any(:ids) order by id for update")


def _record(
    session: Session,
    new: dict[int, list[Scan]],
    changes: list[Change],
    *,
    actor: Actor,
    single: bool,
    now: datetime,
) -> None:
    """The trace: a row in the history of every case; for a parcel without one a row of its own, where a person told it.

    A file's own row in the trail stands for all its other parcels.
    """
    by_parcel = {one.shipment_id: one for one in changes}
    cases: dict[int, list[int | None]] = {}
    for row in session.execute(_CASES, {"ids": sorted(new)}):
        cases.setdefault(row.shipment_id, []).append(row.id)
    entries = []
    for shipment, scans in sorted(new.items()):
        change = by_parcel.get(shipment)
        newest = max(scans, key=lambda one: one.at)
        after = {
            "scans": len(scans),
            "state": newest.state,
            "at": newest.at,
            "place": newest.place,
            "source": newest.source,
            **(change.after if change else {}),
        }
        for case in cases.get(shipment) or ([None] if single else []):
            entries.append(
                audit.Entry(
                    Tag.TRACKING_ADDED,
                    actor,
                    now,
                    ("shipment", shipment),
                    case,
                    change.before if change else None,
                    after,
                )
            )
    if entries:
        audit.record_many(session, entries)


__all__ = ["Added", "add", "stored_keys"]
