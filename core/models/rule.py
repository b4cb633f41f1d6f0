"""Rule cards: what one payer demands, versioned, with its source."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, CheckConstraint, Date, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.incident import IncidentType


class PayerKind(StrEnum):
    """Who may have to pay."""

    CARRIER = "carrier"
    PLATFORM = "platform"
    INSURER = "insurer"
    SUPPLIER = "supplier"


class FilingChannel(StrEnum):
    """Through whom a claim has to come in."""

    DIRECT = "direct"
    PLATFORM = "platform"
    FORWARDER = "forwarder"


class ClockEvent(StrEnum):
    """The fact a window starts from."""

    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    FIRST_SCAN = "first_scan"
    LAST_SCAN = "last_scan"
    EXPECTED = "expected"
    DELIVERED = "delivered"
    STATUS_CHANGED = "status_changed"
    CARRIER_NOTICE = "carrier_notice"
    TRACE_FINISHED = "trace_finished"
    REPORTED = "reported"


class DayUnit(StrEnum):
    """What a period is counted in."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"


class Confidence(StrEnum):
    """How sure the source is: H official or the carrier's own terms, M credible second hand, L a single unofficial
    word.
    """

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class ValueBasis(StrEnum):
    """Which value of the goods a payer reckons with."""

    DECLARED = "declared"
    TRANSACTION = "transaction"
    COST = "cost"
    INVOICE = "invoice"
    NONE_STATED = "none_stated"


class LimitKind(StrEnum):
    """What a further limit of a payer is about: its trace or inquiry, documents that follow, its own form."""

    TRACE = "trace"
    DOCUMENTS = "documents"
    FORM = "form"


class Origin(StrEnum):
    """Where a version of a card came from: the seed file, or a hand. Only a seeded one is renewed by a newer seed."""

    SEED = "seed"
    HAND = "hand"


class RuleCard(Base):
    """One version of one payer's rule. Editing makes a new version; a case keeps the one it was opened under.

    `documents` is a list of `{"code", "count", "note", "formats"?, "who"?}`; `cap` a structure of
    `rule_cards.CAP_KINDS`; `limits` a list of `{"kind", "event", "not_before"?, "within"?, "note"}`, what the payer
    limits beside its window. `receiver` is a code of core/data/receivers.toml. A card without `within` has a window
    nobody could find published: it says so wherever it decides. `superseded_at` says when a newer version was written;
    the version that holds on a day is the newest whose `valid_from` has come.
    """

    __tablename__ = "rule_card"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index(
            "uq_rule_card_current",
            "code",
            unique=True,
            postgresql_where=text("superseded_at is null"),
        ),
        CheckConstraint("(within is null) = (within_unit is null)", name="within_has_unit"),
        CheckConstraint("(not_before is null) = (not_before_unit is null)", name="not_before_has_unit"),
        CheckConstraint("within is null or within > 0", name="within_positive"),
        CheckConstraint("not_before is null or not_before >= 0", name="not_before_not_negative"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    title: Mapped[str] = mapped_column(Text)
    payer_kind: Mapped[PayerKind] = mapped_column(enum_column(PayerKind))
    payer_name: Mapped[str] = mapped_column(Text)
    carrier_code: Mapped[str | None] = mapped_column(Text)
    service: Mapped[str | None] = mapped_column(Text)
    market: Mapped[str | None] = mapped_column(CHAR(2))
    type: Mapped[IncidentType] = mapped_column(enum_column(IncidentType))
    channel: Mapped[FilingChannel] = mapped_column(enum_column(FilingChannel))
    clock_event: Mapped[ClockEvent] = mapped_column(enum_column(ClockEvent))
    not_before: Mapped[int | None]
    not_before_unit: Mapped[DayUnit | None] = mapped_column(enum_column(DayUnit, "not_before_unit"))
    within: Mapped[int | None]
    within_unit: Mapped[DayUnit | None] = mapped_column(enum_column(DayUnit, "within_unit"))
    calendar: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    documents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    cap: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    answer_days: Mapped[int | None]
    answer_unit: Mapped[DayUnit | None] = mapped_column(enum_column(DayUnit, "answer_unit"))
    appeal_days: Mapped[int | None]
    appeal_unit: Mapped[DayUnit | None] = mapped_column(enum_column(DayUnit, "appeal_unit"))
    follow_up_days: Mapped[int | None]
    follow_up_unit: Mapped[DayUnit | None] = mapped_column(enum_column(DayUnit, "follow_up_unit"))
    value_basis: Mapped[ValueBasis] = mapped_column(
        enum_column(ValueBasis), default=ValueBasis.NONE_STATED, server_default="none_stated"
    )
    receiver: Mapped[str | None] = mapped_column(Text)
    limits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    portal: Mapped[str | None] = mapped_column(Text)
    form: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    confidence: Mapped[Confidence] = mapped_column(enum_column(Confidence))
    checked_on: Mapped[date] = mapped_column(Date)
    valid_from: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired: Mapped[bool] = mapped_column(server_default="false", default=False)
    origin: Mapped[Origin] = mapped_column(enum_column(Origin), default=Origin.HAND, server_default="hand")
