"""How many parcels it takes until a rate can be told from another: what a trial of a channel has to be given.

By the binomial itself: the smallest number of parcels at which a channel with the higher rate is found, at the stated surety, by
a one-sided test against the usual rate that takes luck for quality in at most `ALPHA` of all cases.
"""

from __future__ import annotations

from scipy.stats import binom

ALPHA = 0.025
POWER = 0.8
TWICE = 2.0
MOST = 2_000_000
"""Beyond this no trial is run."""


def parcels_to_tell(rate: float, times: float = TWICE, power: float = POWER) -> int | None:
    """From how many parcels on a channel `times` as bad as `rate` (a share) is found in `power` of all cases.

    None where no trial of a size that can be run tells it. Raises `ValueError` unless rate and times × rate are shares apart.
    """
    if not 0 < rate < rate * times < 1:
        raise ValueError(f"a rate of {rate} and one {times} times as high cannot be told apart")
    low, high = 1, 64
    while _found(high, rate, times) < power:
        if high >= MOST:
            return None
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if _found(middle, rate, times) < power:
            low = middle + 1
        else:
            high = middle
    return high


def _found(n: int, rate: float, times: float) -> float:
    """How often a channel with the higher rate shows so many events that luck does not explain them."""
    most_by_luck = binom.isf(ALPHA, n, rate)
    return float(binom.sf(most_by_luck, n, rate * times))
