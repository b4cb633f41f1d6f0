"""Which stored parcels a tracking number means (inner).

Two orders may travel in one parcel: both are meant. Carriers use numbers again after years: only the newest parcels that were ordered
before the scan are meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.parcels.shipments import folded

TOGETHER = timedelta(days=45)
"""Parcels of one number ordered within so many days of each other travel together."""
BEFORE = timedelta(days=2)
"""A scan may stand so long before the order: files give the day of an order in the market's time."""

_FIND = text(
    """
    select distinct n.number, s.id, z.zone, least(s.ordered_at, s.paid_at, s.accepted_at, s.shipped_at) as since, s.shop_id
    from unnest(:numbers) as n(number)
    cross join lateral (
        select * from shipment where tracking_number = n.number
        union all select * from shipment where first_mile_number = n.number
        union all select * from shipment where last_mile_number = n.number
        union all select * from shipment where :orders and order_number = n.number
    ) s
    join shop z on z.id = s.shop_id
    """
).bindparams(bindparam("numbers", type_=ARRAY(Text)))


@dataclass(frozen=True, slots=True)
class Known:
    """A stored parcel: its id, its shop's zone (IANA name), and since when it is underway, where that is known."""

    id: int
    zone: str
    since: datetime | None


def spellings(number: str) -> list[str]:
    """How a number may be stored: as written, in capitals, and folded."""
    typed = number.strip()
    return list(dict.fromkeys(one for one in (typed, typed.upper(), folded(number)) if one))


def known_parcels(
    session: Session, numbers: Collection[str], *, orders: bool = False, shop_id: int | None = None
) -> dict[str, list[Known]]:
    """The parcels of many numbers in one statement: number as given → its parcels. `orders`: order numbers count too."""
    spelt = {number: spellings(number) for number in numbers}
    wanted = sorted({one for several in spelt.values() for one in several})
    if not wanted:
        return {}
    found: dict[str, dict[int, Known]] = {}
    for row in session.execute(_FIND, {"numbers": wanted, "orders": orders}):
        if shop_id is None or row.shop_id == shop_id:
            found.setdefault(row.number, {})[row.id] = Known(row.id, row.zone, row.since)
    return {
        number: list({one.id: one for way in several for one in found.get(way, {}).values()}.values())
        for number, several in spelt.items()
        if any(way in found for way in several)
    }


def meant(parcels: Iterable[Known], at: datetime) -> list[Known]:
    """Those of a number's parcels that a scan at that moment can be of."""
    before = [one for one in parcels if one.since is None or one.since <= at + BEFORE]
    newest = max((one.since for one in before if one.since is not None), default=None)
    if newest is None:
        return before
    return [one for one in before if one.since is None or newest - one.since <= TOGETHER]


__all__ = ["Known", "known_parcels", "meant", "spellings"]
