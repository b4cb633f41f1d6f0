"""Days off out of a calendar file (iCalendar, `.ics`): looked at first, then applied.

Only whole days count; an entry with a time of day is named and left out. An entry with one of `workday_words` is a day
worked in exchange. Entries that recur every year are unrolled over the years near today; other rhythms are left out.
Nothing a file holds is followed or run: it is read, and what cannot be understood is a sentence.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import icalendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.calendars import reason_off, workday_words
from core.foundation.errors import Invalid, TooLarge
from core.foundation.gate import read, verb
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import storable
from core.models import CalendarDay
from core.models.calendar import DayKind, DaySource
from core.team.calendars.book import team_calendar
from core.team.calendars.changes import LONGEST_NAME, put

LARGEST = 1_000_000
MOST_ENTRIES = 2_000
MOST_DAYS = 2_000
LONGEST_SPAN = 40
YEARS_BACK, YEARS_AHEAD = 2, 6
_DAY = timedelta(days=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LATIN = re.compile(r"[a-z]")


# The library says of a broken file whatever its inside stumbles over; to a person it is all one.
_STUMBLES = (ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError)


class EntryState(StrEnum):
    """What importing an entry would do: bring a new day, nothing (known already), or meet a change made by hand."""

    NEW = "new"
    KNOWN = "known"
    IN_THE_WAY = "in_the_way"


@dataclass(frozen=True)
class IcalEntry:
    """One day of the file. `kind` is ADDED or WORKDAY."""

    day: date
    kind: DayKind
    name: str
    state: EntryState


@dataclass(frozen=True)
class Found:
    """What a file holds: days in order, and entries left out, each with its name and why."""

    entries: tuple[IcalEntry, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def new(self) -> tuple[IcalEntry, ...]:
        """The days that importing would bring."""
        return tuple(one for one in self.entries if one.state is EntryState.NEW)


@dataclass(frozen=True)
class Imported:
    """How many days off and days worked in exchange an import brought."""

    off: int
    worked: int


@read(Permission.CALENDAR_EDIT)
def preview_ical(session: Session, code: str, content: bytes, *, actor: Actor, now: datetime) -> Found:
    """What importing the file into the calendar would do. `Invalid` for a file that is no calendar, `TooLarge`."""
    calendar = team_calendar(session, code)
    mine = dict(session.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.calendar == code)).all())
    days, left_out = _read(content, now.year)
    entries = []
    for day, (kind, name) in sorted(days.items()):
        off = reason_off(day, calendar) is not None
        state = EntryState.KNOWN if off is (kind is DayKind.ADDED) else EntryState.NEW
        if state is EntryState.NEW and day in mine:
            state = EntryState.IN_THE_WAY
        entries.append(IcalEntry(day, kind, name, state))
    return Found(tuple(entries), tuple(left_out))


@verb(Permission.CALENDAR_EDIT)
def import_ical(
    session: Session, code: str, content: bytes, *, actor: Actor, days: Collection[date] | None = None, now: datetime
) -> Imported:
    """Store the file's new days, or those of them that are named. A second time brings nothing. Refused like the
    preview.
    """
    found = preview_ical(session, code, content, actor=actor, now=now)
    taken = [one for one in found.new if days is None or one.day in days]
    for one in taken:
        put(session, code, one.day, one.kind, DaySource.ICAL, one.name, actor=actor, now=now)
    worked = sum(one.kind is DayKind.WORKDAY for one in taken)
    return Imported(len(taken) - worked, worked)


def is_workday(summary: str) -> bool:
    """Whether an entry's name says that the day is worked: `班`, `workday`, but not `non-working day`."""
    said = " ".join(re.sub(r"[\s_-]+", " ", summary.casefold()).split())
    said = re.sub(r"\bnon ?working( day)?s?\b|\bnot a working day\b", " ", said)
    return any(_has(said, word.replace("-", " ")) for word in workday_words())


def _has(said: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}s?\b", said)) if _LATIN.search(word) else word in said


# --- reading -----------------------------------------------------------------------------------------------------------

Days = dict[date, tuple[DayKind, str]]


def _read(content: bytes, this_year: int) -> tuple[Days, list[tuple[str, str]]]:
    """Every day of the file within reach, and what was left out."""
    first, last = date(this_year - YEARS_BACK, 1, 1), date(this_year + YEARS_AHEAD, 12, 31)
    days: Days = {}
    left_out: list[tuple[str, str]] = []
    far = 0
    for event in _events(content):
        name = _summary(event)
        try:
            found = list(_days_of(event, first, last))
        except Invalid as refusal:
            left_out.append((name, refusal.message))
            continue
        except _STUMBLES:
            left_out.append((name, _("It cannot be read.")))
            continue
        far += not found
        kind = DayKind.WORKDAY if is_workday(name) else DayKind.ADDED
        for day in found:
            there = days.setdefault(day, (kind, name))
            if there[0] is not kind:
                left_out.append((name, _("{day} is off and worked in the same file; the first entry holds.", day=day)))
        if len(days) > MOST_DAYS:
            raise TooLarge(_n("This file names more than {n} day.", "This file names more than {n} days.", MOST_DAYS))
    if far:
        said = _n("{n} entry of years too far away.", "{n} entries of years too far away.", far)
        left_out.append((_("Other years"), said))
    if not days and not left_out:
        raise _no_calendar()
    return days, left_out


