from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from core.models import Dispute
from core.models.clock import ClockKind, ClockState
from core.models.dispute import DisputeState, DisputeStatus, DueBasis, ReturnReason, Solution, Source
from core.recovery.disputes.dues import FALLBACK, PLATFORM, after, dues, next_due, response_due
from core.recovery.disputes.statements import (
    PROGRESS,
    Statement,
    from_json,
    in_order,
    progress_of,
    standing,
    to_json,
    told,
)
from tests.factories import NOW

S, R, K = DisputeStatus, ReturnReason, ClockKind


def said(number: int, status: DisputeStatus | None = None, days: float = 0, **facts: Any) -> Statement:
    known = {**({} if status is None else {"status": status}), **facts}
    return Statement(number, Source.IMPORT, NOW + timedelta(days=days), progress_of(known), known)


def test_an_older_file_never_overwrites_a_newer_word() -> None:
    newer = said(1, S.ACCEPTED, days=5, amount=Decimal(20))
    older = said(2, S.REQUESTED, days=1, amount=Decimal(30))
    for order in ([newer, older], [older, newer]):
        facts = standing(order)
        assert (facts["status"], facts["amount"]) == (S.ACCEPTED, Decimal(20))


def test_a_request_that_is_further_along_is_the_newer_word_whatever_its_file_knew() -> None:
    """Files carry no date of their own: the newest moment in a quiet shop's file may be old."""
    facts = standing([said(1, S.REQUESTED, days=9), said(2, S.REFUND_PAID, days=2)])
    assert facts["status"] is S.REFUND_PAID


def test_of_two_words_about_the_same_state_the_newer_source_counts() -> None:
    facts = standing([said(1, S.JUDGING, days=3, amount=Decimal(9)), said(2, S.ACCEPTED, days=1, amount=Decimal(8))])
    assert (facts["status"], facts["amount"]) == (S.JUDGING, Decimal(9))


def test_silence_takes_nothing_away() -> None:
    facts = standing([said(1, S.REQUESTED, amount=Decimal(9), reason=R.DAMAGED), said(2, S.ACCEPTED, days=1)])
    assert (facts["amount"], facts["reason"], facts["status"]) == (Decimal(9), R.DAMAGED, S.ACCEPTED)


statuses = st.sampled_from(list(S))
statements = st.lists(
    st.builds(lambda status, days, amount: (status, days, amount), statuses, st.integers(0, 9), st.integers(0, 99)),
    min_size=1,
    max_size=6,
)


@given(statements, st.randoms())
def test_what_stands_does_not_depend_on_the_order_files_come_in(
    rows: list[tuple[DisputeStatus, int, int]], chance: Any
) -> None:
    made = [said(at, status, days, amount=Decimal(amount)) for at, (status, days, amount) in enumerate(rows, 1)]
    mixed = made[:]
    chance.shuffle(mixed)
    assert standing(mixed) == standing(made)
    assert in_order(mixed)[-1].progress == max(PROGRESS[status] for status, _days, _amount in rows)


@given(statements, st.integers(0, 5))
def test_a_statement_taken_away_leaves_what_stood_without_it(
    rows: list[tuple[DisputeStatus, int, int]], at: int
) -> None:
    made = [said(n, status, days, amount=Decimal(amount)) for n, (status, days, amount) in enumerate(rows, 1)]
    gone = made[at % len(made)]
    extra = standing(made)
    left = [one for one in made if one is not gone]
    assert standing([*left, gone]) == extra
    assert standing(left) == standing([one for one in made if one.id != gone.id])


def test_facts_survive_being_stored() -> None:
    facts = {
        "order_number": "261113TEST",
        "reason": R.SPILLED,
        "reassessed": R.OTHER,
        "solution": Solution.REFUND_ONLY,
        "status": S.JUDGING,
        "amount": Decimal("331.08"),
        "requested_at": NOW,
        "items": [{"name": "Lamp", "sku": "L", "variation": "", "quantity": 1, "price": "10"}],
    }
    assert from_json(to_json(facts)) == facts
    assert from_json({"amount": "3", "of_a_newer_recoup": 1}) == {"amount": Decimal(3)}


