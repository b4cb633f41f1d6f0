"""Incident groups: cases that belong together, and when Recoup last looked for such."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.incident import IncidentType


class Dimension(StrEnum):
    """What the cases of a group have in common. MANUAL: what a person says."""

    HANDOVER = "handover"
    HUB = "hub"
    LANE = "lane"
    PRODUCT = "product"
    PACKER = "packer"
    MANUAL = "manual"


class GroupState(StrEnum):
    """Whether it is still looked into."""

    OPEN = "open"
    CLOSED = "closed"


class IncidentGroup(Base):
    """One group. `key` is what its cases share, as codes (empty for one made by hand, which has a `name`); `key_text` the same
    in one text, so that the database can keep two open groups of one thing apart.

    `numbers` are those of the look that raised the alarm or last confirmed it, `also` the other alarms its cases raised.
    """

    __tablename__ = "incident_group"
    __table_args__ = (
        CheckConstraint("(dimension = 'manual') = (name <> '')", name="named_by_hand"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_with_date"),
        CheckConstraint("state = 'open' or conclusion <> ''", name="closed_with_conclusion"),
        Index(
            "uq_incident_group_open",
            "dimension",
            "key_text",
            "type",
            unique=True,
            postgresql_where=text("state = 'open' and dimension <> 'manual'"),
        ),
        Index(None, "state", "opened_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    dimension: Mapped[Dimension] = mapped_column(enum_column(Dimension))
    key: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    key_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    name: Mapped[str] = mapped_column(Text, default="", server_default="")
    type: Mapped[IncidentType | None] = mapped_column(enum_column(IncidentType))
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    also: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    note: Mapped[str] = mapped_column(BuyerWords(), default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[GroupState] = mapped_column(enum_column(GroupState), default=GroupState.OPEN)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    conclusion: Mapped[str] = mapped_column(BuyerWords(), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class GroupMember(Base):
    """A case of a group, and who put it there (None: Recoup)."""

    __tablename__ = "group_member"
    __table_args__ = (Index(None, "incident_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("incident_group.id"), primary_key=True)
    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ClusterLook(Base):
    """One look for clusters: when, over how many groups of parcels that could have raised an alarm, at which rate of false
    alarms, and how many it raised.
    """

    __tablename__ = "cluster_look"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    parcels: Mapped[int]
    looks: Mapped[int]
    rate: Mapped[float] = mapped_column(Float)
    alarms: Mapped[int]
