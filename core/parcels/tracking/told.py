"""What the scans of a parcel make of its own facts: first and last scan, delivery, place, status; and taking it back (inner).

The facts are always those that were there before any scan, with everything all scans say laid over them. So it does not matter in
which order scans come, the same ones again change nothing, and when an import is deleted the facts are what they would be without it.

- First scan: the earliest with the parcel in the carrier's hands; last scan: the latest sign of life. Both only reach further.
- Delivered: the first delivery, unless a return had begun before it: that one went back to the sender. A date that a file or a
  person gave stays.
- Status: only forward. What a platform calls completed, cancelled or returned is its last word; lost gives way to an arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.models.shipment import Shipment, ShipmentStatus
from core.models.tracking import ScanState
from core.parcels.tracking.vocabulary import vocabulary

S = ShipmentStatus
AT_ONCE = 20_000

STATUS: dict[ScanState, ShipmentStatus] = {
    ScanState.DELIVERED: S.DELIVERED,
    ScanState.RETURNING: S.RETURNING,
    ScanState.RETURNED: S.RETURNED,
    ScanState.LOST: S.LOST,
    ScanState.DESTROYED: S.LOST,
}
"""Scans that say where a parcel ends up."""

_OPEN = frozenset({S.UNKNOWN, S.ORDERED, S.SHIPPED, S.FAILED})
"""Statuses that any end told by a scan replaces."""
_GIVES_WAY = {S.LOST: (S.DELIVERED, S.RETURNED), S.RETURNING: (S.RETURNED,)}
"""Statuses that only these replace."""

FIELDS: dict[str, str] = {
    "first_scan_at": "first_scan",
    "last_scan_at": "last_scan",
    "delivered_at": "delivered",
    "last_place": "place",
    "status": "status",
}
"""Facts of a shipment that scans tell → their name in `tracking_told`."""


@dataclass(frozen=True, slots=True)
class Change:
    """The facts of a parcel that scans changed, and what they were."""

    shipment_id: int
    before: dict[str, Any]
    after: dict[str, Any]


_SAID = text(
    """
    with e as (
        select shipment_id, at, state, place from tracking_event where shipment_id = any(:ids)
    ), sums as (
        select shipment_id,
            min(at) filter (where state = any(:handled)) as first_scan,
            max(at) filter (where state = any(:heard)) as last_scan,
            min(at) filter (where state in ('returning', 'returned')) as back
        from e group by shipment_id
    ), ends as (
        select distinct on (e.shipment_id) e.shipment_id, e.state
        from e join sums using (shipment_id)
        where e.state in ('delivered', 'returning', 'returned', 'lost', 'destroyed')
            and (e.state <> 'delivered' or sums.back is null or e.at < sums.back)
        order by e.shipment_id, e.at desc, e.state
    ), arrivals as (
        select e.shipment_id, min(e.at) as delivered
        from e join sums using (shipment_id)
        where e.state = 'delivered' and (sums.back is null or e.at < sums.back) group by e.shipment_id
    ), places as (
        select distinct on (shipment_id) shipment_id, place
        from e where place <> '' and state = any(:heard) order by shipment_id, at desc
    )
    select s.id, s.first_scan_at, s.last_scan_at, s.delivered_at, s.last_place, s.status, t.shipment_id is not null as was_told,
        t.first_scan_before, t.first_scan_told, t.last_scan_before, t.last_scan_told, t.delivered_before, t.delivered_told,
        t.place_before, t.place_told, t.status_before, t.status_told,
        sums.shipment_id is not null as has_scans, sums.first_scan, sums.last_scan, ends.state as ends, places.place,
        arrivals.delivered
    from shipment s
    left join tracking_told t on t.shipment_id = s.id
    left join sums on sums.shipment_id = s.id
    left join arrivals on arrivals.shipment_id = s.id
    left join ends on ends.shipment_id = s.id
    left join places on places.shipment_id = s.id
    where s.id = any(:ids)
    """
)

_WRITE = text(
    """
    with w as (
        select * from json_to_recordset(cast(:rows as json)) as w(
            id bigint, first_scan_at timestamptz, last_scan_at timestamptz, delivered_at timestamptz, last_place text, status text)
    )
    update shipment s set first_scan_at = w.first_scan_at, last_scan_at = w.last_scan_at, delivered_at = w.delivered_at,
        last_place = w.last_place, status = w.status, updated_at = :now, version = s.version + 1
    from w where s.id = w.id
    """
)
_TELL = text(
    """
    insert into tracking_told (shipment_id, status_before, status_told, first_scan_before, first_scan_told, last_scan_before,
        last_scan_told, delivered_before, delivered_told, place_before, place_told)
    select * from json_to_recordset(cast(:rows as json)) as t(
        shipment_id bigint, status_before text, status_told text, first_scan_before timestamptz, first_scan_told timestamptz,
        last_scan_before timestamptz, last_scan_told timestamptz, delivered_before timestamptz, delivered_told timestamptz,
        place_before text, place_told text)
    on conflict (shipment_id) do update set
        status_before = excluded.status_before, status_told = excluded.status_told,
        first_scan_before = excluded.first_scan_before, first_scan_told = excluded.first_scan_told,
        last_scan_before = excluded.last_scan_before, last_scan_told = excluded.last_scan_told,
        delivered_before = excluded.delivered_before, delivered_told = excluded.delivered_told,
        place_before = excluded.place_before, place_told = excluded.place_told
    """
)


_LIFT = text(
    """
    update shipment s set
        first_scan_at = case when s.first_scan_at is not distinct from t.first_scan_told then t.first_scan_before else s.first_scan_at end,
        last_scan_at = case when s.last_scan_at is not distinct from t.last_scan_told then t.last_scan_before else s.last_scan_at end,
        delivered_at = case when s.delivered_at is not distinct from t.delivered_told then t.delivered_before else s.delivered_at end,
        last_place = case when s.last_place is not distinct from t.place_told then t.place_before else s.last_place end,
        status = case when s.status is not distinct from t.status_told then t.status_before else s.status end
    from tracking_told t where t.shipment_id = s.id and s.id = any(:ids)
    """
)


def retell(session: Session, shipments: Iterable[int], *, now: datetime) -> list[Change]:
    """Bring these parcels' own facts in line with all their scans; the ones that changed. Locks the parcels it reads."""
    found: list[Change] = []
    left = iter(sorted(set(shipments)))
    while part := list(islice(left, AT_ONCE)):
        found += _retell(session, part, now)
    return found


