"""How far luck moves a share: the published chart, and what every funnel must do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from core.insight.control import RUN, THREE_SIGMA, TWO_SIGMA, funnel_limits, p_chart, p_limits
from core.insight.shrinkage import Group

# Nonconforming orange-juice cans in 30 samples of 50: Montgomery, Introduction to Statistical Quality Control, table 7.1.
CANS = (12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6)


def test_the_orange_juice_cans_give_the_published_limits_and_the_two_samples_outside() -> None:
    chart = p_chart([Group(count, 50) for count in CANS])
    assert chart is not None
    assert round(chart.mean, 4) == 0.2313
    limits = p_limits(0.2313, 50)
    assert (round(limits.low, 4), round(limits.high, 4)) == (0.0524, 0.4102)
    assert [number for number, point in enumerate(chart.points, start=1) if point.outside] == [15, 23]


def test_a_long_run_on_one_side_is_a_signal_though_no_sample_is_outside() -> None:
    samples = [Group(24, 1000)] * RUN + [Group(16, 1000)] * (RUN - 1) + [Group(24, 1000)]
    chart = p_chart(samples)
    assert chart is not None
    assert not any(point.outside for point in chart.points)
    assert [number for number, point in enumerate(chart.points, start=1) if point.signal] == [RUN]


@pytest.mark.parametrize(("n", "rate"), [(55, 0.007), (200, 0.002), (400, 0.01), (3000, 0.004)])
def test_months_that_only_luck_moves_seldom_signal_however_rare_the_harm(n: int, rate: float) -> None:
    random = np.random.default_rng(20261127)
    signals = 0
    for _draw in range(150):
        chart = p_chart([Group(int(random.binomial(n, rate)), n) for _month in range(12)])
        signals += chart is not None and any(point.signal for point in chart.points)
    # Twelve looks at three standard deviations, and five possible runs of eight: 12 × 0.0027 + 5 × 2 / 2⁸ and the draws' spread.
    assert signals <= 18


def test_months_without_rare_harm_are_no_run() -> None:
    chart = p_chart([Group(0, 55)] * 10 + [Group(2, 55), Group(1, 55)])
    assert chart is not None
    assert not any(point.signal for point in chart.points)


def test_a_month_without_parcels_is_left_out_and_nothing_at_all_gives_no_chart() -> None:
    chart = p_chart([Group(1, 100), Group(0, 0), Group(2, 100)])
    assert chart is not None
    assert len(chart.points) == 2
    assert p_chart([Group(0, 0)]) is None


@given(st.floats(0.001, 0.2), st.integers(1, 50_000))
def test_the_wide_funnel_holds_the_narrow_one_and_both_hold_what_luck_brings(mean: float, n: int) -> None:
    narrow, wide = funnel_limits(mean, n, TWO_SIGMA), funnel_limits(mean, n, THREE_SIGMA)
    assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high <= 1
    beyond = 1 - binom.cdf(int(wide.high * n + 1e-9), n, mean)
    assert beyond <= (1 - THREE_SIGMA) / 2 + binom.pmf(int(wide.high * n + 1e-9) + 1, n, mean) + 1e-9


@pytest.mark.parametrize("level", [TWO_SIGMA, THREE_SIGMA])
def test_the_funnel_narrows_as_parcels_grow(level: float) -> None:
    widths = [funnel_limits(0.02, n, level) for n in (200, 1000, 5000, 25_000)]
    reach = [one.high - one.low for one in widths]
    assert reach == sorted(reach, reverse=True)
