"""Where a dispute stands: the table of moves, and how our moves, the platform's word and the time go together."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.errors import WrongState
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from core.models import Dispute
from core.models.dispute import OPEN_STATES, CompensationStatus, DisputeState, DisputeStatus, DueBasis, Negotiation
from core.recovery.disputes.standing import RANK, platform_says, stands
from core.recovery.disputes.states import DISPUTES, STATE_LABELS, DisputeAction, DisputeFacts
from tests.factories import NOW

S, P, A = DisputeState, DisputeStatus, DisputeAction
AGENT = Actor(1, "agent", "Agent", Role.AGENT, ROLE_PERMISSIONS[Role.AGENT])
VIEWER = Actor(2, "viewer", "Viewer", Role.VIEWER, ROLE_PERMISSIONS[Role.VIEWER])
OPEN_CASE = DisputeFacts(has_case=True, case_open=True)
states = st.sampled_from(list(S))


def dispute(status: DisputeStatus = P.REQUESTED, **more: Any) -> Dispute:
    values: dict[str, Any] = {"return_number": "R1", "status": status, "currency": "SGD", "items": []}
    return Dispute(**{**values, **more})


# --- the table -----------------------------------------------------------------------------------------------------------


def test_every_state_has_its_words_and_its_rank() -> None:
    assert set(STATE_LABELS) == set(S) == set(RANK)


def test_every_action_of_people_is_in_the_table_once() -> None:
    assert [row.action for row in DISPUTES] == [one for one in A if one not in (A.NOTE, A.FOLLOW, A.EXPIRE)]


def test_from_every_open_state_there_is_a_way_to_an_end() -> None:
    ends = set(S) - set(OPEN_STATES)
    for start in OPEN_STATES:
        reached, front = {start}, {start}
        while front:
            front = {row.target for row in DISPUTES if row.target and row.sources & front} - reached
            reached |= front
        assert reached & ends, start


def test_a_move_from_elsewhere_is_refused_with_both_names() -> None:
    with pytest.raises(WrongState, match=r"Buyer took our offer.*dispute is won"):
        DISPUTES.step(S.WON, A.COUNTER_TAKEN, OPEN_CASE)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (DisputeFacts(False, False, None, "R7"), "Return R7 belongs to no case"),
        (DisputeFacts(True, False), "case is closed"),
        (DisputeFacts(True, True, 0), "no further counter-offer"),
    ],
)
def test_a_counter_offer_says_why_it_cannot_be_made(facts: DisputeFacts, why: str) -> None:
    (offer,) = [one for one in DISPUTES.offers(S.OFFERED, AGENT, facts) if one.action is A.COUNTER]
    assert not offer.permitted
    assert why in (offer.reason or "")


def test_a_viewer_is_told_which_right_is_missing() -> None:
    offers = DISPUTES.offers(S.OPENED, VIEWER, OPEN_CASE)
    assert offers
    assert all(not one.permitted and one.reason for one in offers)


def test_money_that_came_needs_the_right_to_record_it() -> None:
    assert DISPUTES.row(A.PAY).permission is Permission.PAYOUT_RECORD
    assert DISPUTES.row(A.TAKE_BACK).permission is Permission.PAYOUT_REVERSE


# --- by the platform alone -----------------------------------------------------------------------------------------------

LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "more", "answered", "expected"),
    [
        (P.REQUESTED, {}, False, S.OPENED),
        (P.REQUESTED, {"response_due_at": EARLIER, "response_basis": DueBasis.GIVEN}, False, S.EXPIRED),
        (P.REQUESTED, {"response_due_at": EARLIER, "response_basis": DueBasis.FALLBACK}, False, S.OPENED),
        (P.REQUESTED, {"response_due_at": EARLIER, "response_basis": DueBasis.GIVEN}, True, S.ANSWERED),
        (P.SELLER_DISPUTE, {}, True, S.ANSWERED),
        (P.JUDGING, {}, False, S.JUDGING),
        (P.REQUESTED, {"negotiation": Negotiation.PENDING_RESPOND}, False, S.OFFERED),
        (P.REQUESTED, {"negotiation": Negotiation.PENDING_RESPOND, "offer_due_at": EARLIER}, False, S.OPENED),
        (P.REQUESTED, {"negotiation": Negotiation.PENDING_BUYER_RESPOND}, False, S.COUNTERED),
        (P.CANCELLED, {}, True, S.WITHDRAWN),
        (P.CLOSED, {}, True, S.CLOSED),
        (P.CLOSED, {"refunded_at": EARLIER}, True, S.LOST),
        (P.CLOSED, {"refunded_at": EARLIER}, False, S.CLOSED),
        (P.REFUND_PAID, {}, True, S.LOST),
        (P.REFUND_PAID, {"compensation_due_at": LATER}, False, S.OPENED),
        (P.REFUND_PAID, {}, False, S.CLOSED),
        (P.ACCEPTED, {"response_due_at": LATER, "response_basis": DueBasis.GIVEN}, False, S.OPENED),
        (P.ACCEPTED, {"response_due_at": EARLIER, "response_basis": DueBasis.GIVEN}, False, S.EXPIRED),
        (P.ACCEPTED, {"compensation_status": CompensationStatus.REQUESTED}, True, S.COMPENSATION_REQUESTED),
        (P.CLOSED, {"compensation_status": CompensationStatus.APPROVED}, True, S.COMPENSATION_APPROVED),
        (P.CLOSED, {"compensation_status": CompensationStatus.REJECTED}, True, S.COMPENSATION_REJECTED),
        (P.ACCEPTED, {"compensation_status": CompensationStatus.PENDING_REQUEST}, False, S.CLOSED),
    ],
)
def test_what_the_platform_says_alone(
    status: DisputeStatus, more: dict[str, Any], answered: bool, expected: DisputeState
) -> None:
    assert platform_says(dispute(status, **more), NOW, answered=answered) is expected


# --- both together -------------------------------------------------------------------------------------------------------

moments = st.one_of(st.none(), st.integers(-5, 5).map(lambda n: NOW + timedelta(days=n)))
OWN = sorted({row.target for row in DISPUTES if row.target is not None})
own = st.one_of(st.none(), st.sampled_from(OWN))


@given(own, moments, states, moments, st.booleans())
def test_it_stands_where_one_of_the_two_says(
    ours: DisputeState | None, ours_at: Any, platform: DisputeState, as_of: Any, answered: bool
) -> None:
    found = stands(ours, ours_at, platform, as_of, answered=answered)
    assert found in {ours, platform} or (answered and ours is S.PREPARING and found is S.ANSWERED)


@given(own, states, st.booleans())
def test_what_was_said_before_our_move_never_pulls_it_back(
    ours: DisputeState | None, platform: DisputeState, answered: bool
) -> None:
    """The platform's older word moves a dispute on, but never below where we stood."""
    found = stands(ours, NOW, platform, NOW - timedelta(hours=1), answered=answered)
    if ours is not None:
        assert RANK[found] >= RANK[ours]


