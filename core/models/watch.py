"""The watch over silent parcels: how long parcels of a channel were silent before, which are silent for too long now, and which
warnings a person set aside.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CHAR, REAL, BigInteger, ForeignKey, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class CurveLevel(StrEnum):
    """Whose history a curve tells, the narrowest first: one service, the carrier in that market, the market, everybody."""

    SERVICE = "service"
    CARRIER = "carrier"
    MARKET = "market"
    ALL = "all"


class SuspicionState(StrEnum):
    """What became of a suspicion: it stands, it was taken in as a case, or the parcel moved, arrived, came back, or was declared
    lost by its carrier.
    """

    STANDING = "standing"
    TAKEN = "taken"
    MOVED = "moved"
    ARRIVED = "arrived"
    RETURNED = "returned"
    CONFIRMED = "confirmed"


class SilenceCurve(Base):
    """How silences of one channel ended before. Remade by the sweep; the fields a level does not name are empty.

    `waits` silences were seen; `arrived`, `moved` (scanned again), `returned` and `lost` say how they ended, the rest lasts.
    The arrays have a place for each whole day of silence, from 0 on: the chance that a parcel still arrives with its interval,
    how many waits that lasted so long are behind it (`told`), and whose history it was taken from (`sources`); empty where
    there is too little of it. After `line_day` days without a scan a parcel has rarely arrived; without it `plain_day` serves.
    """

    __tablename__ = "silence_curve"
    __table_args__ = (
        Index(
            "uq_silence_curve_channel",
            "level",
            "carrier_id",
            "service",
            "market",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    level: Mapped[CurveLevel] = mapped_column(enum_column(CurveLevel))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("carrier.id"))
    service: Mapped[str | None] = mapped_column(Text)
    market: Mapped[str | None] = mapped_column(CHAR(2))
    waits: Mapped[int] = mapped_column(BigInteger)
    arrived: Mapped[int] = mapped_column(BigInteger)
    moved: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    lost: Mapped[int] = mapped_column(BigInteger)
    line_day: Mapped[int | None] = mapped_column(SmallInteger)
    plain_day: Mapped[int] = mapped_column(SmallInteger)
    chances: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))
    lows: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))
    highs: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))
    told: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    sources: Mapped[list[str | None]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Suspicion(Base):
    """A parcel that was silent past the line of its channel. One row a parcel; a later silence takes the row anew.

    `since` is when it was last heard of, `day` the whole days of silence at the last look, `line_day` the line it passed
    (`plain`: the threshold of the data, for want of history). `chance`, with its interval and the `told` waits of `source` behind
    it, says how likely it still arrives. The claim window that closes first stands beside it; `window_closed` where all have.
    """

    __tablename__ = "suspicion"
    __table_args__ = (
        Index("ix_suspicion_standing", "due_at", "shipment_id", postgresql_where=text("state = 'standing'")),
        Index(None, "incident_id"),
        Index("ix_suspicion_looked", "looked_at"),
    )

    shipment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shipment.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[SuspicionState] = mapped_column(enum_column(SuspicionState))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[int] = mapped_column(SmallInteger)
    line_day: Mapped[int] = mapped_column(SmallInteger)
    plain: Mapped[bool]
    chance: Mapped[float | None] = mapped_column(REAL)
    low: Mapped[float | None] = mapped_column(REAL)
    high: Mapped[float | None] = mapped_column(REAL)
    told: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[CurveLevel | None] = mapped_column(enum_column(CurveLevel))
    payer: Mapped[str] = mapped_column(Text, server_default="", default="")
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    zone: Mapped[str | None] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    rule_version: Mapped[int | None]
    doubtful: Mapped[bool] = mapped_column(server_default="false", default=False)
    window_closed: Mapped[bool] = mapped_column(server_default="false", default=False)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incident.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatchAside(Base):
    """A warning about one parcel that a person set aside at `at`. It holds until the parcel moves and falls silent anew."""

    __tablename__ = "watch_aside"

    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
