"""A share with its doubt: the published figures, and what must hold for every count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.intervals import FEW, Interval, Method, exact, interval, wilson

NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
"""Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: the score interval without correction."""

CLOPPER_PEARSON = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]
"""The same table, method 5: the exact interval."""


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 100_000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize(("events", "n", "low", "high"), NEWCOMBE)
def test_wilson_agrees_with_newcombes_table(events: int, n: int, low: float, high: float) -> None:
    found = wilson(events, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("events", "n", "low", "high"), CLOPPER_PEARSON)
def test_the_exact_interval_agrees_with_newcombes_table(events: int, n: int, low: float, high: float) -> None:
    found = exact(events, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(counts())
def test_the_share_lies_within_its_interval_and_the_interval_within_zero_and_one(some: tuple[int, int]) -> None:
    events, n = some
    for found in (wilson(events, n), exact(events, n)):
        assert 0 <= found.low <= events / n + 1e-12
        assert events / n - 1e-12 <= found.high <= 1


@given(counts(), st.sampled_from([0.8, 0.9, 0.95]))
def test_a_surer_interval_is_wider(some: tuple[int, int], level: float) -> None:
    narrow, wide = wilson(*some, level), wilson(*some, 0.99)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@given(counts())
def test_counting_the_others_instead_mirrors_the_interval(some: tuple[int, int]) -> None:
    events, n = some
    for of in (wilson, exact):
        there, back = of(events, n), of(n - events, n)
        assert there.low == pytest.approx(1 - back.high, abs=1e-9)
        assert there.high == pytest.approx(1 - back.low, abs=1e-9)


def test_a_small_count_gets_the_exact_interval_and_says_so() -> None:
    assert interval(FEW - 1, 1000).method is Method.EXACT
    assert interval(1000 - FEW + 1, 1000).method is Method.EXACT
    assert interval(FEW, 1000) == wilson(FEW, 1000)
    assert isinstance(interval(0, 1), Interval)


@pytest.mark.parametrize(("events", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(events: int, n: int) -> None:
    for of in (wilson, exact, interval):
        with pytest.raises(ValueError):
            of(events, n)
