"""Evidence: stored files by their hash, what each proves in a case, what its picture looks like, what was advised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class StoredFile(Base):
    """One file in the store, named by the SHA-256 of its bytes (hex). Never changed. `removed_at`: its bytes went with a buyer's data,
    unless evidence that was added later brought them back.
    """

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"), {"info": {"append_only": True}})

    sha256: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Evidence(Base):
    """A file put forward in a case. `kind` is a code of the evidence vocabulary (packing_video, label_photo, …).

    Withdrawn evidence stays, with who, when and why. `taken_at` is what the picture itself says, if it says so.
    `unreadable` is a code (`core.cases.proof.faults`) for a file that nobody can look at: a PDF with a password, a
    video without pictures; null where it can be read. A copy made from another file of the case names it in
    `derived_from`, and in `derived_how` what was done (`what`: contact_sheet or clip, and its numbers): a copy proves
    nothing that its source does not. `removed_at`: it showed the buyer, and its bytes are gone with the buyer's data.
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
        Index(None, "sha256"),
        Index("ix_evidence_derived_from", "derived_from", postgresql_where=text("derived_from is not null")),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_reason is null)", name="withdrawn_with_reason"),
        CheckConstraint("(derived_from is null) = (derived_how is null)", name="derived_with_how"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    name: Mapped[str] = mapped_column(BuyerWords())
    kind: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_text: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    unreadable: Mapped[str | None] = mapped_column(Text)
    derived_from: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    derived_how: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(BuyerWords())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class PicturePrint(Base):
    """What a stored picture looks like, so that the same or nearly the same one is found again in another case.

    `phash` and `dhash` are 64-bit perceptual hashes (signed), null for a picture too plain to have one. The four bands
    are the sixteen-bit quarters of `phash`, from the highest bits down: two pictures whose hashes differ in seven bits or
    fewer have a quarter that differs in at most one, which is how near duplicates are found through an index.
    `sharpness` and `brightness` are the measures of `core.foundation.picture_measures`.
    """

    __tablename__ = "picture_print"
    __table_args__ = tuple(Index(None, f"band_{n}") for n in range(1, 5))

    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    phash: Mapped[int | None] = mapped_column(BigInteger)
    dhash: Mapped[int | None] = mapped_column(BigInteger)
    band_1: Mapped[int | None] = mapped_column(Computed("((phash >> 48) & 65535)::integer", persisted=True))
    band_2: Mapped[int | None] = mapped_column(Computed("((phash >> 32) & 65535)::integer", persisted=True))
    band_3: Mapped[int | None] = mapped_column(Computed("((phash >> 16) & 65535)::integer", persisted=True))
    band_4: Mapped[int | None] = mapped_column(Computed("(phash & 65535)::integer", persisted=True))
    sharpness: Mapped[float]
    brightness: Mapped[float]


class EvidenceAdvice(Base):
    """One thing Recoup noticed about a file at the door: advice, never a refusal. `code` and `params` make its sentence.

    A person may set it aside, with a reason; the row stays.
    """

    __tablename__ = "evidence_advice"
    __table_args__ = (
        UniqueConstraint("evidence_id", "code"),
        CheckConstraint("(dismissed_at is null) = (dismissed_why is null)", name="dismissed_with_reason"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"))
    code: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dismissed_why: Mapped[str | None] = mapped_column(BuyerWords())
