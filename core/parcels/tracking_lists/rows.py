"""A row's cells → the facts it tells of a parcel."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.language import N_
from core.models import Shop
from core.parcels.carrier_names import carrier_names
from core.parcels.importers.kinds import Cells, Into, Rows
from core.parcels.importers.values import Dates, Unreadable, plain_text, text_of, weight_kg
from core.parcels.shipments import LONGEST_NUMBER, folded
from core.parcels.tracking_lists.facts import FIELDS, NUMBERS, Listed

LONGEST_PLACE = 200


class RowReader:
    """Reads the rows of one list. `shops` are all there are, by id; `strange` the carriers named that nobody knows."""

    def __init__(self, session: Session, rows: Rows, into: Into, now: datetime) -> None:
        self._rows, self._into, self._now = rows, into, now
        self._names = carrier_names(session)
        self.shops = {shop.id: shop for shop in session.scalars(select(Shop))}
        self.strange: set[str] = set()
        self._by_name = {shop.name.lower(): shop for shop in self.shops.values()}
        self._zones = {shop.id: ZoneInfo(shop.zone) for shop in self.shops.values()}
        self._dates: dict[str, Dates] = {}

    def read(self, at: int, cells: Cells) -> Listed:
        """What the row at `at` tells. Raises `Unreadable` with the sentence why it cannot be taken."""
        cell = dict(zip(FIELDS, cells, strict=True))
        order, parcel = plain_text(cell["order_number"]).upper(), plain_text(cell["parcel_number"])
        facts: dict[str, Any] = {name: folded(plain_text(cell[name])) or None for name in NUMBERS}
        numbers = [order, parcel, *(facts[name] or "" for name in NUMBERS)]
        if too_long := next((one for one in numbers if len(one) > LONGEST_NUMBER or not one.isprintable()), None):
            raise Unreadable(N_("“{text}” is too long to be a number of a parcel."), text=too_long[:80])
        if not any(numbers):
            raise Unreadable(N_("The row has neither an order number nor a tracking number."))
        shop = self._shop(text_of(cell["shop"]))
        zone = self._zones[shop.id] if shop is not None else ZoneInfo(self._into.zone)
        carrier = text_of(cell["carrier"])
        facts["carrier_id"], service = self._names.resolve(carrier)
        if carrier and not self._names.knows(carrier):
            self.strange.add(carrier.removeprefix("\x1f"))
        facts["service"] = plain_text(cell["service"]) or service
        for name in ("shipped_at", "delivered_at"):
            facts[name] = self._moment(text_of(cell[name]), zone)
        facts["weight_kg"] = weight_kg(written) if (written := text_of(cell["weight"])) else None
        for name in ("origin", "packed_by"):
            facts[name] = " ".join(plain_text(cell[name]).split())[:LONGEST_PLACE] or None
        return Listed(at, order, parcel, shop.id if shop else None, {k: v for k, v in facts.items() if v is not None})

    def _shop(self, name: str) -> Shop | None:
        if not name:
            return self._into.shop
        if (shop := self._by_name.get(name.lower())) is None:
            raise Unreadable(N_("There is no shop called “{text}”."), text=name.removeprefix("\x1f"))
        return shop

    def _moment(self, written: str, zone: ZoneInfo) -> datetime | None:
        if not written:
            return None
        dates = self._dates.get(zone.key)
        if dates is None:
            at = (FIELDS.index("shipped_at"), FIELDS.index("delivered_at"))
            cells = [cells[one] for cells in self._rows.cells for one in at]
            dates = self._dates[zone.key] = Dates(cells, self._into.market, zone)
        found = dates.moment(written)
        if found > self._now:
            raise Unreadable(N_("“{text}” lies in the future."), text=written.removeprefix("\x1f"))
        return found
