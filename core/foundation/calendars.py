"""Working days by market: which days count, and what is said about a year nobody has announced yet.

A `Calendar` is a frozen value: the market's days off from the `holidays` package as `core/data/calendars.toml` chooses
them, and beside them the days a team added (`extra`), struck (`struck`) or works although the list says otherwise
(`workdays`). A year after `published_through` is still counted, as well as it can be, and is named as not published: it
is never silently treated as a year without holidays.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import holidays

from core.foundation.errors import Invalid
from core.foundation.language import _, current

DATA = Path(__file__).parent.parent / "data" / "calendars.toml"
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


@dataclass(frozen=True)
class Option:
    """Days that are a matter of choice: whole lists of the package (`categories`) or single holidays (`also`).

    `on` is the choice Recoup ships with; `name` is English, to be shown with `_()`.
    """

    code: str
    name: str
    categories: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    on: bool = False


@dataclass(frozen=True)
class Calendar:
    """The working days of one market. `weekend` counts Monday as 0.

    `workdays` wins over `extra`, `extra` over `struck`. `named` says what the team calls its days.
    """

    code: str
    country: str
    zone: str
    categories: tuple[str, ...] = ("public",)
    also: frozenset[str] = frozenset()
    subdivision: str | None = None
    weekend: frozenset[int] = frozenset({5, 6})
    published_through: int | None = None
    extra: frozenset[date] = frozenset()
    struck: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    note: str = ""
    named: Mapping[date, str] = field(default_factory=dict, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(7)):
            raise Invalid(_("A calendar needs at least one working day in the week."), field="weekend")


CalendarBook = Callable[[str], Calendar]
"""Gives the calendar of a code: `calendar_of` the shipped one, a team's book the team's."""


class DayOff(StrEnum):
    """Why a day does not count."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    ADDED = "added"


@dataclass(frozen=True)
class BusinessDays:
    """The result of counting: the day reached, and the years on the way whose holidays are not announced yet."""

    day: date
    unpublished: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Year:
    """One year's announced days off and days worked in exchange; both without the team's own changes."""

    off: frozenset[date]
    worked: frozenset[date]


def calendar_of(code: str) -> Calendar:
    """The calendar shipped for a market (`SG`) or a variant of one (`ID-STATUTORY`). `Invalid` if there is none."""
    found = calendars().get(code)
    if found is None:
        raise Invalid(_("There is no working-day calendar for “{market}”.", market=code), field="calendar")
    return found


@cache
def calendars() -> dict[str, Calendar]:
    """Every calendar shipped with Recoup, by code, with the options that are on."""
    return {
        code: with_options(_shipped(code, row), shipped_options(code)) for code, row in _data()["calendars"].items()
    }


@cache
def options_of(code: str) -> tuple[Option, ...]:
    """What is a matter of choice in a calendar, in the order of the file. None for a code that is not there."""
    return tuple(
        Option(
            code=row["code"],
            name=row["name"],
            categories=tuple(row.get("categories", ())),
            also=frozenset(row.get("also", ())),
            on=row["on"],
        )
        for row in _data()["calendars"].get(code, {}).get("options", ())
    )


def shipped_options(code: str) -> tuple[str, ...]:
    """The codes of the options that are on as shipped."""
    return tuple(one.code for one in options_of(code) if one.on)


def without_options(code: str) -> Calendar:
    """The calendar with only what is no matter of choice. `Invalid` if there is none of that code."""
    calendar_of(code)
    return _shipped(code, _data()["calendars"][code])


def with_options(calendar: Calendar, chosen: Iterable[str]) -> Calendar:
    """A calendar `without_options` with those of its options that are chosen."""
    wanted = set(chosen)
    on = [one for one in options_of(calendar.code) if one.code in wanted]
    return replace(
        calendar,
        categories=(*calendar.categories, *(name for one in on for name in one.categories)),
        also=calendar.also.union(*(one.also for one in on)),
    )


