"""How far two shares lie apart, against what Newcombe published; and how many parcels a trial takes."""

from __future__ import annotations

import pytest
from scipy.stats import binom, fisher_exact

from core.insight.differences import difference
from core.insight.shrinkage import Group
from core.insight.trials import ALPHA, parcels_to_tell


@pytest.mark.parametrize(
    ("now", "then", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_newcombes(now: tuple[int, int], then: tuple[int, int], low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10."""
    found = difference(Group(*then), Group(*now))
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("then", "now"), [((30, 1000), (10, 1200)), ((2, 80), (3, 90)), ((0, 20), (0, 30))])
def test_the_chance_of_a_worse_or_better_share_is_fishers(then: tuple[int, int], now: tuple[int, int]) -> None:
    found = difference(Group(*then), Group(*now))
    table = [[now[0], now[1] - now[0]], [then[0], then[1] - then[0]]]
    one_sided = min(fisher_exact(table, side).pvalue for side in ("less", "greater"))
    assert found is not None and found.chance == pytest.approx(min(1.0, 2 * one_sided))


def test_nobody_differs_from_nobody() -> None:
    assert difference(Group(0, 0), Group(1, 9)) is None
    assert difference(Group(1, 9), Group(0, 0)) is None


@pytest.mark.parametrize(("rate", "power"), [(0.02, 0.8), (0.005, 0.8), (0.02, 0.9)])
def test_a_trial_of_the_told_size_finds_a_rate_twice_as_high(rate: float, power: float) -> None:
    n = parcels_to_tell(rate, power=power)
    assert n is not None
    told_from = binom.isf(ALPHA, n, rate)
    assert binom.sf(told_from, n, rate) <= ALPHA
    assert binom.sf(told_from, n, 2 * rate) >= power
    assert parcels_to_tell(rate, times=4, power=power) < n  # type: ignore[operator]


def test_no_trial_tells_what_happens_once_in_ten_million() -> None:
    assert parcels_to_tell(1e-7) is None
    with pytest.raises(ValueError):
        parcels_to_tell(0)
    with pytest.raises(ValueError):
        parcels_to_tell(0.6)
