"""Parcels a shop gave to a channel in a month, for teams without parcel data."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.database import Base


class ChannelVolume(Base):
    """What one import said: so many parcels of a shop went with a carrier (and service, "" where none was said) in a month.

    `month` is its first day. Every import's word is kept; the newest import's stands (`core.parcels.volumes.standing`).
    """

    __tablename__ = "channel_volume"
    __table_args__ = (
        Index("uq_channel_volume", "shop_id", "carrier_id", "service", "month", "import_id", unique=True),
        Index(None, "import_id"),
        CheckConstraint("parcels >= 0", name="parcels_not_negative"),
        CheckConstraint("extract(day from month) = 1", name="month_first_day"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carrier.id"))
    service: Mapped[str] = mapped_column(Text, server_default="", default="")
    parcels: Mapped[int]
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
