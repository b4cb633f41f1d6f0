"""Which lines pay which demands: from figures alone."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.models.incident import IncidentType
from core.models.settlement import MatchWay
from core.recovery.settlements.pairing import Booked, Owed, Paid, Pair, Share, pair, split

DAY = date(2026, 11, 2)
CENT = Decimal("0.01")


def paid(id: int, amount: str, days: int = 0, **more: object) -> Paid:
    return Paid(id, Decimal(amount), DAY + timedelta(days=days), **more)  # type: ignore[arg-type]


def owed(id: int, *amounts: str, rank: int = 0, **more: object) -> Owed:
    return Owed(("claim", id), tuple(map(Decimal, amounts)), (rank,), **more)  # type: ignore[arg-type]


def ways(pairs: list[Pair]) -> list[tuple[MatchWay, list[int], list[int]]]:
    return [
        (one.way, sorted(one.lines), sorted({share.key[1] for share in one.shares}))
        for one in sorted(pairs, key=lambda one: sorted(one.lines))
    ]


def test_one_line_of_the_amount_pays_the_claim() -> None:
    assert ways(pair([paid(1, "89.90")], [owed(7, "89.90")], unit=CENT)) == [(MatchWay.ONE, [1], [7])]


def test_a_cent_is_no_difference_and_two_are() -> None:
    (near,) = pair([paid(1, "89.91")], [owed(7, "89.90")], unit=CENT)
    (far,) = pair([paid(1, "89.92")], [owed(7, "89.90")], unit=CENT)
    assert (near.way, far.way) == (MatchWay.ONE, MatchWay.MORE)


def test_in_a_currency_without_decimals_the_smallest_unit_is_one() -> None:
    (near,) = pair([paid(1, "89001")], [owed(7, "89000")], unit=Decimal(1))
    (far,) = pair([paid(1, "88998")], [owed(7, "89000")], unit=Decimal(1))
    assert (near.way, far.way) == (MatchWay.ONE, MatchWay.PART)


def test_an_exact_fit_goes_before_one_that_is_a_cent_off() -> None:
    found = pair([paid(1, "10.00"), paid(2, "10.01")], [owed(7, "10.01"), owed(8, "10.00")], unit=CENT)
    assert ways(found) == [(MatchWay.ONE, [1], [8]), (MatchWay.ONE, [2], [7])]


def test_two_lines_make_up_one_claim() -> None:
    found = pair([paid(1, "60.00"), paid(2, "29.90", 3)], [owed(7, "89.90")], unit=CENT)
    assert ways(found) == [(MatchWay.SEVERAL_LINES, [1, 2], [7])]
    assert found[0].expected == Decimal("89.90")


def test_one_line_pays_two_claims_of_the_order() -> None:
    (found,) = pair([paid(1, "150.00")], [owed(7, "100.00"), owed(8, "50.00")], unit=CENT)
    assert found.way is MatchWay.SEVERAL_CLAIMS
    assert found.shares == (Share(1, ("claim", 7), Decimal("100.00")), Share(1, ("claim", 8), Decimal("50.00")))


def test_a_cent_of_one_line_for_two_claims_falls_on_the_last() -> None:
    (found,) = pair([paid(1, "149.99")], [owed(7, "100.00"), owed(8, "50.00")], unit=CENT)
    assert [share.amount for share in found.shares] == [Decimal("100.00"), Decimal("49.99")]


def test_what_the_payer_offered_or_capped_is_expected_too() -> None:
    (found,) = pair([paid(1, "150.00")], [owed(7, "318.00", "150.00")], unit=CENT)
    assert (found.way, found.expected) == (MatchWay.ONE, Decimal("150.00"))


def test_less_than_the_only_claim_is_a_part_and_more_is_more() -> None:
    (less,) = pair([paid(1, "20.00"), paid(2, "30.00")], [owed(7, "89.90")], unit=CENT)
    (more,) = pair([paid(1, "120.00")], [owed(7, "89.90")], unit=CENT)
    assert (less.way, sorted(less.lines), more.way) == (MatchWay.PART, [1, 2], MatchWay.MORE)


def test_where_two_claims_could_be_meant_nothing_is_guessed() -> None:
    assert pair([paid(1, "20.00")], [owed(7, "89.90"), owed(8, "75.00")], unit=CENT) == []


def test_the_platforms_own_claim_is_meant_before_the_carriers() -> None:
    (found,) = pair([paid(1, "20.00")], [owed(7, "89.90", rank=2), owed(8, "75.00", rank=0)], unit=CENT)
    assert [share.key for share in found.shares] == [("claim", 8)]


def test_of_two_equal_lines_the_one_that_speaks_of_this_loss_is_taken() -> None:
    lines = [paid(1, "50.00", type=IncidentType.DAMAGED), paid(2, "50.00", type=IncidentType.LOST)]
    found = pair(lines, [owed(7, "50.00", type=IncidentType.LOST)], unit=CENT)
    assert ways(found)[0] == (MatchWay.ONE, [2], [7])


def test_a_payout_in_the_books_is_not_made_again() -> None:
    booked = Booked(3, ("claim", 7), Decimal("89.90"), DAY + timedelta(days=4))
    (found,) = pair([paid(1, "89.90")], [owed(7, "10.00")], unit=CENT, booked=[booked])
    assert (found.way, found.payout) == (MatchWay.BOOKED, 3)


def test_a_payout_of_another_season_is_not_the_same_money() -> None:
    booked = Booked(3, ("claim", 7), Decimal("89.90"), DAY + timedelta(days=60))
    assert pair([paid(1, "89.90")], [], unit=CENT, booked=[booked]) == []


def test_a_payout_is_the_same_money_for_three_weeks_and_no_day_longer() -> None:
    for days, same in ((21, True), (-21, True), (22, False), (-22, False)):
        booked = Booked(3, ("claim", 7), Decimal("89.90"), DAY + timedelta(days=days))
        assert bool(pair([paid(1, "89.90")], [], unit=CENT, booked=[booked])) is same, days


def test_a_line_of_nothing_pays_nothing_and_a_demand_of_nothing_is_none() -> None:
    assert pair([paid(1, "0.00")], [owed(7, "89.90")], unit=CENT) == []
    assert pair([paid(1, "0.01")], [owed(7, "0.00")], unit=CENT) == []
    (found,) = pair([paid(1, "50.00")], [owed(7, "0.00", "50.00"), owed(8, "0.00")], unit=CENT)
    assert ways([found]) == [(MatchWay.ONE, [1], [7])]


def test_a_line_that_names_another_return_is_the_last_choice_and_never_a_part() -> None:
    lines = [paid(1, "50.00", return_number="R2"), paid(2, "50.00", return_number="R1"), paid(3, "50.00")]
    found = pair(lines[:2], [owed(7, "50.00", return_number="R1")], unit=CENT)
    assert ways(found)[0] == (MatchWay.ONE, [2], [7])
    assert ways(pair(lines[::2], [owed(7, "50.00", return_number="R1")], unit=CENT))[0] == (MatchWay.ONE, [3], [7])
    assert pair([paid(1, "20.00", return_number="R2")], [owed(7, "50.00", return_number="R1")], unit=CENT) == []
    (part,) = pair([paid(1, "20.00", return_number="R2")], [owed(7, "50.00")], unit=CENT)
    assert part.way is MatchWay.PART, "the demand names none"


def test_of_several_that_make_it_up_the_exact_go_before_those_a_cent_off_and_the_fewest_first() -> None:
    lines = [paid(1, "30.00"), paid(2, "19.99"), paid(3, "10.00"), paid(4, "10.00")]
    (found, *_rest) = pair(lines, [owed(7, "50.00")], unit=CENT)
    assert (found.way, sorted(found.lines)) == (MatchWay.SEVERAL_LINES, [1, 3, 4])
    (near,) = pair(lines[:2], [owed(7, "50.00")], unit=CENT)
    assert (near.way, sorted(near.lines)) == (MatchWay.SEVERAL_LINES, [1, 2])


def test_all_lines_of_an_order_together_make_it_up_however_many_they_are() -> None:
    lines = [paid(n, "7.00", n) for n in range(1, 15)]
    (found,) = pair(lines, [owed(7, "98.00")], unit=CENT)
    assert (found.way, len(found.lines)) == (MatchWay.SEVERAL_LINES, 14)


def test_what_was_refused_is_not_proposed_again() -> None:
    assert pair([paid(1, "89.90")], [owed(7, "89.90")], unit=CENT, refused=[(1, ("claim", 7))]) == []


def test_money_that_went_away_pays_nothing() -> None:
    assert pair([paid(1, "-89.90")], [owed(7, "89.90")], unit=CENT) == []


AMOUNTS = st.integers(1, 400).map(lambda n: Decimal(n) / 4)
LINES = st.lists(AMOUNTS, max_size=7).map(
    lambda some: [Paid(n, amount, DAY + timedelta(days=n % 3)) for n, amount in enumerate(some, 1)]
)
DEMANDS = st.lists(st.tuples(AMOUNTS, st.integers(0, 2)), max_size=6).map(
    lambda some: [Owed(("claim", n), (amount,), (rank,)) for n, (amount, rank) in enumerate(some, 101)]
)
PAYOUTS = st.lists(AMOUNTS, max_size=3).map(
    lambda some: [Booked(n, ("claim", n), amount, DAY) for n, amount in enumerate(some, 201)]
)
REFUSED = st.sets(st.tuples(st.integers(1, 7), st.integers(101, 106).map(lambda n: ("claim", n))), max_size=8)


@given(LINES, DEMANDS, PAYOUTS, REFUSED)
def test_nothing_is_used_twice_and_every_line_goes_whole(
    lines: list[Paid], demands: list[Owed], payouts: list[Booked], refused: set[tuple[int, tuple[str, int]]]
) -> None:
    found = pair(lines, demands, unit=CENT, booked=payouts, refused=refused)
    used = Counter(line for one in found for line in one.lines)
    paid_out = Counter(key for one in found if one.payout is None for key in {share.key for share in one.shares})
    books = Counter(one.payout for one in found if one.payout is not None)
    assert max([*used.values(), *paid_out.values(), *books.values()], default=1) == 1
    amounts = {one.id: one.amount for one in lines}
    for one in found:
        for line in one.lines:
            assert sum(share.amount for share in one.shares if share.line == line) == amounts[line]
        assert all(share.amount > 0 for share in one.shares)
        assert not any((share.line, share.key) in refused for share in one.shares)


@given(LINES, DEMANDS, PAYOUTS)
def test_what_is_said_to_fit_fits_to_the_unit(lines: list[Paid], demands: list[Owed], payouts: list[Booked]) -> None:
    for one in pair(lines, demands, unit=CENT, booked=payouts):
        came = sum((share.amount for share in one.shares), Decimal(0))
        if one.way in (MatchWay.ONE, MatchWay.SEVERAL_LINES, MatchWay.SEVERAL_CLAIMS, MatchWay.BOOKED):
            assert abs(came - one.expected) <= CENT
        elif one.way is MatchWay.PART:
            assert came <= one.expected
        else:
            assert came > one.expected


@given(LINES, DEMANDS, PAYOUTS, st.randoms(use_true_random=False))
def test_the_order_they_come_in_changes_nothing(
    lines: list[Paid], demands: list[Owed], payouts: list[Booked], shuffler: random.Random
) -> None:
    before = pair(lines, demands, unit=CENT, booked=payouts)
    for some in (lines, demands, payouts):
        shuffler.shuffle(some)
    assert pair(lines, demands, unit=CENT, booked=payouts) == before


@given(
    st.lists(AMOUNTS, min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from([-1, 0, 1]), min_size=6, max_size=6),
)
def test_demands_paid_one_by_one_find_their_own_line(amounts: list[Decimal], off: list[int]) -> None:
    """Amounts a quarter apart, each paid within a cent: every line finds its own."""
    lines = [Paid(n, amount + off[n] * CENT, DAY) for n, amount in enumerate(amounts)]
    demands = [Owed(("claim", n), (amount,), (0,)) for n, amount in enumerate(amounts)]
    found = pair(lines, demands, unit=CENT)
    assert {(share.line, share.key[1]) for one in found for share in one.shares} == {
        (n, n) for n in range(len(amounts))
    }


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=5))
def test_a_line_is_split_to_its_last_unit(amount: Decimal, demands: list[Decimal]) -> None:
    shares = split(1, amount, [(("claim", n), owed) for n, owed in enumerate(demands)])
    assert sum(share.amount for share in shares) == amount
    assert all(share.amount > 0 for share in shares)
