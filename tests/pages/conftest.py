"""Pages run as a signed-in person sees them, on a database of their own, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.foundation import clock, database, language
from core.foundation.permissions import Role
from core.models import Person
from core.team import sessions
from core.web import cookies
from pages.parts import who
from tests.people import person

PAGES = Path(__file__).parents[2] / "pages"


@dataclass
class Screens:
    """Opens pages as somebody of a role; every call is a browser tab of its own."""

    sign: Callable[[str], None]
    phones: Callable[[bool], None]

    def open(self, page: str, role: Role = Role.AGENT, *, phone: bool = False, **query: str) -> AppTest:
        """The page inside the frame as that role sees it first. Fails on an exception."""
        self.sign_in(role)
        self.phones(phone)
        test = run(AppTest.from_file(str(PAGES / "frame.py"), default_timeout=30))
        test.switch_page(page)
        for name, value in query.items():
            test.query_params[name] = value
        return run(test)

    def sign_in(self, role: Role) -> int:
        """Be the one person of that role from the next run on; their id."""
        with database.transaction() as session:
            name = f"{role.value}-mei"
            found = session.query(Person).filter_by(username=name).one_or_none() or person(session, role)
            token = sessions.start(session, found.id, user_agent="test", address="", now=clock.now())
        self.sign(token)
        return found.id


@pytest.fixture
def screens(live_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pages of an empty, migrated team."""
    sent: dict[str, str] = {}
    monkeypatch.setattr(who, "sent", lambda: sent)
    yield Screens(
        lambda token: sent.update({cookies.SESSION: token}),
        lambda yes: monkeypatch.setattr(who, "on_phone", lambda: yes),
    )
    language.speak(None)


def run(of: Any) -> AppTest:
    """Run a page, or the page of a widget that was just used; fail on an exception."""
    test: AppTest = of.run()
    assert not test.exception, [one.message for one in test.exception]
    return test


def field(test: AppTest, kind: str, label: str) -> Any:
    """The one widget of a kind with that label, such as `field(test, "text_input", "Name")`."""
    found = [one for one in getattr(test, kind) if one.label == label]
    assert len(found) == 1, f"{len(found)} × {label!r} among {[one.label for one in getattr(test, kind)]}"
    return found[0]


def upload(test: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    """Put files (name, bytes, media type) into the page's first uploader, and run."""
    found: Any = test.get("file_uploader")[0]
    return run(found.set_value(list(files)))


def words(test: AppTest) -> str:
    """Everything the page says in text, for looking something up in it."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "error",
        "warning",
        "info",
        "success",
        "text",
        "toast",
    )
    return "\n".join(str(one.value) for kind in kinds for one in getattr(test, kind))
