"""Whether the odds held: what they would have said of past disputes before each was decided, beside what came of them (pure).

Each dispute is judged by what was decided before the month it was answered in, never by anything later and never by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.foundation.intervals import Interval, interval
from core.insight.odds.model import NONE, Cell, Chance, Tally, fit
from core.insight.odds.settings import Least, least

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Past:
    """Decided disputes of one cell, answered in one month and decided in another (both as its first day)."""

    answered: date
    decided: date
    cell: Cell
    tally: Tally


@dataclass(frozen=True)
class Reliability:
    """Disputes that were told a chance from `low` to `high`: `told` on average, `upheld` of `n` in truth, with the interval of that
    share. `fits`: what was told lies in it.
    """

    low: float
    high: float
    n: int
    told: float
    upheld: int
    seen: Interval

    @property
    def fits(self) -> bool:
        """Whether what was told agrees with what came."""
        return self.seen.low <= self.told <= self.seen.high


@dataclass(frozen=True)
class Calibration:
    """The look back: a row for each fifth of the scale that holds disputes; `n` were told a chance, `silent` were not.

    No row where fewer were told than the minimum `needed`.
    """

    rows: tuple[Reliability, ...]
    n: int
    silent: int
    needed: int

    @property
    def fits(self) -> int:
        """How many rows agree."""
        return sum(1 for row in self.rows if row.fits)


@dataclass
class _Bin:
    n: int = 0
    upheld: int = 0
    told: float = 0.0


def calibrate(past: Sequence[Past], bounds: Least | None = None) -> Calibration:
    """Look back month by month."""
    bounds = bounds or least()
    bins = [_Bin() for _edge in EDGES[1:]]
    known: dict[Cell, Tally] = {}
    waiting = sorted(past, key=lambda one: one.decided)
    place = silent = 0
    for month in sorted({one.answered for one in past}):
        while place < len(waiting) and waiting[place].decided < month:
            one = waiting[place]
            known[one.cell] = known.get(one.cell, NONE) + one.tally
            place += 1
        odds = fit(known, bounds)
        for one in past:
            if one.answered != month:
                continue
            chance = odds.of(one.cell)
            if isinstance(chance, Chance):
                _put(bins, chance.rate, one.tally)
            else:
                silent += one.tally.n
    return _calibration(bins, silent, bounds.calibration)


def _put(bins: list[_Bin], rate: float, tally: Tally) -> None:
    found = bins[min(int(rate * len(bins)), len(bins) - 1)]
    found.n += tally.n
    found.upheld += tally.upheld
    found.told += rate * tally.n


def _calibration(bins: Sequence[_Bin], silent: int, needed: int) -> Calibration:
    n = sum(one.n for one in bins)
    rows = tuple(
        Reliability(low, high, one.n, one.told / one.n, one.upheld, interval(one.upheld, one.n))
        for low, high, one in zip(EDGES, EDGES[1:], bins, strict=False)
        if one.n
    )
    return Calibration(rows if n >= needed else (), n, silent, needed)
