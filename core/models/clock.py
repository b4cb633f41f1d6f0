"""Clocks: the moments a case turns on, each with the rule it came from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class ClockKind(StrEnum):
    """What opens or is due."""

    CLAIM_WINDOW = "claim_window"
    ANSWER = "answer"
    INFORMATION = "information"
    APPEAL = "appeal"
    PAYMENT = "payment"
    PROMISE = "promise"


class ClockState(StrEnum):
    """Whether it still runs. Late and soon are derived from the time, never stored."""

    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Clock(Base):
    """One moment of a case, in UTC. `rule` and `rule_version` say where it came from, `reasoning` how it was computed.

    `opens_at` is only set where something may not be done before it. `owner_id` repeats the case's owner for the
    worklist.
    """

    __tablename__ = "clock"
    __table_args__ = (
        CheckConstraint("opens_at is null or due_at is null or opens_at <= due_at", name="opens_before_due"),
        CheckConstraint("opens_at is not null or due_at is not null", name="has_a_moment"),
        CheckConstraint("(state = 'running') = (settled_at is null)", name="settled_with_date"),
        Index(None, "incident_id"),
        Index(None, "claim_id"),
        Index("ix_clock_running_due", "due_at", "id", postgresql_where=text("state = 'running'")),
        Index("ix_clock_running_opens", "opens_at", postgresql_where=text("state = 'running'")),
        Index("ix_clock_running_owner", "owner_id", "due_at", postgresql_where=text("state = 'running'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    claim_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("claim.id"))
    contact_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("contact.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[ClockKind] = mapped_column(enum_column(ClockKind))
    title: Mapped[str] = mapped_column(Text, server_default="", default="")
    rule: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[int | None]
    zone: Mapped[str] = mapped_column(Text)
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reasoning: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    state: Mapped[ClockState] = mapped_column(enum_column(ClockState), default=ClockState.RUNNING)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way
