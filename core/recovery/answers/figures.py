"""Reading money, days and numbers out of a text, in any of the languages answers are written in (pure).

It reads figures, not meaning: one that can be read in two ways (`1.234`, `03/11`) has both, and is right if either is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from core.cases.messages.days import Day, days, free, level
from core.cases.messages.library import folded
from core.recovery.answers.plan import plan

_NUMBER = r"\d+(?:[.,'][0-9]+| \d{3}(?!\d))*"
_DECIMALS = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d{3})*[.,]\d{2}(?![\w.,:/%-]|\s?(?:kg|cm|mm|g|m|l|ml|mb|gb)\b)")
_SPELT = re.compile(r"[一二三四五六七八九十百千万萬两兩〇零]+\s?(?:多)?(?:元|块|塊|令吉|泰铢|比索|越南盾|盾)")
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])(?![A-Za-z0-9])")
_NOT_ALNUM = re.compile(r"[^0-9A-Z]")
_SHORTEST, _FIGURES = 7, 4
"""A run of letters and figures is a number of something from so many characters on, with so many figures among them."""


@dataclass(frozen=True)
class Amount:
    """Money in a text: where it stands, as written, what it can be, in which currencies (none: not said)."""

    start: int
    end: int
    words: str
    values: frozenset[Decimal]
    currencies: frozenset[str]


@dataclass(frozen=True)
class Code:
    """A number of something in a text: of a parcel, an order, a case. `plain` without its hyphens, in capitals."""

    start: int
    end: int
    words: str
    plain: str


def plain_code(text: str) -> str:
    """A number of something without what is only for the eye."""
    return _NOT_ALNUM.sub("", level(text).upper())


def amounts(said: str, days: Iterable[Day] = ()) -> list[Amount]:
    """Money in a levelled line, with its sign or with two decimals; not what is part of one of these days."""
    taken = [(one.start, one.end) for one in days]
    found: list[Amount] = []
    for pattern, sign, number, times in _money():
        for hit in pattern.finditer(said):
            if free(hit.span(number), taken):
                multiple = plan().times.get(folded(hit[times] or ""), Decimal(1)) if hit[times] else Decimal(1)
                currencies = plan().signs[folded(hit[sign])]
                values = frozenset(one * multiple for one in _values(hit[number]))
                found.append(Amount(hit.start(), hit.end(), hit[0].strip(), values, currencies))
                taken.append(hit.span(number))
    for hit in _DECIMALS.finditer(said):
        if free(hit.span(), taken):
            found.append(Amount(hit.start(), hit.end(), hit[0], frozenset(_values(hit[0])), frozenset()))
    found += [
        Amount(hit.start(), hit.end(), hit[0], frozenset(), frozenset())
        for hit in _SPELT.finditer(said)
        if free(hit.span(), [(one.start, one.end) for one in found])
    ]
    return sorted(found, key=lambda one: one.start)


def codes(said: str, taken: Iterable[Amount | Day]) -> list[Code]:
    """Numbers of things in a levelled line, outside of its money and days."""
    spans = [(one.start, one.end) for one in taken]
    found = []
    for hit in _CODE.finditer(said):
        plain = plain_code(hit[0])
        if len(plain) >= _SHORTEST and sum(one.isdigit() for one in plain) >= _FIGURES and free(hit.span(), spans):
            found.append(Code(hit.start(), hit.end(), hit[0], plain))
    return found


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


__all__ = ["Amount", "Code", "Day", "amounts", "codes", "days", "level", "plain_code"]
