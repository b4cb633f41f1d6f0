"""Which groups of parcels have more cases than luck explains, however many groups are looked at.

A group (one hand-over, one hub …) is held against the other parcels of the same channels and four weeks. If its parcels are like the
others, the cases of a stratum fall on them as a draw without return would let them fall, so the chance of as many as were seen
is exact whatever the true rates are (`standardise.chance`; for the largest over many groups this is the scan statistic in its
conditional form, Kulldorff, Communications in Statistics 26, 1997).

Many groups are looked at, so one alarm by luck in the whole look is kept to the stated rate: Bonferroni, over the groups that
could raise an alarm at all (Tarone, Biometrics 46, 1990). A group too small to reach the level even if all cases fell on it is no
look: its margins say so before any case is counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma
from typing import Generic, TypeVar

from core.insight.standardise import Stratum, chance

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Candidate(Generic[Key]):
    """A group that is looked at, and its part of each stratum."""

    key: Key
    strata: tuple[Stratum, ...]

    @property
    def events(self) -> int:
        """Cases in the group."""
        return sum(one.events for one in self.strata)

    @property
    def n(self) -> int:
        """Parcels in the group."""
        return sum(one.n for one in self.strata)

    @property
    def expected(self) -> float:
        """Cases the others' parcels of the same strata would bring on as many; where there are no others, those it has."""
        return sum(
            one.n * (one.all_events - one.events) / (one.all_n - one.n) if one.all_n > one.n else one.events
            for one in self.strata
        )


@dataclass(frozen=True)
class Raised(Generic[Key]):
    """An alarm: `chance` is what luck alone would bring of it in this one group, `looks` how many groups could have."""

    candidate: Candidate[Key]
    chance: float
    looks: int


@dataclass(frozen=True)
class Look(Generic[Key]):
    """All groups looked at once: how many could have raised an alarm, and those that did, the least likely first."""

    looks: int
    raised: tuple[Raised[Key], ...]


def look(
    candidates: Iterable[Candidate[Key]], rate: float, *, least_cases: int = 1, least_ratio: float = 1.0
) -> Look[Key]:
    """Look at all groups. At most `rate` of such looks raise any alarm by luck alone.

    Groups with fewer cases than `least_cases`, or less than `least_ratio` times the expected, raise none: that only makes
    alarms rarer.
    """
    able = sorted(
        ((least, one) for one in candidates if (least := _least_chance(one.strata)) <= rate), key=lambda pair: pair[0]
    )
    looks = _looks([least for least, _one in able], rate)
    if not looks:
        return Look(0, ())
    raised = []
    for least, one in able:
        if least > rate / looks or one.events < least_cases or one.events < least_ratio * one.expected:
            continue
        found = chance(one.strata).more
        if found <= rate / looks:
            raised.append(Raised(one, found, looks))
    raised.sort(key=lambda one: (one.chance, -one.candidate.events))
    return Look(looks, tuple(raised))


def _looks(least: Sequence[float], rate: float) -> int:
    """Tarone's number: the smallest k such that at most k groups can reach rate / k. `least` rises."""
    for k in range(1, len(least) + 1):
        if bisect_right(least, rate / k) <= k:
            return k
    return len(least)


def _least_chance(strata: Sequence[Stratum]) -> float:
    """The chance of the most cases the group could have at these margins: no result is less likely than that."""
    logs = 0.0
    for one in strata:
        most = min(one.n, one.all_events)
        if most:
            logs += _log_choices(one.n, most) + _log_choices(one.all_n - one.n, one.all_events - most)
            logs -= _log_choices(one.all_n, one.all_events)
    return exp(min(logs, 0.0))


def _log_choices(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
