"""Rates of many groups, each pulled towards all of them by as much as luck alone could have moved it.

Empirical Bayes for shares: groups' true rates scatter around a common mean; what was seen scatters around the true rate by the
binomial. How far the rates really scatter is estimated from all groups together; a group with few parcels leans on the others,
one with many on itself. The estimate is that of Morris (Parametric Empirical Bayes Inference, JASA 78, 1983, section 3), whose
factor (k − 3)/(k − 1) allows for the scatter being estimated; with groups of one size it is the estimator of James and Stein as
Efron and Morris (JASA 70, 1975) use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from core.foundation.intervals import LEVEL

FEWEST_GROUPS = 4
"""The factor (k − 3)/(k − 1) says nothing about fewer."""

_ROUNDS = 200


@dataclass(frozen=True)
class Group:
    """One group: `events` out of `n`."""

    events: int
    n: int


@dataclass(frozen=True)
class Shrunken:
    """A group's rate after shrinking, with the interval in which its true rate lies at the stated level.

    `own` is the weight of what the group itself showed: 1 leaves it as it is, 0 gives it the mean of all.
    """

    rate: float
    low: float
    high: float
    own: float


@dataclass(frozen=True)
class Shrinkage:
    """All groups: the common mean, the variance of the true rates around it, and each group in the order given."""

    mean: float
    scatter: float
    groups: tuple[Shrunken, ...]


def shrink(groups: Sequence[Group], level: float = LEVEL) -> Shrinkage | None:
    """Shrink the rates of some groups. None where there are fewer than `FEWEST_GROUPS` with parcels, or nothing happened
    to anybody, or everything to everybody: then there is nothing to learn from each other.
    """
    told = [group for group in groups if group.n > 0]
    total, n = sum(group.events for group in told), sum(group.n for group in told)
    if len(told) < FEWEST_GROUPS or total in (0, n):
        return None
    rates = np.array([group.events / group.n for group in told])
    sizes = np.array([group.n for group in told], dtype=float)
    mean, scatter = _moments(rates, sizes)
    factor = (len(told) - 3) / (len(told) - 1)
    variance = mean * (1 - mean) / sizes
    towards = factor * variance / (variance + scatter)
    found = iter(zip(towards, told, strict=True))
    return Shrinkage(
        float(mean),
        float(scatter),
        tuple(
            _shrunken(group, mean, float(next(found)[0]), level)
            if group.n > 0
            else _shrunken(group, mean, factor, level)
            for group in groups
        ),
    )


def _moments(rates: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """The common mean and the variance of the true rates: each group weighs by how surely its rate is known.

    Solves Morris' equations by turns; with groups of one size the first turn is the answer.
    """
    scatter = 0.0
    mean = float(np.average(rates, weights=sizes))
    for _round in range(_ROUNDS):
        variance = mean * (1 - mean) / sizes
        weight = 1 / (variance + scatter)
        mean = float(np.average(rates, weights=weight))
        variance = mean * (1 - mean) / sizes
        k = len(rates)
        seen = k / (k - 1) * (rates - mean) ** 2 - variance
        found = max(0.0, float(np.average(seen, weights=weight)))
        if abs(found - scatter) <= 1e-12 + 1e-9 * scatter:
            return mean, found
        scatter = found
    return mean, scatter


def _shrunken(group: Group, mean: float, towards: float, level: float) -> Shrunken:
    """The mean and interval of the beta distribution whose mean is the shrunken rate: the common mean counts as
    n·B/(1 − B) parcels seen before.
    """
    n = max(group.n, 1)
    before = n * towards / (1 - towards) if towards < 1 else float("inf")
    hits, misses = before * mean + group.events, before * (1 - mean) + group.n - group.events
    tail = (1 - level) / 2
    low = float(betaincinv(hits, misses, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits, misses, 1 - tail)) if misses > 0 else 1.0
    return Shrunken(hits / (hits + misses), low, high, 1 - towards)
