"""Calendars as they are shown: what is chosen, and a year's days that are not as the week says, with their source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.calendars import (
    Calendar,
    DayOff,
    calendar_of,
    calendars,
    days_off,
    holiday_name,
    is_published,
    is_reckoned,
    make_up_days,
    options_of,
    shipped_options,
    with_options,
    without_options,
)
from core.foundation.errors import Invalid
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import CalendarChoice, CalendarDay, Person
from core.models.calendar import DayKind, DaySource
from core.team.calendars.book import team_calendar


@dataclass(frozen=True)
class OptionView:
    """One matter of choice: its code, its English name (data), whether it counts now."""

    code: str
    name: str
    on: bool


@dataclass(frozen=True)
class CalendarView:
    """One calendar. `published_through` is what decides, `shipped_through` what Recoup knew; None: fixed by law.

    `changes` counts the days a team changed.
    """

    code: str
    zone: str
    note: str
    weekend: frozenset[int]
    options: tuple[OptionView, ...]
    published_through: int | None
    shipped_through: int | None
    changes: int


class DayWord(StrEnum):
    """What a day of the year is, where it is not as the week says."""

    HOLIDAY = "holiday"
    MADE_UP = "made_up"
    ADDED = "added"
    STRUCK = "struck"
    WORKDAY = "workday"


@dataclass(frozen=True)
class DayOfYear:
    """One day that is not as the week says. `change_id` and what follows only where the team changed it."""

    day: date
    word: DayWord
    name: str
    change_id: int | None = None
    source: DaySource | None = None
    who: str | None = None
    at: datetime | None = None

    @property
    def off(self) -> bool:
        """Whether it does not count as a working day."""
        return self.word in (DayWord.HOLIDAY, DayWord.ADDED)


@dataclass(frozen=True)
class Year:
    """A calendar's year: its days that are not as the week says, in order. Not `published`: it may still change."""

    code: str
    year: int
    published: bool
    weekend: frozenset[int]
    days: tuple[DayOfYear, ...]


@read(Permission.CALENDAR_READ)
def list_calendars(session: Session, *, actor: Actor) -> list[CalendarView]:
    """Every calendar, in the order they are shipped in."""
    counted = select(CalendarDay.calendar, func.count()).group_by(CalendarDay.calendar)
    changes = {row[0]: row[1] for row in session.execute(counted)}
    chosen = {row.calendar: row.options for row in session.scalars(select(CalendarChoice))}
    return [_view(session, code, changes.get(code, 0), chosen.get(code)) for code in calendars()]


@read(Permission.CALENDAR_READ)
def year_of(session: Session, code: str, year: int, *, actor: Actor) -> Year:
    """One year of a calendar. Raises `Invalid` for a calendar that is not there or a year out of reach."""
    if not is_reckoned(year):
        raise Invalid(_("Between 1990 and 2099."), "year")
    calendar = team_calendar(session, code)
    listed = _listed(calendar)
    rows = session.execute(
        select(CalendarDay, Person.name)
        .join(Person, Person.id == CalendarDay.created_by, isouter=True)
        .where(CalendarDay.calendar == code, CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    ).all()
    own = {row.day: (row, who) for row, who in rows}
    days = [
        DayOfYear(day, DayWord.HOLIDAY, holiday_name(day, listed))
        for day, why in days_off(year, listed).items()
        if why is DayOff.HOLIDAY and day not in own
    ]
    days += [DayOfYear(day, DayWord.MADE_UP, "") for day in make_up_days(year, listed) if day not in own]
    for day, (row, who) in own.items():
        name = row.name or (holiday_name(day, listed) if row.kind is not DayKind.ADDED else "")
        days.append(DayOfYear(day, DayWord(row.kind.value), name, row.id, row.source, who, row.created_at))
    ordered = tuple(sorted(days, key=lambda one: one.day))
    return Year(code, year, is_published(year, calendar), calendar.weekend, ordered)


def _listed(calendar: Calendar) -> Calendar:
    """The calendar with the team's choices but without its days: what the list itself says."""
    on = [
        one.code
        for one in options_of(calendar.code)
        if set(one.categories) <= set(calendar.categories) and one.also <= calendar.also
    ]
    return with_options(without_options(calendar.code), on)


def _view(session: Session, code: str, changes: int, chosen: list[str] | None) -> CalendarView:
    shipped, mine = calendar_of(code), team_calendar(session, code)
    on = shipped_options(code) if chosen is None else chosen
    return CalendarView(
        code=code,
        zone=shipped.zone,
        note=shipped.note,
        weekend=shipped.weekend,
        options=tuple(OptionView(one.code, one.name, one.code in on) for one in options_of(code)),
        published_through=mine.published_through,
        shipped_through=shipped.published_through,
        changes=changes,
    )
