"""Shipments: one parcel of one order, and the items in it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerName
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base


class ShipmentStatus(StrEnum):
    """Where a parcel stands, in Recoup's words; the source's own word is kept beside it in `status_text`."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    UNKNOWN = "unknown"


ARRIVED = (ShipmentStatus.DELIVERED, ShipmentStatus.COMPLETED)
"""A parcel in these was delivered, whether or not anybody told the day."""


class Shipment(Base):
    """One parcel. Moments in UTC; `value` is the sum of its item lines in `currency`.

    `parcel_number` is the platform's package number where it gives one, else empty: together with shop and order it
    names the parcel. `redacted_at` says since when nothing of its buyer is kept, nor taken in again.
    `origin` is the warehouse or place it was shipped from, `packed_by` who packed it, `last_place` where
    its newest scan was made, each as the team or the source writes it. `source_at` says as of when the outside file knew
    this, so that an older file never overwrites a newer.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        # The order stands first: one index tells parcels apart and finds them by their order alone.
        Index("uq_shipment_parcel", "order_number", "shop_id", "parcel_number", unique=True),
        Index(None, "tracking_number", postgresql_where=text("tracking_number is not null")),
        Index(None, "first_mile_number", postgresql_where=text("first_mile_number is not null")),
        Index(None, "last_mile_number", postgresql_where=text("last_mile_number is not null")),
        Index(None, "import_id"),
        Index(None, "origin", postgresql_where=text("origin is not null")),
        Index(
            "ix_shipment_underway",
            text("coalesce(carrier_id, 0)"),
            text("least(accepted_at, shipped_at, first_scan_at)"),
            postgresql_where=text(
                "delivered_at is null and status::text = any ('{shipped,failed,lost,unknown,returning}'::text[])"
            ),
        ),
        Index(
            "ix_shipment_buyer",
            text("lower(buyer_username)"),
            postgresql_using="hash",
            postgresql_where=text("buyer_username is not null"),
        ),
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("redacted_at is null or buyer_username is null", name="redacted_without_buyer"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carrier.id"))
    service: Mapped[str | None] = mapped_column(Text)
    carrier_text: Mapped[str | None] = mapped_column(Text)
    market: Mapped[str] = mapped_column(CHAR(2))
    order_number: Mapped[str] = mapped_column(Text, info={"own_number": True})
    parcel_number: Mapped[str] = mapped_column(Text, server_default="", default="")
    tracking_number: Mapped[str | None] = mapped_column(Text, info={"own_number": True})
    first_mile_number: Mapped[str | None] = mapped_column(Text, info={"own_number": True})
    last_mile_number: Mapped[str | None] = mapped_column(Text, info={"own_number": True})
    status: Mapped[ShipmentStatus] = mapped_column(enum_column(ShipmentStatus))
    status_text: Mapped[str | None] = mapped_column(Text)
    return_status_text: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    ordered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_scan_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_scan_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(CurrencyCode)
    value: Mapped[Decimal] = mapped_column(Amount())
    freight: Mapped[Decimal | None] = mapped_column(Amount())
    insured: Mapped[Decimal | None] = mapped_column(Amount())
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    buyer_username: Mapped[str | None] = mapped_column(BuyerName)
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    origin: Mapped[str | None] = mapped_column(Text)
    packed_by: Mapped[str | None] = mapped_column(Text)
    last_place: Mapped[str | None] = mapped_column(Text)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    source_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class ShipmentLine(Base):
    """One item line of a parcel: what, how many, at what unit price (in the shipment's currency).

    `source_row` is the row of the file (the shipment's `import_id`) it came from; None where a person entered it.
    """

    __tablename__ = "shipment_line"
    __table_args__ = (Index(None, "sku", "shipment_id"),)

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    variation: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Amount())
    subtotal: Mapped[Decimal] = mapped_column(Amount())
    source_row: Mapped[int | None]
