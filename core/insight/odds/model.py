"""How often an answer like this one was upheld, told from the team's own decided disputes (pure).

Disputes are counted in cells of reason × market × completeness of the proof. Within one completeness the cells' rates lean on each other
as far as luck alone could have moved them (`core.insight.shrinkage`: a beta-binomial, its prior found from all cells); how complete
the proof was never mixes. Too few of them, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scipy.special import betaincinv

from core.foundation.intervals import LEVEL, interval
from core.insight.odds.settings import Least, least
from core.insight.shrinkage import Group, Shrinkage, Shrunken, shrink
from core.models.dispute import ReturnReason


class Completeness(StrEnum):
    """How much of what the platform asks to be shown was shown: all of it, some of it, nothing."""

    COMPLETE = "complete"
    PARTLY = "partly"
    BARE = "bare"


@dataclass(frozen=True)
class Cell:
    """What makes two disputes alike."""

    reason: ReturnReason
    market: str
    completeness: Completeness


@dataclass(frozen=True)
class Tally:
    """Decided disputes: how many, how many brought us anything, and the shares of the amount those left us, summed."""

    n: int
    upheld: int
    kept: float

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.n + other.n, self.upheld + other.upheld, self.kept + other.kept)


NONE = Tally(0, 0, 0.0)
_LEAST = 1e-6


@dataclass(frozen=True)
class Chance:
    """How likely an answer is to be upheld, wholly or in part, with the interval of `LEVEL`.

    `n` decided disputes were just like it, `upheld` of them brought something; `of_class` had proof as complete. `own` is the weight
    of its own n beside all others' (1: it stands alone). `share` is what is kept of the amount when an answer is upheld.
    """

    rate: float
    low: float
    high: float
    n: int
    upheld: int
    of_class: int
    own: float
    share: float


@dataclass(frozen=True)
class TooFew:
    """Nothing can be said: `n` disputes like it were decided and `of_class` as complete, of `needed` and `class_needed`."""

    n: int
    of_class: int
    needed: int
    class_needed: int


@dataclass(frozen=True)
class Odds:
    """Everything decided so far, ready to be asked about any cell."""

    tallies: Mapping[Cell, Tally]
    chances: Mapping[Cell, Chance] = field(default_factory=dict)
    classes: Mapping[Completeness, Tally] = field(default_factory=dict)
    least: Least = field(default_factory=least)

    def of(self, cell: Cell) -> Chance | TooFew:
        """The chance of an answer in this cell, or that there is too little to go by."""
        found = self.chances.get(cell)
        if found is not None:
            return found
        tally, whole = self.tallies.get(cell, NONE), self.classes.get(cell.completeness, NONE)
        # Where the class would do but nothing leans on anything, the cell has to stand alone.
        needed = self.least.alone if whole.n >= self.least.of_class and tally.n >= self.least.own else self.least.own
        return TooFew(tally.n, whole.n, needed, self.least.of_class)


def fit(outcomes: Mapping[Cell, Tally], bounds: Least | None = None) -> Odds:
    """Work the odds out from decided disputes."""
    bounds = bounds or least()
    chances: dict[Cell, Chance] = {}
    classes: dict[Completeness, Tally] = {}
    for completeness in Completeness:
        cells = {cell: tally for cell, tally in outcomes.items() if cell.completeness is completeness and tally.n > 0}
        if cells:
            classes[completeness] = summed(cells.values())
            chances.update(_of_class(cells, classes[completeness], bounds))
    return Odds(dict(outcomes), chances, classes, bounds)


def summed(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    return sum(tallies, NONE)


def _of_class(cells: Mapping[Cell, Tally], whole: Tally, bounds: Least) -> dict[Cell, Chance]:
    """The chances of the cells of one completeness that may be told."""
    if whole.n < bounds.of_class:
        return {}
    share = whole.kept / whole.upheld if whole.upheld else 1.0
    leaning = shrink([Group(tally.upheld, tally.n) for tally in cells.values()])
    found: dict[Cell, Chance] = {}
    for place, (cell, tally) in enumerate(cells.items()):
        if leaning is not None and tally.n >= bounds.own:
            one = leaning.groups[place]
            low, high = _reach(leaning, one, tally, [other.n for other in cells.values()])
            found[cell] = Chance(one.rate, low, high, tally.n, tally.upheld, whole.n, one.own, share)
        elif leaning is None and tally.n >= bounds.alone:
            found[cell] = _alone(tally, whole.n, share)
    return found


def _reach(leaning: Shrinkage, one: Shrunken, tally: Tally, sizes: Sequence[int]) -> tuple[float, float]:
    """The interval, wider than that of the prior alone: the common mean and how far rates scatter are only estimated too.

    The two further terms are those of Morris (JASA 78, 1983, section 4); a beta distribution of that mean and variance is told.
    """
    towards, rate = 1 - one.own, min(max(one.rate, _LEAST), 1 - _LEAST)
    before = tally.n * towards / one.own
    spread = leaning.mean * (1 - leaning.mean)
    of_mean = 1 / sum(1 / (spread / n + leaning.scatter) for n in sizes)
    of_scatter = 2 / (len(sizes) - 3) * (tally.upheld / tally.n - leaning.mean) ** 2
    variance = rate * (1 - rate) / (before + tally.n + 1) + towards**2 * (of_mean + of_scatter)
    n = max(rate * (1 - rate) / variance - 1, 1.0)
    tail = (1 - LEVEL) / 2
    low, high = (float(betaincinv(n * rate, n * (1 - rate), at)) for at in (tail, 1 - tail))
    return min(low, one.rate), max(high, one.rate)


def _alone(tally: Tally, of_class: int, share: float) -> Chance:
    """A cell that has nothing to lean on: its own share, drawn in by half a case so that nothing is ever certain."""
    reach = interval(tally.upheld, tally.n)
    rate = float(betaincinv(tally.upheld + 0.5, tally.n - tally.upheld + 0.5, 0.5))
    return Chance(rate, reach.low, reach.high, tally.n, tally.upheld, of_class, 1.0, share)
