"""The scans of a parcel, for screens and for the frozen state of a case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import ImportRun, Person, TrackingEvent
from core.models.tracking import ScanSource, ScanState

MOST = 300


@dataclass(frozen=True)
class ScanRow:
    """One scan of a parcel as it is shown. `at` in UTC, `offset` the distance to UTC in minutes where the source told it.

    `code` is the source's own status. `file` is the import it came with, `by` who pasted it; both None where neither is known.
    """

    at: datetime
    offset: int | None
    state: ScanState
    source: ScanSource
    code: str | None
    place: str
    text: str
    added_at: datetime
    by: str | None
    file: str | None


@cache
def _newest() -> Any:
    """Built once, so that only its values travel: the case screen is drawn on every click."""
    event = TrackingEvent
    # Of one second the one further on in the alphabet of its key: any order will do, as long as it stays.
    order = (event.at.desc(), event.key.desc())
    place = func.row_number().over(partition_by=event.shipment_id, order_by=order).label("place")
    ranked = (
        select(
            event.shipment_id,
            event.at,
            event.offset_minutes,
            event.state,
            event.source,
            event.code,
            event.place.label("where"),
            event.text,
            event.added_at,
            Person.name,
            ImportRun.file_name,
            place,
        )
        .outerjoin(Person, Person.id == event.added_by)
        .outerjoin(ImportRun, ImportRun.id == event.import_id)
        .where(event.shipment_id == func.any(bindparam("ids", type_=ARRAY(BigInteger))))
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= bindparam("each")).order_by(ranked.c.shipment_id, ranked.c.place)


@read(Permission.TRACKING_READ)
def scans_of(session: Session, shipment_id: int, *, actor: Actor, limit: int = MOST) -> list[ScanRow]:
    """The scans of a parcel, the newest first, at most `limit`."""
    return newest(session, [shipment_id], limit).get(shipment_id, [])


def newest(session: Session, shipments: Collection[int], each: int) -> dict[int, list[ScanRow]]:
    """The newest scans of several parcels, at most so many of each (inner)."""
    found: dict[int, list[ScanRow]] = {}
    for shipment, *values, _place in session.execute(_newest(), {"ids": list(shipments), "each": each}):
        found.setdefault(shipment, []).append(ScanRow(*values))
    return found


__all__ = ["ScanRow", "newest", "scans_of"]
