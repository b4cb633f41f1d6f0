"""Until when a piece of proof can still be had, where somebody knows better than the table of evidence kinds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class ProofDate(Base):
    """The day on which proof of one kind is gone in one case, as a person set it. The trail keeps what was set before."""

    __tablename__ = "proof_date"

    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    gone_on: Mapped[date] = mapped_column(Date)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