@given(st.data())
def test_a_move_leads_where_the_table_says_whatever_the_platform_said_before(data: st.DataObject) -> None:
    """A walk of moves: each starts where the dispute stands, and stands where the row leads, save what was answered already."""
    platform = data.draw(
        st.sampled_from([S.OPENED, S.EXPIRED, S.ANSWERED, S.JUDGING, S.OFFERED, S.COUNTERED, S.CLOSED])
    )
    state, ours, ours_at, answered = platform, None, None, platform in (S.ANSWERED,)
    for n in range(data.draw(st.integers(1, 8))):
        rows = [row for row in DISPUTES if state in row.sources]
        if not rows:
            break
        row = data.draw(st.sampled_from(rows))
        if row.target is not None:
            ours, ours_at = row.target, None if row.action is A.PREPARE else NOW + timedelta(hours=n)
        answered = answered or row.action is A.ANSWER
        new = stands(ours, ours_at, platform, NOW - timedelta(hours=1), answered=answered)
        if row.target is S.PREPARING:
            # Declined: what was answered goes on as answered, what is judged goes on as judged, what is late is late.
            assert new in (S.PREPARING, S.ANSWERED, S.JUDGING, S.EXPIRED, S.CLOSED)
        else:
            # What the platform judges already stays judged, however often it is answered.
            judged = row.action is A.ANSWER and platform is S.JUDGING
            assert new is (S.JUDGING if judged else row.target or state), row.action
        state = new


@pytest.mark.parametrize(("older", "newer"), tuple(pairwise([S.OPENED, S.ANSWERED, S.JUDGING, S.WON])))
def test_the_platform_moves_it_on(older: DisputeState, newer: DisputeState) -> None:
    assert stands(older, NOW, newer, EARLIER, answered=True) is newer
    assert stands(newer, NOW, older, LATER, answered=True) is newer


def test_of_two_offers_the_newer_one_stands() -> None:
    assert stands(S.COUNTERED, NOW, S.OFFERED, EARLIER, answered=False) is S.COUNTERED
    assert stands(S.COUNTERED, NOW, S.OFFERED, LATER, answered=False) is S.OFFERED


def test_a_demand_taken_back_is_not_asked_again_by_an_older_file() -> None:
    assert stands(S.WITHDRAWN, NOW, S.COMPENSATION_REQUESTED, EARLIER, answered=True) is S.WITHDRAWN
    assert stands(S.WITHDRAWN, NOW, S.COMPENSATION_REQUESTED, LATER, answered=True) is S.COMPENSATION_REQUESTED
