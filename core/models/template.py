"""Claim forms of payers, uploaded once and filled for each claim."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class TemplateFormat(StrEnum):
    """What a form is."""

    XLSX = "xlsx"
    DOCX = "docx"


class ClaimTemplate(Base):
    """One version of a form. A new file under the same name is the next version and retires the one before.

    `fields` are the field names found in it. It is offered for claims on its receiver, carrier or payer; with none of
    the three for every claim.
    """

    __tablename__ = "claim_template"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        Index("uq_claim_template_current", "name", unique=True, postgresql_where=text("retired_at is null")),
        CheckConstraint("version > 0", name="version_positive"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    format: Mapped[TemplateFormat] = mapped_column(enum_column(TemplateFormat))
    receiver: Mapped[str | None] = mapped_column(Text)
    carrier_code: Mapped[str | None] = mapped_column(Text)
    payer_name: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    fields: Mapped[list[str]] = mapped_column(JSONB, default=list)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
