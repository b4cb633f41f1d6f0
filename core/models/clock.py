"""Clocks: the moments a case turns on, each with the rule it came from."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Interval, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class ClockKind(StrEnum):
    """What opens or is due.

    PROOF: evidence that will be gone (`title` is its kind's code). TRACE: an inquiry a payer wants, first or within a
    time. DOCUMENTS: a payer's later limit for documents or its form. MONEY: money that is not what it should be
    (`title` is `unpaid`, `short_paid`, `payout_reversed`, `paid_twice`, `arrived_later` or
    `paid_elsewhere`). OFFER: a payer's offer to take or to turn down.

    The DISPUTE kinds are what the platform asks of us in a buyer's request (`dispute_id`, `title` is its number): to
    respond, to look at what was sent back, to give proof, to ask for compensation, to answer an offer.
    """

    CLAIM_WINDOW = "claim_window"
    ANSWER = "answer"
    INFORMATION = "information"
    APPEAL = "appeal"
    PAYMENT = "payment"
    PROMISE = "promise"
    PROOF = "proof"
    TRACE = "trace"
    DOCUMENTS = "documents"
    MONEY = "money"
    OFFER = "offer"
    DISPUTE_RESPONSE = "dispute_response"
    DISPUTE_RETURN = "dispute_return"
    DISPUTE_EVIDENCE = "dispute_evidence"
    DISPUTE_COMPENSATION = "dispute_compensation"
    DISPUTE_OFFER = "dispute_offer"


class ClockState(StrEnum):
    """Whether it still runs. Late and soon are derived from the time, never stored."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


LIVING = (ClockState.RUNNING, ClockState.PAUSED)
"""States of a clock that is not over yet."""


class PauseReason(StrEnum):
    """Why a clock was paused. Whoever set the moment agreed to wait, or we wait for somebody."""

    WAITING_BUYER = "waiting_buyer"
    WAITING_CARRIER = "waiting_carrier"
    WAITING_PLATFORM = "waiting_platform"
    PAYER_AGREED = "payer_agreed"


class Clock(Base):
    """One moment of a case, in UTC. `rule` and `rule_version` say where it came from, `reasoning` how it was computed.

    `opens_at` is only set where something may not be done before it. `owner_id` repeats the case's owner for the
    worklist.

    A paused clock keeps the moments it had; resuming moves both by the time it was paused. `held` is the sum of its
    finished pauses and is part of `opens_at` and `due_at` already. `woke_at`: since when its window is known to be
    open (None: it sleeps, or never slept). `quiet_until`: nothing escalates before it. `escalation`: 0 with its owner,
    1 with the lead, 2 with the manager.
    """

    __tablename__ = "clock"
    __table_args__ = (
        CheckConstraint("opens_at is null or due_at is null or opens_at <= due_at", name="opens_before_due"),
        CheckConstraint("opens_at is not null or due_at is not null", name="has_a_moment"),
        CheckConstraint("(state in ('running', 'paused')) = (settled_at is null)", name="settled_with_date"),
        CheckConstraint("(state = 'paused') = (paused_at is not null)", name="paused_with_date"),
        CheckConstraint("held >= interval '0'", name="held_not_negative"),
        CheckConstraint(
            "escalation between 0 and 2 and (escalation = 0) = (escalated_at is null)", name="escalated_with_date"
        ),
        Index(None, "incident_id"),
        Index(None, "claim_id"),
        Index("ix_clock_dispute", "dispute_id", postgresql_where=text("dispute_id is not null")),
        Index("ix_clock_running_due", "due_at", "id", postgresql_where=text("state = 'running'")),
        Index("ix_clock_running_opens", "opens_at", postgresql_where=text("state = 'running'")),
        Index("ix_clock_running_owner", "owner_id", "due_at", postgresql_where=text("state = 'running'")),
        Index("ix_clock_asleep", "opens_at", postgresql_where=text("state = 'running' and woke_at is null")),
        Index("ix_clock_missed", "incident_id", postgresql_where=text("state = 'missed'")),
        Index("ix_clock_paused", "claim_id", postgresql_where=text("state = 'paused'")),
        Index("ix_clock_escalated", "due_at", "id", postgresql_where=text("state = 'running' and escalation > 0")),
        Index("ix_clock_raised", "claim_id", postgresql_where=text("state = 'running' and escalation > 0")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    claim_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("claim.id"))
    contact_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("contact.id"))
    dispute_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[ClockKind] = mapped_column(enum_column(ClockKind))
    title: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    rule: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[int | None]
    zone: Mapped[str] = mapped_column(Text)
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reasoning: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    state: Mapped[ClockState] = mapped_column(enum_column(ClockState), default=ClockState.RUNNING)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held: Mapped[timedelta] = mapped_column(Interval, default=timedelta(0), server_default=text("'0'::interval"))
    woke_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quiet_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalation: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class ClockPause(Base):
    """One pause of a clock: from when, until when (None: it lasts), why, and who said so. It is ended once and never
    changed after that.
    """

    __tablename__ = "clock_pause"
    __table_args__ = (
        CheckConstraint("until_at is null or until_at >= from_at", name="ends_after_start"),
        CheckConstraint("reason <> 'payer_agreed' or note <> ''", name="agreed_with_note"),
        Index(None, "clock_id", "from_at"),
        Index("uq_clock_pause_open", "clock_id", unique=True, postgresql_where=text("until_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    clock_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clock.id"))
    reason: Mapped[PauseReason] = mapped_column(enum_column(PauseReason))
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    resumed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
