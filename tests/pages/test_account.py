"""One's own account."""

from __future__ import annotations

from typing import Any

from core.foundation import clock, database
from core.foundation.permissions import Role
from core.models import Person
from core.team import sessions
from tests.pages.conftest import field, run, words


def test_language_and_zone_are_kept_and_speak_at_once(screens: Any) -> None:
    test = screens.open("account.py", Role.VIEWER)
    mine = screens.sign_in(Role.VIEWER)
    field(test, "selectbox", "Time zone").select("Asia/Manila")
    field(test, "selectbox", "Language").select("zh-CN")
    run(test.button[0].click())
    with database.reading() as session:
        kept = session.get_one(Person, mine)
    assert (kept.language, kept.zone) == ("zh-CN", "Asia/Manila")


def test_ones_sessions_are_listed_and_another_can_be_ended(screens: Any) -> None:
    mine = screens.sign_in(Role.AGENT)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"
    with database.transaction() as session:
        other = sessions.start(session, mine, user_agent=agent, address="10.0.0.7", now=clock.now())
    test = screens.open("account.py", Role.AGENT)
    assert "Safari · iPhone" in words(test)
    assert "This browser" in words(test)
    end = next(one for one in test.button if one.key == f"end-{sessions.mark_of(sessions.hash_of(other))}")
    run(end.click())
    with database.reading() as session:
        assert sessions.whoami(session, other, now=clock.now()) is None
    assert "Safari · iPhone" not in words(test)


def test_everywhere_else_is_one_click(screens: Any) -> None:
    mine = screens.sign_in(Role.AGENT)
    with database.transaction() as session:
        others = [sessions.start(session, mine, user_agent="x", address="", now=clock.now()) for _ in range(3)]
    test = screens.open("account.py", Role.AGENT)
    run(next(one for one in test.button if one.key == "end-others").click())
    with database.reading() as session:
        assert [sessions.whoami(session, token, now=clock.now()) for token in others] == [None] * 3
    assert "This browser" in words(test)


def test_without_a_password_there_is_none_to_change(screens: Any) -> None:
    test = screens.open("account.py", Role.AGENT)
    assert "have no password here" in words(test)
    assert not test.html


def test_what_a_person_is_called_is_shown_as_text(screens: Any) -> None:
    mine = screens.sign_in(Role.AGENT)
    with database.transaction() as session:
        session.get_one(Person, mine).name = "Mei [x](http://y) :red[z]"
    test = screens.open("account.py", Role.AGENT)
    assert "](http" not in words(test)
    assert ":red[z]" not in words(test)
