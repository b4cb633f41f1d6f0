from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import clock, config, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Clock, Comment, Dispute, DisputeModule, DisputeStep, DisputeVersion, Incident, Shop
from core.models.clock import ClockKind, ClockState
from core.models.dispute import DisputeState, DisputeStatus, Negotiation, ReturnReason, Source
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import intake
from core.recovery.disputes import DisputeAction
from core.recovery.disputes.recording import Saying, write_down
from pages.parts import case_answer
from tests.factories import make_policy, make_rates, make_shipment
from tests.pages.conftest import Screens, field, run, words


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_case(**facts: Any) -> Incident:
    """A damaged parcel of a shop in Singapore; with facts, its buyer's request that a file told of."""
    now = clock.now()
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        parcel = make_shipment(session)
        if facts:
            told = {
                "order_number": parcel.order_number,
                "reason": ReturnReason.DAMAGED,
                "reason_text": "Produk pecah/hancur :red[x]",
                "status": DisputeStatus.REQUESTED,
                "requested_at": now - timedelta(days=1),
                **facts,
            }
            write_down(
                session,
                session.get_one(Shop, parcel.shop_id),
                [Saying("2611180AAAA0001", {name: value for name, value in told.items() if value is not None})],
                source=Source.HAND,
                as_of=now,
                actor=SYSTEM,
                now=now,
            )
        return intake.take_in(
            session,
            actor=SYSTEM,
            shipment_id=parcel.id,
            type=IncidentType.DAMAGED,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=now,
            now=now,
        )


def rows(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model)))


def case(screens: Screens, of: Incident, role: Role = Role.AGENT, **more: Any) -> AppTest:
    return screens.open("case.py", role, ref=of.reference, **more)


def test_a_request_stands_on_its_case_with_its_state_reason_amount_and_moment(screens: Screens) -> None:
    test = case(screens, a_case(amount=Decimal(20), response_due_at=clock.now() + timedelta(hours=30)))
    said = words(test)
    assert "Return 2611180AAAA0001" in said.replace("\\", "")
    assert "Requested" in said and "Damaged" in said and "answer by" in said
    assert "usual days" not in said
    assert ":red[x]" not in said


def test_a_stopgap_is_said_to_be_one(screens: Screens) -> None:
    assert "usual days of the market" in words(case(screens, a_case(amount=Decimal(20))))


def test_a_case_without_requests_says_so_and_offers_to_enter_one(screens: Screens) -> None:
    test = case(screens, a_case())
    assert "No return or refund request is known" in words(test)
    assert "case-enter-dispute" in [one.key for one in test.button]
    assert "case-enter-dispute" not in [one.key for one in case(screens, a_case(), Role.VIEWER).button]


def test_a_request_is_entered_by_hand_and_its_clock_runs(screens: Screens) -> None:
    test = case(screens, a_case())
    run(test.button(key="case-enter-dispute").click())
    field(test, "text_input", "Return number").set_value("2611200CCCC0001")
    field(test, "text_input", "Amount in SGD (optional)").set_value("12.50")
    field(test, "date_input", "Answer by").set_value(clock.now().date() + timedelta(days=2))
    run(next(one for one in test.button if one.label == "Enter the request").click())
    (dispute,) = rows(Dispute)
    assert (dispute.return_number, dispute.amount) == ("2611200CCCC0001", Decimal("12.5"))
    assert [one.kind for one in rows(Clock) if one.dispute_id == dispute.id] == [ClockKind.DISPUTE_RESPONSE]


def test_a_number_that_is_missing_is_said_under_its_field_and_what_was_typed_stays(screens: Screens) -> None:
    test = case(screens, a_case())
    run(test.button(key="case-enter-dispute").click())
    field(test, "text_area", "What the buyer says (optional)").set_value("box crushed")
    run(next(one for one in test.button if one.label == "Enter the request").click())
    assert rows(Dispute) == []
    assert any("return number" in one.value.lower() for one in test.error)
    assert field(test, "text_area", "What the buyer says (optional)").value == "box crushed"


