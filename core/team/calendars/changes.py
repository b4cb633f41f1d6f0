"""Changing a calendar: a day off more, a holiday struck, a day worked in exchange, what is a matter of choice.

A change moves no clock by itself: `core.recovery.moving` lists those whose dates would move, and moves them when told to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.calendars import DayOff, calendar_of, is_reckoned, options_of, reason_off
from core.foundation.errors import Duplicate, Invalid, NotFound
from core.foundation.formats import day as said_day
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import CalendarChoice, CalendarDay, Tag
from core.models.calendar import DayKind, DaySource
from core.team.calendars.book import forget, team_calendar

LONGEST_NAME = 200


@verb(Permission.CALENDAR_EDIT)
def add_day(session: Session, code: str, day: date, *, actor: Actor, name: str, now: datetime) -> int:
    """A day off the list does not know. Returns the change's id. `Invalid` for a day that is off already."""
    if not name.strip():
        raise Invalid(_("Say what day it is, in a few words."), "name")
    if reason_off(day, team_calendar(session, code)) is not None:
        raise Invalid(_("{day} is a day off already.", day=_said(day)), "day")
    return put(session, code, day, DayKind.ADDED, DaySource.HAND, name, actor=actor, now=now)


@verb(Permission.CALENDAR_EDIT)
def strike_day(session: Session, code: str, day: date, *, actor: Actor, name: str = "", now: datetime) -> int:
    """A holiday of the list that is worked here. Returns the change's id. `Invalid` for a day that is no holiday."""
    if reason_off(day, team_calendar(session, code)) is not DayOff.HOLIDAY:
        raise Invalid(_("{day} is no holiday of this calendar.", day=_said(day)), "day")
    return put(session, code, day, DayKind.STRUCK, DaySource.HAND, name, actor=actor, now=now)


@verb(Permission.CALENDAR_EDIT)
def add_workday(session: Session, code: str, day: date, *, actor: Actor, name: str = "", now: datetime) -> int:
    """A day worked in exchange, like a Saturday before a long holiday. Returns the change's id."""
    if reason_off(day, team_calendar(session, code)) is None:
        raise Invalid(_("{day} is worked already.", day=_said(day)), "day")
    return put(session, code, day, DayKind.WORKDAY, DaySource.HAND, name, actor=actor, now=now)


@verb(Permission.CALENDAR_EDIT)
def remove_change(session: Session, change_id: int, *, actor: Actor, now: datetime) -> str:
    """Take a change back: the day is again what the list says. Returns the calendar's code. Raises `NotFound`."""
    row = session.scalars(select(CalendarDay).where(CalendarDay.id == change_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(_("This change of the calendar is gone already."))
    before = {"day": row.day, "kind": row.kind, "name": row.name, "source": row.source}
    code = row.calendar
    session.delete(row)
    session.flush()
    forget(session)
    record(session, code, actor=actor, now=now, before=before, after={"day": before["day"], "kind": None})
    return code


@verb(Permission.CALENDAR_EDIT)
def choose(
    session: Session,
    code: str,
    *,
    actor: Actor,
    options: Iterable[str],
    published_through: int | None = None,
    now: datetime,
) -> bool:
    """Say which optional lists count, and until which year the days are known (None: as shipped).

    Returns whether anything changed. `Invalid` for an option the calendar does not have, or a year out of reach.
    """
    calendar_of(code)
    offered = [one.code for one in options_of(code)]
    wanted = set(options)
    if unknown := wanted - set(offered):
        raise Invalid(_("There is no such choice: {name}.", name=", ".join(sorted(unknown))), "options")
    if published_through is not None and not is_reckoned(published_through):
        raise Invalid(_("Between 1990 and 2099."), "published_through")
    row = session.get(CalendarChoice, code, with_for_update=True)
    after: dict[str, Any] = {
        "options": [one for one in offered if one in wanted],
        "published_through": published_through,
    }
    shipped = [one.code for one in options_of(code) if one.on]
    before = {
        "options": shipped if row is None or row.options is None else row.options,
        "published_through": None if row is None else row.published_through,
    }
    if before == after:
        return False
    values = {**after, "changed_at": now, "changed_by": actor.person_id}
    session.execute(
        insert(CalendarChoice)
        .values(calendar=code, **values)
        .on_conflict_do_update(index_elements=[CalendarChoice.calendar], set_=values)
    )
    forget(session)
    record(session, code, actor=actor, now=now, before=before, after=after)
    return True


def put(
    session: Session, code: str, day: date, kind: DayKind, source: DaySource, name: str, *, actor: Actor, now: datetime
) -> int:
    """Store one change and say so in the trail (inner). `Duplicate` where the day has one already."""
    if not is_reckoned(day.year):
        raise Invalid(_("Between 1990 and 2099."), "day")
    clean = checked(name, LONGEST_NAME, "name")
    values = {
        "calendar": code,
        "day": day,
        "kind": kind,
        "source": source,
        "name": clean,
        "created_at": now,
        "created_by": actor.person_id,
    }
    made = session.scalar(insert(CalendarDay).values(values).on_conflict_do_nothing().returning(CalendarDay.id))
    if made is None:
        sentence = _("There is a change of {day} already. Take that one back first.", day=_said(day))
        raise Duplicate(sentence, day.isoformat())
    forget(session)
    after = {"day": day, "kind": kind, "source": source, "name": clean}
    record(session, code, actor=actor, now=now, before={}, after=after)
    return int(made)


def record(
    session: Session, code: str, *, actor: Actor, now: datetime, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """One row of the trail for a calendar (inner)."""
    audit.record(
        session,
        Tag.CALENDAR_EDITED,
        actor=actor,
        now=now,
        subject=("calendar", None),
        before=before,
        after={"code": code, **after},
    )


def _said(day: date) -> str:
    return said_day(day, year=True)
