"""A group's events against what the others' rates would have brought on its own mix of parcels.

A carrier that is given the hard lanes and the dear parcels looks bad beside one that is not. So the events of a group are set
against those expected if each of its parcels had met the rate of its stratum (lane, value band …) among all parcels: indirect
standardisation. The ratio's interval is the exact one for a Poisson count (Garwood, Biometrika 28, 1936; Breslow and Day,
Statistical Methods in Cancer Research II, 1987, section 2.3), the expected number taken as known.

Whether the group differs is judged apart, by the exact conditional test of the stratified two-by-two tables (Mantel and
Haenszel's hypothesis, its null distribution reckoned in full): within a stratum the events fall on the group's parcels and the
others' as a draw without return would let them fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, gammaln

from core.foundation.intervals import LEVEL


@dataclass(frozen=True)
class Stratum:
    """One stratum: the group's parcels and events, and those of all (the group's among them)."""

    events: int
    n: int
    all_events: int
    all_n: int

    def __post_init__(self) -> None:
        others, others_n = self.all_events - self.events, self.all_n - self.n
        if not (0 <= self.events <= self.n and 0 <= others <= others_n):
            raise ValueError(f"{self} is not part of a whole")


@dataclass(frozen=True)
class Standardised:
    """Events seen over events expected, with the ratio's interval; `rate` is the ratio times the rate of all."""

    seen: int
    expected: float
    ratio: float
    low: float
    high: float
    rate: float


def standardise(strata: Sequence[Stratum], level: float = LEVEL) -> Standardised | None:
    """The standardised ratio of a group. None where nothing could be expected: no parcels, or no events anywhere.

    Strata cover all parcels: one in which the group has none still counts for the rate of all.
    """
    expected = sum(one.n * one.all_events / one.all_n for one in strata if one.all_n)
    if expected <= 0:
        return None
    seen = sum(one.events for one in strata)
    common = sum(one.all_events for one in strata) / sum(one.all_n for one in strata)
    tail = (1 - level) / 2
    low = float(gammaincinv(seen, tail)) if seen else 0.0
    high = float(gammaincinv(seen + 1, 1 - tail))
    return Standardised(seen, expected, seen / expected, low / expected, high / expected, common * seen / expected)


@dataclass(frozen=True)
class Chance:
    """How likely luck alone brings as many events as were seen, or more (`more`), or as few, or fewer (`fewer`)."""

    more: float
    fewer: float

    @property
    def either(self) -> float:
        """The chance of something as far out on either side: twice the smaller one."""
        return min(1.0, 2 * min(self.more, self.fewer))


def chance(strata: Sequence[Stratum]) -> Chance:
    """The exact chances under “within each stratum the group is like the others”. Both are 1 where nothing can differ."""
    distribution, lowest, seen = np.ones(1), 0, 0
    for one in strata:
        if one.n in (0, one.all_n) or one.all_events in (0, one.all_n):
            # The group has nothing here, or everything, or nothing varies: what it has is certain.
            lowest += one.events
            seen += one.events
            continue
        first, weights = _falling(one)
        distribution = np.convolve(distribution, weights)
        lowest += first
        seen += one.events
    distribution = distribution / distribution.sum()
    at = seen - lowest
    return Chance(float(min(1.0, distribution[at:].sum())), float(min(1.0, distribution[: at + 1].sum())))


def _falling(one: Stratum) -> tuple[int, np.ndarray]:
    """The fewest events the group can have, and the chance of each number from there on (hypergeometric)."""
    low = max(0, one.n + one.all_events - one.all_n)
    k = np.arange(low, min(one.n, one.all_events) + 1)
    logs = _choices(one.n, k) + _choices(one.all_n - one.n, one.all_events - k)
    weights = np.exp(logs - logs.max())
    return low, weights / weights.sum()


def _choices(n: int, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
