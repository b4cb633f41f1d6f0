"""The claim on the case screen: denials, offers, follow-ups, and money that is not as it should be."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.foundation import clock, database
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, Clock, Contact, Incident, PayoutReversal
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.recovery import claims, payouts
from core.recovery.claim_states import ClaimAction
from pages.parts import state
from tests.pages.conftest import Screens, field, run, words
from tests.pages.test_case import a_case, a_claim, case, data_folder, rows

__all__ = ["data_folder"]


def filed(of: Incident, **card: Any) -> Claim:
    """A claim of that case as the payer has it since an hour."""
    claim = a_claim(of, documents=True, **card)
    now = clock.now()
    with database.transaction() as session:
        claims.mark_ready(session, claim.id, actor=SYSTEM, now=now)
        claims.submit(session, claim.id, actor=SYSTEM, case_number="C-1", via="portal", now=now)
    return claim


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


def save(page: Any, name: str, case_id: int, subject: int) -> Any:
    return page.button(key=f"case-{name}-{case_id}-{subject}-save-1")


def test_a_rejection_without_its_reason_is_refused_at_the_field_and_with_it_the_chances_are_told(
    screens: Screens,
) -> None:
    one = a_case()
    claim = filed(one)
    page = case(screens, one, do="answer")
    run(field(page, "radio", "What happened").set_value(ClaimAction.REJECT))
    field(page, "text_area", "The payer's words").input("poorly packed")
    run(save(page, "answer", one.id, claim.id).click())
    assert "Choose why the payer denied it" in page.error[0].value
    assert field(page, "text_area", "The payer's words").value == "poorly packed"
    run(field(page, "selectbox", "Why it was denied").set_value("packaging"))
    assert "What it says is missing" in words(page)
    assert "No answered appeal against this reason is known yet" in words(page)
    run(save(page, "answer", one.id, claim.id).click())
    assert [(kept.state, kept.denial_code) for kept in rows(Claim)] == [(ClaimState.REJECTED, "packaging")]
    page = case(screens, one, do="appeal")
    assert "Packed insufficiently" in words(page) and "Nothing is new" in words(page)
    field(page, "text_area", "Why the answer is wrong").input("see the video")
    run(save(page, "appeal", one.id, claim.id).click())
    assert rows(Claim)[0].state is ClaimState.APPEALED


def test_an_offer_is_written_down_and_decided(screens: Screens) -> None:
    one = a_case()
    claim = filed(one)
    page = case(screens, one, do="answer")
    run(field(page, "radio", "What happened").set_value(ClaimAction.RECORD_OFFER))
    field(page, "text_input", "Offered in SGD").input("150")
    run(save(page, "answer", one.id, claim.id).click())
    assert rows(Claim)[0].state is ClaimState.OFFERED
    page = case(screens, one, do="offer")
    run(save(page, "offer", one.id, claim.id).click())
    assert (rows(Claim)[0].state, rows(Claim)[0].approved) == (ClaimState.PARTLY_APPROVED, Decimal(150))


def test_what_the_payer_asks_stands_on_the_claim_until_it_was_sent(screens: Screens) -> None:
    one = a_case()
    claim = filed(one)
    due = clock.now() + timedelta(days=5)
    with database.transaction() as session:
        claims.record_answer(
            session,
            claim.id,
            ClaimAction.ASK_INFORMATION,
            actor=SYSTEM,
            text="Which box was it?",
            due_at=due,
            now=clock.now(),
        )
    page = case(screens, one, do="answer")
    # Beside what is sent stands what was asked; the words are ours then, not the payer's.
    beside = words(page).count("Which box was it?")
    run(field(page, "radio", "What happened").set_value(ClaimAction.REJECT))
    assert words(page).count("Which box was it?") == beside - 1 and field(page, "text_area", "The payer's words")
    assert words(page).count("The payer asks") == 1
    run(field(page, "radio", "What happened").set_value(ClaimAction.SEND_INFORMATION))
    field(page, "text_area", "What was sent (optional)").input("the blue one")
    run(save(page, "answer", one.id, claim.id).click())
    assert rows(Claim)[0].state is ClaimState.IN_REVIEW
    assert "The payer asks" not in words(case(screens, one))


def test_a_payer_that_has_paid_is_not_named_as_the_one_to_ask(screens: Screens) -> None:
    one = a_case()
    claim = filed(one)
    assert "claimed as" in words(case(screens, one))
    with database.transaction() as session:
        now = clock.now()
        claims.record_answer(session, claim.id, ClaimAction.PARTLY_APPROVE, actor=SYSTEM, amount=sgd("100"), now=now)
        payouts.record_payout(
            session, claim.id, actor=SYSTEM, received=sgd("100"), paid_on=now.date(), reference="P-1", now=now
        )
    said = words(case(screens, one)).replace("\\", "")
    assert f"paid SGD 100.00 on {claim.reference}" in said and "claimed as" not in said
    with database.transaction() as session:
        session.get_one(Incident, one.id).recovered = session.get_one(Incident, one.id).gross_loss
    # Nothing is left to ask anybody for.
    assert "paid SGD 100.00 on" not in words(case(screens, one)).replace("\\", "")


def test_a_follow_up_is_logged_with_the_staff_number(screens: Screens) -> None:
    one = a_case()
    claim = filed(one)
    page = case(screens, one)
    run(page.button(key="case-follow-up").click())
    run(save(page, "follow-up", one.id, claim.id).click())
    assert "Write what was said" in page.error[0].value
    field(page, "text_area", "What was asked and said").input("asked for the answer")
    field(page, "text_input", "Staff number (optional)").input("NV-7")
    run(save(page, "follow-up", one.id, claim.id).click())
    assert [(talk.summary, talk.staff_number) for talk in rows(Contact)] == [("asked for the answer", "NV-7")]


def paid_too_much(of: Incident) -> Claim:
    claim = filed(of)
    now = clock.now()
    with database.transaction() as session:
        claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=SYSTEM, now=now)
        received = Money(claim.demand, "SGD") + sgd("40")
        payouts.record_payout(
            session,
            claim.id,
            actor=SYSTEM,
            received=received,
            paid_on=now.date(),
            reference="W-1",
            keep_surplus=True,
            now=now,
        )
    return claim


def test_what_was_paid_too_much_is_a_task_that_gives_it_back(screens: Screens) -> None:
    one = a_case()
    paid_too_much(one)
    page = case(screens, one, Role.LEAD)
    assert "owed back SGD 40" in words(page) and "Paid too much" in words(page)
    [task] = [button for button in page.button if str(button.key).startswith("case-money-")]
    run(task.click())
    number = int(str(task.key).removeprefix("case-money-"))
    run(save(page, "money", one.id, number).click())
    assert "what was agreed" in page.error[0].value
    field(page, "text_area", "In a few words").input("wired back")
    run(save(page, "money", one.id, number).click())
    assert (rows(Claim)[0].surplus, rows(Claim)[0].state) == (Decimal(0), ClaimState.PAID)


def test_a_payout_is_taken_back_by_a_lead_and_not_by_an_agent(screens: Screens) -> None:
    one = a_case()
    paid_too_much(one)
    page = case(screens, one, do="payouts")
    assert not page.toggle
    page = case(screens, one, Role.LEAD, do="payouts")
    run(page.toggle[0].set_value(True))
    field(page, "text_input", "Why it is taken back").input("bank returned it")
    run(next(button for button in page.button if button.label == "Take the payout back").click())
    assert [back.amount for back in rows(PayoutReversal)] == [one.gross_loss + 40]
    assert rows(Claim)[0].state is ClaimState.APPROVED


def test_several_claims_stand_side_by_side_with_what_they_ask_together(screens: Screens) -> None:
    one = a_case()
    filed(one, payer_name="First", carrier_code="first")
    a_claim(one, payer_name="Second", carrier_code="second")
    page = case(screens, one)
    assert "Together the payers are asked for more than was lost" in words(page)


def test_an_agent_discards_a_draft(screens: Screens) -> None:
    one = a_case()
    claim = a_claim(one)
    page = case(screens, one, do="discard")
    run(save(page, "discard", one.id, claim.id).click())
    assert rows(Claim)[0].state is ClaimState.WITHDRAWN


def test_filing_an_hour_ago_is_kept_as_it_was(screens: Screens) -> None:
    one = a_case()
    claim = a_claim(one, documents=True)
    with database.transaction() as session:
        claims.mark_ready(session, claim.id, actor=SYSTEM, now=clock.now())
        session.get_one(Incident, one.id).noticed_at = clock.now() - timedelta(days=3)
    page = case(screens, one, do="submit")
    field(page, "text_input", "Case number of the payer").input("C-9")
    page.date_input[0].set_value(clock.now().date() - timedelta(days=1))
    run(save(page, "submit", one.id, claim.id).click())
    kept = rows(Claim)[0]
    assert kept.state is ClaimState.SUBMITTED
    assert clock.now() - kept.submitted_at > timedelta(hours=12)


def test_a_parcel_that_arrived_after_all_makes_a_task_of_each_payer_that_was_asked(screens: Screens) -> None:
    one = a_case()
    filed(one)
    page = case(screens, one)
    page.session_state["recoup"].opened = state.Opened("arrived", None)
    run(page)
    run(next(button for button in page.button if button.label == "It arrived").click())
    tasks = [clock for clock in rows(Clock) if clock.kind is ClockKind.MONEY]
    assert [task.title for task in tasks] == ["arrived_later"]
