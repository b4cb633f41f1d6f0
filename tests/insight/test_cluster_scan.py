"""The cluster alarm's arithmetic: exact, corrected for the looks, and as rare by luck as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, hypergeom

from core.insight.clusters.scan import Candidate, _least_chance, _looks, look
from core.insight.standardise import Stratum


def test_the_chance_of_the_fullest_group_is_the_hypergeometric_one() -> None:
    stratum = Stratum(events=0, n=20, all_events=4, all_n=1000)
    # Chances are tiny: compared by what they are, not by how close both are to nothing.
    assert _least_chance([stratum]) == pytest.approx(hypergeom.pmf(4, 1000, 4, 20), rel=1e-6, abs=0)
    both = [stratum, Stratum(0, 5, 10, 100)]
    assert _least_chance(both) == pytest.approx(
        hypergeom.pmf(4, 1000, 4, 20) * hypergeom.pmf(5, 100, 10, 5), rel=1e-6, abs=0
    )


def test_only_groups_that_could_raise_an_alarm_count_as_looks() -> None:
    # Tarone's rule: with these least chances three groups can reach 0.05 / 3, and no smaller number fits.
    assert _looks([0.0001, 0.001, 0.01, 0.04], 0.05) == 3
    assert _looks([], 0.05) == 0
    assert _looks([0.01], 0.05) == 1


def test_seven_of_eight_losses_in_one_hand_over_of_fifty_raise_one_alarm() -> None:
    groups = [Candidate("fire", (Stratum(7, 50, 8, 5000),))]
    groups += [Candidate(f"day {n}", (Stratum(1 if n == 0 else 0, 50, 8, 5000),)) for n in range(99)]
    found = look(groups, 0.001, least_cases=3, least_ratio=2)
    assert [one.candidate.key for one in found.raised] == ["fire"]
    assert found.raised[0].chance < 1e-12
    assert found.looks == 100


def test_a_group_that_is_everything_raises_nothing() -> None:
    assert look([Candidate("all", (Stratum(9, 100, 9, 100),))], 0.05).raised == ()


def test_a_hub_of_a_bad_channel_raises_nothing_when_all_of_the_channel_is_bad() -> None:
    bad, good = Stratum(30, 300, 100, 1000), Stratum(0, 0, 1, 10_000)
    assert look([Candidate("hub", (bad, good))], 0.01, least_cases=3, least_ratio=1.5).raised == ()


def test_too_few_cases_raise_no_alarm_however_unlikely() -> None:
    two = Candidate("two", (Stratum(2, 2, 2, 100_000),))
    assert look([two], 0.05, least_cases=3).raised == ()
    assert [one.candidate.key for one in look([two], 0.05, least_cases=2).raised] == ["two"]


def test_what_is_expected_is_what_the_others_of_each_stratum_would_bring() -> None:
    one = Candidate("hub", (Stratum(6, 100, 16, 1100), Stratum(1, 50, 3, 250)))
    assert one.expected == pytest.approx(100 * 10 / 1000 + 50 * 2 / 200)
    alone = Candidate("all", (Stratum(4, 100, 4, 100),))
    assert alone.expected == 4, "where there are no others, what it has"


def test_an_alarm_needs_as_many_times_the_expected_as_is_asked() -> None:
    group = Candidate("hub", (Stratum(20, 100, 120, 1100),))  # ten are expected of it
    for ratio, raised in ((2.0, True), (2.01, False)):
        assert bool(look([group], 0.05, least_ratio=ratio).raised) is raised


def test_alarms_come_the_least_likely_first_and_of_the_same_chance_the_one_of_more_cases() -> None:
    strong, weak = (Candidate(name, (Stratum(n, 50, 9, 5000),)) for name, n in (("strong", 6), ("weak", 3)))
    assert [one.candidate.key for one in look([weak, strong], 0.05).raised] == ["strong", "weak"]


def test_shuffled_losses_raise_an_alarm_no_more_often_than_the_stated_rate() -> None:
    """The cases of 4,000 parcels of two channels are dealt anew 1,000 times; hand-overs, packers and products are all looked at.

    The bound allows for the draws' own spread: the 99.9 % quantile of the binomial with the stated rate.
    """
    rate, random = 0.05, np.random.default_rng(20261123)
    n = 4_000
    channel = np.arange(n) % 2
    # Young parcels, old parcels: what is dealt are the labels, whatever the rates of the channels are.
    groupings = [random.integers(0, 40, n), random.integers(0, 5, n), random.integers(0, 150, n)]
    rates = np.where(channel == 0, 0.004, 0.02)
    false = 0
    for _draw in range(1_000):
        lost = random.random(n) < rates
        false += bool(look(_candidates(groupings, channel, lost), rate).raised)
    assert false <= binom.ppf(0.999, 1_000, rate)


def test_a_hand_over_with_a_tenth_of_its_parcels_lost_is_found_in_most_draws() -> None:
    random = np.random.default_rng(7)
    n = 4_000
    channel = np.zeros(n, dtype=int)
    day = np.arange(n) // 80
    found = 0
    for _draw in range(200):
        lost = random.random(n) < np.where(day == 13, 0.1, 0.002)
        raised = look(_candidates([day], channel, lost), 0.05 / 90, least_cases=3, least_ratio=2).raised
        found += any(one.candidate.key == (0, 13) for one in raised)
    assert found > 150


def _candidates(groupings: list[np.ndarray], channel: np.ndarray, lost: np.ndarray) -> list[Candidate[tuple[int, int]]]:
    totals = [(int(lost[channel == c].sum()), int((channel == c).sum())) for c in np.unique(channel)]
    found = []
    for at, labels in enumerate(groupings):
        for label in np.unique(labels):
            strata = []
            for c, (events, size) in enumerate(totals):
                mine = (labels == label) & (channel == c)
                strata.append(Stratum(int(lost[mine].sum()), int(mine.sum()), events, size))
            found.append(Candidate((at, int(label)), tuple(strata)))
    return found
