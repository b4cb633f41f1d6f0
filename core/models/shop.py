"""Shops: one Shopee shop in one market."""

from __future__ import annotations

from sqlalchemy import CHAR, CheckConstraint, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import CurrencyCode
from core.foundation.database import Base


class Shop(Base):
    """A shop with its market (ISO 3166 code), currency and time zone (IANA name). `redact_days`: after how many days its
    buyers' data goes; None, as the house does it."""

    __tablename__ = "shop"
    __table_args__ = (CheckConstraint("redact_days > 0", name="redact_days_positive"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    platform: Mapped[str] = mapped_column(Text, server_default="Shopee", default="Shopee")
    market: Mapped[str] = mapped_column(CHAR(2))
    currency: Mapped[str] = mapped_column(CurrencyCode)
    zone: Mapped[str] = mapped_column(Text)
    redact_days: Mapped[int | None]
    active: Mapped[bool] = mapped_column(server_default="true", default=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way
