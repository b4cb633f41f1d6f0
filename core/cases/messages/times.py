"""Times a message names in free words (“within 48 hours”, “下周五前”), and whose they are: ours, or what the buyer is asked for (pure).

The words of each language are data (`data/promised_times.toml`). They are read as words, not as meaning: the nearest word of doing
before a time says whose it is, else the nearest one behind it; a time that nobody is said to keep is ours where it is a
deadline. A span counted from another event than today has no day yet and is left alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import get_day_names

from core.cases.messages.days import days, free, level
from core.cases.messages.library import UNSPACED, folded, languages
from core.foundation.calendars import Calendar, add_business_days, is_reckoned
from core.foundation.clock import local
from core.foundation.errors import Invalid

DATA = Path(__file__).parents[2] / "data" / "promised_times.toml"
AHEAD = timedelta(days=200)
"""A day further ahead is none that a message promises."""
BEHIND = 24
"""Characters behind a span in which the event stands that it is counted from: `48 hours after delivery`."""
NEAR = 12
"""Characters between a day that begins a sentence and the word that says it is ours."""
_UNITS = ("minutes", "hours", "days", "working_days", "weeks")
_ENDS = re.compile(r"(?<=[.!?;])\s+|[。！？；\n\r]+")
_CLAUSES = re.compile(r"[,:：，、（）()–—]")
_ANY = r"[^.,;:!?，。；：！？、]{0,14}?"
"""What `…` stands for."""
_LEVELLED = str.maketrans({"，": ",", "：": ":", "！": "!", "？": "?", "；": ";", "（": "(", "）": ")"})
_FRIDAY = 4


class Whose(StrEnum):
    """Who is to keep a time: we do, or the buyer is asked to."""

    OURS = "ours"
    BUYERS = "buyers"


@dataclass(frozen=True)
class Time:
    """A time as written, the day it comes to, and for hours the moment; `said` is the sentence it stands in."""

    words: str
    whose: Whose
    day: date
    at: datetime | None = None
    said: str = ""


def times_in(text: str, codes: Iterable[str], *, now: datetime, zone: str, calendar: Calendar) -> tuple[Time, ...]:
    """Every time a message names that is still to come, in its order; one for each day and keeper, as first written.

    Days are those of `zone`, working days those of `calendar`. `codes` are the languages it may be written in.
    """
    reader = _Reader(tuple(_tongue(code) for code in dict.fromkeys(codes)), local(now, zone), calendar)
    found: dict[tuple[Whose, date], Time] = {}
    for line in text.splitlines():
        for sentence in _ENDS.split(line):
            for one in reader.sentence(level(sentence)):
                found.setdefault((one.whose, one.day), one)
    return tuple(found.values())


# --- the words of a language -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tongue:
    """One language's table, compiled. Patterns read folded text."""

    locale: str
    span: re.Pattern[str]
    numbers: dict[str, int]
    units: dict[str, str]
    before_span: re.Pattern[str]
    after_span: re.Pattern[str]
    ends: re.Pattern[str]
    before_day: re.Pattern[str]
    after_day: re.Pattern[str]
    ago_before: re.Pattern[str]
    ago_after: re.Pattern[str]
    relative: re.Pattern[str]
    ahead: dict[str, int]
    weekday: re.Pattern[str]
    every: re.Pattern[str]
    weekdays: dict[str, int]
    next: tuple[re.Pattern[str], re.Pattern[str]]
    next_week: re.Pattern[str]
    this_week: re.Pattern[str]
    monthday: re.Pattern[str]
    ours: re.Pattern[str]
    others: re.Pattern[str]
    anchor: re.Pattern[str]
    spaced: bool


