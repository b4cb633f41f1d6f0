"""Saved views: the filters of a screen under a name, one's own or the team's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class SavedView(Base):
    """One view. `screen` is the screen's code and `query` its filters, as the codes that stand in the address.

    A name is its owner's only once on a screen, however it is capitalised. Pinned ones stand first.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("name <> '' and screen <> ''", name="named"),
        CheckConstraint("jsonb_typeof(query) = 'object'", name="query_is_an_object"),
        Index("uq_saved_view_name", "owner_id", "screen", text("lower(name)"), unique=True),
        Index("ix_saved_view_shared", "screen", postgresql_where=text("shared")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    screen: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    shared: Mapped[bool] = mapped_column(default=False, server_default="false")
    pinned: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way
