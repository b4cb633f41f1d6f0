"""The frame: who gets which menu, what a page not for them says, and what becomes of a bug."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.foundation import clock, database, language
from core.foundation.errors import NotFound
from core.foundation.permissions import Role
from core.models import Person
from core.team import account, people, sessions
from core.web import cookies
from pages.parts import menu, who
from tests.pages.conftest import PAGES, words
from tests.people import OUT, acting, actor_of, person


def _frame(page: str = "") -> AppTest:
    test = AppTest.from_file(str(PAGES / "frame.py"), default_timeout=30).run()
    return test.switch_page(page).run() if page else test


def _choose(choice: str) -> None:
    """Pick a line of the account menu, which AppTest can draw but not click."""

    def script(choice: str) -> None:
        from pages.parts import account_menu

        account_menu.choose(choice)

    test = AppTest.from_function(script, kwargs={"choice": choice}).run()
    assert not test.exception


@pytest.fixture
def signed_out(live_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    sent: dict[str, str] = {}
    monkeypatch.setattr(who, "sent", lambda: sent)
    monkeypatch.setattr(who, "on_phone", lambda: False)
    yield sent
    language.speak(None)


def test_signed_out_there_is_one_sentence_and_one_link_and_no_menu(signed_out: dict[str, str]) -> None:
    for cookie in ({}, {cookies.SESSION: ""}, {cookies.SESSION: "forged"}):
        signed_out.clear()
        signed_out.update(cookie)
        test = _frame()
        assert [one.value for one in test.info] == ["Signed out"]
        assert 'href="/sign-in?next=%2F" target="_self"' in test.html[0].value
        assert not test.title
        assert not test.sidebar.children


def test_a_first_password_leads_to_changing_it(signed_out: dict[str, str]) -> None:
    with database.transaction() as session:
        someone = person(session, Role.AGENT, must_change_password=True)
        signed_out[cookies.SESSION] = sessions.start(session, someone.id, user_agent="", address="", now=clock.now())
    test = _frame()
    assert "has to be changed" in test.info[0].value
    assert 'href="/password?next=%2F"' in test.html[0].value
    assert not test.sidebar.children


def test_the_sentence_for_somebody_signed_out_is_in_the_language_chosen_at_the_door(
    signed_out: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_out[cookies.LANGUAGE] = "zh-CN"
    assert _frame().session_state["_reader_language"] == "zh-CN"


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_lists_exactly_what_a_role_has_a_use_for(role: Role) -> None:
    me = actor_of(Person(id=1, username="x", name="X", role=role))
    shown = {one.file for one in menu.SCREENS if menu.permits(one, me) and one.listed}
    everybody = {"today.py", "register.py", "claims.py", "disputes.py", "carriers.py", "insights.py", "imports.py"}
    expected = {
        Role.VIEWER: everybody,
        Role.AGENT: everybody | {"intake.py"},
        Role.LEAD: everybody | {"intake.py", "settings.py"},
        Role.MANAGER: everybody | {"intake.py", "settings.py"},
        Role.ADMIN: everybody | {"intake.py", "settings.py"},
    }
    assert shown == expected[role]
    assert not any(menu.permits(one, OUT) for one in menu.SCREENS)


def test_a_page_that_is_not_for_ones_role_says_so_and_runs_nothing(screens: Any) -> None:
    screens.sign_in(Role.AGENT)
    screens.phones(False)
    test = _frame("settings.py")
    assert not test.exception
    assert [one.value for one in test.error] == ["This screen is not for your role\\. Ask an admin if you need it\\."]
    assert not test.title


def test_a_bug_in_a_page_shows_an_id_and_nothing_of_the_inside(screens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    screens.sign_in(Role.AGENT)
    screens.phones(False)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(account, "my_account", broken)
    test = _frame("account.py")
    assert not test.exception
    [said] = [one.value for one in test.error]
    assert re.search(r"logged as [a-z0-9]{4}-[a-z0-9]{4}", said)
    assert "the inside" not in words(test)


def test_a_refusal_in_a_page_is_its_sentence_as_text(screens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    screens.sign_in(Role.AGENT)
    screens.phones(False)

    def refused(*_: Any, **__: Any) -> None:
        raise NotFound("There is no [such](http://x) thing.")

    monkeypatch.setattr(account, "my_account", refused)
    test = _frame("account.py")
    assert not test.exception
    assert "\\[such\\]" in test.error[0].value


def test_the_other_language_is_one_choice_away_and_is_kept(screens: Any) -> None:
    mine = screens.sign_in(Role.AGENT)
    screens.phones(False)
    assert "简体中文" in str(_frame().sidebar.menu_button(key="account-menu").options)
    _choose("zh-CN")
    with database.reading() as session:
        assert session.get_one(Person, mine).language == "zh-CN"
    assert _frame().session_state["_reader_language"] == "zh-CN"


def test_signing_out_ends_the_session_and_says_so(screens: Any) -> None:
    screens.sign_in(Role.AGENT)
    screens.phones(False)
    _choose("out")
    assert [one.value for one in _frame().info] == ["Signed out"]
    _choose("out")


def test_a_role_that_was_changed_counts_from_the_next_run(screens: Any) -> None:
    mine = screens.sign_in(Role.MANAGER)
    screens.phones(False)
    assert not _frame("settings.py").error
    with database.transaction() as session:
        people.set_role(session, mine, actor=acting(session, Role.ADMIN, "chief"), role=Role.VIEWER, now=clock.now())
    assert "not for your role" in _frame("settings.py").error[0].value


def test_a_fragment_asks_anew_long_after_the_frame_did(screens: Any) -> None:
    def script() -> None:
        import streamlit as st

        from pages.parts import who

        @st.fragment
        def part() -> None:
            st.button("Again", key="again")
            st.text(who.actor().username)

        with who.asked(who.signed_in()):
            part()

    mine = screens.sign_in(Role.AGENT)
    test = AppTest.from_function(script).run()
    assert [one.value for one in test.text] == ["agent-mei"]
    with database.transaction() as session:
        people.end_sessions(session, mine, actor=acting(session, Role.ADMIN, "chief"), now=clock.now())
    test.button(key="again").click().run()
    assert not test.exception
    assert not test.text
    assert "Signed out" in words(test)
