"""Rates that lean on each other: the published example, and what must hold for every set of groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.shrinkage import FEWEST_GROUPS, Group, shrink

# Hits in the first 45 times at bat of 18 players: Efron and Morris, JASA 70 (1975) 311-319, table 1.
HITS = (18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7)
BASEBALL = [Group(hits, 45) for hits in HITS]

group_lists = st.lists(
    st.integers(1, 5000).flatmap(lambda n: st.builds(Group, st.integers(0, n), st.just(n))), min_size=4, max_size=12
)


def test_the_baseball_example_gives_the_published_mean_and_factor() -> None:
    found = shrink(BASEBALL)
    assert found is not None
    assert round(found.mean, 3) == 0.265
    assert {round(one.own, 3) for one in found.groups} == {0.212}
    # Clemente hit .400 and is told .294; Alvis hit .156 and is told .242.
    assert (round(found.groups[0].rate, 3), round(found.groups[-1].rate, 3)) == (0.294, 0.242)


@given(group_lists)
def test_a_shrunken_rate_lies_between_its_own_and_the_mean_and_within_its_interval(groups: list[Group]) -> None:
    found = shrink(groups)
    if found is None:
        assert sum(one.events for one in groups) in (0, sum(one.n for one in groups))
        return
    for group, told in zip(groups, found.groups, strict=True):
        low, high = sorted((group.events / group.n, found.mean))
        assert low - 1e-9 <= told.rate <= high + 1e-9
        assert 0 <= told.low <= told.rate + 1e-9
        assert told.rate - 1e-9 <= told.high <= 1
        assert 0 <= told.own <= 1


def test_of_two_groups_with_one_rate_the_larger_leans_less_on_the_others() -> None:
    groups = [Group(10, 100), Group(1000, 10_000), Group(10, 1000), Group(20, 1000), Group(300, 10_000)]
    found = shrink(groups)
    assert found is not None
    assert found.groups[1].own > found.groups[0].own
    assert abs(found.groups[1].rate - 0.1) < abs(found.groups[0].rate - 0.1)


def test_groups_that_differ_by_luck_alone_are_told_nearly_alike() -> None:
    random = np.random.default_rng(7)
    groups = [Group(int(random.binomial(1000, 0.02)), 1000) for _one in range(40)]
    found = shrink(groups)
    assert found is not None
    seen = np.std([one.events / one.n for one in groups])
    assert np.std([one.rate for one in found.groups]) < 0.4 * seen


def test_a_group_without_parcels_is_told_the_mean() -> None:
    found = shrink([*BASEBALL, Group(0, 0)])
    assert found is not None
    assert found.groups[-1].rate == pytest.approx(found.mean, abs=0.01)


@pytest.mark.parametrize("groups", [[], BASEBALL[: FEWEST_GROUPS - 1], [Group(0, 100)] * 6, [Group(5, 5)] * 6])
def test_where_there_is_nothing_to_learn_nothing_is_said(groups: list[Group]) -> None:
    assert shrink(groups) is None