def _summary(event: Any) -> str:
    try:
        said = storable(str(event.get("SUMMARY", "")))[:LONGEST_NAME]
    except _STUMBLES:
        said = ""
    return said or _("Day off")


def _events(content: bytes) -> list[Any]:
    if len(content) > LARGEST:
        raise TooLarge(_("A calendar file has at most 1 MB. Export only the holidays."))
    text = _text(content)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise _no_calendar()
    if text.upper().count("BEGIN:VEVENT") > MOST_ENTRIES:
        raise TooLarge(
            _n("This file holds more than {n} entry.", "This file holds more than {n} entries.", MOST_ENTRIES)
        )
    try:
        found = icalendar.Calendar.from_ical(text, multiple=True)
        events = [event for one in found for event in one.walk("VEVENT")]
    except _STUMBLES:
        raise _no_calendar() from None
    if not events:
        raise _no_calendar()
    return events


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _no_calendar()


def _no_calendar() -> Invalid:
    return Invalid(
        _("This file holds no calendar that can be read. It has to be an .ics file with whole days."), "file"
    )


def _days_of(event: Any, first: date, last: date) -> Iterator[date]:
    """The days of one entry between two days, its yearly returns unrolled. `Invalid` says why it is left out."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise Invalid(_("Cancelled in the file."))
    start = _whole_day(event, "DTSTART")
    if start is None:
        raise Invalid(_("It has no day."))
    length = _length(event, start)
    struck = _exceptions(event)
    for begin in _returns(event, start, first, last):
        for n in range(length):
            day = begin + n * _DAY
            if first <= day <= last and begin not in struck:
                yield day


def _whole_day(event: Any, name: str) -> date | None:
    value = getattr(event.get(name), "dt", None)
    if isinstance(value, datetime):
        raise Invalid(_("It has a time of day; only whole days count."))
    return value if isinstance(value, date) else None


def _length(event: Any, start: date) -> int:
    """How many days it lasts. An end is the first day that no longer belongs to it."""
    end = _whole_day(event, "DTEND")
    duration = getattr(event.get("DURATION"), "dt", None)
    days = (end - start).days if end else duration.days if isinstance(duration, timedelta) else 1
    if not 0 <= days <= LONGEST_SPAN:
        raise Invalid(
            _n("It lasts longer than {n} day.", "It lasts longer than {n} days.", LONGEST_SPAN)
            if days > 0
            else _("It ends before it begins.")
        )
    return max(days, 1)


def _exceptions(event: Any) -> set[date]:
    rows = event.get("EXDATE") or []
    found: set[date] = set()
    for row in rows if isinstance(rows, list) else [rows]:
        for one in getattr(row, "dts", ()):
            value = one.dt
            found.add(value.date() if isinstance(value, datetime) else value)
    return found


def _returns(event: Any, start: date, first: date, last: date) -> Iterator[date]:
    """The days an entry begins on: its own, and with a yearly rule one in each year near today."""
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    rules = rule if isinstance(rule, list) else [rule]
    terms = {str(key).upper(): value for key, value in dict(rules[0]).items()}
    yearly = [str(one).upper() for one in terms.get("FREQ", [])] == ["YEARLY"]
    if (
        len(rules) > 1
        or not yearly
        or set(terms) - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"}
    ):
        raise Invalid(_("It returns in a way that is no yearly holiday."))
    step, count, until = _one(terms, "INTERVAL", 1), _one(terms, "COUNT", 10_000), _until(terms)
    if step < 1 or count < 1:
        raise Invalid(_("It returns in a way that is no yearly holiday."))
    for n, year in enumerate(range(start.year, last.year + 1, step)):
        day = _in_year(terms, start, year)
        if n >= count or (until and day and day > until):
            return
        if day is not None and first.year - 1 <= year:
            yield day


def _in_year(terms: dict[str, Any], start: date, year: int) -> date | None:
    """The day of a yearly rule in a year, None where the year has none (29 February)."""
    month = _one(terms, "BYMONTH", start.month)
    if not 1 <= month <= 12:
        raise Invalid(_("It returns in a way that is no yearly holiday."))
    if "BYDAY" in terms:
        return _nth_weekday(terms["BYDAY"], year, month)
    number = _one(terms, "BYMONTHDAY", start.day)
    longest = monthrange(year, month)[1]
    return date(year, month, number) if 1 <= number <= longest else None


def _nth_weekday(value: Any, year: int, month: int) -> date | None:
    """`4TH`: the fourth Thursday; `-1MO`: the last Monday."""
    said = [str(one).upper() for one in (value if isinstance(value, list) else [value])]
    found = re.fullmatch(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)", said[0]) if len(said) == 1 else None
    if found is None:
        raise Invalid(_("It returns in a way that is no yearly holiday."))
    wanted, longest = _WEEKDAYS.index(found[2]), monthrange(year, month)[1]
    days = [day for n in range(1, longest + 1) if (day := date(year, month, n)).weekday() == wanted]
    nth = int(found[1])
    place = nth - 1 if nth > 0 else len(days) + nth
    return days[place] if 0 <= place < len(days) else None


def _one(terms: dict[str, Any], name: str, otherwise: int) -> int:
    value = terms.get(name, [otherwise])
    values = value if isinstance(value, list) else [value]
    try:
        (only,) = values
        return int(only)
    except (TypeError, ValueError):
        raise Invalid(_("It returns in a way that is no yearly holiday.")) from None


def _until(terms: dict[str, Any]) -> date | None:
    value = (terms.get("UNTIL") or [None])[0]
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