@cache
def _tongue(code: str) -> _Tongue:
    row, spaced, locale = _table()[code], code not in UNSPACED, languages()[code].locale
    numbers = {folded(word): value for word, value in row["numbers"].items()}
    units = {folded(word): unit for unit in _UNITS for word in row[unit]}
    ahead = {folded(word): value for word, value in row["relative"].items()}
    weekdays = {folded(word): at for at, words in enumerate(row["weekdays"]) for word in words}
    weekdays |= {folded(name): at for at, name in get_day_names("wide", locale=locale).items()}
    within, by, fill = _either(row["within"]), _either(row["by"]), _either(row["fill"])
    start, end = (r"(?<!\w)", r"(?!\w)") if spaced else ("", "")
    names, later = _either(weekdays), _either([*row["next_week"], *row.get("next", ())])

    def whole(words: Iterable[str]) -> re.Pattern[str]:
        return re.compile(f"{start}(?:{_either(words)}){end}")

    return _Tongue(
        locale,
        _span(numbers, units, row, spaced=spaced),
        numbers,
        units,
        re.compile(rf"{start}(?:{within})\s*(?:(?:{fill})\s*){{0,2}}$"),
        re.compile(rf"^\s*(?:{_either(row['within_after'])}){end}"),
        re.compile(rf"{start}(?:{_either(row['within_after'])})$"),
        re.compile(rf"{start}(?:{by})\s*(?:(?:{fill})\s*){{0,2}}(?:{start}(?:{names})\s*,?\s*)?$"),
        re.compile(rf"^\s*(?:{_either(row['by_after'])}){end}"),
        re.compile(rf"{start}(?:{_either(row['ago'])})\s*$"),
        re.compile(rf"^\s*(?:{_either(row['ago'])}){end}"),
        whole(ahead),
        ahead,
        whole(weekdays),
        re.compile(rf"{start}(?:{_either(row['every'])})\s*$"),
        weekdays,
        (re.compile(rf"{start}(?:{later})\s*$"), re.compile(rf"^\s*(?:{later}){end}")),
        whole(row["next_week"]),
        whole(row["this_week"]),
        re.compile("|".join(_forms(row["monthday"], spaced=spaced))),
        whole(row["ours"]),
        whole(row["others"]),
        whole(row["from"]),
        spaced,
    )


def _span(numbers: dict[str, int], units: dict[str, str], row: dict[str, Any], *, spaced: bool) -> re.Pattern[str]:
    """`24 to 48 hours`, `2x24 jam`, `三天`: groups factor, figure or first of a range, last of a range, unit."""
    figure = rf"\d{{1,3}}(?![\d.,:/]\d)|{_either(numbers)}"
    start = r"(?<![\w.,:/-])" if spaced else rf"(?<![\d.,:/a-z-])(?<!{')(?<!'.join(re.escape(one) for one in numbers)})"
    to, times = _either(["-", "–", "~", *row["to"]]), _either(row["times"])
    # `48h` is written together, `a minute` is not: “amin” is a word of its own.
    end, gap = (r"(?!\w)", r"(?:\s|-|(?<=\d))") if spaced else ("", r"\s?")
    return re.compile(
        rf"{start}(?:(\d)\s?(?:{times})\s?)?({figure})(?:\s?(?:{to})\s?({figure}))?{gap}({_either(units)}){end}"
    )


def _forms(forms: Sequence[str], *, spaced: bool) -> Iterator[str]:
    for one in forms:
        shape = re.escape(folded(one)).replace(re.escape("{n}"), r"(\d{1,2})")
        yield rf"(?<!\w){shape}(?!\w)" if spaced else rf"(?<![\d月/-]){shape}(?!\d|\s?/)"


def _either(words: Iterable[str]) -> str:
    """Any of these words, the longest first; nothing where there are none."""
    listed = sorted({folded(one) for one in words}, key=len, reverse=True)
    # Folding writes `…` as three points.
    return "|".join(re.escape(one).replace(r"\.\.\.", _ANY) for one in listed) or "(?!)"


@cache
def _table() -> dict[str, Any]:
    with DATA.open("rb") as file:
        return tomllib.load(file)


# --- reading ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Hit:
    """A time in a sentence. `deadline`: the words beside it make it one; `counted`: it is a span from now on."""

    start: int
    end: int
    day: date
    at: datetime | None
    deadline: bool
    counted: bool


