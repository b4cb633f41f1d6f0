"""Moments as sources and people write them, with the distance to UTC where they tell it.

"2026-02-03T14:22:31+08:00", "2026/2/3 下午2:22", "2月3日 14:22", "03/02/2026 14:22", "Feb 3, 2026 2:22 PM", "14:22 03/02/2026". A local
time without a zone is read in the zone it is given; a day without a year in the last year in which it has been already.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_MONTHS = {
    month: number
    for number, names in enumerate(
        (
            ("jan", "ene", "januari"),
            ("feb", "fev", "februari"),
            ("mar", "mac", "maret"),
            ("apr", "abr", "april"),
            ("may", "mei", "mai", "mayo"),
            ("jun", "juni"),
            ("jul", "julai", "juli"),
            ("aug", "agu", "ogos", "ago", "agt", "agustus"),
            ("sep", "set", "sept"),
            ("oct", "okt", "out"),
            ("nov",),
            ("dec", "des", "dez", "dic", "dis"),
        ),
        1,
    )
    for month in names
}
_LATE = ("下午", "晚上", "傍晚")
_WEEKDAY = r"(?:[\s,]*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?:星期|周|週)[一二三四五六日天])[\s,]*)?"
_YEAR = r"(?:19|20|25)\d\d"
_DATES = (
    rf"(?P<y1>{_YEAR})\s?[-/.年]\s?(?P<m1>\d{{1,2}})\s?[-/.月]\s?(?P<d1>\d{{1,2}})日?",
    rf"(?P<a2>\d{{1,2}})[-/.](?P<b2>\d{{1,2}})[-/.](?P<y2>{_YEAR})",
    r"(?P<m3>\d{1,2})月(?P<d3>\d{1,2})日",
    rf"(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<n4>[a-zç]{{3,10}})\.?(?:[\s,-]+(?P<y4>{_YEAR}))?",
    rf"(?P<n5>[a-zç]{{3,10}})\.?\s+(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?(?:[\s,]+(?P<y5>{_YEAR}))?",
    r"(?P<m6>\d{2})-(?P<d6>\d{2})(?=\s+\d{1,2}:)",
)
_TIME = (
    r"(?P<half>上午|下午|凌晨|中午|晚上|早上|傍晚)?\s?(?P<hh>\d{1,2})[:时時](?P<mm>\d{2})分?(?::?(?P<ss>\d{2})秒?(?:\.\d{1,9})?)?"
    r"(?:\s?(?P<ap>[ap]\.?m\.?)(?![a-z]))?"
)
_ZONE = r"(?:\s?\(?(?:(?P<z>z)(?![a-z])|(?:utc|gmt)?(?P<sg>[+-])(?P<zh>\d{1,2}):?(?P<zm>\d{2})?(?!\d)|(?P<utc>utc|gmt)(?![a-z]))\)?)?"
_DATE = "|".join(f"(?:{one})" for one in _DATES)
_GAP = r"(?:[\s,、|]*(?:t(?=\d)|at\s)?[\s,、|]*)"
_WHOLE = re.compile(rf"{_WEEKDAY}(?:{_DATE})(?:{_GAP}{_WEEKDAY}{_TIME}{_ZONE})?", re.IGNORECASE)
_TIME_FIRST = re.compile(rf"{_TIME}[\s,]+{_WEEKDAY}(?:{_DATE}){_ZONE}", re.IGNORECASE)
_TIME_ONLY = re.compile(rf"{_TIME}{_ZONE}", re.IGNORECASE)
_LEAD = re.compile(r"[\s\[\(（【•·●○◦▪*>#|-]*")
_TAIL = re.compile(r"[\s\])）】|:：,，、-]*")


@dataclass(frozen=True)
class Written:
    """A moment as it is written. Two numbers that could be day and month stand in `either`; `year` None: not written.

    `hour` None: a day without an hour. `offset` is the distance to UTC in minutes, None where none is told. `start` and `end` are its
    place in the line.
    """

    year: int | None
    month: int
    day: int
    either: bool
    hour: int | None
    minute: int
    second: int
    offset: int | None
    start: int
    end: int


@dataclass(frozen=True)
class Moment:
    """A moment in UTC, and the distance to UTC in minutes that was written beside it."""

    at: datetime
    offset: int | None


class NoMoment(ValueError):
    """What is written is no moment that can be."""


def find(line: str) -> Written | None:
    """The moment a line begins or ends with; None where it does neither."""
    text = _plain(line)
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    for pattern in (_WHOLE, _TIME_FIRST):
        found = pattern.match(text, start)
        if found and (written := _written(found, text)) is not None:
            return written
    for pattern in (_TIME_FIRST, _WHOLE):
        for found in pattern.finditer(text):
            tail = _TAIL.match(text, found.end())
            if tail and tail.end() == len(text) and (written := _written(found, text)) is not None:
                return written
    return None


def find_hour(line: str) -> Written | None:
    """The hour a line begins with, of a day that stood above it (`month` and `day` are 0)."""
    text = _plain(line)
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    found = _TIME_ONLY.match(text, start)
    if found is None or found["hh"] is None:
        return None
    clock = _clock(found)
    if clock is None:
        return None
    return Written(None, 0, 0, False, *clock, _offset(found), found.start(), _end(found, text))


def _plain(line: str) -> str:
    """The line letter by letter in plain digits and signs, so that places in both are the same."""
    if line.isascii():
        return line
    made = []
    for one in line:
        folded = unicodedata.normalize("NFKC", one)
        made.append(folded if len(folded) == 1 else one)
    return "".join(made)


def _end(found: re.Match[str], text: str) -> int:
    tail = _TAIL.match(text, found.end())
    return tail.end() if tail else found.end()


def _written(found: re.Match[str], text: str) -> Written | None:
    said = found.groupdict()
    date = _date(said)
    if date is None:
        return None
    year, month, day, either = date
    clock = _clock(found) if said["hh"] is not None else None
    if clock is None and said["hh"] is not None:
        return None
    hour, minute, second = clock or (None, 0, 0)
    # Part of a longer number, such as a tracking number with dashes in it.
    before = text[found.start() - 1] if found.start() else ""
    after = text[found.end()] if found.end() < len(text) else ""
    if (before.isalnum() and before.isascii()) or (after.isascii() and after.isdigit()):
        return None
    return Written(year, month, day, either, hour, minute, second, _offset(found), found.start(), _end(found, text))


def _date(said: dict[str, str | None]) -> tuple[int | None, int, int, bool] | None:
    """Year, month, day, and whether the two may stand the other way round."""
    if said["y1"]:
        return _checked(_year(said["y1"]), said["m1"], said["d1"])
    if said["y2"]:
        first, second = int(said["a2"] or 0), int(said["b2"] or 0)
        year = _year(said["y2"])
        if first > 12:
            return _checked(year, str(second), str(first))
        if second > 12:
            return _checked(year, str(first), str(second))
        found = _checked(year, str(second), str(first))
        return found and (*found[:3], first != second)
    if said["m3"]:
        return _checked(None, said["m3"], said["d3"])
    if said["m6"]:
        return _checked(None, said["m6"], said["d6"])
    for name, day, year_of in (("n4", "d4", "y4"), ("n5", "d5", "y5")):
        if said[name]:
            month = _month(said[name] or "")
            years = said[year_of]
            return _checked(_year(years) if years else None, str(month), said[day]) if month else None
    return None


def _month(name: str) -> int | None:
    folded = name.casefold()
    return _MONTHS.get(folded) or (_MONTHS[folded[:3]] if folded in _LONG else None)


_LONG = frozenset(
    (
        *(
            "january",
            "february",
            "march",
            "april",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ),
        *("enero", "febrero", "marzo", "abril", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre"),
        *(
            "diciembre",
            "janeiro",
            "fevereiro",
            "março",
            "maio",
            "junho",
            "julho",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ),
        *("oktober", "desember", "disember"),
    )
)


def _year(text: str | None) -> int:
    year = int(text or 0)
    # The Buddhist era, as Thai sites write it.
    return year - 543 if year > 2400 else year


def _checked(year: int | None, month: str | None, day: str | None) -> tuple[int | None, int, int, bool] | None:
    m, d = int(month or 0), int(day or 0)
    return (year, m, d, False) if 1 <= m <= 12 and 1 <= d <= 31 else None


def _clock(found: re.Match[str]) -> tuple[int, int, int] | None:
    hour, minute, second = int(found["hh"]), int(found["mm"]), int(found["ss"] or 0)
    late = found["half"] in _LATE or (found["ap"] or "").casefold().startswith("p")
    early = found["half"] in ("上午", "凌晨", "早上") or (found["ap"] or "").casefold().startswith("a")
    if late and hour < 12:
        hour += 12
    if early and hour == 12:
        hour = 0
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _offset(found: re.Match[str]) -> int | None:
    said = found.groupdict()
    if said["z"] or said["utc"]:
        return 0
    if said["sg"] is None:
        return None
    minutes = int(said["zh"]) * 60 + int(said["zm"] or 0)
    return None if minutes > 14 * 60 else minutes if said["sg"] == "+" else -minutes


_MONTH_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})/(\d{{1,2}})/{_YEAR}")


_NUMBERS_ONLY = re.compile(rf"(?<!\d)(\d{{1,2}})[-/.](\d{{1,2}})[-/.]{_YEAR}")


def either_way(texts: Iterable[str]) -> bool:
    """Whether there are dates of two small numbers among the texts, and none that tells which of the two is the day."""
    found = [(int(a), int(b)) for text in texts for a, b in _NUMBERS_ONLY.findall(_plain(text))]
    return any(a != b for a, b in found) and all(a <= 12 and b <= 12 for a, b in found)


def month_first(text: str) -> bool:
    """Whether a date in the text can only be month, then day."""
    return any(int(a) <= 12 < int(b) for a, b in _MONTH_FIRST.findall(_plain(text)))


def settle(one: Written, zone: ZoneInfo, now: datetime, *, days_first: bool = True) -> Moment:
    """The moment in UTC. Raises `NoMoment` for a day that no calendar has; a day alone is its first moment."""
    month, day = one.month, one.day
    if one.either and not days_first:
        month, day = day, month
    place = zone if one.offset is None else timezone(timedelta(minutes=one.offset))
    years = (one.year,) if one.year is not None else (now.astimezone(place).year, now.astimezone(place).year - 1)
    for year in years:
        try:
            local = datetime(year, month, day, one.hour or 0, one.minute, one.second, tzinfo=place)
        except ValueError:
            continue
        at = local.astimezone(UTC)
        if one.year is not None or at <= now + timedelta(days=1):
            return Moment(at, one.offset)
    raise NoMoment


def read(text: str, zone: ZoneInfo, now: datetime, *, days_first: bool = True) -> Moment:
    """The one moment a cell holds. Raises `NoMoment`."""
    clean = text.strip()
    try:
        exact = datetime.fromisoformat(clean)
    except ValueError:
        exact = None
    if exact is not None and len(clean) >= 10 and 1990 < exact.year < 2200:
        told = exact.utcoffset()
        if told is not None:
            return Moment(exact.astimezone(UTC), int(told.total_seconds() // 60))
        return Moment(exact.replace(tzinfo=zone).astimezone(UTC), None)
    found = find(clean)
    if found is None or found.start > 0 or found.end < len(clean):
        raise NoMoment
    return settle(found, zone, now, days_first=days_first)


__all__ = ["Moment", "NoMoment", "Written", "either_way", "find", "find_hour", "month_first", "read", "settle"]
