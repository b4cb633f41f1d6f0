"""When a buyer's data went out of the record, why, and how much of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class RedactionWhy(StrEnum):
    """Because its days were over, or because somebody asked."""

    AGE = "age"
    ASKED = "asked"


class Redaction(Base):
    """One removal of buyers' data: of a parcel with its cases (`incident_id` is one of them), or, without one, of many parcels, lone
    disputes and old files at once. `counts` says how much of what; `days` after how many days, for `AGE`. What went is nowhere.

    The guards of tables that only grow let a transaction change the texts of their rows that names such a row.
    """

    __tablename__ = "redaction"
    __table_args__ = (
        CheckConstraint("(why = 'age') = (days is not null)", name="age_in_days"),
        Index(None, "incident_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incident.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why: Mapped[RedactionWhy] = mapped_column(enum_column(RedactionWhy))
    days: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
