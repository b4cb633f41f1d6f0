"""Moments and days. A moment is aware and kept in UTC; a day belongs to a zone, and only a zone turns one into the
other.

Conventions every deadline follows:

- A day begins at its first existing moment (`start_of_day`), usually 00:00, an hour later where the clocks jump over
  midnight.
- A day ends at its last whole second (`end_of_day`), 23:59:59: a deadline *on* a day may be met up to and including
  that second, and anything after it is late. So a due date reads as the day it falls on, in the rule's zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from core.foundation.errors import Invalid
from core.foundation.language import _

_SECOND = timedelta(seconds=1)


def now() -> datetime:
    """This moment, aware, in UTC. Only the edges (pages, commands, jobs) ask; everything inside is handed `now`."""
    return datetime.now(UTC)


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Every zone there is by its IANA name, sorted. Reads the whole zone folder the first time."""
    return tuple(sorted(available_timezones()))


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Asia/Singapore`. Raises `Invalid` for a name that is none."""
    try:
        return _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            _("“{name}” is not a time zone. Write one like Asia/Shanghai.", name=name), field="zone"
        ) from None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    """Kept for good: `ZoneInfo` itself remembers eight zones and reads the others from disk again."""
    return ZoneInfo(name)


def utc(moment: datetime) -> datetime:
    """The moment in UTC. A datetime without a zone is a bug of the caller: `ValueError`."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without a zone: {moment!r}")
    return moment.astimezone(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """The moment as the clocks of `zone` show it."""
    return utc(moment).astimezone(zone_of(zone))


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day on which the moment falls in `zone`."""
    return local(moment, zone).date()


def start_of_day(day: date, zone: str) -> datetime:
    """The first moment of the day in `zone`, in UTC. Where midnight is skipped, the moment the clocks jump."""
    there = zone_of(zone)
    midnight = datetime.combine(day, time(), tzinfo=there)
    first = midnight.astimezone(UTC)
    if first.astimezone(there).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return first
    # The clocks jump over midnight: the two readings of it lie on either side of the jump.
    return _jump(midnight.replace(fold=1).astimezone(UTC), first, there)


def end_of_day(day: date, zone: str) -> datetime:
    """The last whole second of the day in `zone`, in UTC: a deadline on that day is met until then, inclusive."""
    return start_of_day(day + timedelta(days=1), zone) - _SECOND


def parse_moment(text: str, zone: str | None = None) -> datetime:
    """A moment typed in ISO 8601, in UTC. Without an offset it is read in `zone`; without a zone either, `Invalid`.

    A date alone is that day's first moment in `zone`.
    """
    typed = text.strip()
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid(
            _("“{text}” is not a moment. Write one like 2026-01-30T10:00+08:00.", text=typed), field="moment"
        ) from None
    if moment.utcoffset() is not None:
        return moment.astimezone(UTC)
    if zone is None:
        raise Invalid(
            _("“{text}” lacks its zone. Add an offset, like 2026-01-30T10:00+08:00.", text=typed), field="moment"
        )
    if moment.time() == time() and len(typed) <= len("2026-01-30"):
        return start_of_day(moment.date(), zone)
    return moment.replace(tzinfo=zone_of(zone)).astimezone(UTC)


def _jump(before: datetime, after: datetime, there: ZoneInfo) -> datetime:
    """The second between two UTC moments at which the offset of `there` changes."""
    old = before.astimezone(there).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(there).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + high * _SECOND
