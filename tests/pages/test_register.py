"""The register: filters in the address, a grid or cards, pages, the export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import streamlit as st

from core.desk import register
from core.foundation import clock, database
from core.foundation.permissions import Role
from core.models.incident import IncidentState
from tests.factories import make_incident
from tests.pages.conftest import Screens, run, words


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def case(**more: Any) -> str:
    with database.transaction() as session:
        return make_incident(session, **more).reference


def shown(test: Any) -> list[str]:
    return list(test.dataframe[0].value["reference"])


def test_an_empty_register_says_what_to_do(screens: Screens) -> None:
    test = screens.open("register.py")
    assert "No incident is registered yet" in words(test)
    assert "Register an incident" in [one.label for one in test.button]


def test_the_grid_lists_cases_the_newest_first(screens: Screens) -> None:
    now = clock.now()
    old = case(registered_at=now - timedelta(days=2))
    new = case(registered_at=now, next_due_at=now + timedelta(hours=5, minutes=30))
    test = screens.open("register.py")
    frame = test.dataframe[0].value
    assert list(frame["reference"]) == [new, old]
    assert [list(cell) for cell in frame["next"]] == [["5 h"], []]
    assert list(frame["value"]) == [318.0, 318.0]
    assert "2 cases" in words(test)


def test_filters_stand_in_the_address_under_codes_of_their_own(screens: Screens) -> None:
    proving, other = case(state=IncidentState.PROVING), case()
    test = screens.open("register.py")
    test.pills(key="register-state").set_value(["proving"])
    run(test)
    assert shown(test) == [proving]
    assert "proving" in test.query_params["state"]
    again = screens.open("register.py", state="registered,unheard", owner="0", sort="value", since="2020-01-01")
    assert shown(again) == [other]
    assert again.selectbox(key="register-sort").value == "value"
    assert "unheard" not in again.query_params["state"]


def test_filters_that_let_nothing_through_can_be_cleared_at_once(screens: Screens) -> None:
    reference = case()
    test = screens.open("register.py", state="closed", q="nothing like it")
    assert "No case fits these filters" in words(test)
    test.button(key="register-clear").click()
    run(test)
    assert shown(test) == [reference]
    assert not test.query_params


def test_a_search_too_short_is_told_so_and_a_chinese_one_finds(screens: Screens) -> None:
    found = case(search_text="买家说包裹没有收到")
    case(search_text="something else")
    test = screens.open("register.py", q="ab")
    assert "Type at least three letters or digits" in words(test)
    test.text_input(key="register-q").set_value("没有收到")
    run(test)
    assert shown(test) == [found]


def test_pages_are_turned_and_a_new_filter_starts_at_the_first(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "PAGE", 2)
    now = clock.now()
    made = [case(registered_at=now + timedelta(hours=n), state=IncidentState.PROVING) for n in range(3)][::-1]
    test = screens.open("register.py")
    test.query_params["page"] = "2"
    run(test)
    assert shown(test) == made[2:]
    test.pills(key="register-state").set_value(["proving"])
    run(test)
    assert shown(test) == made[:2]
    assert "page" not in test.query_params


def test_a_chosen_row_leads_to_its_case(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = case()
    gone: list[Any] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: gone.append((page, query_params)))
    test = screens.open("register.py")
    test.session_state[test.dataframe[0].proto.id.split("-", 2)[2]] = {
        "selection": {"rows": [0], "columns": [], "cells": []}
    }
    run(test)
    assert gone == [("case.py", {"ref": reference})]


def test_a_phone_shows_cards(screens: Screens) -> None:
    reference = case()
    test = screens.open("register.py", phone=True)
    assert not test.dataframe
    assert reference.replace("-", "\\-") in words(test)
    assert "Open" in [one.label for one in test.button]


def test_only_who_may_export_is_offered_the_files(screens: Screens) -> None:
    case()
    for role, offered in ((Role.AGENT, 2), (Role.VIEWER, 0)):
        test = screens.open("register.py", role)
        if offered:
            test.session_state["register-export"] = True
            run(test)
        assert len(test.get("download_button")) == offered
