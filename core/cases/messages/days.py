"""Reading days out of a text, in any of the languages messages are written in (pure).

It reads figures, not meaning: one that can be read in two ways (`03/11`) has both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.dates import get_month_names

from core.cases.messages.library import folded

_BUDDHIST = 543
_ISO = re.compile(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)\s?日?")
_CHINESE = re.compile(r"(?<![\d年])(\d{1,2})\s?月\s?(\d{1,2})\s?[日号號]")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}) tháng (\d{1,2})(?!\d)(?:(?:,| năm| /|/)? ?(\d{4}))?")
_SLASHED = re.compile(r"(?<![\d/.,-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d/]|[.,-]\d)")
_WEEK = "24/7"


@dataclass(frozen=True)
class Day:
    """A day in a text: where, as written, and the days it can be as (year or None, month, day)."""

    start: int
    end: int
    words: str
    readings: frozenset[tuple[int | None, int, int]]

    def may_be(self, days: Iterable[date]) -> bool:
        """Whether it can be one of these days."""
        return any(
            (month, day) == (one.month, one.day) and year in (None, one.year)
            for year, month, day in self.readings
            for one in days
        )


def level(text: str) -> str:
    """One line of text as figures are read in it: one way of writing each letter, western figures, single spaces."""
    same = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
    western = "".join(str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one for one in same)
    return re.sub(r"\s+", " ", western)


def days(said: str, locale: str) -> list[Day]:
    """Days in a levelled line, with the names of months of that locale and in English."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []

    def take(hit: re.Match[str], readings: Iterable[tuple[int | None, int, int]]) -> None:
        known = frozenset(one for one in readings if _is_day(one))
        if known and free(hit.span(), taken):
            found.append(Day(hit.start(), hit.end(), hit[0].strip(), known))
            taken.append(hit.span())

    for hit in _ISO.finditer(said):
        take(hit, [(_year(hit[1]), int(hit[2]), int(hit[3]))])
    for hit in _CHINESE.finditer(said):
        take(hit, [(None, int(hit[1]), int(hit[2]))])
    for hit in _VIETNAMESE.finditer(said.lower()):
        take(hit, [(_year(hit[3]), int(hit[2]), int(hit[1]))])
    for pattern, names in (_named(locale), _named("en")):
        for hit in pattern.finditer(said.casefold()):
            day, month, year = _parts(hit)
            take(hit, [(_year(year), names[month], int(day))])
    for hit in _SLASHED.finditer(said):
        if hit[0] != _WEEK and (hit[2] == "/" or hit[4]):
            first, second, named = int(hit[1]), int(hit[3]), _year(hit[4])
            take(hit, [(named, second, first), (named, first, second)])
    return sorted(found, key=lambda one: one.start)


def free(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    """Whether a place touches none of the taken ones."""
    return all(span[1] <= start or end <= span[0] for start, end in taken)


@cache
def _named(locale: str) -> tuple[re.Pattern[str], dict[str, int]]:
    names: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for month, name in get_month_names(width, context, locale=locale).items():
                short = folded(name).rstrip(".")
                if not any(one.isdigit() for one in short):
                    names.setdefault(short, month)
    if not names:
        return re.compile(r"(?!)"), names
    either = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    of, year = r"\s?(?:de |of |ng )?", r"(?:\s?(?:de |,|พ\.ศ\. ?|ค\.ศ\. ?)?\s?(\d{4}))?"
    day_first = rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|º)?{of}({either})\.?(?![a-zà-ỹ]){year}"
    month_first = rf"(?<![a-zà-ỹ])({either})\.?\s?(\d{{1,2}})(?:st|nd|rd|th)?(?!\d){year}"
    return re.compile(f"{day_first}|{month_first}"), names


def _parts(hit: re.Match[str]) -> tuple[str, str, str | None]:
    return (hit[1], hit[2], hit[3]) if hit[1] else (hit[5], hit[4], hit[6])


def _year(text: str | None) -> int | None:
    if not text:
        return None
    year = int(text)
    if year < 100:
        return 2000 + year
    return year - _BUDDHIST if year > 2400 else year


def _is_day(parts: tuple[int | None, int, int]) -> bool:
    with suppress(ValueError):
        date(parts[0] or 2024, parts[1], parts[2])
        return True
    return False
