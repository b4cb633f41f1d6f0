"""Evidence: stored files by their hash, and what each proves in a case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class StoredFile(Base):
    """One file in the store, named by the SHA-256 of its bytes (hex). Never changed."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"), {"info": {"append_only": True}})

    sha256: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Evidence(Base):
    """A file put forward in a case. `kind` is a code of the evidence vocabulary (packing_video, label_photo, …).

    Withdrawn evidence stays, with who, when and why. `taken_at` is what the picture itself says, if it says so.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index(None, "incident_id", "added_at"),
        Index(
            "uq_evidence_once",
            "incident_id",
            "sha256",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_reason is null)", name="withdrawn_with_reason"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_text: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way
