"""The odds of an answer on simulated teams whose truth is known: they learn, promise no more than holds, and know when to be silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from core.foundation.money import Money
from core.insight.odds.advice import weigh
from core.insight.odds.calibration import Past, calibrate
from core.insight.odds.model import NONE, Cell, Chance, Completeness, Tally, TooFew, fit
from core.insight.odds.settings import Least, Way, handling, least
from core.models.dispute import ReturnReason

MARKETS = ("SG", "PH", "BR", "MY")
REASONS = (ReturnReason.DAMAGED, ReturnReason.MISSING, ReturnReason.NOT_RECEIVED, ReturnReason.WRONG_ITEM)
CENTRES = {Completeness.COMPLETE: 0.75, Completeness.PARTLY: 0.45, Completeness.BARE: 0.15}
CELLS = [Cell(reason, market, much) for much in Completeness for reason in REASONS for market in MARKETS]
DAMAGED = Cell(ReturnReason.DAMAGED, "SG", Completeness.COMPLETE)


def _truth(random: np.random.Generator, spread: float = 20.0) -> dict[Cell, float]:
    """A true rate for each cell, scattered around its completeness."""
    return {
        cell: float(random.beta(CENTRES[cell.completeness] * spread, (1 - CENTRES[cell.completeness]) * spread))
        for cell in CELLS
    }


def _seen(random: np.random.Generator, truth: dict[Cell, float], most: int = 40) -> dict[Cell, Tally]:
    found = {}
    for cell, rate in truth.items():
        n = int(random.integers(5, most))
        upheld = int(random.binomial(n, rate))
        found[cell] = Tally(n, upheld, upheld * 0.8)
    return found


def _teams(count: int, seed: int) -> Iterator[tuple[dict[Cell, float], dict[Cell, Tally]]]:
    random = np.random.default_rng(seed)
    for _team in range(count):
        truth = _truth(random)
        yield truth, _seen(random, truth)


def _told(chance: Chance | TooFew) -> Chance:
    assert isinstance(chance, Chance)
    return chance


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = asked = 0
    for truth, seen in _teams(60, seed=3):
        odds = fit(seen)
        for cell in CELLS:
            chance = _told(odds.of(cell))
            held += chance.low <= truth[cell] <= chance.high
            asked += 1
    assert asked == 60 * 48
    assert 0.92 <= held / asked <= 0.985


def test_leaning_on_the_others_comes_closer_to_the_truth_than_the_bare_share() -> None:
    ours = bare = 0.0
    for truth, seen in _teams(60, seed=4):
        odds = fit(seen)
        for cell in CELLS:
            ours += (_told(odds.of(cell)).rate - truth[cell]) ** 2
            bare += (seen[cell].upheld / seen[cell].n - truth[cell]) ** 2
    assert ours < 0.6 * bare


def test_how_complete_the_proof_was_never_mixes() -> None:
    _truth_of_it, seen = next(_teams(1, seed=5))
    other = {cell: Tally(30, 30, 30.0) if cell.completeness is Completeness.BARE else one for cell, one in seen.items()}
    assert fit(other).of(DAMAGED) == fit(seen).of(DAMAGED)


@pytest.mark.parametrize(
    ("n", "others"),
    [(4, 30), (5, 0), (19, 0)],
    ids=["too few like it", "too few of its class", "nothing to lean on"],
)
def test_below_the_minimum_nothing_is_said(n: int, others: int) -> None:
    seen = {DAMAGED: Tally(n, n // 2, n / 2)}
    for market in MARKETS[1:]:
        if others:
            seen[Cell(ReturnReason.DAMAGED, market, Completeness.COMPLETE)] = Tally(others, others // 2, others / 2)
    found = fit(seen).of(DAMAGED)
    assert isinstance(found, TooFew)
    assert (found.n, found.of_class) == (n, n + 3 * others)
    assert found.needed == least().own
    assert found.class_needed == least().of_class


def test_a_cell_that_has_enough_but_nothing_to_lean_on_is_told_how_many_more_it_takes() -> None:
    bounds = Least(own=5, of_class=12, alone=20, calibration=30)
    found = fit({DAMAGED: Tally(15, 8, 8.0)}, bounds).of(DAMAGED)
    assert found == TooFew(15, 15, 20, 12)
    alone = _told(fit({DAMAGED: Tally(20, 20, 19.0)}, bounds).of(DAMAGED))
    assert 0.95 < alone.rate < 1.0, "nothing is ever certain"
    assert alone.low < 0.85
    assert alone.share == pytest.approx(0.95)


def test_the_last_dispute_that_is_needed_is_enough() -> None:
    bounds = Least(own=5, of_class=40, alone=20, calibration=30)

    def chance(*tallies: Tally) -> Chance | TooFew:
        cells = [DAMAGED, *(Cell(ReturnReason.DAMAGED, market, Completeness.COMPLETE) for market in MARKETS[1:])]
        return fit(dict(zip(cells, tallies, strict=False)), bounds).of(DAMAGED)

    leaning = (Tally(5, 1, 1.0), Tally(12, 11, 11.0), Tally(12, 2, 2.0), Tally(11, 6, 6.0))
    found = _told(chance(*leaning))
    assert (found.n, found.upheld, found.of_class) == (5, 1, 40)
    assert chance(leaning[0], *leaning[1:3], Tally(10, 5, 5.0)) == TooFew(5, 39, 5, 40)
    assert chance(Tally(4, 1, 1.0), Tally(13, 11, 11.0), *leaning[2:]) == TooFew(4, 40, 5, 40)
    assert chance(Tally(40, 20, 10.0)) == _told(fit({DAMAGED: Tally(40, 20, 10.0)}, bounds).of(DAMAGED))
    least_of_all = Least(own=5, of_class=5, alone=20, calibration=30)
    assert fit({DAMAGED: Tally(5, 3, 3.0)}, least_of_all).of(DAMAGED) == TooFew(5, 5, 20, 5)
    assert fit({DAMAGED: Tally(4, 3, 3.0)}, least_of_all).of(DAMAGED) == TooFew(4, 4, 5, 5)


def test_what_is_kept_is_told_of_those_upheld_and_all_of_it_where_none_was() -> None:
    bounds = Least(own=5, of_class=5, alone=5, calibration=30)
    assert _told(fit({DAMAGED: Tally(10, 4, 3.0)}, bounds).of(DAMAGED)).share == 0.75
    assert _told(fit({DAMAGED: Tally(10, 0, 0.0)}, bounds).of(DAMAGED)).share == 1.0


def test_what_nobody_ever_fought_is_not_spoken_of() -> None:
    found = fit({}).of(DAMAGED)
    assert isinstance(found, TooFew)
    assert (found.n, found.of_class) == (0, 0)


# --- fight, settle or accept --------------------------------------------------------------------------------------------


def _sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


COSTS = {Way.FIGHT: _sgd("6"), Way.SETTLE: _sgd("3"), Way.ACCEPT: _sgd("1")}


def _chance(rate: float, reach: float = 0.1, share: float = 1.0) -> Chance:
    return Chance(rate, rate - reach, rate + reach, 30, round(30 * rate), 200, 0.5, share)


def test_a_likely_answer_is_worth_fighting_and_its_worth_is_the_arithmetic() -> None:
    found = weigh(_chance(0.7, share=0.9), _sgd("100"), None, COSTS)
    fight = found.of(Way.FIGHT)
    assert found.best is Way.FIGHT
    assert fight is not None
    # 100 × 0.9 × 0.7 − 6, and with 0.6 and 0.8.
    assert (fight.low, fight.middle, fight.high) == (_sgd("48.00"), _sgd("57.00"), _sgd("66.00"))
    assert found.of(Way.SETTLE) is None
    accept = found.of(Way.ACCEPT)
    assert accept is not None
    assert accept.middle == _sgd("-1.00")
    # 100 − 57 − 3: giving up to 40 leaves as much as fighting does.
    assert found.worth_offering == _sgd("40.00")


def test_an_offer_below_what_fighting_may_cost_is_taken() -> None:
    found = weigh(_chance(0.4), _sgd("100"), _sgd("20"), COSTS)
    assert found.best is Way.SETTLE
    assert [one.way for one in found.ways] == [Way.SETTLE, Way.FIGHT, Way.ACCEPT]


def test_where_the_interval_holds_the_offer_no_difference_is_shown() -> None:
    found = weigh(_chance(0.5), _sgd("100"), _sgd("50"), COSTS)
    assert found.best is None


def test_a_small_amount_is_accepted_because_fighting_costs_more() -> None:
    found = weigh(_chance(0.3), _sgd("5"), None, COSTS)
    assert found.best is Way.ACCEPT
    assert found.worth_offering == _sgd("2.00")


def test_following_the_advice_keeps_more_than_always_fighting_or_always_settling() -> None:
    random = np.random.default_rng(8)
    advised = fought = settled = knowing = 0.0
    for truth, seen in _teams(12, seed=9):
        odds = fit(seen)
        for cell in CELLS:
            amount, offer = float(random.uniform(8, 60)), float(random.uniform(0.2, 0.8))
            found = weigh(_told(odds.of(cell)), _sgd(f"{amount:.2f}"), _sgd(f"{amount * offer:.2f}"), COSTS)
            way = found.best or found.ways[0].way
            left = {
                Way.FIGHT: amount * truth[cell] * 0.8 - 6,
                Way.SETTLE: amount * (1 - offer) - 3,
                Way.ACCEPT: -1.0,
            }
            advised += left[way]
            fought += left[Way.FIGHT]
            settled += left[Way.SETTLE]
            knowing += max(left.values())
    assert advised > 1.05 * max(fought, settled)
    assert advised > 0.95 * knowing, "close to what somebody would keep who knew the truth"


def test_handling_costs_are_minutes_of_an_hour() -> None:
    hour = handling().hour
    assert handling().cost(Way.FIGHT) == hour.times(Decimal(handling().minutes[Way.FIGHT]) / 60)
    assert handling().cost(Way.FIGHT).amount > handling().cost(Way.ACCEPT).amount


# --- looking back -------------------------------------------------------------------------------------------------------

MONTHS = [date(2025, month, 1) for month in range(1, 13)]


def _history(seed: int, drift: float = 0.0) -> list[Past]:
    """A year of disputes, decided in the month after their answer; `drift` moves every rate in the second half of it."""
    random = np.random.default_rng(seed)
    truth = _truth(random)
    past = []
    for place, month in enumerate(MONTHS[:-1]):
        for cell, rate in truth.items():
            n = int(random.integers(1, 5))
            moved = float(np.clip(rate + (drift if place >= 6 else 0.0), 0.02, 0.98))
            upheld = int(random.binomial(n, moved))
            past.append(Past(month, MONTHS[place + 1], cell, Tally(n, upheld, float(upheld))))
    return past


def test_the_look_back_agrees_where_nothing_changed() -> None:
    fits = rows = 0
    for seed in range(20):
        found = calibrate(_history(seed))
        rows += len(found.rows)
        fits += found.fits
        assert found.n + found.silent == sum(one.tally.n for one in _history(seed))
    assert fits / rows > 0.85


def test_the_look_back_shows_where_the_odds_promised_too_much() -> None:
    found = calibrate(_history(3, drift=-0.4))
    assert found.fits < len(found.rows)
    high = found.rows[-1]
    assert high.seen.high < high.told


def test_a_dispute_is_never_judged_by_what_came_later_or_by_itself() -> None:
    past = _history(1)
    first = [one for one in past if one.answered == MONTHS[0]]
    assert calibrate(first).n == 0
    assert calibrate(first).silent == sum(one.tally.n for one in first)
    # All decided in one later month: whatever was answered until then knew nothing.
    late = [Past(one.answered, date(2026, 1, 1), one.cell, one.tally) for one in past]
    assert calibrate(late).n == 0


def test_the_look_back_is_silent_below_its_minimum() -> None:
    bounds = Least(own=1, of_class=1, alone=1, calibration=30)
    past = [
        Past(MONTHS[0], MONTHS[0], DAMAGED, Tally(5, 3, 3.0)),
        Past(MONTHS[1], MONTHS[1], DAMAGED, Tally(6, 3, 3.0)),
    ]
    found = calibrate(past, bounds)
    assert (found.n, found.silent, found.rows) == (6, 5, ())
    assert NONE.n == 0