def _retell(session: Session, ids: list[int], now: datetime) -> list[Change]:
    session.flush()
    session.execute(text("select 1 from shipment where id = any(:ids) order by id for update"), {"ids": ids})
    known = vocabulary()
    values = {
        "ids": ids,
        "handled": [state.value for state in known.handled],
        "heard": [state.value for state in known.heard],
    }
    changes, told, gone = [], [], []
    for row in session.execute(_SAID, values):
        before = {name: getattr(row, name) for name in FIELDS}
        base = _base(row, before)
        after = _laid_over(base, row) if row.has_scans else base
        if row.has_scans:
            told.append(_told(row.id, base, after))
        elif row.was_told:
            gone.append(row.id)
        differing = [name for name in FIELDS if before[name] != after[name]]
        if differing:
            changes.append(
                (
                    after,
                    Change(
                        row.id, {name: before[name] for name in differing}, {name: after[name] for name in differing}
                    ),
                )
            )
    if changes:
        rows = [{"id": change.shipment_id, **after} for after, change in changes]
        session.execute(_WRITE, {"rows": orjson.dumps(rows).decode(), "now": now})
        _forget(session, {change.shipment_id for _after, change in changes})
    if told:
        session.execute(_TELL, {"rows": orjson.dumps(told).decode()})
    if gone:
        session.execute(text("delete from tracking_told where shipment_id = any(:ids)"), {"ids": gone})
    return [change for _after, change in changes]


def _forget(session: Session, ids: Collection[int]) -> None:
    """Let records of these parcels that the session holds be read anew."""
    for one in list(session.identity_map.values()):
        if isinstance(one, Shipment) and one.id in ids:
            session.expire(one)


def _base(row: Any, current: dict[str, Any]) -> dict[str, Any]:
    """What the facts are without any scan: what they were before the first one, unless a file or a person changed them since."""
    if not row.was_told:
        return dict(current)
    return {
        name: getattr(row, f"{short}_before") if current[name] == getattr(row, f"{short}_told") else current[name]
        for name, short in FIELDS.items()
    }


def _laid_over(base: dict[str, Any], row: Any) -> dict[str, Any]:
    end = ScanState(row.ends) if row.ends else None
    delivered = base["delivered_at"] or row.delivered
    return {
        "first_scan_at": min((one for one in (base["first_scan_at"], row.first_scan) if one), default=None),
        "last_scan_at": max((one for one in (base["last_scan_at"], row.last_scan) if one), default=None),
        "delivered_at": delivered,
        "last_place": row.place or base["last_place"],
        "status": forward(ShipmentStatus(base["status"]), end, moves=row.first_scan is not None).value,
    }


def forward(status: ShipmentStatus, end: ScanState | None, *, moves: bool) -> ShipmentStatus:
    """The status a parcel has with its scans: `end` is the newest scan that tells one, `moves` whether any had it in hand."""
    told = STATUS.get(end) if end is not None else None
    if told is not None and (status in _OPEN or told in _GIVES_WAY.get(status, ())):
        return told
    return S.SHIPPED if moves and status in (S.ORDERED, S.UNKNOWN) else status


def _told(shipment_id: int, base: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"shipment_id": shipment_id}
    for name, short in FIELDS.items():
        row[f"{short}_before"], row[f"{short}_told"] = base[name], after[name]
    return row


def lift(session: Session, shipments: Collection[int]) -> list[int]:
    """Take what scans say off these parcels, before a file writes them or is taken away; which had any.

    What the file writes then is its own word, whatever the scans had said. Call `retell` with the result afterwards.
    """
    if not shipments:
        return []
    session.flush()
    ids = {"ids": sorted(shipments)}
    session.execute(_LIFT, ids)
    gone = text("delete from tracking_told where shipment_id = any(:ids) returning shipment_id")
    return list(session.execute(gone, ids).scalars())


__all__ = ["Change", "forward", "lift", "retell"]
