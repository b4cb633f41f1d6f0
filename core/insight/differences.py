"""How far two shares lie apart, and how surely.

The interval is Newcombe's (Statistics in Medicine 17, 1998, 873–890, method 10), which joins the Wilson intervals of both. Whether
luck alone brings such a difference is the exact test of Fisher.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from core.foundation.intervals import LEVEL, wilson
from core.insight.shrinkage import Group
from core.insight.standardise import Stratum, chance


@dataclass(frozen=True)
class Difference:
    """The later share less the earlier one, its interval, and the chance of as much by luck alone."""

    share: float
    low: float
    high: float
    chance: float


def difference(then: Group, now: Group, level: float = LEVEL) -> Difference | None:
    """How far `now` lies from `then`. None where one of them has nobody."""
    if not then.n or not now.n:
        return None
    was, is_now = then.events / then.n, now.events / now.n
    before, after = wilson(then.events, then.n, level), wilson(now.events, now.n, level)
    share = is_now - was
    down = sqrt((is_now - after.low) ** 2 + (before.high - was) ** 2)
    up = sqrt((after.high - is_now) ** 2 + (was - before.low) ** 2)
    both = Stratum(now.events, now.n, now.events + then.events, now.n + then.n)
    return Difference(share, share - down, share + up, chance([both]).either)
