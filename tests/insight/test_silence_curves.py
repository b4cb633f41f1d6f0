"""The chance that a silent parcel still arrives: against figures worked by hand and known hazards, and as often right as it says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.foundation.intervals import exact
from core.insight.silence.curves import Curve, End, Waits, curve
from core.insight.silence.pooling import Channel, Terms, plain_days, pool, terms
from core.models.watch import CurveLevel

FOLLOWED = 14
GIVEN = Terms(365, 60, 20, 30, FOLLOWED, 0.10, 0.25, 3)


def waits_of(*rows: tuple[End, int, int], horizon: int = 60) -> Waits:
    found = Waits.none(horizon)
    for end, day, count in rows:
        found.add(end, day, count)
    return found


def test_without_anything_left_open_it_is_the_plain_share_with_its_exact_interval() -> None:
    found = curve(
        waits_of((End.ARRIVED, 2, 60), (End.ARRIVED, 10, 8), (End.LOST, 20, 30), (End.RETURNED, 12, 2)), followed=14
    )
    assert found.lasted[5] == found.known[5] == 40
    assert found.chance[5] == pytest.approx(8 / 40)
    told = exact(8, 40)
    assert (found.low[5], found.high[5]) == (pytest.approx(told.low), pytest.approx(told.high))


def test_kaplan_and_meiers_own_arithmetic_where_arrival_is_the_only_end() -> None:
    """Kaplan and Meier (JASA 53, 1958, section 1): what was lost sight of counts while it was seen. Here: ten parcels, two
    arrive on day 3, four are lost sight of after it, one of the four left arrives on day 8: 1 − 8/10 × 3/4 = 0.4."""
    found = curve(waits_of((End.ARRIVED, 3, 2), (End.OPEN, 5, 4), (End.ARRIVED, 8, 1), (End.OPEN, 61, 3)), followed=14)
    assert found.chance[0] == pytest.approx(1 - 8 / 10 * 3 / 4)
    assert found.chance[6] == pytest.approx(1 / 4)


def test_aalen_and_johansens_shares_of_competing_ends_sum_as_worked_by_hand() -> None:
    """Day 1: 100 wait, 50 arrive, 10 come back; day 2: 40 wait, 10 arrive, 20 lost; the rest lasts."""
    found = curve(
        waits_of(
            (End.ARRIVED, 1, 50), (End.RETURNED, 1, 10), (End.ARRIVED, 2, 10), (End.LOST, 2, 20), (End.OPEN, 61, 10)
        ),
        followed=14,
    )
    assert found.chance[0] == pytest.approx(0.6)
    assert found.chance[2] == pytest.approx(0.25)
    assert found.chance[3] == 0.0


def test_a_parcel_scanned_again_has_the_chance_of_a_fresh_one() -> None:
    """Half are scanned again after a day; of the others four in five arrive. Then four in five arrive in the end."""
    found = curve(waits_of((End.MOVED, 1, 50), (End.ARRIVED, 1, 40), (End.LOST, 1, 10)), followed=14)
    assert found.chance[0] == pytest.approx(0.8)


def test_those_lost_sight_of_within_a_fortnight_are_not_counted_as_known() -> None:
    found = curve(waits_of((End.OPEN, 8, 10), (End.OPEN, 40, 5), (End.ARRIVED, 9, 20)), followed=14)
    assert (found.lasted[7], found.known[7]) == (35, 25)
    assert found.known[20] == 5 and found.known[30] == 0


def test_nothing_seen_says_nothing() -> None:
    found = curve(Waits.none(60), followed=14)
    assert not found.chance.any() and not found.low.any() and (found.high == 1).all()


# --- known hazards -----------------------------------------------------------------------------------------------------------

ARRIVES, AGAIN, LOST, BACK = 0.10, 0.15, 0.02, 0.01
"""A parcel on its way, each day: arrives, is scanned again, is lost for good (and never heard of), turns back."""
DECLARED = 0.04
"""A lost one, each day: its carrier says so."""


def truth(horizon: int) -> np.ndarray:
    """The chance by days of silence of the process above, by its own equations."""
    fresh = ARRIVES / (ARRIVES + LOST + BACK)
    under, gone = 1.0, 0.0
    found = []
    for _day in range(horizon + 1):
        found.append(under * fresh / (under + gone))
        under, gone = under * (1 - ARRIVES - AGAIN - LOST - BACK), (gone + under * LOST) * (1 - DECLARED)
    return np.array(found)


def draw(
    rng: np.random.Generator, parcels: int, horizon: int, watched: int = 200
) -> tuple[Waits, np.ndarray, np.ndarray]:
    """Silences of parcels shipped evenly over `watched` days and seen until now. Also: for each parcel how long its last
    silence has lasted where it still does, else −1, and whether it arrives in the end.
    """
    seen, lasting, arrives = Waits.none(horizon), np.full(parcels, -1), np.zeros(parcels, dtype=bool)
    left = rng.integers(1, watched, parcels)
    for parcel in range(parcels):
        day, silent, lost, open_yet = 0, 0, False, True
        while True:
            dice = rng.random()
            if lost:
                end = End.LOST if dice < DECLARED else None
            elif dice < ARRIVES:
                end = End.ARRIVED
            elif dice < ARRIVES + AGAIN:
                end = End.MOVED
            elif dice < ARRIVES + AGAIN + BACK:
                end = End.RETURNED
            else:
                end, lost = None, dice < ARRIVES + AGAIN + BACK + LOST
            if open_yet and day >= left[parcel]:
                # Now: what comes later the team has not seen.
                seen.add(End.OPEN, silent, 1)
                lasting[parcel], open_yet = silent, False
            if end is None:
                day, silent = day + 1, silent + 1
                continue
            if open_yet:
                seen.add(end, silent, 1)
            if end is not End.MOVED:
                arrives[parcel] = end is End.ARRIVED
                break
            day, silent = day + 1, 0
    return seen, lasting, arrives


@pytest.fixture(scope="module")
def drawn() -> list[tuple[Curve, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(2026)
    found = []
    for _turn in range(60):
        seen, lasting, arrives = draw(rng, 600, 60)
        found.append((curve(seen, followed=FOLLOWED), lasting, arrives))
    return found


def test_known_hazards_are_found_without_bias(drawn: list[tuple[Curve, np.ndarray, np.ndarray]]) -> None:
    found = np.mean([one.chance for one, _lasting, _arrives in drawn], axis=0)
    assert np.abs(found - truth(60))[:20].max() < 0.02


@pytest.mark.parametrize("day", [0, 3, 6, 9, 12])
def test_the_interval_holds_the_truth_as_often_as_it_says(
    drawn: list[tuple[Curve, np.ndarray, np.ndarray]], day: int
) -> None:
    held = [one.low[day] <= truth(60)[day] <= one.high[day] for one, _lasting, _arrives in drawn]
    # 95 of 100 are promised; of 60 draws fewer than 52 would be seen once in five hundred times.
    assert sum(held) >= 52


def test_parcels_that_are_silent_now_arrive_as_often_as_is_said(
    drawn: list[tuple[Curve, np.ndarray, np.ndarray]],
) -> None:
    """The check on false alarms: each parcel silent at the last moment of its draw, told a chance, and then waited for."""
    said, came = [], []
    for one, lasting, arrives in drawn:
        for day, arrived in zip(lasting, arrives, strict=True):
            if 0 <= day <= 60 and one.known[min(day, 60)] >= GIVEN.least:
                said.append(one.chance[day])
                came.append(arrived)
    told, seen = np.array(said), np.array(came, dtype=float)
    edges = [0, 0.1, 0.3, 0.6, 1.01]
    for low, high in pairwise(edges):
        bin_ = (told >= low) & (told < high)
        if bin_.sum() >= 60:
            error = 3.3 * np.sqrt(max(seen[bin_].mean() * (1 - seen[bin_].mean()), 0.01) / bin_.sum())
            assert abs(told[bin_].mean() - seen[bin_].mean()) < error + 0.02, (
                low,
                high,
                told[bin_].mean(),
                seen[bin_].mean(),
            )


def test_past_the_line_no_more_parcels_arrive_than_is_called_rare(
    drawn: list[tuple[Curve, np.ndarray, np.ndarray]],
) -> None:
    rng = np.random.default_rng(7)
    alarms = false = 0
    for _turn in range(25):
        seen, lasting, arrives = draw(rng, 1500, 60)
        told = pool({Channel(1, "Standard", "SG"): seen}, GIVEN)[0]
        assert told.line is not None and truth(60)[told.line] < 0.2
        past = lasting >= told.line
        alarms, false = alarms + int(past.sum()), false + int((past & arrives).sum())
    assert alarms > 200
    assert false / alarms <= GIVEN.rarely


def test_what_lasted_beyond_the_horizon_counts_as_open_however_it_ended() -> None:
    found = waits_of((End.LOST, 60, 3), (End.LOST, 61, 5), (End.ARRIVED, 400, 7), (End.OPEN, 61, 2))
    assert (found.horizon, found.total(End.LOST), found.total(End.ARRIVED), found.total(End.OPEN)) == (60, 3, 0, 14)
    assert found.by_end[End.OPEN][61] == 14 and found.by_end[End.LOST][60] == 3
    assert curve(found, followed=14).lasted[60] == 17


# --- pooling -----------------------------------------------------------------------------------------------------------------

RICH = ((End.ARRIVED, 2, 4000), (End.ARRIVED, 8, 60), (End.LOST, 30, 60))


def test_a_small_service_leans_on_its_carrier_then_the_market_then_everybody() -> None:
    small, kin, neighbour, far = (
        Channel(1, "Express", "SG"),
        Channel(1, "Standard", "SG"),
        Channel(2, "Standard", "SG"),
        Channel(3, "Standard", "BR"),
    )
    few = waits_of((End.ARRIVED, 2, 20))
    cases = {kin: CurveLevel.CARRIER, neighbour: CurveLevel.MARKET, far: CurveLevel.ALL}
    for rich, expected in cases.items():
        told = pool({small: few, rich: waits_of(*RICH)}, GIVEN)
        mine = next(one for one in told if one.channel == small)
        answer = mine.answers[8]
        assert answer is not None and answer.source is expected
        assert answer.chance == pytest.approx(0.5) and answer.told == 120


def test_a_channel_with_enough_of_its_own_asks_nobody_else() -> None:
    mine = Channel(1, "Express", "SG")
    told = pool({mine: waits_of(*RICH), Channel(1, "Standard", "SG"): waits_of((End.ARRIVED, 20, 5000))}, GIVEN)
    answer = next(one for one in told if one.channel == mine).answers[8]
    assert answer is not None and answer.source is CurveLevel.SERVICE and answer.chance == pytest.approx(0.5)


def test_below_the_minimum_nothing_is_said_and_no_line_is_drawn() -> None:
    told = pool({Channel(1, "Express", "SG"): waits_of((End.ARRIVED, 2, 500), (End.LOST, 30, 29))}, GIVEN)
    for one in told:
        assert one.answers[2] is not None
        assert one.answers[3] is None and one.line is None
    told = pool({Channel(1, "Express", "SG"): waits_of((End.ARRIVED, 2, 500), (End.LOST, 30, 30))}, GIVEN)
    assert told[0].answers[3] is not None and told[0].line == 3


def test_a_young_history_that_nobody_could_follow_says_nothing() -> None:
    told = pool(
        {Channel(1, None, "SG"): waits_of((End.ARRIVED, 2, 900), (End.OPEN, 10, 90), (End.OPEN, 30, 40))}, GIVEN
    )
    assert told[0].answers[8] is None and told[0].line is None


@pytest.mark.parametrize(("open_ones", "answered"), [(60, True), (61, False)])
def test_an_answer_needs_at_least_half_of_those_that_lasted_so_long_to_be_known(open_ones: int, answered: bool) -> None:
    told = pool({Channel(1, None, "SG"): waits_of((End.LOST, 30, 60), (End.OPEN, 10, open_ones))}, GIVEN)[0]
    assert (told.answers[5] is not None) is answered


def test_without_any_history_everybodys_row_is_there_and_says_nothing() -> None:
    [told] = pool({}, GIVEN)
    assert told.level is CurveLevel.ALL and told.line is None and not any(told.answers)


def test_the_plain_threshold_is_that_of_the_row_that_names_most() -> None:
    assert plain_days("spx", "Standard", "TH") == 10
    assert plain_days("spx", "Standard", "SG") == 7
    assert plain_days("any", "standard international cargo", "BR") == 14
    assert plain_days(None, None, None) == 10


def test_the_figures_of_the_data_make_sense_together() -> None:
    given = terms()
    assert given.followed < given.horizon < given.history and 0 < given.rarely < given.at_most < 1
    assert given.earliest >= 1 and given.least >= 20


def test_where_the_history_says_that_parcels_still_arrive_the_days_it_speaks_for_are_counted() -> None:
    """Half of those silent for long still arrive: no line, and an answer up to the day where fewer than thirty are left."""
    told = pool({Channel(1, None, "SG"): waits_of((End.ARRIVED, 25, 60), (End.LOST, 30, 60))}, GIVEN)[0]
    assert told.line == 26
    told = pool({Channel(1, None, "SG"): waits_of((End.ARRIVED, 25, 20), (End.LOST, 25, 20))}, GIVEN)[0]
    assert told.line is None and told.answered == 26
