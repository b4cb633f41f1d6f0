"""What a file says of one parcel, and when it says more than is known already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus

S = ShipmentStatus

PROGRESS: dict[ShipmentStatus, int] = {
    S.UNKNOWN: 0,
    S.ORDERED: 1,
    S.SHIPPED: 2,
    S.DELIVERED: 3,
    S.RETURNING: 3,
    S.COMPLETED: 4,
    S.CANCELLED: 4,
    S.FAILED: 4,
    S.LOST: 4,
    S.RETURNED: 5,
}
"""How far along a status is. A parcel never goes back, so a file that says less far is the older one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Knowledge = tuple[int, bool, datetime, datetime]
"""How much is known, comparable: progress, whether a return is said, the parcel's own latest moment, the file's latest moment."""


def knowledge(
    status: ShipmentStatus, returns: str | None, moments: tuple[datetime | None, ...], source_at: datetime | None
) -> Knowledge:
    """How much is known of a parcel.

    Files carry no date of their own: two exports of one period have the same name. So the newer one is told by what it says: a parcel
    further along, then one whose return has begun, then the later of its own moments, then the latest moment anywhere in the file.
    """
    return PROGRESS[status], bool(returns), max((one for one in moments if one), default=_EPOCH), source_at or _EPOCH


@dataclass(slots=True)
class Line:
    """An item line; prices in the shop's currency. `row` is its row in the file."""

    sku: str | None
    name: str
    variation: str | None
    quantity: int
    unit_price: Decimal
    subtotal: Decimal
    row: int


@dataclass(slots=True)
class Parcel:
    """One parcel of one order, read and understood. Moments in UTC, amounts in the shop's currency.

    `value` is the sum of its lines, because the totals of a lost parcel are 0. `rows` are the file's row numbers it came from.
    """

    order_number: str
    parcel_number: str
    tracking_number: str | None
    carrier_id: int | None
    service: str | None
    carrier_text: str | None
    status: ShipmentStatus
    status_text: str
    return_status_text: str | None
    cancel_reason: str | None
    ordered_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    completed_at: datetime | None
    status_changed_at: datetime | None
    return_due_at: datetime | None
    value: Decimal
    freight: Decimal | None
    weight_kg: Decimal | None
    buyer_username: str | None
    offers: IncidentType | None
    lines: list[Line] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    @property
    def moments(self) -> tuple[datetime | None, ...]:
        """What happened to it so far; never a day something is due."""
        return self.ordered_at, self.paid_at, self.shipped_at, self.delivered_at, self.completed_at

    def digest(self) -> bytes:
        """A hash of everything said here but where it was read: equal hashes change nothing."""
        said = [
            self.order_number,
            self.parcel_number,
            self.tracking_number,
            self.carrier_id,
            self.service,
            self.carrier_text,
            self.status.value,
            self.status_text,
            self.return_status_text,
            self.cancel_reason,
            self.ordered_at,
            self.paid_at,
            self.shipped_at,
            self.delivered_at,
            self.completed_at,
            self.status_changed_at,
            self.return_due_at,
            str(self.freight),
            str(self.weight_kg),
            self.buyer_username,
            [
                (line.sku, line.name, line.variation, line.quantity, str(line.unit_price), str(line.subtotal))
                for line in self.lines
            ],
        ]
        return hashlib.blake2b(orjson.dumps(said), digest_size=16).digest()
