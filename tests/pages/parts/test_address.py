"""Filters in the address: stable codes, what cannot be read is left out, and nothing chosen is forgotten."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.address import Day, Many, Number, One, Text, Words


@pytest.mark.parametrize(
    ("field", "text", "value", "code"),
    [
        (One(("a", "b"), "a"), "b", "b", "b"),
        (One(("a", "b"), "a"), "a", "a", ""),
        (One(("a", "b"), "a"), "hack", "a", ""),
        (Many(("a", "b")), "b,hack,b,a", ["b", "a"], "b,a"),
        (Many(("a", "b")), "", [], ""),
        (Text(), " words ", " words ", "words"),
        (Text(), "x" * 500, "x" * 200, "x" * 200),
        (Day(), "2026-11-23", date(2026, 11, 23), "2026-11-23"),
        (Day(), "yesterday", None, ""),
        (Words(), "Economy%2C by sea,*,100 %25", ["Economy, by sea", "", "100 %"], "Economy%2C by sea,*,100 %25"),
        (Words(), "", [], ""),
        (Number(), "3", 3, "3"),
        (Number(), "-3", 1, ""),
        (Number(), "9" * 30, 1, ""),
        (Number(), "1", 1, ""),
    ],
)
def test_a_field_reads_its_code_and_writes_it_again(field: Any, text: str, value: Any, code: str) -> None:
    assert field.parse(text) == value
    assert field.code(value) == code


def _page() -> None:
    import streamlit as st

    from pages.parts.address import Address, Many, Number, One, Text

    address = Address(
        "test", {"q": Text(), "state": Many(("open", "closed")), "rare": One(("x", "y"), None), "page": Number()}
    )
    st.text_input("Search", key=address.key("q"))
    st.pills("State", ["open", "closed"], key=address.key("state"), selection_mode="multi")
    if st.checkbox("Rare"):
        st.selectbox("Which", ["x", "y"], index=None, key=address.key("rare"))
    st.button("Clear", on_click=address.clear, args=("q",))
    st.button("Turn", on_click=address.put, args=("page", 2))
    st.text(f"{address.value('q')}|{address.value('state')}|{address.value('rare')}|{address.value('page')}")
    address.write()


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(_page)


def said(test: AppTest) -> str:
    assert not test.exception
    return str(test.text[0].value)


def test_the_address_fills_the_widgets_and_follows_them(page: AppTest) -> None:
    page.query_params["state"] = "closed,hack"
    assert said(page.run()) == "|['closed']|None|1"
    page.text_input[0].set_value("lamp")
    assert said(page.run()) == "lamp|['closed']|None|1"
    assert "lamp" in page.query_params["q"]
    assert "hack" not in page.query_params["state"]


def test_an_address_that_changed_by_itself_wins(page: AppTest) -> None:
    page.query_params["q"] = "one"
    page.run()
    page.query_params["q"] = "two"
    assert said(page.run()).startswith("two|")


def test_a_filter_whose_widget_is_hidden_keeps_its_value(page: AppTest) -> None:
    page.run()
    page.checkbox[0].check()
    page.run()
    page.selectbox[0].set_value("y")
    assert said(page.run()) == "|[]|y|1"
    page.checkbox[0].uncheck()
    page.run()
    page.pills[0].set_value(["open"])
    assert said(page.run()) == "|['open']|y|1"
    assert said(page.run()) == "|['open']|y|1"


def test_back_from_a_case_the_filters_are_as_they_were(page: AppTest) -> None:
    page.query_params["state"] = "open"
    page.run()
    del page.query_params["state"]
    page.query_params["ref"] = "INC-2026-00001"
    assert said(page.run()) == "|['open']|None|1"
    assert "ref" not in page.query_params
    assert "open" in page.query_params["state"]


def test_back_from_another_list_the_filters_are_as_they_were(page: AppTest) -> None:
    page.query_params["state"] = "closed"
    page.run()
    # What the other list was left with, which Streamlit leaves in the address.
    page.session_state["recoup-address"]["other"] = type(page.session_state["recoup-address"]["test"])({"q": "theirs"})
    page.query_params.clear()
    page.query_params["q"] = "theirs"
    assert said(page.run()) == "|['closed']|None|1"
    assert "state" in page.query_params and "q" not in page.query_params


def test_clearing_and_turning_hold_without_a_widget(page: AppTest) -> None:
    page.query_params["q"] = "lamp"
    page.query_params["rare"] = "x"
    page.run()
    page.button[1].click()
    assert said(page.run()) == "lamp|[]|x|2"
    page.button[0].click()
    assert said(page.run()) == "lamp|[]|None|1"
    assert "rare" not in page.query_params
