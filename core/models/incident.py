"""Incidents: one thing gone wrong with one shipment; and comments on them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, deferred, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base


class IncidentType(StrEnum):
    """What went wrong."""

    LOST = "lost"
    DAMAGED = "damaged"
    MISSING_CONTENTS = "missing_contents"
    DELAYED = "delayed"


class Stage(StrEnum):
    """Where on the way it went wrong."""

    FIRST_MILE = "first_mile"
    LINE_HAUL = "line_haul"
    CUSTOMS = "customs"
    LAST_MILE = "last_mile"
    RETURN_LEG = "return_leg"
    UNKNOWN = "unknown"


class NoticedBy(StrEnum):
    """Who or what noticed first."""

    BUYER = "buyer"
    CARRIER = "carrier"
    PLATFORM = "platform"
    WAREHOUSE = "warehouse"
    IMPORT = "import"
    SILENCE = "silence"


class IncidentState(StrEnum):
    """How far the case is."""

    REGISTERED = "registered"
    PROVING = "proving"
    CLAIMING = "claiming"
    CLOSED = "closed"


class Tier(StrEnum):
    """The policy for a value band."""

    ABSORB = "absorb"
    INSURE = "insure"
    CLAIM = "claim"


class Cause(StrEnum):
    """Why it happened, as found when the case is closed."""

    LOST_IN_TRANSIT = "lost_in_transit"
    STOLEN = "stolen"
    MISHANDLED = "mishandled"
    WEAK_PACKAGING = "weak_packaging"
    WRONG_ADDRESS = "wrong_address"
    SORTING_ERROR = "sorting_error"
    CUSTOMS = "customs"
    WEATHER = "weather"
    PACKING_ERROR = "packing_error"
    FALSE_DELIVERY_SCAN = "false_delivery_scan"
    BUYER_ERROR = "buyer_error"
    UNKNOWN = "unknown"


class Result(StrEnum):
    """How the case ended."""

    RECOVERED = "recovered"
    PARTLY_RECOVERED = "partly_recovered"
    ABSORBED = "absorbed"
    ARRIVED = "arrived"
    NO_LOSS = "no_loss"


class Incident(Base):
    """One case. Amounts are in `currency`; `base_value` is the value at risk in the team's base currency.

    `next_due_at` and `next_clock` repeat the soonest running clock, so that lists sort by it; only the clock room
    writes
    them. `gross_loss` and `recovered` repeat the ledger's sums; only the ledger writes them. `search_text` is what the
    search looks in, `search_grams` its n-grams, made by the database.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("shipment_id", "type"),
        CheckConstraint("value_at_risk >= 0", name="value_not_negative"),
        CheckConstraint("gross_loss >= 0 and recovered >= 0", name="sums_not_negative"),
        CheckConstraint("recovered <= gross_loss", name="recovered_at_most_lost"),
        CheckConstraint(
            "(state = 'closed') = (closed_at is not null and cause is not null and result is not null)",
            name="closed_with_cause_and_result",
        ),
        Index("ix_incident_search", "search_grams", postgresql_using="gin"),
        Index(None, "registered_at", "id"),
        Index(None, "state", "registered_at"),
        Index(None, "shop_id", "registered_at"),
        Index(None, "carrier_id", "registered_at"),
        Index(None, "base_value", "id"),
        Index("ix_incident_due", "next_due_at", "id"),
        Index("ix_incident_open_owner", "owner_id", "next_due_at", postgresql_where=text("state <> 'closed'")),
        Index("ix_incident_open_market", "market", postgresql_where=text("state <> 'closed'")),
        Index("ix_incident_open_touched", "touched_at", postgresql_where=text("state <> 'closed'")),
        Index(
            "ix_incident_untimed",
            "registered_at",
            postgresql_where=text("state <> 'closed' and next_due_at is null"),
        ),
        Index(
            "ix_incident_unassigned",
            "registered_at",
            postgresql_where=text("state <> 'closed' and owner_id is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carrier.id"))
    market: Mapped[str] = mapped_column(CHAR(2))
    type: Mapped[IncidentType] = mapped_column(enum_column(IncidentType))
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    noticed_by: Mapped[NoticedBy] = mapped_column(enum_column(NoticedBy))
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    buyer_said: Mapped[str] = mapped_column(BuyerWords(own=True), server_default="", default="")
    state: Mapped[IncidentState] = mapped_column(enum_column(IncidentState), default=IncidentState.REGISTERED)
    tier: Mapped[Tier] = mapped_column(enum_column(Tier))
    tier_policy_version: Mapped[int]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    currency: Mapped[str] = mapped_column(CurrencyCode)
    value_at_risk: Mapped[Decimal] = mapped_column(Amount())
    base_currency: Mapped[str] = mapped_column(CurrencyCode)
    base_value: Mapped[Decimal] = mapped_column(Amount())
    rate_on: Mapped[date | None] = mapped_column(Date)
    gross_loss: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    recovered: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_clock: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[Cause | None] = mapped_column(enum_column(Cause))
    result: Mapped[Result | None] = mapped_column(enum_column(Result))
    closing_note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = deferred(mapped_column(Text))
    search_grams: Mapped[list[str]] = deferred(
        mapped_column(ARRAY(Text), Computed("recoup_grams(search_text)", persisted=True))
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class Comment(Base):
    """A remark of a person on a case. Append-only: a slip is answered, not rewritten."""

    __tablename__ = "comment"
    __table_args__ = (Index(None, "incident_id", "at"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(BuyerWords())
