"""What a case's remedies add up with: its order, its buyer, its carrier's batch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.clock import local_day
from core.models import Incident, Shipment, Shop

MASKED = "*"
"""In a username: the platform hides it, and many buyers would look like one."""


@dataclass(frozen=True)
class Keys:
    """The three keys of a remedy, as its row keeps them."""

    order: str
    buyer: str
    batch: str


def keys_of(session: Session, incident: Incident) -> Keys:
    """The keys of a case, by what is known of its parcel now (inner).

    Where the buyer has no name, or a masked one, the order stands for the buyer. A parcel without a carrier or a day of
    handover is in one batch with the others like it.
    """
    parcel, zone = session.execute(
        select(Shipment, Shop.zone).join(Shop, Shop.id == Shipment.shop_id).where(Shipment.id == incident.shipment_id)
    ).one()
    order = f"{parcel.shop_id}:{parcel.order_number}"
    handed = parcel.accepted_at or parcel.shipped_at
    day = local_day(handed, zone).isoformat() if handed is not None else "?"
    batch = f"{parcel.carrier_id or '?'}:{parcel.market}:{day}"
    return Keys(order, _buyer(parcel.market, parcel.buyer_username) or _digest(order), batch)


def _buyer(market: str, username: str | None) -> str:
    """A name on the platform is the same buyer in every shop of a market."""
    name = (username or "").strip().casefold()
    return _digest(f"{market}\n{name}") if name and MASKED not in name else ""


def _digest(text: str) -> str:
    # The row outlives the buyer's name, which is removed after its time.
    return hashlib.sha256(text.encode()).hexdigest()[:32]
