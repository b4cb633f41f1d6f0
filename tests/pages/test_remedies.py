"""What buyers are offered, on the screens: on the case, on Today for whoever approves, in Settings and in Insights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.cases import remedies
from core.foundation import clock, config, database
from core.foundation.formats import day
from core.foundation.permissions import Role
from core.models import AuthorityPolicy, Incident, Person, Remedy, Shipment, ShopResult, StandIn
from core.models.incident import NoticedBy
from core.models.remedy import RemedyState
from core.money import authority
from tests.factories import make_policy, make_rates
from tests.giving import a_case, offer
from tests.pages.conftest import Screens, field, run, words
from tests.people import acting, actor_of


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    # What another test's team gave is kept for a moment.
    st.cache_data.clear()
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def case(screens: Screens) -> Incident:
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        return a_case(session)


def proposed(case: Incident, amount: str, **more: Any) -> int:
    """An offer of an agent who is not the one at the screen."""
    with database.transaction() as session:
        return offer(session, case, acting(session, Role.AGENT, "somebody"), amount, now=clock.now(), **more).id


def rows(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model)))


def of_case(screens: Screens, case: Incident, role: Role = Role.AGENT, **more: Any) -> AppTest:
    return screens.open("case.py", role, ref=case.reference, **more)


def press(test: AppTest, label: str) -> AppTest:
    """The last button of that name: a dialog's stand after the page's."""
    return run([one for one in test.button if one.label == label and not one.disabled][-1].click())


def test_nothing_is_proposed_to_a_buyer_whose_silent_parcel_arrived(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        session.get_one(Incident, case.id).noticed_by = NoticedBy.SILENCE
        session.get_one(Shipment, case.shipment_id).delivered_at = clock.now() - timedelta(days=2)
    said = words(of_case(screens, case)).replace("\\", "")
    assert "Close the case as arrived" in said
    assert "Nothing was offered to the buyer." in said and "Proposed:" not in said


def test_the_case_proposes_by_its_tier_and_an_offer_within_authority_may_be_given(
    screens: Screens, case: Incident
) -> None:
    test = of_case(screens, case)
    assert "with the buyer" in words(test) and "Proposed: Refund" in words(test).replace("\\", "")
    press(test, "Offer")
    field(test, "text_input", "Worth to the buyer, SGD").set_value("25")
    run(field(test, "text_input", "Why").set_value("The box :red[is] crushed."))
    assert "Within your authority" in words(test)
    press(test, "Offer it")
    made = rows(Remedy)[0]
    assert (made.state, made.amount, made.reason) == (RemedyState.APPROVED, Decimal(25), "The box :red[is] crushed.")
    said = words(test)
    assert "To be given" in said and ":red[is]" not in said
    press(test, "It was given")
    field(test, "text_input", "Number of the refund (optional)").set_value("RF-7")
    press(test, "It was given")
    assert rows(Remedy)[0].state is RemedyState.DONE


def test_what_is_above_the_limit_says_so_before_it_is_sent(screens: Screens, case: Incident) -> None:
    test = of_case(screens, case)
    press(test, "Offer")
    run(field(test, "text_input", "Worth to the buyer, SGD").set_value("90"))
    said = words(test)
    assert "needs 1 approval" in said and "the limit is SGD 30" in said.replace("\\", "")
    press(test, "Offer it")
    assert "Say why the buyer gets this" in words(test)
    assert rows(Remedy) == []
    run(field(test, "text_input", "Why").set_value("The buyer sent photos."))
    press(test, "Offer it")
    assert "Waits for approval" in words(test)
    locked = [one for one in test.button if one.label == "Decide"]
    assert locked and locked[0].disabled
    assert "You proposed it" in words(test)


@pytest.mark.parametrize("phone", [False, True])
def test_the_lead_approves_on_today_with_the_case_beside_it(screens: Screens, case: Incident, phone: bool) -> None:
    proposed(case, "60")
    test = screens.open("today.py", Role.LEAD, phone=phone)
    assert "1 offer to a buyer waits for you" in words(test)
    press(test, "Look and decide")
    said = words(test).replace("\\", "")
    assert case.reference in said and "value SGD 318.00" in said and "the limit is SGD 30.00" in said
    press(test, "Approve")
    assert rows(Remedy)[0].state is RemedyState.APPROVED
    assert "1 offer to a buyer waits" not in words(test)


def test_declining_without_a_reason_is_refused_at_its_field_and_with_one_it_stands(
    screens: Screens, case: Incident
) -> None:
    proposed(case, "60")
    test = screens.open("today.py", Role.LEAD)
    press(test, "Look and decide")
    press(test, "Decline")
    assert "Say why it is declined" in words(test)
    run(field(test, "text_input", "Your words (needed to decline or to ask back)").set_value("Ask for photos."))
    press(test, "Decline")
    assert rows(Remedy)[0].state is RemedyState.DECLINED


def test_who_was_slower_is_told_that_somebody_else_decided(screens: Screens, case: Incident) -> None:
    number = proposed(case, "60")
    test = screens.open("today.py", Role.LEAD)
    press(test, "Look and decide")
    run(field(test, "text_input", "Your words (needed to decline or to ask back)").set_value("No."))
    with database.transaction() as session:
        remedies.approve(session, number, actor=acting(session, Role.LEAD, "quicker"), now=clock.now())
    press(test, "Decline")
    assert "decided by somebody else meanwhile" in words(test)
    assert rows(Remedy)[0].state is RemedyState.APPROVED


def test_ones_own_decision_is_no_news(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        agent = acting(session, Role.AGENT, "somebody")
        for amount in ("60", "40"):
            offer(session, case, agent, amount, now=clock.now())
    test = screens.open("today.py", Role.LEAD)
    press(test, "Look and decide")
    press(test, "Approve")
    assert "meanwhile" not in words(test)


def test_what_a_lead_may_not_approve_is_off_with_its_reason(screens: Screens, case: Incident) -> None:
    proposed(case, "200")
    test = screens.open("today.py", Role.LEAD)
    press(test, "Look and decide")
    button = next(one for one in test.button if one.label == "Approve")
    assert button.disabled and "above your authority" in words(test)


def test_a_question_goes_back_and_its_answer_comes_again(screens: Screens, case: Incident) -> None:
    number = screens.sign_in(Role.AGENT)
    with database.transaction() as session:
        agent = actor_of(session.get_one(Person, number))
        made = offer(session, case, agent, "60", now=clock.now()).id
        lead = acting(session, Role.LEAD, "a-lead")
        remedies.ask_back(session, made, actor=lead, question="Which photo?", now=clock.now())
    test = screens.open("today.py", Role.AGENT)
    assert "1 question to answer" in words(test)
    press(test, "Look at all")
    assert "Which photo?" in words(test).replace("\\", "")
    run(field(test, "text_input", "Your answer").set_value("The second one."))
    press(test, "Send the answer")
    assert rows(Remedy)[0].state is RemedyState.PROPOSED


def test_a_viewer_sees_offers_and_no_buttons_and_nothing_on_today(screens: Screens, case: Incident) -> None:
    proposed(case, "60")
    test = of_case(screens, case, Role.VIEWER)
    assert "Waits for approval" in words(test)
    assert not [one for one in test.button if one.label in ("Offer", "Withdraw", "Note it") and not one.disabled]
    assert "waits for you" not in words(screens.open("today.py", Role.VIEWER))


def test_the_result_for_the_shop_is_noted_on_the_case(screens: Screens, case: Incident) -> None:
    test = of_case(screens, case)
    press(test, "Note it")
    press(test, "Note it")
    assert "Note at least one" in words(test)
    stars: Any = next(one for one in test.segmented_control if one.label == "Stars the buyer gave")
    run(stars.set_value(4))
    press(test, "Note it")
    assert rows(ShopResult)[0].rating == 4
    assert "4 stars" in words(test)


def test_a_run_just_under_the_limit_is_shown_to_the_lead(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        agent = acting(session, Role.AGENT, "somebody")
        for _n in range(3):
            offer(session, a_case(session), agent, "29.50", now=clock.now())
    test = screens.open("today.py", Role.LEAD)
    assert "1 run of offers just under a limit" in words(test)
    press(test, "Look at them")
    assert "Somebody gave SGD 88.50 in 3 offers" in words(test).replace("\\", "")
    assert "just under" not in words(screens.open("today.py", Role.AGENT))


def test_a_manager_changes_the_limits_in_settings_and_a_lead_only_sees_them(screens: Screens, case: Incident) -> None:
    test = screens.open("settings.py", Role.LEAD, part="authority")
    assert "As Recoup ships them" in words(test)
    assert not [one for one in test.button if one.label == "Change the limits"]
    test = screens.open("settings.py", Role.MANAGER, part="authority")
    press(test, "Change the limits")
    run(next(one for one in test.text_input if one.label == "Per one order").set_value("twenty"))
    press(test, "Save")
    assert "not an amount" in words(test)
    run(next(one for one in test.text_input if one.label == "Per one order").set_value("20"))
    run(field(test, "text_input", "Why").set_value("A quiet month"))
    press(test, "Save")
    assert len(rows(AuthorityPolicy)) == 1
    assert "Version 1 since" in words(test)


def test_a_lead_sets_a_stand_in_and_ends_it(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        acting(session, Role.AGENT, "somebody")
    test = screens.open("settings.py", Role.LEAD, part="authority")
    press(test, "Set a stand-in")
    press(test, "Set it")
    held = rows(StandIn)
    assert len(held) == 1 and held[0].until_at - held[0].from_at > timedelta(days=7)
    assert "Somebody for Lead-Mei" in words(test).replace("\\", "")
    press(test, "End")
    press(test, "End it")
    assert rows(StandIn)[0].ended_at is not None


def test_a_stand_ins_days_are_those_of_who_set_it_and_hours_elsewhere(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        lead, agent = acting(session, Role.LEAD, "away"), acting(session, Role.AGENT, "here")
        first = clock.local_day(clock.now(), "Asia/Shanghai")
        ends = (clock.start_of_day(first, "Asia/Shanghai"), clock.end_of_day(first, "Asia/Shanghai"))
        values: dict[str, Any] = {"person_id": lead.person_id, "stand_in_id": agent.person_id, "now": clock.now()}
        authority.set_stand_in(session, actor=lead, from_at=ends[0], until_at=ends[1], **values)
    shown = words(screens.open("settings.py", Role.LEAD, part="authority")).replace("\\", "")
    assert f"{day(first)} to {day(first)}" in shown
    with database.transaction() as session:
        session.execute(update(Person).values(zone="America/Sao_Paulo"))
    shown = words(screens.open("settings.py", Role.LEAD, part="authority")).replace("\\", "")
    assert "13:00 to" in shown


def test_what_remedies_bring_opens_from_insights(screens: Screens, case: Incident) -> None:
    with database.transaction() as session:
        agent = acting(session, Role.AGENT, "somebody")
        remedies.record_result(session, case.id, actor=agent, rating=5, now=clock.now())
    test = screens.open("insights.py", Role.MANAGER)
    press(test, "What remedies bring")
    assert "Below 10 notes nothing is said" in words(test)