def test_the_clock_of_an_answer_asks_for_what_went(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30))
    (ticking,) = [one for one in rows(Clock) if one.dispute_id is not None]
    test = case(screens, made, do="dispute", clock=str(ticking.id))
    run(next(one for one in test.button if one.label == "Answer was sent").click())
    assert field(test, "text_area", "What was sent, to the letter").value == ""
    test = case(screens, made, do="dispute", clock=str(ticking.id))
    run(next(one for one in test.button if one.label == "Not needed").click())
    assert [one.state for one in rows(Clock) if one.id == ticking.id] == [ClockState.CANCELLED]


def test_what_was_done_with_the_platform_settles_the_clock_and_keeps_the_words(screens: Screens) -> None:
    made = a_case(evidence_due_at=clock.now() + timedelta(hours=30))
    (ticking,) = [one for one in rows(Clock) if one.kind is ClockKind.DISPUTE_EVIDENCE]
    test = case(screens, made, do="dispute", clock=str(ticking.id))
    field(test, "text_area", "What was sent (kept as a remark)").set_value("photos 1 to 4")
    run(next(one for one in test.button if one.label == "Done").click())
    assert [one.state for one in rows(Clock) if one.id == ticking.id] == [ClockState.MET]
    assert [one.text for one in rows(Comment)] == ["photos 1 to 4"]
    assert "Dispute 2611180AAAA0001" in words(case(screens, made)).replace("\\", "")


def test_news_from_the_platform_are_noted_and_stand_in_the_history(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30))
    (dispute,) = rows(Dispute)
    test = case(screens, made)
    run(test.button(key=f"dispute-change-{dispute.id}").click())
    field(test, "selectbox", "State").set_value(DisputeStatus.JUDGING)
    # The result for the shop has a button of the same name.
    run(next(one for one in test.button if one.label == "Note it" and "change-dispute" in str(one.key)).click())
    (dispute,) = rows(Dispute)
    assert dispute.status is DisputeStatus.JUDGING
    assert len(rows(DisputeVersion)) == 2
    said = words(case(screens, made))
    assert "With the platform" in said and "What was said" in str([one.label for one in test.expander])


def test_a_request_of_the_parcel_about_something_else_can_be_given_to_the_case(screens: Screens) -> None:
    made = a_case(reason=ReturnReason.OTHER)
    (dispute,) = rows(Dispute)
    assert dispute.incident_id is None
    test = case(screens, made)
    assert "belongs to no case" in words(test)
    run(test.button(key=f"dispute-add-{dispute.id}").click())
    run(next(one for one in test.button if one.label == "Add to this case").click())
    assert [one.incident_id for one in rows(Dispute)] == [made.id]


def test_the_answer_stands_on_today_and_leads_to_the_dialog(screens: Screens) -> None:
    a_case(response_due_at=clock.now() + timedelta(hours=5))
    test = screens.open("today.py", who="team")
    assert "Answer the buyer's return request 2611180AAAA0001" in words(test).replace("\\", "")


def test_what_happened_is_said_on_the_case_and_kept_to_the_letter(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30), amount=Decimal(20))
    test = case(screens, made)
    assert "To answer" in words(test)
    (dispute,) = rows(Dispute)
    run(test.button(key=f"dispute-move-{dispute.id}").click())
    field(test, "radio", "What happened").set_value(DisputeAction.ANSWER)
    run(test)
    run(next(one for one in test.button if one.label == "Save").click())
    assert "it is kept as it went" in words(test)
    field(test, "text_area", "What was sent, to the letter").set_value("Packed in two layers.\nIt is our fault.")
    run(next(one for one in test.button if one.label == "Save").click())
    # It went without the guard: what it finds is read first, and kept.
    assert rows(DisputeStep) == []
    assert "admits a fault" in words(test) and "say that it went like this" in words(test)
    run(next(one for one in test.checkbox if one.label == "It went like this all the same").check())
    run(next(one for one in test.button if one.label == "Save").click())
    (step,) = rows(DisputeStep)
    assert (step.sent, step.target) == ("Packed in two layers.\nIt is our fault.", DisputeState.ANSWERED)
    assert step.language == "en" and "Sent outside Recoup" in step.note and "admits a fault" in step.note
    again = case(screens, made)
    said = words(again).replace("\\", "")
    assert "Answered" in said and "Packed in two layers." in said
    assert [one.state for one in rows(Clock) if one.dispute_id is not None] == [ClockState.MET]


