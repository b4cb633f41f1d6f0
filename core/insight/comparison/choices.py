"""What the filters of the comparison offer: the products and the origins there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Shipment, ShipmentLine

MOST = 300
"""Products and origins offered: beyond them a person types what is meant."""


@dataclass(frozen=True)
class Choices:
    """Products as (number, name), those in the most parcels first; origins by their name."""

    products: tuple[tuple[str, str], ...]
    origins: tuple[str, ...]


@read(Permission.CARRIER_READ)
def comparison_choices(session: Session, *, actor: Actor) -> Choices:
    """The products and origins of all parcels, at most `MOST` of each."""
    products = session.execute(
        select(ShipmentLine.sku, func.min(ShipmentLine.name))
        .where(ShipmentLine.sku.is_not(None), ShipmentLine.sku != "")
        .group_by(ShipmentLine.sku)
        .order_by(func.count().desc(), ShipmentLine.sku)
        .limit(MOST)
    )
    origins = session.scalars(
        select(Shipment.origin)
        .where(Shipment.origin.is_not(None))
        .group_by(Shipment.origin)
        .order_by(Shipment.origin)
        .limit(MOST)
    )
    return Choices(tuple((number, name) for number, name in products if number), tuple(one for one in origins if one))
