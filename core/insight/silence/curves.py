"""The chance that a parcel silent for d days still arrives: competing ends, by whole days of silence.

A silence ends in one of four ways: the parcel arrives, is scanned again, comes back, or is declared lost; or it still lasts, and
nobody knows yet how it will end. The chance of each end is Aalen and Johansen's estimator (Scandinavian Journal of Statistics 5,
1978), in the actuarial form for whole days: a silence that is still going on counts for half of its last day (Cutler and Ederer,
Journal of Chronic Diseases 8, 1958). With arrival as its only end this is Kaplan and Meier's.

A parcel that is scanned again is silent anew, from the first day on: what a new silence promises is carried over (a renewal
process), so that `chance[d] = P(arrives) + P(scanned again) × chance[0]`, each given that the silence has lasted d days.

The variance adds up the days' own (Greenwood, 1926, for several ends, by the delta method) and that of chance[0]. Divided into
p(1 − p) it tells how many fully known silences say as much; the interval is Clopper and Pearson's on that number (Korn and
Graubard, Survey Methodology 24, 1998), which keeps its level where arrivals are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from core.foundation.intervals import LEVEL

Column = npt.NDArray[np.float64]


class End(StrEnum):
    """How a silence ended; OPEN where it lasts."""

    ARRIVED = "arrived"
    MOVED = "moved"
    RETURNED = "returned"
    LOST = "lost"
    OPEN = "open"


@dataclass
class Waits:
    """Silences by their last whole day: for each way to end one column of counts, from day 0 to the horizon and one beyond.

    The place beyond the horizon holds those that lasted longer, however they ended then.
    """

    by_end: dict[End, Column]

    @classmethod
    def none(cls, horizon: int) -> Waits:
        """No silence was seen."""
        return cls({end: np.zeros(horizon + 2) for end in End})

    @property
    def horizon(self) -> int:
        """The last day that is looked at."""
        return len(self.by_end[End.OPEN]) - 2

    def add(self, end: End, day: int, count: int) -> None:
        """So many silences ended so on that day."""
        self.by_end[end if day <= self.horizon else End.OPEN][min(day, self.horizon + 1)] += count

    def take(self, other: Waits) -> None:
        """The silences of another channel with these."""
        for end, column in other.by_end.items():
            self.by_end[end] += column

    def total(self, end: End) -> int:
        """How many ended so within the horizon (OPEN: lasted, or were not followed so far)."""
        return int(self.by_end[end].sum())


@dataclass(frozen=True)
class Curve:
    """For each day of silence: the chance to arrive with its interval, and how many silences lasted that long (`lasted`).

    Of these `known` were followed for a fortnight more, or ended in it: the rest says nothing about what comes.
    """

    chance: Column
    low: Column
    high: Column
    lasted: Column
    known: Column


def curve(waits: Waits, *, followed: int, level: float = LEVEL) -> Curve:
    """The curve of some silences. `followed` is the days a silence has to be followed on for its future to count as known."""
    size = waits.horizon + 1
    ends = {end: waits.by_end[end][:size] for end in End}
    everyone = np.sum(list(waits.by_end.values()), axis=0)
    lasted: Column = everyone[::-1].cumsum()[::-1][:size]
    exposed = np.maximum(lasted - ends[End.OPEN] / 2, 0)
    share = {end: np.divide(ends[end], exposed, out=np.zeros(size), where=exposed > 0) for end in End}
    fresh = _fresh(share, size)
    chance, variance, again = np.zeros(size + 1), np.zeros(size + 1), np.zeros(size + 1)
    for day in reversed(range(size)):
        arrived, moved = share[End.ARRIVED][day], share[End.MOVED][day]
        stays = max(0.0, 1 - arrived - moved - share[End.RETURNED][day] - share[End.LOST][day])
        chance[day] = arrived + moved * fresh + stays * chance[day + 1]
        spread = arrived + moved * fresh**2 + stays * chance[day + 1] ** 2 - chance[day] ** 2
        own = max(0.0, spread) / exposed[day] if exposed[day] > 0 else 0.0
        variance[day] = own + stays**2 * variance[day + 1]
        again[day] = moved + stays * again[day + 1]
    # What a new silence promises was estimated from the same silences: the doubts add up as if they went hand in hand, which
    # they do for a parcel scanned this moment, and less and less the longer it is silent.
    doubt = np.sqrt(variance[0]) / (1 - again[0]) if again[0] < 1 else 0.0
    variance = (np.sqrt(variance) + again * doubt) ** 2
    known = lasted - _leaving(ends[End.OPEN], followed)
    low, high = _interval(chance[:size], variance[:size], known, level)
    return Curve(chance[:size], low, high, lasted, known)


def _fresh(share: dict[End, Column], size: int) -> float:
    """The chance of a parcel that was scanned this moment: of those that are not scanned again, how many arrive.

    Solves `fresh = P(arrives) + P(scanned again) × fresh`.
    """
    arrives = again = 0.0
    lasts = 1.0
    for day in range(size):
        arrives += lasts * share[End.ARRIVED][day]
        again += lasts * share[End.MOVED][day]
        lasts *= max(0.0, 1 - sum(share[end][day] for end in End if end is not End.OPEN))
    return arrives / (1 - again) if again < 1 else 0.0


def _leaving(open_ones: Column, followed: int) -> Column:
    """Of the silences that lasted until each day: how many were lost sight of in the days that follow."""
    before = np.concatenate([[0.0], np.cumsum(open_ones)])
    places = np.arange(len(open_ones))
    found: Column = before[np.minimum(places + followed, len(open_ones))] - before[places]
    return found


def _interval(chance: Column, variance: Column, known: Column, level: float) -> tuple[Column, Column]:
    """Clopper and Pearson's interval on as many silences as the variance speaks for, never more than there are."""
    spread = chance * (1 - chance)
    told = np.divide(spread, variance, out=known.copy(), where=(variance > 0) & (spread > 0))
    n = np.minimum(told, np.maximum(known, 0))
    seen, tail = chance * n, (1 - level) / 2
    some = n > 0
    low = np.where(some & (seen > 0), betaincinv(np.maximum(seen, 1e-12), n - seen + 1, tail), 0.0)
    high = np.where(some & (seen < n), betaincinv(seen + 1, np.maximum(n - seen, 1e-12), 1 - tail), 1.0)
    return low, high
