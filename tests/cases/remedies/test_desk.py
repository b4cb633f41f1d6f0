"""What waits at whose desk, with the case as it is; runs under a limit at their edges; what is suggested at its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.cases import messages, remedies
from core.foundation.errors import Invalid
from core.foundation.permissions import Actor, Role
from core.models import Dispute, Evidence, Incident, StoredFile
from core.models.claim import ClaimState
from core.models.dispute import DisputeStatus, Solution
from core.models.incident import IncidentType
from core.models.message import Situation
from core.models.remedy import RemedyAction, RemedyKind
from core.money.authority import near
from tests.desk.builders import make_claim
from tests.desk.disputing import make_dispute
from tests.factories import NOW, make_policy, make_rates, make_shop
from tests.giving import a_case, lend_authority, offer, sgd
from tests.people import acting

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


def proof(session: Session, case: Incident, kind: str, **more: Any) -> Evidence:
    """A piece of evidence as its row, without a file behind it."""
    sha256 = hashlib.sha256(f"{case.id} {kind} {len(session.new)} {more}".encode()).hexdigest()
    session.add(StoredFile(sha256=sha256, size=1, media_type="image/jpeg", stored_at=NOW))
    session.flush()
    made = Evidence(incident_id=case.id, sha256=sha256, name=f"{kind}.jpg", kind=kind, **{"added_at": NOW, **more})
    session.add(made)
    session.flush()
    return made


def withdrawn(by: Actor) -> dict[str, Any]:
    return {"withdrawn_at": NOW, "withdrawn_by": by.person_id, "withdrawn_reason": "another parcel"}


def waiting(found: Sequence[remedies.Waiting]) -> list[int]:
    return [one.remedy.id for one in found]


# --- the desk -----------------------------------------------------------------------------------------------------------


def test_who_keeps_a_case_answers_and_gives_for_it_too(session: Session) -> None:
    agent, keeper, other = (acting(session, Role.AGENT, name) for name in ("mei", "keeper", "other"))
    lead = acting(session, Role.LEAD)
    cases = [a_case(session) for _n in range(2)]
    for case in cases:
        case.owner_id = keeper.person_id
    ready, asked = offer(session, cases[0], agent, "10"), offer(session, cases[1], agent, "70")
    remedies.ask_back(session, asked.id, actor=lead, question="Why?", now=NOW)
    for somebody in (agent, keeper):
        found = remedies.desk(session, actor=somebody, now=NOW)
        assert (waiting(found.answer), waiting(found.give), found.empty) == ([asked.id], [ready.id], False)
    assert remedies.desk(session, actor=other, now=NOW).empty


def test_a_stand_in_sees_what_the_lead_would_but_not_the_leads_own(session: Session) -> None:
    lead, agent = acting(session, Role.LEAD), acting(session)
    lend_authority(session, lead, agent)
    theirs = offer(session, a_case(session), acting(session, Role.AGENT, "other"), "60")
    offer(session, a_case(session), lead, "151")
    assert waiting(remedies.desk(session, actor=agent, now=NOW).decide) == [theirs.id]
    assert remedies.desk_count(session, actor=agent, now=NOW + timedelta(days=1)) == (0, 0, 0)


def test_what_one_approved_waits_for_the_second_person_only(session: Session) -> None:
    lead, second = acting(session, Role.LEAD), acting(session, Role.MANAGER)
    made = offer(session, a_case(session, value=Decimal(900)), acting(session), "500")
    row = remedies.of_case(session, made.incident_id, actor=lead, now=NOW)[0]
    assert (row.needs, row.missing, row.open) == (2, 2, True)
    remedies.approve(session, made.id, actor=lead, now=NOW)
    assert waiting(remedies.desk(session, actor=lead, now=NOW).decide) == []
    [left] = remedies.desk(session, actor=second, now=NOW).decide
    assert (left.remedy.id, left.remedy.missing) == (made.id, 1)
    remedies.approve(session, made.id, actor=second, now=NOW)
    assert remedies.of_case(session, made.incident_id, actor=lead, now=NOW)[0].missing == 0


def test_each_button_is_found_by_its_action(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    made = offer(session, a_case(session), agent, "60")
    row = remedies.of_case(session, made.incident_id, actor=lead, now=NOW)[0]
    for action in (RemedyAction.APPROVE, RemedyAction.ASK, RemedyAction.DECLINE, RemedyAction.WITHDRAW):
        found = row.offer(action)
        assert found is not None and found.action is action
    assert row.offer(RemedyAction.DO) is None
    assert (row.by, row.proposed_by) == (agent.name, agent.person_id)


def test_the_oldest_comes_first_and_the_count_is_of_all(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    later = offer(session, a_case(session), agent, "60", now=NOW + timedelta(hours=1))
    first, second = (offer(session, a_case(session), agent, "60") for _n in range(2))
    found = remedies.desk(session, actor=lead, now=NOW + timedelta(hours=2), most=2)
    assert (waiting(found.decide), found.to_decide) == ([first.id, second.id], 3)
    assert later.id not in waiting(found.decide)


def test_the_case_beside_it_counts_what_still_stands(session: Session) -> None:
    agent, lead, case = acting(session), acting(session, Role.LEAD), a_case(session)
    proof(session, case, "item_photo")
    proof(session, case, "label_photo", **withdrawn(agent))
    make_claim(session, case, state=ClaimState.SUBMITTED)
    make_claim(session, case, state=ClaimState.WITHDRAWN)
    offer(session, case, agent, "12")
    gone = offer(session, case, agent, "5")
    remedies.withdraw(session, gone.id, actor=agent, reason="no", now=NOW)
    waits = offer(session, case, agent, "60")
    [found] = remedies.desk(session, actor=lead, now=NOW).decide
    assert found.remedy.id == waits.id
    assert (found.case.evidence, found.case.open_claims, found.case.given) == (1, 1, sgd("12"))


# --- runs ---------------------------------------------------------------------------------------------------------------


def test_a_run_ends_a_week_after_its_first_to_the_second(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    for n in range(3):
        offer(session, a_case(session), agent, "29.50", now=NOW + timedelta(hours=n))
    end = NOW + near().within
    assert len(remedies.runs(session, actor=lead, now=end - SECOND)) == 1
    assert remedies.runs(session, actor=lead, now=end) == ()


def test_two_are_no_run_and_what_was_withdrawn_belongs_to_none(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    offers = [offer(session, a_case(session), agent, "29.50") for _n in range(3)]
    assert [len(one.cases) for one in remedies.runs(session, actor=lead, now=NOW)] == [3]
    remedies.mark_given(session, offers[0].id, actor=agent, now=NOW)
    assert [len(one.cases) for one in remedies.runs(session, actor=lead, now=NOW)] == [3], "given counts as well"
    remedies.withdraw(session, offers[1].id, actor=agent, reason="no", now=NOW)
    assert remedies.runs(session, actor=lead, now=NOW) == ()


def test_nobody_is_shown_their_own_run(session: Session) -> None:
    lead, other = acting(session, Role.LEAD), acting(session, Role.LEAD, "other")
    for _n in range(3):
        offer(session, a_case(session), lead, "140")
    assert remedies.runs(session, actor=lead, now=NOW) == ()
    [run] = remedies.runs(session, actor=other, now=NOW)
    assert (run.people, run.last_at, run.sum) == ((lead.name,), NOW, sgd("420"))


# --- what is suggested --------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(session: Session) -> Actor:
    return acting(session, Role.VIEWER)


def request(session: Session, case: Incident, **more: Any) -> Dispute:
    return make_dispute(session, case, **{"solution": Solution.REFUND_ONLY, "amount": Decimal(80), **more})


@pytest.mark.parametrize(
    ("amount", "kind"),
    [("80", RemedyKind.PARTIAL_REFUND), ("318", RemedyKind.REFUND), ("317.99", RemedyKind.PARTIAL_REFUND)],
)
def test_a_request_asks_for_all_of_it_or_for_a_part(
    session: Session, reader: Actor, amount: str, kind: RemedyKind
) -> None:
    case = a_case(session)
    request(session, case, amount=Decimal(amount))
    found = remedies.suggest(session, case.id, actor=reader, now=NOW)
    assert (found.kind, found.asked, found.amount) == (kind, kind, sgd(amount))


@pytest.mark.parametrize(
    "more",
    [
        {"status": DisputeStatus.CANCELLED},
        {"status": DisputeStatus.CLOSED},
        {"status": DisputeStatus.REFUND_PAID},
        {"currency": "USD"},
        {"solution": None},
    ],
)
def test_a_request_that_is_over_or_asks_for_nothing_suggests_nothing(
    session: Session, reader: Actor, more: dict[str, Any]
) -> None:
    case = a_case(session)
    request(session, case, **more)
    assert remedies.suggest(session, case.id, actor=reader, now=NOW).asked is None


def test_of_several_requests_the_latest_speaks(session: Session, reader: Actor) -> None:
    case = a_case(session)
    for amount in (20, 30):
        request(session, case, amount=Decimal(amount))
    assert remedies.suggest(session, case.id, actor=reader, now=NOW).amount == sgd("30")


def test_nothing_more_is_suggested_than_is_left(session: Session, reader: Actor) -> None:
    agent, case = acting(session), a_case(session, value=Decimal(25))
    offer(session, case, agent, "25")
    found = remedies.suggest(session, case.id, actor=reader, now=NOW)
    assert (found.amount, found.given) == (None, sgd("25"))
    gone = offer(session, a_case(session, value=Decimal(25)), agent, "10")
    remedies.withdraw(session, gone.id, actor=agent, reason="no", now=NOW)
    fresh = session.get_one(Incident, gone.incident_id)
    assert (
        remedies.suggest(session, fresh.id, actor=reader, now=NOW).amount,
        remedies.suggest(session, fresh.id, actor=reader, now=NOW).given,
    ) == (sgd("25"), sgd("0"))


def test_what_is_proposed_asked_back_or_given_is_taken_off_alike(session: Session, reader: Actor) -> None:
    agent, lead, case = acting(session), acting(session, Role.LEAD), a_case(session)
    remedies.mark_given(session, offer(session, case, agent, "5").id, actor=agent, now=NOW)
    offer(session, case, agent, "7")
    remedies.ask_back(session, offer(session, case, agent, "60").id, actor=lead, question="Why?", now=NOW)
    offer(session, case, agent, "70")
    assert remedies.suggest(session, case.id, actor=reader, now=NOW).given == sgd("142")


def test_the_buyer_has_helped_once_proof_of_the_buyers_is_there(session: Session, reader: Actor) -> None:
    agent, case = acting(session), a_case(session)
    proof(session, case, "packing_video")
    proof(session, case, "unboxing_video", **withdrawn(agent))
    assert not remedies.suggest(session, case.id, actor=reader, now=NOW).helped
    proof(session, case, "unboxing_video")
    assert remedies.suggest(session, case.id, actor=reader, now=NOW).helped


def test_photos_that_were_asked_for_are_answered_by_any_file_that_comes_after(session: Session, reader: Actor) -> None:
    agent, case = acting(session), a_case(session)
    proof(session, case, "packing_video")
    messages.mark_sent(
        session,
        case.id,
        actor=agent,
        situation=Situation.PHOTOS,
        language="en",
        text="We are sorry. Please send photos by 2026-11-25.",
        day=NOW.date() + timedelta(days=2),
        now=NOW + SECOND,
    )
    assert not remedies.suggest(session, case.id, actor=reader, now=NOW).helped, "it was there before"
    proof(session, case, "item_photo", added_at=NOW + SECOND, **withdrawn(agent))
    assert not remedies.suggest(session, case.id, actor=reader, now=NOW).helped
    proof(session, case, "warehouse_note", added_at=NOW + 2 * SECOND)
    assert remedies.suggest(session, case.id, actor=reader, now=NOW).helped


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        (IncidentType.LOST, RemedyKind.REFUND),
        (IncidentType.DAMAGED, RemedyKind.REFUND),
        (IncidentType.MISSING_CONTENTS, RemedyKind.PARTIAL_REFUND),
        (IncidentType.DELAYED, RemedyKind.VOUCHER),
    ],
)
def test_where_nobody_asked_the_kind_of_case_says_what_is_usual(
    session: Session, reader: Actor, type: IncidentType, kind: RemedyKind
) -> None:
    found = remedies.suggest(session, a_case(session, type=type).id, actor=reader, now=NOW)
    assert (found.kind, found.asked, found.amount is None) == (kind, None, kind is RemedyKind.PARTIAL_REFUND)


# --- what came of it ----------------------------------------------------------------------------------------------------


def test_stars_go_from_one_to_five_and_the_latest_note_counts(session: Session) -> None:
    agent, case = acting(session), a_case(session, make_shop(session))
    assert remedies.result_of(session, case.id, actor=agent) is None
    for stars in (0, 6):
        with pytest.raises(Invalid) as refused:
            remedies.record_result(session, case.id, actor=agent, rating=stars, now=NOW)
        assert refused.value.field == "rating"
    with pytest.raises(Invalid):
        remedies.record_result(session, case.id, actor=agent, now=NOW)
    for stars in (1, 5):
        remedies.record_result(session, case.id, actor=agent, rating=stars, now=NOW)
    remedies.record_result(session, case.id, actor=agent, came_back=False, now=NOW + SECOND)
    found = remedies.result_of(session, case.id, actor=agent)
    assert found is not None
    assert (found.rating, found.came_back, found.at, found.by) == (None, False, NOW + SECOND, agent.name)
