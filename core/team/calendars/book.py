"""The calendars windows are counted with: what is shipped, with the team's own days and choices (inner).

Read once per session, in two short statements, and only when working days are counted at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.calendars import (
    Calendar,
    CalendarBook,
    calendar_of,
    shipped_options,
    with_options,
    without_options,
)
from core.models import CalendarChoice, CalendarDay
from core.models.calendar import DayKind

_KEPT = "team_calendars"
_PLACES = {DayKind.ADDED: "extra", DayKind.STRUCK: "struck", DayKind.WORKDAY: "workdays"}


@dataclass
class _Book:
    """The team's changes as one session read them, and the calendars made of them so far."""

    days: Mapping[str, list[tuple[date, DayKind, str]]]
    choices: Mapping[str, tuple[list[str] | None, int | None]]
    made: dict[str, Calendar]


def team_calendar(session: Session, code: str) -> Calendar:
    """The calendar of a code as the team keeps it. The shipped one itself where nothing was changed. `Invalid` if there
    is none.
    """
    book = _book(session)
    if code not in book.made:
        book.made[code] = _made(code, book)
    return book.made[code]


def team_calendars(session: Session) -> CalendarBook:
    """All of them, for `rule_cards.claim_window`, `rule_cards.further` and `window_rule`: nothing is read until one is
    asked for.
    """
    return partial(team_calendar, session)


def forget(session: Session) -> None:
    """Have the session read the calendars anew: after a change in it, or when it lives on past a rollback."""
    session.info.pop(_KEPT, None)


def _book(session: Session) -> _Book:
    book = session.info.get(_KEPT)
    if not isinstance(book, _Book):
        days: dict[str, list[tuple[date, DayKind, str]]] = {}
        columns = (CalendarDay.calendar, CalendarDay.day, CalendarDay.kind, CalendarDay.name)
        for calendar, day, kind, name in session.execute(select(*columns)):
            days.setdefault(calendar, []).append((day, kind, name))
        chosen = select(CalendarChoice.calendar, CalendarChoice.options, CalendarChoice.published_through)
        choices = {row.calendar: (row.options, row.published_through) for row in session.execute(chosen)}
        book = session.info[_KEPT] = _Book(days, choices, {})
    return book


def _made(code: str, book: _Book) -> Calendar:
    shipped = calendar_of(code)
    days, choice = book.days.get(code, []), book.choices.get(code)
    if not days and choice is None:
        return shipped
    options, through = choice or (None, None)
    base = with_options(without_options(code), shipped_options(code) if options is None else options)
    more: dict[str, Any] = {
        place: frozenset(day for day, kind, _name in days if kind is of) for of, place in _PLACES.items()
    }
    named = {day: name for day, _kind, name in days if name}
    published = base.published_through if through is None else through
    return replace(base, **more, named=named, published_through=published)
