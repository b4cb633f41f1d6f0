"""Reading money, days and numbers out of a text, in any of the languages answers are written in (pure).

It reads figures, not meaning: one that can be read in two ways (`1.234`, `03/11`) has both, and is right if either is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from babel.dates import get_month_names

from core.cases.messages.library import folded
from core.recovery.answers.plan import plan

_NUMBER = r"\d+(?:[.,'][0-9]+| \d{3}(?!\d))*"
_DECIMALS = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d{3})*[.,]\d{2}(?![\w.,:/%-]|\s?(?:kg|cm|mm|g|m|l|ml|mb|gb)\b)")
_SPELT = re.compile(r"[一二三四五六七八九十百千万萬两兩〇零]+\s?(?:多)?(?:元|块|塊|令吉|泰铢|比索|越南盾|盾)")
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])(?![A-Za-z0-9])")
_NOT_ALNUM = re.compile(r"[^0-9A-Z]")
_SHORTEST, _FIGURES = 7, 4
"""A run of letters and figures is a number of something from so many characters on, with so many figures among them."""
_BUDDHIST = 543
_ISO = re.compile(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)\s?日?")
_CHINESE = re.compile(r"(?<![\d年])(\d{1,2})\s?月\s?(\d{1,2})\s?[日号號]")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}) tháng (\d{1,2})(?!\d)(?:(?:,| năm| /|/)? ?(\d{4}))?")
_SLASHED = re.compile(r"(?<![\d/.,-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d/]|[.,-]\d)")
_WEEK = "24/7"


@dataclass(frozen=True)
class Amount:
    """Money in a text: where it stands, as written, what it can be, in which currencies (none: not said)."""

    start: int
    end: int
    words: str
    values: frozenset[Decimal]
    currencies: frozenset[str]


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


@dataclass(frozen=True)
class Code:
    """A number of something in a text: of a parcel, an order, a case. `plain` without its hyphens, in capitals."""

    start: int
    end: int
    words: str
    plain: str


def level(text: str) -> str:
    """One line of text as figures are read in it: one way of writing each letter, western figures, single spaces."""
    same = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
    western = "".join(str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one for one in same)
    return re.sub(r"\s+", " ", western)


def plain_code(text: str) -> str:
    """A number of something without what is only for the eye."""
    return _NOT_ALNUM.sub("", level(text).upper())


def amounts(said: str, days: Iterable[Day] = ()) -> list[Amount]:
    """Money in a levelled line, with its sign or with two decimals; not what is part of one of these days."""
    taken = [(one.start, one.end) for one in days]
    found: list[Amount] = []
    for pattern, sign, number, times in _money():
        for hit in pattern.finditer(said):
            if _free(hit.span(number), taken):
                multiple = plan().times.get(folded(hit[times] or ""), Decimal(1)) if hit[times] else Decimal(1)
                currencies = plan().signs[folded(hit[sign])]
                values = frozenset(one * multiple for one in _values(hit[number]))
                found.append(Amount(hit.start(), hit.end(), hit[0].strip(), values, currencies))
                taken.append(hit.span(number))
    for hit in _DECIMALS.finditer(said):
        if _free(hit.span(), taken):
            found.append(Amount(hit.start(), hit.end(), hit[0], frozenset(_values(hit[0])), frozenset()))
    found += [
        Amount(hit.start(), hit.end(), hit[0], frozenset(), frozenset())
        for hit in _SPELT.finditer(said)
        if _free(hit.span(), [(one.start, one.end) for one in found])
    ]
    return sorted(found, key=lambda one: one.start)


def days(said: str, locale: str) -> list[Day]:
    """Days in a levelled line, with the names of months of that locale and in English."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []

    def take(hit: re.Match[str], readings: Iterable[tuple[int | None, int, int]]) -> None:
        known = frozenset(one for one in readings if _is_day(one))
        if known and _free(hit.span(), taken):
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


def codes(said: str, taken: Iterable[Amount | Day]) -> list[Code]:
    """Numbers of things in a levelled line, outside of its money and days."""
    spans = [(one.start, one.end) for one in taken]
    found = []
    for hit in _CODE.finditer(said):
        plain = plain_code(hit[0])
        if len(plain) >= _SHORTEST and sum(one.isdigit() for one in plain) >= _FIGURES and _free(hit.span(), spans):
            found.append(Code(hit.start(), hit.end(), hit[0], plain))
    return found


def _free(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in taken)


def _values(number: str) -> set[Decimal]:
    """What a figure can be: marks group thousands or open the decimals, as files and people of all markets write."""
    bare = number.replace("'", "").replace(" ", "")
    marks = [one for one in bare if one in ".,"]
    if not marks:
        return {Decimal(bare)}
    whole, _mark, rest = bare.rpartition(marks[-1])
    ungrouped = Decimal(re.sub("[.,]", "", bare))
    opened = Decimal(f"{re.sub('[.,]', '', whole)}.{rest}")
    if len(set(marks)) == 2:
        return {opened}
    if len(marks) > 1:
        return {ungrouped}
    return {ungrouped, opened} if len(rest) == 3 else {opened}


@cache
def _money() -> tuple[tuple[re.Pattern[str], int, int, int], ...]:
    """Patterns of money, with the groups of sign, number and multiplier. Words stand behind a figure, signs on both sides."""
    signs = sorted(plan().signs, key=len, reverse=True)
    before = "|".join(re.escape(one) for one in signs if len(one) <= 3 or not one.isalpha())
    after = "|".join(re.escape(one) for one in signs)
    times = "|".join(re.escape(one) for one in sorted(plan().times, key=len, reverse=True))
    first = rf"(?<![^\W\d_])(?<!\$)({before})\s?({_NUMBER})(?:\s?({times})(?![^\W\d_]))?"
    last = rf"(?<![\w.,])({_NUMBER})\s?({times})?\s?(?:de )?({after})(?![a-zà-ỹ])"
    return (re.compile(first, re.IGNORECASE), 1, 2, 3), (re.compile(last, re.IGNORECASE), 3, 1, 2)


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
