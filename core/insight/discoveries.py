"""Many comparisons at once: which of them may be told as differences.

Of twenty carriers that are all alike, one looks different at the five-per-cent level. Benjamini and Hochberg's step-up
(Journal of the Royal Statistical Society B 57, 1995) keeps the expected share of false ones among all that are told below the
stated rate, and with none that truly differs the chance of telling any.
"""

from __future__ import annotations

from collections.abc import Sequence

FALSE_DISCOVERY_RATE = 0.05


def adjusted(chances: Sequence[float]) -> list[float]:
    """The smallest false-discovery rate at which each comparison would be told, in the order given."""
    count = len(chances)
    order = sorted(range(count), key=lambda place: chances[place], reverse=True)
    found, least = [1.0] * count, 1.0
    for passed, place in enumerate(order):
        least = min(least, chances[place] * count / (count - passed))
        found[place] = least
    return found


def discoveries(chances: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Which comparisons are told at a false-discovery rate."""
    return [one <= rate for one in adjusted(chances)]
