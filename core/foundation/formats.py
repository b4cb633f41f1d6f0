"""Dates, spans, numbers and amounts as the reader writes them. Screens and documents use these and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from core.foundation.language import LOCALES, _, current
from core.foundation.money import Money, decimals

NOTHING = "—"

_DAY = {"en": "d MMM", "zh-CN": "MM-dd"}
_DAY_YEAR = {"en": "d MMM y", "zh-CN": "y-MM-dd"}
_MONTH = {"en": "MMM y", "zh-CN": "y-MM"}


def locale() -> str:
    """The Babel locale of the reader."""
    return LOCALES[current()]


def day(value: date | None, *, year: bool = False) -> str:
    """A calendar day: `23 Nov` or `11-23`; with the year when asked. Takes no time zone: pass a local date."""
    if value is None:
        return NOTHING
    return _dated(value, (_DAY_YEAR if year else _DAY)[current()], locale())


def month(value: date) -> str:
    """A calendar month, by any of its days: `Nov 2026` or `2026-11`."""
    return format_date(value, _MONTH[current()], locale=locale())


def moment(value: datetime | None, zone: str, *, year: bool = False) -> str:
    """A moment in `zone` (IANA name): `23 Nov 04:59` or `11-23 04:59`."""
    if value is None:
        return NOTHING
    pattern = (_DAY_YEAR if year else _DAY)[current()]
    here = value.astimezone(ZoneInfo(zone))
    return f"{_dated(here.date(), pattern, locale())} {here:%H:%M}"


@lru_cache(maxsize=4096)
def _dated(value: date, pattern: str, spoken: str) -> str:
    """Screens show the same few days again on every click, and Babel takes its time over each."""
    return str(format_date(value, pattern, locale=spoken))


def number(value: int | float | Decimal | None, places: int | None = None) -> str:
    """A number with the reader's grouping; `places` fixes the decimals."""
    if value is None:
        return NOTHING
    pattern = "#,##0" if places is None and isinstance(value, int) else "#,##0." + ("0" * (places or 0) or "###")
    return _written(value, pattern.rstrip("."), locale())


@lru_cache(maxsize=4096)
def _written(value: int | float | Decimal, pattern: str, spoken: str) -> str:
    """Lists show the same few numbers again on every click, and Babel takes its time over each."""
    return str(format_decimal(value, format=pattern, locale=spoken))


def listed(words: Iterable[str]) -> str:
    """Names side by side: `label, invoice`; in Chinese with its own comma for lists."""
    return ("、" if current() == "zh-CN" else ", ").join(words)


def clauses(parts: Iterable[str]) -> str:
    """Parts of one sentence: `window closed, 3 days late`; in Chinese with a full-width comma. Empty ones are left out."""
    return ("，" if current() == "zh-CN" else ", ").join(part for part in parts if part)


def apart(parts: Iterable[str]) -> str:
    """Parts that keep their distance: `lost in transit; recovered`; in Chinese with a full-width semicolon."""
    return ("；" if current() == "zh-CN" else "; ").join(part for part in parts if part)


def pair(name: object, said: object) -> str:
    """A name and what is said of it: `INC-2026-00001: closed`; in Chinese with a full-width colon."""
    return f"{name}：{said}" if current() == "zh-CN" else f"{name}: {said}"


def aside(text: object) -> str:
    """Something said beside, with its own space before it: ` (by phone)`; in Chinese in full-width brackets."""
    return f"（{text}）" if current() == "zh-CN" else f" ({text})"


def figure(value: Money | None) -> str:
    """The amount alone, with its currency's own decimals and no currency."""
    return NOTHING if value is None else number(value.amount, decimals(value.currency))


def amount(value: Money | None) -> str:
    """An amount with its currency code before it: `SGD 1,488.00`."""
    return NOTHING if value is None else f"{value.currency} {figure(value)}"


def span(value: timedelta) -> str:
    """How long until something, in at most two units: `19 h`, `2 d 2 h`, `40 min`; negative is `2 h late`."""
    late = value < timedelta(0)
    minutes = int(abs(value).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days >= 10 or (days and not hours):
        said = _("{days} d", days=number(days))
    elif days:
        said = _("{days} d {hours} h", days=number(days), hours=hours)
    elif hours >= 10 or (hours and not rest):
        said = _("{hours} h", hours=hours)
    elif hours:
        said = _("{hours} h {minutes} min", hours=hours, minutes=rest)
    else:
        said = _("{minutes} min", minutes=rest)
    return _("{span} late", span=said) if late else said
