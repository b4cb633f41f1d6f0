"""How sure a share is: the interval of k out of n.

Wilson's score interval (E. B. Wilson, JASA 22, 1927; Newcombe, Statistics in Medicine 17, 1998, method 3) keeps close to its
stated level for most n. Where the count is very small the interval of Clopper and Pearson (Biometrika 26, 1934) is given,
which never promises more than it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from scipy.special import betaincinv, ndtri

LEVEL = 0.95
"""How often such an interval holds the truth, unless something else is asked."""

FEW = 5
"""With fewer events, or fewer non-events, than this the exact interval is told. The rule of thumb of Brown, Cai and DasGupta
(Statistical Science 16, 2001) for when approximations to the binomial begin to hold."""


class Method(StrEnum):
    """How an interval was found."""

    WILSON = "wilson"
    EXACT = "exact"


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both shares between 0 and 1."""

    low: float
    high: float
    method: Method = Method.WILSON
    level: float = LEVEL


def wilson(events: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's interval without a continuity correction. Raises `ValueError` unless 0 ≤ events ≤ n and n > 0."""
    _counts(events, n)
    z = float(ndtri(0.5 + level / 2))
    share, square = events / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At the borders the two terms are equal but for rounding.
    low = 0.0 if events == 0 else max(0.0, middle - reach)
    high = 1.0 if events == n else min(1.0, middle + reach)
    return Interval(low, high, Method.WILSON, level)


def exact(events: int, n: int, level: float = LEVEL) -> Interval:
    """The interval of Clopper and Pearson, from the quantiles of the beta distribution. Raises as `wilson`."""
    _counts(events, n)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - tail))
    return Interval(low, high, Method.EXACT, level)


def interval(events: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's interval; the exact one where fewer than `FEW` events or non-events were seen."""
    _counts(events, n)
    few = min(events, n - events) < FEW
    return exact(events, n, level) if few else wilson(events, n, level)


def _counts(events: int, n: int) -> None:
    if not 0 <= events <= n or n == 0:
        raise ValueError(f"{events} out of {n} is no share")
