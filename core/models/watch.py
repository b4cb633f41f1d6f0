"""The watch over silent parcels: which warnings a person set aside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class WatchAside(Base):
    """A warning about one parcel that a person set aside at `at`. It holds until the parcel moves and falls silent anew."""

    __tablename__ = "watch_aside"

    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
