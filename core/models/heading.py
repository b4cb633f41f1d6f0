"""Headings of files as the team says what they mean."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class HeadingAlias(Base):
    """One spelling more: in files of `report_table` (a field table of headings.toml) whose headings are written in `language`,
    `heading` means `field`. `key` is the heading as that table compares it. A retired one stays, and means nothing any more."""

    __tablename__ = "heading_alias"
    __table_args__ = (
        CheckConstraint("heading <> '' and key <> ''", name="not_blank"),
        CheckConstraint("(retired_at is null) or retired_at >= added_at", name="retired_after_added"),
        Index(
            "uq_heading_alias_in_use",
            "report_table",
            "language",
            "key",
            unique=True,
            postgresql_where=text("retired_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    report_table: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    heading: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