@cache
def workday_words() -> tuple[str, ...]:
    """Words in an outside calendar's entry that say the day is worked, in lower case."""
    return tuple(word.casefold() for word in _data()["workday_words"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text("utf-8"))


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether the day counts as a working day."""
    return reason_off(day, calendar) is None


def reason_off(day: date, calendar: Calendar) -> DayOff | None:
    """Why the day does not count as a working day; None when it does."""
    if day in calendar.workdays:
        return None
    if day in calendar.extra:
        return DayOff.ADDED
    year = _year(calendar.country, calendar.subdivision, calendar.categories, calendar.also, day.year)
    if day in year.off and day not in calendar.struck:
        return DayOff.HOLIDAY
    if day.weekday() in calendar.weekend and day not in year.worked:
        return DayOff.WEEKEND
    return None


def holiday_name(day: date, calendar: Calendar) -> str:
    """What the holiday is called: in Chinese for a Chinese reader where the package knows it, else in English.

    "" for a day that is none. A day of the team's own is called what the team calls it.
    """
    if said := calendar.named.get(day):
        return said
    wanted = "zh_CN" if current() == "zh-CN" else "en_US"
    return _names(calendar.country, calendar.subdivision, calendar.categories, calendar.also, day.year, wanted).get(
        day, ""
    )


def is_made_up(day: date, calendar: Calendar) -> bool:
    """Whether a day counts although its list says otherwise: made up, or a holiday that was struck."""
    if reason_off(day, calendar) is not None:
        return False
    year = _year(calendar.country, calendar.subdivision, calendar.categories, calendar.also, day.year)
    return day.weekday() in calendar.weekend or day in year.off


def days_off(year: int, calendar: Calendar) -> dict[date, DayOff]:
    """Every day of the year that does not count as a working day, weekends included, with why."""
    first = date(year, 1, 1)
    days = (first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days))
    return {day: why for day in days if (why := reason_off(day, calendar)) is not None}


def make_up_days(year: int, calendar: Calendar) -> frozenset[date]:
    """Days of a weekend that are worked in exchange, by the package's own list."""
    return _year(calendar.country, calendar.subdivision, calendar.categories, calendar.also, year).worked


def is_reckoned(year: int) -> bool:
    """Whether a year is one that calendars speak of."""
    return _FIRST_YEAR <= year <= _LAST_YEAR


def is_published(year: int, calendar: Calendar) -> bool:
    """Whether the year's holidays were announced when the calendar was checked."""
    if not is_reckoned(year):
        return False
    return calendar.published_through is None or year <= calendar.published_through


def add_business_days(day: date, count: int, calendar: Calendar) -> BusinessDays:
    """The `count`-th working day after `day`. The day itself is never counted; with 0 it is the answer, working or not.

    Raises `ValueError` for a negative count and `Invalid` when the count leaves the years a calendar can speak of.
    """
    if count < 0:
        raise ValueError("working days are counted forwards")
    if count == 0:
        return BusinessDays(day)
    year, working = day.year, _working_days(calendar, day.year)
    place = bisect_right(working, day) + count - 1
    while place >= len(working):
        place, year = place - len(working), year + 1
        if year > _LAST_YEAR:
            raise Invalid(_("That date is too far away to count working days to."))
        working = _working_days(calendar, year)
    passed = range(day.year, year + 1)
    return BusinessDays(working[place], tuple(one for one in passed if not is_published(one, calendar)))


def _shipped(code: str, row: dict[str, Any]) -> Calendar:
    return Calendar(
        code=code,
        country=row["country"],
        zone=row["zone"],
        categories=tuple(row["categories"]),
        also=frozenset(row.get("also", ())),
        subdivision=row.get("subdivision"),
        weekend=frozenset(row["weekend"]),
        published_through=row.get("published_through"),
        note=row["note"],
    )


@lru_cache(maxsize=1024)
def _working_days(calendar: Calendar, year: int) -> tuple[date, ...]:
    """Every working day of the year in order: counting is then a place in a list, not a walk from day to day."""
    first = date(year, 1, 1)
    days = (first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if is_business_day(day, calendar))


@lru_cache(maxsize=1024)
def _year(country: str, subdivision: str | None, categories: tuple[str, ...], also: frozenset[str], year: int) -> _Year:
    days = _package(country, subdivision, categories, year, "en_US")
    off = set(_names(country, subdivision, categories, also, year, "en_US"))
    worked = {day for day in getattr(days, "weekend_workdays", ()) if day.year == year}
    return _Year(frozenset(off), frozenset(worked - off))


@lru_cache(maxsize=1024)
def _names(
    country: str, subdivision: str | None, categories: tuple[str, ...], also: frozenset[str], year: int, language: str
) -> dict[date, str]:
    names = dict(_package(country, subdivision, categories, year, language).items())
    if also:
        every = tuple(sorted(getattr(holidays, country).supported_categories))
        english = _package(country, subdivision, every, year, "en_US")
        said = _package(country, subdivision, every, year, language)
        names |= {day: said[day] for day, name in english.items() if also & set(name.split("; "))}
    return names


def _package(
    country: str, subdivision: str | None, categories: tuple[str, ...], year: int, language: str
) -> holidays.HolidayBase:
    """The package's own list of one year. It falls back to English where it does not speak the language."""
    known = getattr(holidays, country).supported_languages
    spoken = language if language in known else "en_US"
    return holidays.country_holidays(country, subdiv=subdivision, years=year, categories=categories, language=spoken)
