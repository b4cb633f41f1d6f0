"""Incident groups on the screens: the lead is told on Today, the group stands on Carriers, its cases can be concluded."""

from __future__ import annotations

from datetime import timedelta

import pytest
import streamlit as st
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.insight.clusters import open_group
from core.insight.comparison import Cell, Channel, Minimum, Outcome, Period, Scope, compare
from core.insight.decisions import decide, numbers_of
from core.models import IncidentGroup
from core.models.channel_decision import Decided
from core.models.group import GroupState
from tests.factories import make_carrier, make_incident
from tests.pages.conftest import Screens, field, run
from tests.pages.conftest import words as marked
from tests.people import acting


def words(test: AppTest) -> str:
    """What the page says, without the marks that keep people's words from being Markdown."""
    return marked(test).replace("\\", "")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def opened() -> list[str]:
    """A group of two cases; the cases' references."""
    with database.transaction() as session:
        references = [make_incident(session).reference for _n in range(2)]
        open_group(session, actor=SYSTEM, name="Wet lorry of 3 October", references=references, now=clock.now())
    return references


def test_today_tells_the_lead_and_not_the_agent(screens: Screens) -> None:
    opened()
    said = "1 group of losses stands too close together for luck."
    assert said in words(screens.open("today.py", Role.LEAD))
    assert said not in words(screens.open("today.py", Role.AGENT))


def test_today_tells_the_manager_of_a_decision_that_is_due(screens: Screens) -> None:
    with database.transaction() as session:
        manager = acting(session, Role.MANAGER, "manager-luo")
        channel = Channel(make_carrier(session).id, "Standard", "PH")
        today = clock.local_day(clock.now(), manager.zone)
        cells = [Cell(channel, 0, 1000, 30, 12)]
        told = numbers_of(
            compare(cells, Minimum(100, 1.0)).channels[0], None, [Outcome.LOST], Scope(Period.year_to(today)), "SGD"
        )
        then = clock.now() - timedelta(days=40)
        decide(
            session,
            channel,
            actor=manager,
            decided=Decided.WATCH,
            reason="Thrice the others' losses.",
            again_on=today - timedelta(days=1),
            numbers=told,
            now=then,
        )
    said = "1 decision about a channel is to be looked at again."
    assert said in words(screens.open("today.py", Role.MANAGER))
    assert said not in words(screens.open("today.py", Role.LEAD))


def test_without_a_group_carriers_says_so(screens: Screens) -> None:
    assert "No losses stand closer together than luck explains." in words(screens.open("carriers.py", Role.MANAGER))


@pytest.mark.parametrize("phone", [False, True])
def test_a_group_shows_its_cases_and_is_concluded(screens: Screens, phone: bool) -> None:
    references = opened()
    test = screens.open("carriers.py", Role.LEAD, phone=phone)
    assert "Wet lorry of 3 October" in words(test)
    run(next(one for one in test.button if one.label == "2 cases").click())
    assert all(reference in words(test) for reference in references)
    run(field(test, "button", "Conclude the group").click())
    assert "Say what was found and what is done about it." in words(test)
    field(test, "text_area", "What was found, and what is done about it").set_value("All claimed together.")
    run(field(test, "button", "Conclude the group").click())
    with database.reading() as session:
        group = session.scalars(select(IncidentGroup)).one()
    assert (group.state, group.conclusion) == (GroupState.CLOSED, "All claimed together.")


def test_a_lead_puts_cases_together_and_a_viewer_cannot(screens: Screens) -> None:
    with database.transaction() as session:
        references = [make_incident(session).reference for _n in range(3)]
    test = screens.open("carriers.py", Role.LEAD)
    run(field(test, "button", "Put cases together").click())
    field(test, "text_input", "What they have in common").set_value("A broken seal")
    field(test, "text_area", "Cases").set_value(f"{references[0]}，{references[1]}\n{references[2]}")
    run(field(test, "button", "Open the group").click())
    assert "A broken seal" in words(test)
    viewer = screens.open("carriers.py", Role.VIEWER)
    assert not [one for one in viewer.button if one.label == "Put cases together"]


def test_the_case_names_its_group(screens: Screens) -> None:
    references = opened()
    assert "in group GRP-" in words(screens.open("case.py", Role.AGENT, ref=references[0]))