def test_an_offer_has_its_buttons_and_a_counter_offer_says_why_it_is_off(screens: Screens) -> None:
    made = a_case(
        response_due_at=clock.now() + timedelta(hours=30),
        amount=Decimal(20),
        negotiation=Negotiation.PENDING_RESPOND,
        offered=Decimal(12),
        counter_limit=0,
    )
    test = case(screens, made)
    (dispute,) = rows(Dispute)
    assert test.button(key=f"dispute-counter-{dispute.id}").disabled
    assert "no further counter-offer" in words(test).replace("\\", "")
    run(test.button(key=f"dispute-accept_offer-{dispute.id}").click())
    assert field(test, "text_input", "What the buyer gets in SGD").value == "12.00"
    run(next(one for one in test.button if one.label == "Save").click())
    (dispute,) = rows(Dispute)
    assert (dispute.state, dispute.refunded) == (DisputeState.SETTLED, Decimal(12))


def test_what_the_interface_says_is_pasted_at_the_request(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30))
    test = case(screens, made, do="drop-dispute")
    run(next(one for one in test.button if one.label == "Take it in").click())
    assert "Choose a file or paste the JSON" in words(test)
    module = {"is_required": True, "module_index": 1, "requirement": "Unboxing"}
    reasons = {"dispute_reason_list": [{"dispute_reason": 50, "evidence_module_list": [module]}]}
    field(test, "text_area", "Or paste it").set_value(json.dumps({"error": "", "response": reasons}))
    run(next(one for one in test.button if one.label == "Take it in").click())
    assert [(one.reason, one.requirement) for one in rows(DisputeModule)] == [(50, "Unboxing")]
    assert "the platform wants 1 proof" in words(case(screens, made))


def test_a_note_of_the_mediation_is_kept_beside_the_moves(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30))
    test = case(screens, made, do="note-dispute")
    field(test, "text_area", "What was said, and by whom").set_value("They ask for the video.")
    run(next(one for one in test.button if one.label == "Keep it").click())
    assert "They ask for the video." in words(case(screens, made)).replace("\\", "")


def test_a_viewer_sees_where_it_stands_and_why_nothing_can_be_said(screens: Screens) -> None:
    made = a_case(response_due_at=clock.now() + timedelta(hours=30))
    test = case(screens, made, Role.VIEWER)
    said = words(test)
    assert "To answer" in said and "You may not enter and edit disputes" in said
    assert not [one for one in test.button if str(one.key or "").startswith("dispute-move-")]


@pytest.mark.parametrize(
    ("at", "state", "leads"),
    [
        (None, DisputeState.OFFERED, False),
        (None, DisputeState.JUDGING, True),
        (clock.now(), DisputeState.OFFERED, True),
    ],
)
def test_a_step_without_a_moment_yields_to_a_request_that_waits_for_us(
    at: Any, state: DisputeState, leads: bool
) -> None:
    view: Any = SimpleNamespace(
        next=SimpleNamespace(step="close", at=at), disputes=[SimpleNamespace(mine=True, state=state)]
    )
    assert case_answer.next_leads(view) is leads
    view.next.step = None
    assert not case_answer.next_leads(view)
