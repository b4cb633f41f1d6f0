"""What a team changes in the working-day calendars: days added, struck or worked, and which lists count."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class DayKind(StrEnum):
    """What a team says of a day: off although the list works it, worked although it is a holiday, or made up."""

    ADDED = "added"
    STRUCK = "struck"
    WORKDAY = "workday"


class DaySource(StrEnum):
    """How a day came in: typed, or out of a calendar file."""

    HAND = "hand"
    ICAL = "ical"


class CalendarDay(Base):
    """One day of one calendar (`core/data/calendars.toml`) that counts otherwise than its list says."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("calendar", "day"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    calendar: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[DayKind] = mapped_column(enum_column(DayKind))
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    source: Mapped[DaySource] = mapped_column(enum_column(DaySource), default=DaySource.HAND)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CalendarChoice(Base):
    """Which optional lists of a calendar count (`options`, codes of its own), and until which year its days are known.

    `options` None leaves the shipped choice, `published_through` None the shipped year.
    """

    __tablename__ = "calendar_choice"
    __table_args__ = (
        CheckConstraint("published_through is null or published_through between 1990 and 2099", name="year_in_reach"),
    )

    calendar: Mapped[str] = mapped_column(Text, primary_key=True)
    options: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    published_through: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
