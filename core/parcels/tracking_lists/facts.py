"""What a list may tell of a parcel, and whose word stands where the platform tells it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIELDS = (
    "order_number", "parcel_number", "tracking_number", "first_mile_number", "last_mile_number", "carrier", "service", "shipped_at",
    "delivered_at", "origin", "packed_by", "weight", "shop",
)  # fmt: skip

OURS = ("first_mile_number", "last_mile_number", "origin", "packed_by")
"""What only the team knows: the newest list's word stands."""
THEIRS = ("tracking_number", "carrier_id", "service", "shipped_at", "delivered_at", "weight_kg")
"""What the platform tells too: a list fills it where it is missing."""
FACTS = (*THEIRS, *OURS)
NUMBERS = ("tracking_number", "first_mile_number", "last_mile_number")


@dataclass(slots=True)
class Listed:
    """One row understood: its number in the file, which parcel it names, and its facts by column."""

    at: int
    order: str
    parcel: str
    shop_id: int | None
    facts: dict[str, Any]
