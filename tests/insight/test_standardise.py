"""A group against what its own mix of parcels would have brought, and whether luck alone explains the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from core.insight.discoveries import adjusted, discoveries
from core.insight.standardise import Stratum, chance, standardise


@st.composite
def strata(draw: st.DrawFn) -> Stratum:
    n, others = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    events, theirs = draw(st.integers(0, n)), draw(st.integers(0, others))
    return Stratum(events, n, events + theirs, n + others)


def test_a_carrier_with_only_hard_lanes_is_not_worse_for_it() -> None:
    # On the hard lane everybody loses 5 %, on the easy one 0.5 %; this carrier drives only the hard one.
    hard, easy = Stratum(50, 1000, 100, 2000), Stratum(0, 0, 10, 2000)
    found = standardise([hard, easy])
    assert found is not None
    assert found.expected == pytest.approx(50)
    assert found.ratio == pytest.approx(1.0)
    assert found.rate == pytest.approx(110 / 4000)
    assert chance([hard, easy]).either > 0.9


def test_the_interval_of_the_ratio_is_the_exact_one_for_a_poisson_count() -> None:
    # Breslow and Day, table 2.11: with 10 events the limits of the ratio are 0.480 and 1.839 times it.
    found = standardise([Stratum(10, 1000, 100, 10_000)])
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.480, 1.839)
    none = standardise([Stratum(0, 1000, 100, 10_000)])
    assert none is not None
    assert (none.ratio, none.low, round(none.high * 10, 3)) == (0, 0, 3.689)


def test_where_nothing_can_be_expected_nothing_is_said() -> None:
    assert standardise([]) is None
    assert standardise([Stratum(0, 100, 0, 1000)]) is None
    assert chance([Stratum(0, 100, 0, 1000)]).either == 1


@given(strata())
def test_one_stratum_alone_is_fishers_exact_test(one: Stratum) -> None:
    others, others_n = one.all_events - one.events, one.all_n - one.n
    table = [[one.events, one.n - one.events], [others, others_n - others]]
    found = chance([one])
    assert found.more == pytest.approx(fisher_exact(table, alternative="greater")[1], abs=1e-6)
    assert found.fewer == pytest.approx(fisher_exact(table, alternative="less")[1], abs=1e-6)


@given(st.lists(strata(), min_size=1, max_size=6))
def test_the_order_of_the_strata_does_not_matter(some: list[Stratum]) -> None:
    there, back = chance(some), chance(some[::-1])
    assert there.more == pytest.approx(back.more, abs=1e-9)
    assert there.fewer == pytest.approx(back.fewer, abs=1e-9)


def test_counts_that_are_no_part_of_a_whole_are_refused() -> None:
    with pytest.raises(ValueError):
        Stratum(5, 4, 10, 100)
    with pytest.raises(ValueError):
        Stratum(5, 10, 4, 100)


def test_the_step_up_agrees_with_the_published_example() -> None:
    # Benjamini and Hochberg 1995, section 3.2: fifteen tests, of which the first four are told at 0.05.
    chances = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert discoveries(chances) == [True] * 4 + [False] * 11
    assert discoveries(chances[::-1]) == [False] * 11 + [True] * 4


@given(st.lists(st.floats(0, 1), max_size=40))
def test_an_adjusted_chance_is_never_smaller_and_keeps_the_order(chances: list[float]) -> None:
    found = adjusted(chances)
    assert all(now >= before * (1 - 1e-12) for now, before in zip(found, chances, strict=True))
    pairs = sorted(zip(chances, found, strict=True))
    assert [one[1] for one in pairs] == sorted(one[1] for one in pairs)


def test_equal_carriers_are_called_different_no_more_often_than_stated() -> None:
    """A thousand draws of eight channels with one rate: any is told in at most the stated share of them."""
    random = np.random.default_rng(20261123)
    sizes = [300, 800, 1500, 3000, 400, 1000, 2000, 5000]
    false = 0
    for _draw in range(1000):
        lost = [int(random.binomial(n, 0.01)) for n in sizes]
        chances = [chance([Stratum(k, n, sum(lost), sum(sizes))]).either for k, n in zip(lost, sizes, strict=True)]
        false += any(discoveries(chances))
    assert false <= 50 + 3 * (1000 * 0.05 * 0.95) ** 0.5


def test_a_carrier_three_times_as_bad_is_found_in_most_draws_of_a_thousand_parcels() -> None:
    random = np.random.default_rng(20261124)
    sizes, rates = [1000] * 8, [0.03] + [0.01] * 7
    found = 0
    for _draw in range(300):
        lost = [int(random.binomial(n, rate)) for n, rate in zip(sizes, rates, strict=True)]
        chances = [chance([Stratum(k, n, sum(lost), sum(sizes))]).either for k, n in zip(lost, sizes, strict=True)]
        found += discoveries(chances)[0]
    assert found > 150
