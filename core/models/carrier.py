"""Carriers and the names outside files call them by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.database import Base


class Carrier(Base):
    """Who carries. `code` is stable and short (`spx`, `ninja-van`); `name` is what people read."""

    __tablename__ = "carrier"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    website: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true", default=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class CarrierAlias(Base):
    """A spelling met in files (folded: lower case, single spaces) and the carrier it means."""

    __tablename__ = "carrier_alias"
    __table_args__ = (Index(None, "carrier_id"),)

    alias: Mapped[str] = mapped_column(Text, primary_key=True)
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carrier.id"))