def test_only_what_was_told_is_kept() -> None:
    assert told({"amount": None, "reason_text": "", "items": [], "status": S.CLOSED}) == {"status": S.CLOSED}
    assert told({"compensation": Decimal(0)}) == {"compensation": Decimal(0)}
    with pytest.raises(ValueError, match="amuont"):
        told({"amuont": Decimal(1)})


# --- moments -------------------------------------------------------------------------------------------------------------


def dispute(status: DisputeStatus = S.REQUESTED, **more: Any) -> Dispute:
    values: dict[str, Any] = {"return_number": "R1", "status": status, "currency": "SGD", "items": []}
    return Dispute(**{**values, **more})


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def test_the_requests_own_moment_goes_before_the_markets_days() -> None:
    facts = {"requested_at": NOW, "response_due_at": at(5), "status": S.REQUESTED}
    assert response_due(facts, "SG") == (at(5), DueBasis.GIVEN)


def test_the_markets_days_fill_the_gap_while_the_request_waits_for_us() -> None:
    assert response_due({"requested_at": NOW}, "SG") == (at(2), DueBasis.FALLBACK)
    assert response_due({"requested_at": NOW, "status": S.UNKNOWN}, "BR") == (at(3), DueBasis.FALLBACK)
    assert response_due({"requested_at": NOW, "status": S.JUDGING}, "SG") == (None, None)
    assert response_due({"requested_at": NOW}, "TH") == (None, None)
    assert response_due({}, "SG") == (None, None)


def test_every_moment_of_a_request_is_one_of_its_own() -> None:
    one = dispute(
        S.ACCEPTED,
        response_due_at=at(1),
        response_basis=DueBasis.GIVEN,
        return_due_at=at(3),
        evidence_due_at=at(2),
        compensation_due_at=at(9),
        offer_due_at=at(4),
    )
    found = dues(one, "SG")
    assert [(due.kind, due.at) for due in found] == [
        (K.DISPUTE_RESPONSE, at(1)),
        (K.DISPUTE_EVIDENCE, at(2)),
        (K.DISPUTE_RETURN, at(3)),
        (K.DISPUTE_COMPENSATION, at(9)),
    ]
    assert {due.rule for due in found} == {PLATFORM}
    assert next_due(one, "SG", at(1.5)) == at(2)


@pytest.mark.parametrize("status", [S.CANCELLED, S.CLOSED])
def test_a_request_that_is_over_asks_nothing_any_more(status: DisputeStatus) -> None:
    one = dispute(status, response_due_at=at(1), response_basis=DueBasis.GIVEN, compensation_due_at=at(2))
    assert dues(one, "SG") == []
    assert next_due(one, "SG", NOW) is None


def test_a_refund_paid_at_once_can_still_be_disputed_until_the_moment_the_file_gives() -> None:
    one = dispute(S.REFUND_PAID, response_due_at=at(1), response_basis=DueBasis.GIVEN)
    assert [due.kind for due in dues(one, "TH")] == [K.DISPUTE_RESPONSE]


def test_a_stopgap_says_that_it_is_one_and_how_sure() -> None:
    one = dispute(requested_at=NOW, response_due_at=at(2), response_basis=DueBasis.FALLBACK)
    (due,) = dues(one, "SG")
    assert due.rule == FALLBACK
    (why,) = due.why
    assert (why["kind"], why["market"], why["days"], why["confidence"]) == ("dispute_fallback", "SG", 2, "H")


def test_our_answer_meets_the_clock_and_a_request_taken_back_needs_none() -> None:
    answered = dispute(S.SELLER_DISPUTE, state=DisputeState.ANSWERED)
    assert after(K.DISPUTE_RESPONSE, answered) is ClockState.MET
    assert after(K.DISPUTE_RESPONSE, dispute(S.CANCELLED, state=DisputeState.WITHDRAWN)) is ClockState.CANCELLED
    assert after(K.DISPUTE_OFFER, answered) is ClockState.CANCELLED
    assert after(K.DISPUTE_OFFER, answered, acted=True) is ClockState.MET
