"""Which parcel a request is about (inner): the order's only one, else the one the file's tracking number or item names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Shipment, ShipmentLine
from core.recovery.disputes.sets import among


@dataclass(frozen=True)
class Wanted:
    """What a request says of its parcel."""

    order_number: str
    tracking_number: str = ""
    skus: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Parcel:
    id: int
    tracking_number: str | None


def parcels_of(session: Session, shop_id: int, wanted: Sequence[Wanted]) -> list[int | None]:
    """For each of `wanted` its shipment's id; None where the order is not stored yet. Two statements at most."""
    orders = {one.order_number for one in wanted if one.order_number}
    if not orders:
        return [None] * len(wanted)
    found: dict[str, list[_Parcel]] = {}
    query = select(Shipment.order_number, Shipment.id, Shipment.tracking_number).where(
        Shipment.shop_id == shop_id, among(Shipment.order_number, orders)
    )
    for order, shipment_id, tracking in session.execute(query.order_by(Shipment.id)):
        found.setdefault(order, []).append(_Parcel(shipment_id, tracking))
    several = [one.id for group in found.values() if len(group) > 1 for one in group]
    skus = _skus(session, several)
    return [_choose(found.get(one.order_number, ()), one, skus) for one in wanted]


def _skus(session: Session, ids: Iterable[int]) -> dict[int, set[str]]:
    if not (chosen := list(ids)):
        return {}
    held: dict[int, set[str]] = {}
    query = select(ShipmentLine.shipment_id, ShipmentLine.sku).where(among(ShipmentLine.shipment_id, chosen))
    for shipment_id, sku in session.execute(query):
        if sku:
            held.setdefault(shipment_id, set()).add(sku)
    return held


def _choose(group: Sequence[_Parcel], wanted: Wanted, skus: dict[int, set[str]]) -> int | None:
    if not group:
        return None
    named = [one for one in group if wanted.tracking_number and one.tracking_number == wanted.tracking_number]
    holding = [one for one in group if wanted.skus & skus.get(one.id, set())]
    return (named or holding or list(group))[0].id
