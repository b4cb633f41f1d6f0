"""The claims: pills with counts, the grid, the board, the drawer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st

from core.foundation import clock, database
from core.foundation.permissions import Role
from core.models import Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from pages.parts import state
from tests.desk.builders import make_claim, make_clock
from tests.factories import make_incident
from tests.pages.conftest import Screens, run, words


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def claim(
    state: ClaimState = ClaimState.DRAFT, kind: ClockKind | None = None, hours: float = 0, **more: Any
) -> tuple[str, str]:
    """A claim with one clock so many hours from now: its reference and its case's."""
    with database.transaction() as session:
        incident: Incident = make_incident(session)
        made = make_claim(session, incident, state=state, **more)
        if kind is not None:
            opens = clock.now() + timedelta(hours=hours) if kind is ClockKind.CLAIM_WINDOW and hours > 40 else None
            due = clock.now() + timedelta(hours=hours, minutes=30)
            make_clock(session, incident, kind, due, claim=made, opens_at=opens)
        return made.reference, incident.reference


def test_no_claim_says_where_one_is_started(screens: Screens) -> None:
    assert "No claim runs. A claim is started on the screen of its case." in words(screens.open("claims.py"))


def test_the_grid_tells_the_next_clock_in_words_and_what_to_do(screens: Screens) -> None:
    claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 5)
    claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 30)
    claim(ClaimState.DRAFT, ClockKind.CLAIM_WINDOW, 50)
    claim(ClaimState.PARTLY_APPROVED, approved=Decimal(60))
    frame = screens.open("claims.py").dataframe[0].value
    assert [list(cell) for cell in frame["next"]] == [["5 h"], ["answer in 1 d 6 h"], ["opens in 2 d 1 h"], []]
    assert list(frame["action"]) == ["File claim", "Follow up", "Prepare", "Follow up"]
    assert list(frame["came"]) == ["—", "—", "—", "SGD 60.00"]
    assert next(iter(frame["demand"])) == "SGD 100.00"


def test_pills_count_the_states_and_narrow_the_grid(screens: Screens) -> None:
    claim()
    paid, _case = claim(ClaimState.PAID, paid=Decimal(100))
    test = screens.open("claims.py")
    assert [str(one) for one in test.pills(key="claims-state").options][:2] == ["To file 1", "Filed 0"]
    test.pills(key="claims-state").set_value(["paid"])
    run(test)
    assert list(test.dataframe[0].value["claim"]) == [paid]
    assert "paid" in test.query_params["state"]


def test_a_search_that_finds_nothing_can_be_cleared(screens: Screens) -> None:
    reference, _case = claim()
    test = screens.open("claims.py", q="nothing at all")
    assert "No claim fits these filters." in words(test)
    test.button(key="claims-clear").click()
    run(test)
    assert list(test.dataframe[0].value["claim"]) == [reference]


def test_a_phone_starts_with_the_board_without_its_empty_columns(screens: Screens) -> None:
    reference, _case = claim(ClaimState.REJECTED, ClockKind.APPEAL, 20)
    test = screens.open("claims.py", phone=True)
    assert not test.dataframe
    said = words(test)
    assert reference.replace("-", "\\-") in said
    assert ":red-badge[Denied]" in said
    assert "To file" not in said
    assert "Appeal" in [one.label for one in test.button]


def test_the_board_has_six_columns_on_a_desk(screens: Screens) -> None:
    claim()
    test = screens.open("claims.py", view="board")
    assert len(test.columns) == 6
    assert words(test).count("None") == 5


def test_a_chosen_row_opens_the_drawer_with_the_facts(screens: Screens) -> None:
    reference, case = claim(
        ClaimState.INFORMATION_ASKED, ClockKind.INFORMATION, 20, note="see :red[this]", case_number="NV/1"
    )
    test = screens.open("claims.py")
    # Choosing a row in the grid's canvas is for the browser tests; this is what it remembers.
    test.session_state["recoup"].opened = state.Opened("claim", reference)
    run(test)
    said = words(test)
    assert "see \\:red\\[this\\]" in said
    assert "NV/1" in said
    assert case.replace("-", "\\-") in said
    assert {"Add files", "Open case"} <= {one.label for one in test.button}


def test_viewers_see_claims_too(screens: Screens) -> None:
    claim()
    assert len(screens.open("claims.py", Role.VIEWER).dataframe) == 1
