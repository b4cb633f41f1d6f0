"""Insights: a question in the address, its answer in words and figures, and the cases behind each of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import streamlit as st

from core.desk.register import Choices, Filter
from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Actor, Role
from core.insight.explore import NO_RATE, BandChoice, Told, drawn_bands, reads
from core.models import Shipment
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier
from core.team import views
from pages.parts import figures, register_view
from pages.parts.address import Address
from tests.desk.exploring import team
from tests.factories import make_carrier, make_incident, make_rates, make_shipment, make_shop
from tests.pages.conftest import Screens, run, words


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def cases(*kinds: IncidentType, **more: Any) -> list[str]:
    """Cases of one shop and carrier, each of its own parcel."""
    with database.transaction() as session:
        make_rates(session)
        shop, carrier = make_shop(session), make_carrier(session, name=f"Swift {len(kinds)}")
        made = []
        for kind in kinds:
            parcel = make_shipment(session, shop, carrier, service="Express, air")
            values = {
                "registered_at": clock.now() - timedelta(days=2),
                "type": kind,
                "rate_on": date(2026, 11, 22),
                **more,
            }
            made.append(make_incident(session, parcel, **values).reference)
        return made


def choose(test: Any, row: int, column: str) -> Any:
    """Press a cell of the table, and run."""
    # The identity Streamlit gives a widget ends in the key it was drawn with.
    key = test.dataframe[0].proto.id.split("-", 2)[2]
    test.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(row, column)]}}
    return run(test)


def said_by(test: Any) -> str:
    """What the page says, without the marks that keep Markdown away."""
    return words(test).replace("\\", "")


def test_without_cases_the_screen_says_what_to_do(screens: Screens) -> None:
    test = screens.open("insights.py", Role.MANAGER)
    assert "No case fits this question." in words(test)


def test_the_question_stands_in_the_address_under_codes_of_its_own(screens: Screens) -> None:
    cases(IncidentType.LOST, IncidentType.LOST, IncidentType.DAMAGED)
    test = screens.open("insights.py", Role.MANAGER, rows="type", look="table", columns="nonsense", type="lost,x")
    assert "Incidents: 2" in said_by(test)
    test.selectbox(key="insights-measure").set_value("gross")
    test.selectbox(key="insights-columns").set_value("carrier")
    run(test)
    assert {name: test.query_params[name] for name in ("measure", "rows", "columns", "type")} == {
        "measure": "gross", "rows": "type", "columns": "carrier", "type": "lost",
    }  # fmt: skip


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """Where the page sends people, instead of going there."""
    found: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: found.append((page, query_params)))
    return found


Gone = list[tuple[str, dict[str, str]]]


def test_a_chosen_figure_says_what_it_stands_on_and_opens_exactly_its_cases(screens: Screens, gone: Gone) -> None:
    lost = cases(IncidentType.LOST, IncidentType.LOST)
    cases(IncidentType.DAMAGED)
    test = screens.open("insights.py", Role.MANAGER, rows="carrier", columns="type", look="table")
    assert "Open the 3 cases" in [one.label for one in test.button]
    frame = test.dataframe[0].value
    assert list(frame["name"]) == ["Swift 2", "Swift 1", "All"]
    assert [list(frame[one]) for one in ("c0", "c1", "all")] == [["2", "0", "2"], ["0", "1", "1"], ["2", "1", "3"]]
    choose(test, 0, "c0")
    assert "Swift 2 · Lost** – 2 cases" in said_by(test)
    run(test.button(key="insights-open").click())
    page, query = gone[0]
    assert (page, query["type"]) == ("register.py", "lost")
    listed = screens.open(page, Role.MANAGER, phone=False, **query)
    assert sorted(listed.dataframe[0].value["reference"]) == sorted(lost)


def test_a_service_with_a_comma_opens_its_cases_too(screens: Screens, gone: Gone) -> None:
    cases(IncidentType.LOST)
    test = screens.open("insights.py", Role.MANAGER, rows="service", columns="band", look="table")
    choose(test, 0, "c0")
    run(test.button(key="insights-open").click())
    page, query = gone[0]
    assert query["service"] == "Express%2C air"
    assert len(screens.open(page, Role.MANAGER, phone=False, **query).dataframe[0].value) == 1


def test_a_share_below_the_minimum_is_silent_and_says_how_little_there_is(screens: Screens) -> None:
    cases(IncidentType.LOST, registered_at=clock.now() - timedelta(days=100))
    with database.transaction() as session:
        for parcel in session.query(Shipment):
            parcel.shipped_at = clock.now() - timedelta(days=100)
    test = screens.open("insights.py", Role.MANAGER, measure="rate", rows="carrier", look="table")
    said = said_by(test)
    assert "too little to say anything (parcels: 1)" in said
    assert "Nothing is said below 100 parcels." in said


@pytest.mark.parametrize("look", ["bars", "lines", "heat"])
def test_every_look_draws_what_can_be_drawn(screens: Screens, look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "FEWEST", 1)
    with database.transaction() as session:
        team(session, parcels=60)
    for measure, rows, columns in (
        ("incidents", "month", ""), ("success", "month", ""), ("gross", "carrier", "month"), ("success", "tier", "stage"),
        ("days", "market", "tier"), ("success", "shop", ""),
    ):  # fmt: skip
        test = screens.open(
            "insights.py", Role.MANAGER, look=look, measure=measure, rows=rows, columns=columns, days="all"
        )
        drawn = len(test.get("arrow_vega_lite_chart") or test.get("vega_lite_chart"))
        wanted = bool(columns) if look == "heat" else look == "bars" or "month" in (rows, columns)
        assert bool(drawn) == wanted, (look, measure, rows, columns)


def test_a_look_that_wants_something_else_says_what(screens: Screens) -> None:
    cases(IncidentType.LOST)
    said = words(screens.open("insights.py", Role.VIEWER, look="heat", rows="tier", phone=True))
    assert "A heat map wants a second dimension" in said
    assert "Lines want months or weeks" in words(screens.open("insights.py", Role.AGENT, look="lines", rows="tier"))


def test_the_same_twice_is_answered_with_a_sentence(screens: Screens) -> None:
    assert "Choose two different things" in words(screens.open("insights.py", columns="month"))


def test_who_may_not_export_is_told_so(screens: Screens) -> None:
    cases(IncidentType.LOST)
    test = screens.open("insights.py", Role.VIEWER)
    assert test.button(key="insights-export-off").disabled
    assert "Your role may look, not export." in words(test)


def test_a_shared_view_opens_by_its_link(screens: Screens) -> None:
    cases(IncidentType.LOST, IncidentType.DAMAGED)
    owner = screens.sign_in(Role.LEAD)
    with database.transaction() as session:
        actor = Actor(owner, "lead-mei", "Mei", Role.LEAD, SYSTEM.permissions)
        query = {"rows": "type", "look": "table", "days": "30"}
        view = views.save_view(
            session, actor=actor, screen="insights", name="Types", query=query, shared=True, now=clock.now()
        )
    test = screens.open("insights.py", Role.MANAGER, saved=str(view.id))
    assert "**Types**" in words(test)
    assert list(test.dataframe[0].value["name"]) == ["Lost", "Damaged", "All"]


# --- the register under the same filters ---------------------------------------------------------------------------------


def test_every_filter_survives_the_address_of_the_register(live_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        make_rates(session)
        make_shop(session)
    with database.reading() as session:
        bands = drawn_bands(session, actor=SYSTEM, base_currency="SGD", now=clock.now())
    monkeypatch.setattr(figures, "bands", lambda _me: bands)
    choices = Choices(((1, "Shop"),), ((2, "Carrier"),), ((3, "Mei"),), ("SG",))
    wanted = Filter(
        states=(IncidentState.CLOSED,), types=(IncidentType.LOST,), stages=(Stage.CUSTOMS,), carriers=(0, 2), shops=(1,),
        markets=("SG",), tiers=(Tier.CLAIM,), owners=(0, 3), results=(Result.ABSORBED,), since=date(2026, 1, 2),
        until=date(2026, 2, 3), causes=(None, Cause.STOLEN), services=("", "Express, air", "100 %"), products=("*", "a,b%2C"),
        bands=BandChoice(bands, (0, NO_RATE)), shipped_since=date(2026, 3, 4), shipped_until=date(2026, 5, 6), told=Told.PAID,
    )  # fmt: skip
    monkeypatch.setattr(st, "query_params", dict(register_view.codes_of(wanted)))
    monkeypatch.setattr(st, "session_state", {})
    filters: Address = register_view.address(choices, SYSTEM)
    assert register_view.filter_of(filters, SYSTEM) == wanted
