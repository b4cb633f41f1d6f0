"""Figures put in order: which parts are shown, in which order, and what is silent because too little stands behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.foundation.intervals import Interval, interval
from core.insight.explore import keys
from core.insight.explore.bands import Bands
from core.insight.explore.keys import Key
from core.insight.explore.questions import SHARES, SUMS, TIMES, Dimension, Measure, Question

MOST_ROWS, MOST_COLUMNS = 60, 12
MOST_TIMES = 120
FEWEST = 5
"""With fewer decided claims, paid claims or cases no share and no middle is told."""

ALL = ""
"""Stands for all parts of a dimension."""
Place = tuple[str, str]
"""The codes of a row and of a column; `ALL` for a total."""


@dataclass(frozen=True)
class Counted:
    """What the database gives for one place: cases, what the measure stands on (`n`: cases, parcels, claims), and its sum.

    `value` is a number of cases, an amount, the events of a share, or the middle of days or hours.
    """

    cases: int
    n: int
    value: Decimal | float | None


@dataclass(frozen=True)
class Figure:
    """One figure. `value` is None where nothing can be said: nothing there, or `few`, too little behind it.

    Shares are parts of one (a rate too: per parcel, not per thousand) with their `interval`; days and hours are medians.
    `cases` are those behind it, `n` what it stands on and `events` how many of these a share counts.
    """

    value: Decimal | float | None
    cases: int
    n: int
    events: int = 0
    interval: Interval | None = None
    few: bool = False


NOTHING = Figure(None, 0, 0)


@dataclass(frozen=True)
class Answer:
    """What a question brings: its parts in order, the figures by the codes of row and column (`ALL` for the totals).

    `hidden_rows` and `hidden_columns` parts are not shown; totals count them. `young` parcels are too young to be judged and
    left out, `until` is the last day that counts (None: open). `rates` are the first and the last day of the rates
    amounts were converted at, `unrated` cases could not be. `waiting` cases nobody has acted on yet.
    """

    question: Question
    rows: tuple[Key, ...]
    columns: tuple[Key, ...]
    figures: Mapping[Place, Figure]
    currency: str
    bands: Bands
    hidden_rows: int = 0
    hidden_columns: int = 0
    young: int = 0
    until: date | None = None
    rates: tuple[date, date] | None = None
    unrated: int = 0
    waiting: int = 0

    def at(self, row: str = ALL, column: str = ALL) -> Figure:
        """The figure of a place."""
        return self.figures.get((row, column), NOTHING)

    @property
    def total(self) -> Figure:
        """The figure of everything."""
        return self.at()


def figure(measure: Measure, counted: Counted, least: int) -> Figure:
    """One figure from what was counted; silent below `least`."""
    if measure not in SHARES:
        few = measure not in SUMS and 0 < counted.n < least
        return Figure(None if few or not counted.n else counted.value, counted.cases, counted.n, few=few)
    events = int(counted.value or 0)
    # More events than parcels: a carrier was exchanged after the case was registered. No share can be told of that.
    if not counted.n or events > counted.n:
        return Figure(None, counted.cases, counted.n, events)
    if counted.n < least:
        return Figure(None, counted.cases, counted.n, events, few=True)
    return Figure(events / counted.n, counted.cases, counted.n, events, interval(events, counted.n))


def zero(measure: Measure) -> Figure:
    """What stands where no case is: nothing lost, or nothing to tell."""
    return Figure(Decimal(0), 0, 0) if measure in SUMS else NOTHING


def ordered(
    dimension: Dimension, found: Mapping[str, Figure], weigh: Callable[[Figure], float], most: int
) -> tuple[list[str], int]:
    """The codes of a dimension in order, and how many are not shown: days as they came, what has an order of its own in it,
    anything else the heaviest first."""
    if dimension in TIMES:
        codes = _without_gaps(dimension, found)
        return codes[-MOST_TIMES:], max(len(codes) - MOST_TIMES, 0)
    if dimension in (Dimension.TIER, Dimension.BAND):
        return sorted(found, key=lambda code: keys.place(dimension, code)), 0
    codes = sorted(found, key=lambda code: (-weigh(found[code]), keys.place(dimension, code)))
    return codes[:most], max(len(codes) - most, 0)


def _without_gaps(dimension: Dimension, codes: Iterable[str]) -> list[str]:
    """Every month or week from the first to the last: one without a case is a zero, not a gap."""
    found = sorted(codes)
    if not found:
        return []
    day, last = (keys.span_of(dimension, code)[0] for code in (found[0], found[-1]))
    every = []
    while day <= last:
        every.append(keys.code_of(dimension, day))
        day = keys.next_of(dimension, day)
    return every


def weight(measure: Measure) -> Callable[[Figure], float]:
    """What makes a part heavy: its sum, or how much its share or middle stands on."""
    if measure in SUMS:
        return lambda one: abs(float(one.value or 0))
    return lambda one: one.n


def by_row(figures: Mapping[Place, Figure]) -> dict[str, Figure]:
    """The totals of the rows."""
    return {row: one for (row, column), one in figures.items() if row != ALL and column == ALL}


def by_column(figures: Mapping[Place, Figure]) -> dict[str, Figure]:
    """The totals of the columns."""
    return {column: one for (row, column), one in figures.items() if row == ALL and column != ALL}


def rolled_up(counted: Mapping[tuple[str, ...], int], keep: tuple[bool, ...]) -> dict[tuple[str, ...], int]:
    """Numbers of parcels added up over the dimensions that are not kept."""
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for place, n in counted.items():
        found[tuple(code if kept else ALL for code, kept in zip(place, keep, strict=True))] += n
    return found
