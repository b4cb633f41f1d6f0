"""The parts a dimension divides into: where each stands in the database, its code in an address, its place in the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Text, cast, func

from core.insight.explore.bands import NO_RATE, Bands
from core.insight.explore.questions import CountedBy, Dimension
from core.insight.explore.standing import SERVICE
from core.models import Incident, Shipment
from core.models.incident import Cause, IncidentType, Stage, Tier

NONE = "none"
"""The code of nothing being there: no cause yet, no rate."""
EMPTY = "*"
"""The code of a text that is not there: no service, no product."""


@dataclass(frozen=True)
class Key:
    """One part of a dimension: its code, as it stands in addresses, and its name in the reader's language."""

    code: str
    name: str


def of_case(dimension: Dimension, day: CountedBy, bands: Bands, zone: str, lines: Any) -> ColumnElement[Any]:
    """Where a case stands (inner). Months and weeks by their first day in `zone`; `lines` are its parcel's products."""
    moment = Incident.registered_at if day is CountedBy.REGISTERED else Shipment.shipped_at
    found: dict[Dimension, Any] = {
        Dimension.MONTH: _start("month", moment, zone),
        Dimension.WEEK: _start("week", moment, zone),
        Dimension.SHOP: Incident.shop_id,
        Dimension.MARKET: Incident.market,
        Dimension.CARRIER: func.coalesce(Incident.carrier_id, 0),
        Dimension.SERVICE: SERVICE,
        Dimension.TYPE: Incident.type,
        Dimension.STAGE: Incident.stage,
        Dimension.CAUSE: func.coalesce(cast(Incident.cause, Text), NONE),
        Dimension.TIER: Incident.tier,
        Dimension.OWNER: func.coalesce(Incident.owner_id, 0),
        Dimension.PRODUCT: func.coalesce(lines.c.product, ""),
        Dimension.BAND: bands.place(),
    }
    return found[dimension]  # type: ignore[no-any-return]


def of_parcel(dimension: Dimension, bands: Bands, zone: str, lines: Any) -> ColumnElement[Any]:
    """Where a parcel stands; `dimension` is one that parcels have, `lines` are its products (inner)."""
    found: dict[Dimension, Any] = {
        Dimension.MONTH: _start("month", Shipment.shipped_at, zone),
        Dimension.WEEK: _start("week", Shipment.shipped_at, zone),
        Dimension.SHOP: Shipment.shop_id,
        Dimension.MARKET: Shipment.market,
        Dimension.CARRIER: func.coalesce(Shipment.carrier_id, 0),
        Dimension.SERVICE: SERVICE,
        Dimension.PRODUCT: func.coalesce(lines.c.product, ""),
        Dimension.BAND: bands.place(),
    }
    return found[dimension]  # type: ignore[no-any-return]


def _start(unit: str, moment: Any, zone: str) -> Any:
    return cast(func.date_trunc(unit, func.timezone(zone, moment)), Date)


def written(text: str) -> str:
    """A text as a code: what parts codes is escaped, and nothing is a star."""
    if not text:
        return EMPTY
    return text.replace("%", "%25").replace(",", "%2C").replace("*", "%2A")


def unwritten(code: str) -> str:
    """The text of such a code."""
    return "" if code == EMPTY else code.replace("%2A", "*").replace("%2C", ",").replace("%25", "%")


def place_code(place: int) -> str:
    """The code of a value band, by its place."""
    return NONE if place == NO_RATE else str(place)


def code_of(dimension: Dimension, value: Any) -> str:
    """The code of a part, from what the database gives."""
    match dimension:
        case Dimension.MONTH:
            return f"{value:%Y-%m}"
        case Dimension.WEEK:
            return str(value.isoformat())
        case Dimension.SERVICE | Dimension.PRODUCT:
            return written(value)
        case Dimension.BAND:
            return place_code(value)
        case _:
            return str(value)


def span_of(dimension: Dimension, code: str) -> tuple[date, date]:
    """The first and the last day of a month's or a week's code."""
    if dimension is Dimension.WEEK:
        first = date.fromisoformat(code)
        return first, first + timedelta(days=6)
    first = date.fromisoformat(f"{code}-01")
    return first, next_of(Dimension.MONTH, first) - timedelta(days=1)


def next_of(dimension: Dimension, first: date) -> date:
    """The first day of the month or week after one."""
    if dimension is Dimension.WEEK:
        return first + timedelta(days=7)
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


_FIXED: dict[Dimension, list[str]] = {
    Dimension.TYPE: [one.value for one in IncidentType],
    Dimension.STAGE: [one.value for one in Stage],
    Dimension.CAUSE: [*(one.value for one in Cause), NONE],
    Dimension.TIER: [one.value for one in Tier],
}


def place(dimension: Dimension, code: str) -> tuple[int, str]:
    """Where a part stands among the others when nothing else orders them."""
    order = _FIXED.get(dimension)
    if order is not None and code in order:
        return order.index(code), code
    # What is not there stands last.
    return (1 if code in (NONE, EMPTY) else 0), code
