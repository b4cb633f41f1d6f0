"""Imports: which file came in, every raw row of it, and the incidents it offers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, BigInteger, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.incident import IncidentType


class ImportRun(Base):
    """One file that was applied, with its counts."""

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    report: Mapped[str] = mapped_column(Text)
    market: Mapped[str] = mapped_column(CHAR(2))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    headings: Mapped[list[str]] = mapped_column(JSONB)
    unknown_headings: Mapped[list[str]] = mapped_column(JSONB)


class ImportRow(Base):
    """One raw row as the file had it, without the buyer's name, phone and address; with the reason where it was
    refused.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        Index(None, "shipment_id"),
        Index("ix_import_row_refused", "import_id", postgresql_where=text("refused is not null")),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment.id"))
    raw: Mapped[list[Any]] = mapped_column(JSONB)
    refused: Mapped[str | None] = mapped_column(Text)


class OfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class IncidentOffer(Base):
    """An incident that an import suggests: this shipment looks lost, damaged or short, and why it looks so."""

    __tablename__ = "incident_offer"
    __table_args__ = (
        UniqueConstraint("shipment_id", "type"),
        Index("ix_incident_offer_open", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    type: Mapped[IncidentType] = mapped_column(enum_column(IncidentType))
    reason: Mapped[str] = mapped_column(Text)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[OfferState] = mapped_column(enum_column(OfferState), default=OfferState.OPEN)
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incident.id"))
