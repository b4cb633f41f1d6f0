"""Every screen as a viewer: what was planted of a buyer is on none of them, and what cannot be shown says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.desk.register import Filter
from core.foundation import config, database
from core.foundation.permissions import Role
from pages.parts import figures
from tests.pages.conftest import Screens, field, run, words
from tests.people import acting
from tests.planted import KEPT, PLANTED, Planted, plant

SCREENS = sorted(
    path.name
    for path in (Path(__file__).parents[2] / "pages").glob("*.py")
    if path.name not in ("frame.py", "__init__.py")
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def made(live_database: str) -> Planted:
    with database.transaction() as session:
        return plant(session, pack=True)


def everything(page: AppTest) -> str:
    """All that the browser is sent, as text."""
    return "\n".join([words(page), repr(page.main), repr(page.sidebar), *(str(one.proto) for one in _elements(page))])


def _elements(page: AppTest) -> Iterator[Any]:
    for block in (page.main, page.sidebar):
        yield from (one for one in block if hasattr(one, "proto"))


def seen(page: AppTest) -> list[str]:
    told = everything(page).lower()
    return [word for word in PLANTED if word.lower() in told]


@pytest.mark.parametrize("screen", SCREENS)
def test_no_screen_shows_a_viewer_who_the_buyer_is(screens: Screens, made: Planted, screen: str) -> None:
    page = screens.open(screen, Role.VIEWER, ref=made.incident.reference, q=made.shipment.order_number)
    assert not page.exception
    assert seen(page) == []


def test_a_case_shows_a_viewer_the_words_and_an_agent_the_buyer_too(screens: Screens, made: Planted) -> None:
    mine = screens.open("case.py", Role.VIEWER, ref=made.incident.reference)
    assert KEPT in everything(mine)
    assert "shows the buyer, not for you" in words(mine)
    theirs = screens.open("case.py", Role.AGENT, ref=made.incident.reference)
    assert set(seen(theirs)) >= {"Wulandari", "Kusumo"}
    assert "not for you" not in words(theirs)


def test_the_files_of_a_case_say_which_are_not_for_a_viewer(screens: Screens, made: Planted) -> None:
    page = screens.open("case.py", Role.VIEWER, ref=made.incident.reference)
    run(field(page, "button", "Details of 5 files").click())
    assert seen(page) == []
    told = everything(page)
    assert "sha256" in told, "the dialog is open"
    assert f"/files/evidence/{made.item.id}/original" in told
    assert f"/files/evidence/{made.label.id}" not in told


def test_what_an_agents_search_counted_is_not_told_to_a_viewer(
    made: Planted, live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_own_writes", lambda: ())
    figures._register_count.clear()
    name = made.shipment.buyer_username
    assert name
    by_name = Filter(text=name)
    with database.transaction() as session:
        agent, viewer = acting(session, Role.AGENT), acting(session, Role.VIEWER)
    assert [figures.register_count(who, by_name) for who in (agent, viewer, agent)] == [1, 0, 1]
