"""Scans of parcels as sources tell them, and what they made of the parcel's own moments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.shipment import ShipmentStatus


class ScanState(StrEnum):
    """Where a scan says the parcel is, in Recoup's words. What cannot be told is UNKNOWN, never a guess."""

    ANNOUNCED = "announced"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AT_PICKUP = "at_pickup"
    FAILED_ATTEMPT = "failed_attempt"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    DAMAGED = "damaged"
    TROUBLE = "trouble"
    LOST = "lost"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"
    SILENT = "silent"
    UNKNOWN = "unknown"


class ScanSource(StrEnum):
    """Who told of a scan."""

    SEVENTEEN_TRACK = "17track"
    AFTERSHIP = "aftership"
    FILE = "file"
    PASTED = "pasted"


class TrackingEvent(Base):
    """One scan of one parcel, once, whoever tells it how often: `key` is a digest of its moment and its words.

    `offset_minutes` is the distance to UTC as the source told it; None where it told a local time only, which was read in the
    zone of the parcel's shop. `code` is the source's own status. `text` and `place` have nobody's name or phone in them.
    There are about ten scans a parcel, so the key of the table is also the way to a parcel's scans.
    """

    __tablename__ = "tracking_event"
    __table_args__ = (
        Index(None, "import_id", postgresql_where=text("import_id is not null")),
        CheckConstraint("octet_length(key) = 16", name="key_length"),
    )

    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    offset_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[ScanState] = mapped_column(enum_column(ScanState))
    source: Mapped[ScanSource] = mapped_column(enum_column(ScanSource))
    code: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, server_default="", default="")
    text: Mapped[str] = mapped_column(Text, server_default="", default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TrackingTold(Base):
    """What a parcel's own facts were before its scans told them (`…_before`), and what the scans made of them (`…_told`).

    So scans can be taken back exactly, and a file that writes the facts anew is seen: they differ from what was told.
    """

    __tablename__ = "tracking_told"

    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"), primary_key=True)
    status_before: Mapped[ShipmentStatus] = mapped_column(enum_column(ShipmentStatus, "status_before"))
    status_told: Mapped[ShipmentStatus] = mapped_column(enum_column(ShipmentStatus, "status_told"))
    first_scan_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_scan_told: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_scan_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_scan_told: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_told: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place_before: Mapped[str | None] = mapped_column(Text)
    place_told: Mapped[str | None] = mapped_column(Text)


class TrackingAgain(Base):
    """A later import told scans again that `import_id` had brought: that one cannot be deleted before the later one."""

    __tablename__ = "tracking_again"
    __table_args__ = (Index(None, "later_id"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    later_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
