"""What was decided about a channel, with the numbers of that day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, CheckConstraint, Date, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class Decided(StrEnum):
    """What becomes of a channel."""

    KEEP = "keep"
    WATCH = "watch"
    TRIAL = "trial"
    DROP = "drop"


class ChannelDecision(Base):
    """One decision about carrier × service × market; the latest of a channel stands. Append-only.

    `numbers` are the comparison's figures for the channel on that day, as they were shown. `again_on` is the day to look again,
    `trial_parcels` how many parcels a trial gives the channel: it is looked at again once they are shipped, too.
    """

    __tablename__ = "channel_decision"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_a_reason"),
        CheckConstraint(
            "trial_parcels is null or (decided = 'trial' and trial_parcels > 0)", name="only_a_trial_has_a_size"
        ),
        Index(None, "carrier_id", "market", "id"),
        Index(None, "again_on"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    carrier_id: Mapped[int] = mapped_column(ForeignKey("carrier.id"))
    service: Mapped[str | None] = mapped_column(Text)
    market: Mapped[str] = mapped_column(CHAR(2))
    decided: Mapped[Decided] = mapped_column(enum_column(Decided))
    reason: Mapped[str] = mapped_column(Text)
    again_on: Mapped[date | None] = mapped_column(Date)
    trial_parcels: Mapped[int | None]
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
