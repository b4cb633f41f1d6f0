"""How far luck moves a share of n: limits for a chart over months (p-chart) and for groups of all sizes (funnel).

The p-chart is Shewhart's as Montgomery gives it (Introduction to Statistical Quality Control, 6th edition, section 7.2): the
mean of all, and three standard deviations of a share of n around it; where a sample is too small for that, the exact quantiles of
the binomial at the same level. The funnel follows Spiegelhalter (Statistics in Medicine
24, 2005): limits from the quantiles of the binomial itself, interpolated so that they run smoothly, at the levels of two and of
three standard deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from scipy.stats import binom, norm

from core.insight.shrinkage import Group

SIGMAS = 3.0
TWO_SIGMA, THREE_SIGMA = 0.9545, 0.9973
"""The shares of a normal distribution within two and within three standard deviations."""

FEWEST = 5.0
"""Below so many expected events, or the others, the normal's limits are crossed by luck far more often than they say."""

RUN = 8
"""So many in a row on one side of the middle are a signal: the fourth of the Western Electric rules (Montgomery, 5.3.5)."""


@dataclass(frozen=True)
class Limits:
    """Between which shares luck alone moves."""

    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """One sample of a chart: its share, its limits, whether it lies outside them, whether it ends a run on one side."""

    share: float
    limits: Limits
    outside: bool
    run: bool

    @property
    def signal(self) -> bool:
        """Whether the sample says that something changed."""
        return self.outside or self.run


@dataclass(frozen=True)
class Chart:
    """The mean of all samples and each of them."""

    mean: float
    points: tuple[Point, ...]


def p_limits(mean: float, n: int, sigmas: float = SIGMAS) -> Limits:
    """The limits for a share of `n` around a mean: exact where few events, or nearly only events, are to be expected."""
    if n * min(mean, 1 - mean) < FEWEST:
        tail = float(norm.sf(sigmas))
        return Limits(float(binom.ppf(tail, n, mean)) / n, float(binom.ppf(1 - tail, n, mean)) / n)
    reach = sigmas * sqrt(mean * (1 - mean) / n)
    return Limits(max(0.0, mean - reach), min(1.0, mean + reach))


def p_chart(samples: Sequence[Group], sigmas: float = SIGMAS) -> Chart | None:
    """The chart of some samples in their order, those without parcels left out. None where none is left."""
    told = [one for one in samples if one.n > 0]
    if not told:
        return None
    mean = sum(one.events for one in told) / sum(one.n for one in told)
    shares = [one.events / one.n for one in told]
    sides = [_side(one, mean) for one in told]
    runs = _runs(sides)
    points = []
    for one, share, run in zip(told, shares, runs, strict=True):
        limits = p_limits(mean, one.n, sigmas)
        points.append(Point(share, limits, not limits.low <= share <= limits.high, run >= RUN))
    return Chart(mean, tuple(points))


def _side(one: Group, mean: float) -> int:
    """Above (1) or below (−1) what half of such samples stay within, so that luck alone brings either at most every other time; 0 on
    it. Of rare events most samples have none: that is no side.
    """
    middle = float(binom.median(one.n, mean))
    return (one.events > middle) - (one.events < middle)


def _runs(sides: Sequence[int]) -> list[int]:
    """How many samples up to each one lie on its side of the mean without a break."""
    lengths = [1 if side else 0 for side in sides[:1]]
    for before, side in pairwise(sides):
        lengths.append(0 if side == 0 else lengths[-1] + 1 if side == before else 1)
    return lengths


def funnel_limits(mean: float, n: int, level: float) -> Limits:
    """Between which shares of `n` a group like all the others lies at the stated level."""
    tail = (1 - level) / 2
    return Limits(_quantile(mean, n, tail), _quantile(mean, n, 1 - tail))


def _quantile(mean: float, n: int, chance: float) -> float:
    """The binomial's quantile as a share, interpolated between the two whole numbers around it (Spiegelhalter, appendix)."""
    whole = int(binom.ppf(chance, n, mean))
    at = float(binom.cdf(whole, n, mean))
    mass = at - float(binom.cdf(whole - 1, n, mean)) if whole > 0 else at
    part = (at - chance) / mass if mass > 0 else 0.0
    return min(1.0, max(0.0, (whole - part) / n))
