"""When a moment counts, to the second; which of the platform's words end it; what becomes of its clock. Without a database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.models.clock import ClockKind, ClockState
from core.models.dispute import (
    CompensationStatus,
    Dispute,
    DisputeState,
    DisputeStatus,
    DueBasis,
    Negotiation,
    ProofStatus,
    ReturnReason,
)
from core.recovery.disputes.dues import FALLBACK, PLATFORM, after, counts, dues, next_due, response_due
from core.recovery.disputes.standing import platform_says, stands
from core.recovery.disputes.vocabulary import response_days
from tests.factories import NOW

S, P, K = DisputeState, DisputeStatus, ClockKind
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def dispute(**more: Any) -> Dispute:
    values: dict[str, Any] = {"return_number": "R1", "status": P.REQUESTED, "currency": "SGD", "items": []}
    return Dispute(**{**values, **more})


# --- where it stands, on the second -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off", "expected"), [(SECOND, S.OPENED), (timedelta(), S.EXPIRED), (-SECOND, S.EXPIRED)])
def test_a_day_to_answer_is_over_on_its_second(off: timedelta, expected: DisputeState) -> None:
    one = dispute(response_due_at=NOW + off, response_basis=DueBasis.GIVEN)
    assert platform_says(one, NOW, answered=False) is expected


@pytest.mark.parametrize(("off", "expected"), [(SECOND, S.OFFERED), (timedelta(), S.OPENED), (-SECOND, S.OPENED)])
def test_an_offer_lapses_on_its_second(off: timedelta, expected: DisputeState) -> None:
    one = dispute(negotiation=Negotiation.PENDING_RESPOND, offer_due_at=NOW + off)
    assert platform_says(one, NOW, answered=False) is expected


@pytest.mark.parametrize("name", ["response_due_at", "return_due_at", "evidence_due_at", "compensation_due_at"])
@pytest.mark.parametrize(("off", "expected"), [(SECOND, S.OPENED), (timedelta(), S.CLOSED)])
def test_what_was_granted_at_once_may_be_objected_to_while_any_day_is_left(
    name: str, off: timedelta, expected: DisputeState
) -> None:
    one = dispute(status=P.REFUND_PAID, **{name: NOW + off})
    assert platform_says(one, NOW, answered=False) is expected


@pytest.mark.parametrize("status", [P.ACCEPTED, P.CANCELLED, P.CLOSED, P.REFUND_PAID])
def test_nobody_talks_about_what_is_decided(status: DisputeStatus) -> None:
    for negotiation in (Negotiation.PENDING_RESPOND, Negotiation.PENDING_BUYER_RESPOND):
        found = platform_says(dispute(status=status, negotiation=negotiation), NOW, answered=True)
        assert found not in (S.OFFERED, S.COUNTERED)


def test_a_word_of_the_very_moment_of_our_move_is_not_newer() -> None:
    for as_of, expected in ((NOW, S.COUNTERED), (NOW + SECOND, S.OFFERED), (None, S.COUNTERED)):
        assert stands(S.COUNTERED, NOW, S.OFFERED, as_of, answered=False) is expected
    assert stands(S.COUNTERED, None, S.OFFERED, None, answered=False) is S.OFFERED, "a move that says nothing of it"


def test_what_the_platform_grants_and_refuses_follows_the_newer_word() -> None:
    approved, rejected = S.COMPENSATION_APPROVED, S.COMPENSATION_REJECTED
    assert stands(approved, NOW, rejected, NOW + SECOND, answered=True) is rejected
    assert stands(approved, NOW, rejected, NOW - SECOND, answered=True) is approved
    assert stands(rejected, NOW, approved, NOW + SECOND, answered=True) is approved
    assert stands(rejected, NOW, approved, NOW - SECOND, answered=True) is rejected
    assert stands(S.WON, NOW, S.LOST, NOW + SECOND, answered=True) is S.WON, "what a person saw decided stays"


@pytest.mark.parametrize("status", [P.REQUESTED, P.PROCESSING, P.UNKNOWN, P.JUDGING, P.SELLER_DISPUTE])
def test_as_long_as_nothing_is_decided_there_may_be_talk(status: DisputeStatus) -> None:
    for negotiation, expected in (
        (Negotiation.PENDING_RESPOND, S.OFFERED),
        (Negotiation.PENDING_BUYER_RESPOND, S.COUNTERED),
    ):
        assert platform_says(dispute(status=status, negotiation=negotiation), NOW, answered=True) is expected


# --- which moments count ------------------------------------------------------------------------------------------------

OPEN = (P.REQUESTED, P.PROCESSING, P.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (K.DISPUTE_RESPONSE, {P.ACCEPTED, P.REFUND_PAID}),
        (K.DISPUTE_RETURN, {P.ACCEPTED}),
        (K.DISPUTE_EVIDENCE, {P.ACCEPTED, P.JUDGING, P.SELLER_DISPUTE}),
        (K.DISPUTE_COMPENSATION, {P.ACCEPTED, P.REFUND_PAID, P.JUDGING, P.SELLER_DISPUTE}),
        (K.DISPUTE_OFFER, set()),
    ],
)
def test_the_platforms_state_says_which_moments_ask_something(kind: ClockKind, also: set[DisputeStatus]) -> None:
    asking = {status for status in P if counts(kind, dispute(status=status))}
    assert asking == {*OPEN, *also}


@pytest.mark.parametrize(
    ("kind", "more", "asks"),
    [
        (K.DISPUTE_EVIDENCE, {"proof_status": None}, True),
        (K.DISPUTE_EVIDENCE, {"proof_status": ProofStatus.UPLOADED}, False),
        (K.DISPUTE_EVIDENCE, {"proof_status": ProofStatus.NOT_NEEDED}, False),
        (K.DISPUTE_COMPENSATION, {"compensation_status": CompensationStatus.INITIAL_STAGE}, True),
        (K.DISPUTE_COMPENSATION, {"compensation_status": CompensationStatus.PENDING_REQUEST}, True),
        (K.DISPUTE_COMPENSATION, {"compensation_status": CompensationStatus.REQUESTED}, False),
        (K.DISPUTE_COMPENSATION, {"compensation_status": CompensationStatus.REJECTED}, False),
        (K.DISPUTE_OFFER, {"negotiation": Negotiation.PENDING_RESPOND}, True),
        (K.DISPUTE_OFFER, {"negotiation": Negotiation.PENDING_BUYER_RESPOND}, False),
        (K.DISPUTE_OFFER, {"negotiation": Negotiation.TERMINATED}, False),
        (K.DISPUTE_RESPONSE, {"proof_status": ProofStatus.UPLOADED}, True),
    ],
)
def test_the_platforms_own_word_ends_what_it_asked(kind: ClockKind, more: dict[str, Any], asks: bool) -> None:
    assert counts(kind, dispute(**more)) is asks


@pytest.mark.parametrize(
    ("kind", "counting", "over"),
    [
        (K.DISPUTE_RESPONSE, S.EXPIRED, S.LOST),
        (K.DISPUTE_RETURN, S.CONCEDED, S.WON),
        (K.DISPUTE_EVIDENCE, S.COMPENSATION_REQUESTED, S.LOST),
        (K.DISPUTE_COMPENSATION, S.LOST, S.COMPENSATION_REQUESTED),
        (K.DISPUTE_OFFER, S.OFFERED, S.COUNTERED),
    ],
)
def test_where_we_stand_says_which_moments_ask_something(
    kind: ClockKind, counting: DisputeState, over: DisputeState
) -> None:
    assert counts(kind, dispute(state=counting)) and not counts(kind, dispute(state=over))
    assert counts(kind, dispute(state=None)), "a request nobody looked at is open"


FIGHT = {S.OPENED, S.PREPARING, S.EXPIRED, S.ANSWERED, S.JUDGING, S.OFFERED, S.COUNTERED}
LOSSES = {S.PARTLY_WON, S.LOST, S.SETTLED, S.CONCEDED}


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        (K.DISPUTE_RESPONSE, FIGHT),
        (K.DISPUTE_RETURN, FIGHT | LOSSES | {S.COMPENSATION_REQUESTED}),
        (K.DISPUTE_EVIDENCE, FIGHT | {S.COMPENSATION_REQUESTED}),
        (K.DISPUTE_COMPENSATION, FIGHT | LOSSES),
        (K.DISPUTE_OFFER, {S.OPENED, S.PREPARING, S.OFFERED}),
    ],
)
def test_each_moment_asks_something_in_just_these_states(kind: ClockKind, standing: set[DisputeState]) -> None:
    assert {state for state in S if counts(kind, dispute(state=state))} == standing


def test_moments_come_the_soonest_first_and_the_next_is_one_to_come() -> None:
    one = dispute(
        response_due_at=NOW + 3 * DAY,
        response_basis=DueBasis.GIVEN,
        evidence_due_at=NOW + DAY,
        return_due_at=NOW,
        compensation_due_at=NOW - DAY,
    )
    assert [due.at for due in dues(one, "SG")] == [NOW - DAY, NOW, NOW + DAY, NOW + 3 * DAY]
    assert next_due(one, "SG", NOW) == NOW + DAY, "one of this very second has passed"
    assert next_due(one, "SG", NOW - SECOND) == NOW
    assert next_due(one, "SG", NOW + 3 * DAY) is None


def test_only_the_markets_usual_days_are_a_stopgap() -> None:
    one = dispute(
        requested_at=NOW, response_due_at=NOW + DAY, response_basis=DueBasis.FALLBACK, evidence_due_at=NOW + 2 * DAY,
        reason=ReturnReason.DAMAGED,
    )  # fmt: skip
    assert [due.rule for due in dues(one, "SG")] == [FALLBACK, PLATFORM]
    one.response_basis = DueBasis.GIVEN
    assert [due.rule for due in dues(one, "SG")] == [PLATFORM, PLATFORM]


def test_the_usual_days_count_from_the_request_only_while_it_waits_for_us() -> None:
    usual = response_days("SG", ReturnReason.DAMAGED)
    assert usual is not None
    facts: dict[str, Any] = {"requested_at": NOW, "reason": ReturnReason.DAMAGED}
    ends: dict[DisputeStatus, datetime | None] = {
        status: response_due({**facts, "status": status}, "SG")[0] for status in P
    }
    assert {status for status, at in ends.items() if at is not None} == {P.REQUESTED, P.UNKNOWN}
    assert ends[P.REQUESTED] == NOW + usual.span
    given = {**facts, "response_due_at": NOW + DAY, "status": P.CLOSED}
    assert response_due(given, "SG") == (NOW + DAY, DueBasis.GIVEN)
    assert response_due({"reason": ReturnReason.DAMAGED}, "SG") == (None, None)


# --- what becomes of a clock --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "met"),
    [
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.ANSWERED}, True),
        (K.DISPUTE_RESPONSE, {"status": P.SELLER_DISPUTE, "state": S.JUDGING}, True),
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.COUNTERED}, True),
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.SETTLED}, True),
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.CONCEDED}, True),
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.COMPENSATION_REQUESTED}, True),
        (K.DISPUTE_RESPONSE, {"answered_at": NOW, "state": S.WITHDRAWN}, False),
        (K.DISPUTE_RESPONSE, {"state": S.ANSWERED}, False),
        (K.DISPUTE_EVIDENCE, {"proof_status": ProofStatus.UPLOADED}, True),
        (K.DISPUTE_EVIDENCE, {"proof_status": ProofStatus.NOT_NEEDED}, False),
        (K.DISPUTE_COMPENSATION, {"state": S.COMPENSATION_REQUESTED}, True),
        (K.DISPUTE_COMPENSATION, {"state": S.WITHDRAWN}, False),
        (K.DISPUTE_OFFER, {"negotiation": Negotiation.PENDING_BUYER_RESPOND}, True),
        (K.DISPUTE_OFFER, {"negotiation": Negotiation.TERMINATED}, False),
        (K.DISPUTE_RETURN, {"state": S.ANSWERED, "answered_at": NOW}, False),
    ],
)
def test_a_clock_is_met_where_what_it_asked_was_done_and_else_falls_away(
    kind: ClockKind, more: dict[str, Any], met: bool
) -> None:
    assert after(kind, dispute(**more)) is (ClockState.MET if met else ClockState.CANCELLED)
    assert after(kind, dispute(**more), acted=True) is ClockState.MET
