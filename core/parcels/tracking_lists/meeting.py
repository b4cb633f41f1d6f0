"""Which stored parcel a row means, what it adds to it, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.foundation.language import N_
from core.parcels.importers.values import Unreadable
from core.parcels.shipments import folded
from core.parcels.tracking_lists.facts import FACTS, NUMBERS, OURS, THEIRS, Listed

_FIND = text(
    f"""
    select id, shop_id, order_number, parcel_number, {", ".join(FACTS)} from shipment
    where (order_number = any(:orders) or tracking_number = any(:numbers) or first_mile_number = any(:numbers)
           or last_mile_number = any(:numbers)) and (cast(:shop as int) is null or shop_id = :shop)
    order by id
    """  # noqa: S608
).bindparams(bindparam("orders", type_=ARRAY(Text)), bindparam("numbers", type_=ARRAY(Text)))


class Stored:
    """The stored parcels that have one of the rows' numbers; with `shop_id` those of one shop."""

    def __init__(self, session: Session, told: Sequence[Listed], shop_id: int | None) -> None:
        numbers = {one.facts[name] for one in told for name in NUMBERS if name in one.facts}
        orders = {one.order for one in told if one.order} | numbers
        rows = session.execute(_FIND, {"orders": list(orders), "numbers": list(numbers), "shop": shop_id})
        self._by_number: dict[str, list[Any]] = {}
        for row in rows:
            for number in {row.order_number, row.tracking_number, row.first_mile_number, row.last_mile_number} - {None}:
                self._by_number.setdefault(number, []).append(row)

    def meet(self, one: Listed) -> Any | None:
        """The stored parcel a row means: by its order and package, then its tracking number, then as the order's only parcel.

        Raises `Unreadable` where it may mean several.
        """
        tracking = one.facts.get("tracking_number")
        of_order = self._by_number.get(one.order, ()) if one.order else ()
        mine = [row for row in of_order if one.shop_id in (None, row.shop_id)]
        named = [row for row in mine if one.parcel and row.parcel_number == one.parcel]
        tracked = [row for row in mine if tracking and row.tracking_number == tracking]
        if named or tracked:
            return (named or tracked)[0]
        if len(mine) == 1 and not (tracking and mine[0].tracking_number) and not (one.parcel and mine[0].parcel_number):
            return mine[0]
        if len(mine) == 1 and not one.parcel:
            return mine[0]  # another tracking number for the same parcel: said, and the platform's stands
        if one.order:
            if len(mine) > 1:
                raise Unreadable(
                    N_("The order {order} has several parcels, and none of them this tracking number."), order=one.order
                )
            return None
        for name in ("tracking_number", "last_mile_number", "first_mile_number"):
            met = {row.id: row for row in self._by_number.get(one.facts.get(name, ""), ())}
            if len(met) == 1:
                return next(iter(met.values()))
            if met:
                raise Unreadable(
                    N_("Several parcels have the number {number}. Add their order numbers."), number=one.facts[name]
                )
        return None


def added(one: Listed, met: Any) -> dict[str, Any]:
    """What the row adds to the stored parcel, by column."""
    more = {
        name: value
        for name, value in one.facts.items()
        if (known := getattr(met, name)) is None or (name in OURS and known != value)
    }
    if "shipped_at" in more:
        more["accepted_at"] = more["shipped_at"]
    return more


def differing(one: Listed, met: Any) -> list[str]:
    """The columns in which the row says another thing than the platform did."""
    told = [name for name in one.facts if name in THEIRS and getattr(met, name) is not None]
    return [name for name in told if not _same(name, getattr(met, name), one.facts[name])]


def _same(name: str, known: object, value: object) -> bool:
    if isinstance(known, datetime) and isinstance(value, datetime):
        # A list has days where the platform has minutes.
        return abs((known - value).total_seconds()) < 36 * 3600
    if name == "tracking_number":
        return folded(str(known)) == value
    return known == value