@dataclass
class _Reader:
    tongues: tuple[_Tongue, ...]
    now: datetime
    calendar: Calendar
    today: date = field(init=False)

    def __post_init__(self) -> None:
        self.today = self.now.date()

    def sentence(self, sentence: str) -> Iterator[Time]:
        """The times of one sentence, levelled."""
        said = sentence.casefold().translate(_LEVELLED)
        if len(said) != len(sentence):
            sentence = said
        hits = sorted(self._hits(said), key=lambda one: one.start)
        ours, others = self._marks(said)
        for hit in hits:
            whose = self._whose(said, hit, ours, others)
            if whose is not None:
                yield Time(sentence[hit.start : hit.end].strip(), whose, hit.day, hit.at, sentence.strip())

    def _hits(self, said: str) -> list[_Hit]:
        found: list[_Hit] = []
        for read in (self._spans, self._days, self._weekdays, self._relative, self._weeks, self._monthdays):
            for hit in read(said):
                if free((hit.start, hit.end), [(one.start, one.end) for one in found]):
                    found.append(hit)
        return [one for one in found if self.today <= one.day <= self.today + AHEAD]

    def _spans(self, said: str) -> Iterator[_Hit]:
        for tongue in self.tongues:
            for hit in tongue.span.finditer(said):
                before, after = said[: hit.start()], said[hit.end() :]
                # `3日内` has its word of a deadline in its unit.
                deadline = bool(
                    tongue.before_span.search(before) or tongue.after_span.match(after) or tongue.ends.search(hit[0])
                )
                if self._past(tongue, before, after) and not deadline:
                    yield _Hit(hit.start(), hit.end(), date.min, None, False, True)
                    continue
                figures = [tongue.numbers.get(one) or int(one) for one in (hit[2], hit[3]) if one]
                day, at = self._after(max(figures) * int(hit[1] or 1), tongue.units[hit[4]])
                yield _Hit(hit.start(), hit.end(), day, at, deadline, True)

    def _after(self, count: int, unit: str) -> tuple[date, datetime | None]:
        if unit == "working_days":
            try:
                return add_business_days(self.today, count, self.calendar).day, None
            except Invalid:
                return date.max, None
        if unit in ("hours", "minutes"):
            at = self.now + timedelta(**{unit: count})
            return at.date(), at
        return self.today + timedelta(**{unit: count}), None

    def _days(self, said: str) -> Iterator[_Hit]:
        for tongue in self.tongues:
            for one in days(said, tongue.locale):
                coming = self._coming(one.readings)
                # A day that is over takes its place too, or `11月20日` would be read as a day of this month.
                yield self._hit(said, one.start, one.end, coming or date.min)

    def _coming(self, readings: Iterable[tuple[int | None, int, int]]) -> date | None:
        """The nearest day to come that it can be; a day without a year that was lately is over."""
        found = []
        for year, month, day in readings:
            for one in (year,) if year else (self.today.year, self.today.year + 1):
                if is_reckoned(one) and (made := _made(one, month, day)) and made >= self.today:
                    found.append(made)
        return min(found, default=None)

    def _weekdays(self, said: str) -> Iterator[_Hit]:
        for tongue in self.tongues:
            for hit in tongue.weekday.finditer(said):
                if tongue.every.search(said[: hit.start()]):
                    continue
                wanted = tongue.weekdays[hit[0]]
                day = self.today + timedelta(days=(wanted - self.today.weekday()) % 7)
                start, end = hit.span()
                if span := _beside(tongue.next, said, start, end):
                    day = self.today + timedelta(days=7 - self.today.weekday() + wanted)
                    start, end = span
                yield self._hit(said, start, end, day)

    def _relative(self, said: str) -> Iterator[_Hit]:
        for tongue in self.tongues:
            for hit in tongue.relative.finditer(said):
                yield self._hit(said, hit.start(), hit.end(), self.today + timedelta(days=tongue.ahead[hit[0]]))

    def _weeks(self, said: str) -> Iterator[_Hit]:
        """`this week`, `next week` alone: the Friday of it; on a Saturday, its Sunday."""
        to_friday = _FRIDAY - self.today.weekday()
        for tongue in self.tongues:
            for hit in tongue.this_week.finditer(said):
                yield self._hit(
                    said, *hit.span(), self.today + timedelta(days=to_friday if to_friday >= 0 else 2 + to_friday)
                )
            for hit in tongue.next_week.finditer(said):
                yield self._hit(said, *hit.span(), self.today + timedelta(days=7 + to_friday))

    def _monthdays(self, said: str) -> Iterator[_Hit]:
        for tongue in self.tongues:
            for hit in tongue.monthday.finditer(said):
                number = int(next(one for one in hit.groups() if one))
                coming = (_made(*month, number) for month in _months(self.today))
                day = next((one for one in coming if one and one >= self.today), date.min)
                yield self._hit(said, *hit.span(), day)

    def _hit(self, said: str, start: int, end: int, day: date) -> _Hit:
        before, after = said[:start], said[end:]
        deadline = any(one.before_day.search(before) or one.after_day.match(after) for one in self.tongues)
        return _Hit(start, end, day, None, deadline, False)

    def _past(self, tongue: _Tongue, before: str, after: str) -> bool:
        return bool(tongue.ago_before.search(before) or tongue.ago_after.match(after))

    # --- whose ----------------------------------------------------------------------------------------------------------

    def _marks(self, said: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Where words of our doing and of others' stand; of two that overlap the longer counts."""
        ours = [hit.span() for one in self.tongues for hit in one.ours.finditer(said)]
        others = [hit.span() for one in self.tongues for hit in one.others.finditer(said)]
        return _without(ours, others), _without(others, ours, ties=False)

    def _whose(self, said: str, hit: _Hit, ours: list[tuple[int, int]], others: list[tuple[int, int]]) -> Whose | None:
        if hit.counted and self._anchored(said, hit):
            return None
        left = max((one.end() for one in _CLAUSES.finditer(said, 0, hit.start)), default=0)
        right = next((one.start() for one in _CLAUSES.finditer(said, hit.end)), len(said))
        for start, end, ahead in (
            (left, hit.end, True),
            (hit.end, right, False),
            (0, hit.end, True),
            (hit.end, len(said), False),
        ):
            mine, theirs = (_nearest(one, start, end, last=ahead) for one in (ours, others))
            if mine is None and theirs is None:
                continue
            if theirs is not None and (mine is None or (theirs > mine) == ahead):
                return Whose.BUYERS if hit.deadline or not hit.counted else None
            # “Tomorrow we will …” needs no word of a deadline.
            near = not hit.counted and mine is not None and mine - hit.end <= NEAR
            return Whose.OURS if hit.deadline or ahead or near else None
        return Whose.OURS if hit.deadline else None

    def _anchored(self, said: str, hit: _Hit) -> bool:
        near = (said[: hit.start], said[hit.end : hit.end + BEHIND])
        return any(one.anchor.search(part) for one in self.tongues for part in near)


def _nearest(marks: Sequence[tuple[int, int]], start: int, end: int, *, last: bool) -> int | None:
    """Where the last (or first) of these marks begins between two places."""
    inside = [one for one, _end in marks if start <= one < end]
    return (max(inside) if last else min(inside)) if inside else None


def _without(
    marks: Sequence[tuple[int, int]], than: Sequence[tuple[int, int]], *, ties: bool = True
) -> list[tuple[int, int]]:
    """The marks that no longer one of the others overlaps."""

    def beaten(one: tuple[int, int]) -> bool:
        mine = one[1] - one[0]
        return any(
            start < one[1] and one[0] < end and (end - start > mine or (not ties and end - start == mine))
            for start, end in than
        )

    return [one for one in marks if not beaten(one)]


def _beside(
    patterns: tuple[re.Pattern[str], re.Pattern[str]], said: str, start: int, end: int
) -> tuple[int, int] | None:
    """The place of a weekday with the word of next week right before or right behind it; None where there is none."""
    before, after = patterns
    if hit := before.search(said[:start]):
        return hit.start(), end
    if hit := after.match(said[end:]):
        return start, end + hit.end()
    return None


def _months(today: date) -> Iterator[tuple[int, int]]:
    for at in range(3):
        whole = today.year * 12 + today.month - 1 + at
        yield whole // 12, whole % 12 + 1


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
