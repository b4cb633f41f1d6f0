"""Imports: which file came in, every raw row of it, and the incidents it offers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, BigInteger, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerFacts, BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.incident import IncidentType


class ImportRun(Base):
    """One recognised sheet of a file that was applied, with its counts; most files have one.

    `file_id` is the first run of the same file (None: this is it), `sheet` the sheet's name where there are several. `kind` is the
    field table that read it. Shop and market are None for files that belong to no shop. `made` are the shipments it brought, `told`
    all it spoke of, changed or not. `undo` holds what its kind needs to take it away again. `redacted_at`: its raw rows hold nothing
    of a buyer any more. A deleted run keeps this row and nothing
    else.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "sha256"),
        Index(None, "file_id", postgresql_where=text("file_id is not null")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shop.id"))
    file_name: Mapped[str] = mapped_column(Text)
    sheet: Mapped[str] = mapped_column(Text, server_default="", default="")
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Text, server_default="orders", default="orders")
    report: Mapped[str] = mapped_column(Text)
    market: Mapped[str | None] = mapped_column(CHAR(2))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    headings: Mapped[list[str]] = mapped_column(JSONB)
    unknown_headings: Mapped[list[str]] = mapped_column(JSONB)
    made: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default="{}", deferred=True)
    told: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default="{}", deferred=True)
    undo: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ImportChange(Base):
    """What one import changed of a shipment that was there before: column → [before, after], and its item lines as they were.

    `lines` are lists of sku, name, variation, quantity, unit price, subtotal and source row, in their order; None where the import did
    not touch them.
    """

    __tablename__ = "import_change"
    __table_args__ = (Index(None, "shipment_id"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"), primary_key=True)
    changes: Mapped[dict[str, Any]] = mapped_column(BuyerFacts)
    lines: Mapped[list[Any] | None] = mapped_column(JSONB)


class ImportBlock(Base):
    """A stretch of a file's raw rows, as the file had them, without the buyer's name, phone and address.

    `body` is zlib-compressed text: a line of JSON with the row numbers, then each row as a line of JSON, a list of its cells. A tenth
    of the room single rows would take, and a file of 100,000 rows is kept in a fraction of the time it takes to read it.
    """

    __tablename__ = "import_block"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    first_row: Mapped[int] = mapped_column(primary_key=True)
    last_row: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """One row that was refused, as the file had it (but for the buyer's personal cells), and why.

    `refused` is JSON: a sentence for translation and its values.
    """

    __tablename__ = "import_row"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    raw: Mapped[list[Any]] = mapped_column(BuyerFacts)
    refused: Mapped[str] = mapped_column(Text)


class OfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class OfferCause(StrEnum):
    """What made it look so: the parcel's own state or reason, a failed delivery, a buyer's return, or money paid for it."""

    PARCEL = "parcel"
    FAILED = "failed"
    RETURN = "return"
    MONEY = "money"


class IncidentOffer(Base):
    """An incident that an import suggests: this shipment looks lost, damaged or short, and why it looks so (in the file's words)."""

    __tablename__ = "incident_offer"
    __table_args__ = (
        UniqueConstraint("shipment_id", "type"),
        Index("ix_incident_offer_open", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    type: Mapped[IncidentType] = mapped_column(enum_column(IncidentType))
    cause: Mapped[OfferCause] = mapped_column(
        enum_column(OfferCause), default=OfferCause.PARCEL, server_default="parcel"
    )
    reason: Mapped[str] = mapped_column(BuyerWords())
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[OfferState] = mapped_column(enum_column(OfferState), default=OfferState.OPEN)
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incident.id"))
