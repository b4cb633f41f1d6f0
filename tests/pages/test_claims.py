"""The claims: pills with counts, the grid, the board, the drawer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.foundation import clock, database
from core.foundation.permissions import Role
from core.models import ClaimStep, Incident, SavedView
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from pages.parts import state
from tests.desk.builders import make_claim, make_clock
from tests.factories import make_incident
from tests.pages.conftest import Screens, field, run, words


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


def test_a_filtered_board_does_not_count_what_the_filter_leaves_out(screens: Screens) -> None:
    for number in range(8):
        claim(ClaimState.SUBMITTED, ClockKind.ANSWER, -3 - number)
    claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 30)
    whole = words(screens.open("claims.py", view="board"))
    assert "and 3 more" in whole
    late = words(screens.open("claims.py", view="board", moment="late"))
    assert "and 3 more" not in late
    assert "and more: look in the table" in late


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


def denied(payer: str, action: str) -> None:
    """A claim denied for its packaging, appealed, and answered."""
    with database.transaction() as session:
        made = make_claim(session, make_incident(session), state=ClaimState.CLOSED, payer_name=payer)
        reject = {"action": "reject", "denial_code": "packaging", "amount": None}
        for step in (reject, {"action": "appeal"}, {"action": action, "amount": Decimal(60)}):
            session.add(ClaimStep(claim_id=made.id, at=clock.now(), target="closed", **step))
            session.flush()


def test_denials_are_told_by_reason_and_payer_with_how_often_an_appeal_helped_and_its_n(screens: Screens) -> None:
    for _ in range(6):
        denied("Flash", "approve")
    for _ in range(2):
        denied("Ninja Van", "close")
    test = screens.open("claims.py")
    test.session_state["recoup"].opened = state.Opened("claims-denials")
    run(test)
    frame = test.dataframe[-1].value
    assert list(frame["payer"]) == ["All payers", "Flash", "Ninja Van"]
    assert list(frame["answered"]) == [8, 6, 2]
    assert list(frame["reversed"]) == [6, 6, 0]
    assert list(frame["rate"]) == ["75 % (41 to 93 %)", "too few to tell", "too few to tell"]
    assert set(frame["reason"]) == {"Packed insufficiently"}


def test_viewers_see_claims_too(screens: Screens) -> None:
    claim()
    assert len(screens.open("claims.py", Role.VIEWER).dataframe) == 1


def test_filters_stand_in_the_address_and_one_that_is_gone_breaks_nothing(screens: Screens) -> None:
    kept, _case = claim(ClaimState.SUBMITTED, ClockKind.ANSWER, -3, payer_name="Ninja, Van")
    claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 30)
    test = screens.open("claims.py", moment="late", by="Ninja%2C Van", carrier="987654", least="no amount", day="x")
    assert list(test.dataframe[0].value["claim"]) == [kept]
    assert "Clear 1 filter" in [one.label for one in test.button] or "Clear 2 filters" in [
        one.label for one in test.button
    ]
    test.button(key="claims-clear-rare").click()
    run(test)
    assert "late" in test.query_params["moment"]
    assert "by" not in test.query_params


def test_a_view_is_kept_marked_when_the_filters_leave_it_and_brought_back(screens: Screens) -> None:
    late, _case = claim(ClaimState.SUBMITTED, ClockKind.ANSWER, -3)
    claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 30)
    test = screens.open("claims.py", state="filed", moment="late")
    views_open(test)
    field(test, "text_input", "Keep these filters as").set_value("Overdue :red[answers]")
    press(test, "Save view")
    assert "Overdue \\:red\\[answers\\]" in words(test)
    assert "changed" not in words(test)
    number = "".join(test.query_params["saved"])
    test.pills(key="claims-state").set_value(["paid"])
    run(test)
    assert "changed" in words(test)
    views_open(test)
    press(test, "Back to the saved view")
    assert list(test.dataframe[0].value["claim"]) == [late]
    assert "changed" not in words(test)
    again = screens.open("claims.py", saved=number)
    assert list(again.dataframe[0].value["claim"]) == [late]


def test_a_shared_view_opens_by_its_link_for_others_and_a_private_one_does_not(screens: Screens) -> None:
    late, _case = claim(ClaimState.SUBMITTED, ClockKind.ANSWER, -3)
    claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 30)
    owner = screens.sign_in(Role.LEAD)
    numbers = {}
    with database.transaction() as session:
        for name, shared in (("ours", True), ("mine", False)):
            view = SavedView(
                screen="claims",
                name=name,
                query={"moment": "late", "gone": "1", "carrier": "987654"},
                owner_id=owner,
                shared=shared,
                created_at=clock.now(),
                updated_at=clock.now(),
            )
            session.add(view)
            session.flush()
            numbers[name] = str(view.id)
    test = screens.open("claims.py", saved=numbers["ours"])
    assert list(test.dataframe[0].value["claim"]) == [late]
    assert "ours" in words(test)
    views_open(test)
    assert "Some of what this view asks for is not there any more" in words(test)
    hidden = screens.open("claims.py", saved=numbers["mine"])
    assert len(hidden.dataframe[0].value) == 2
    assert "saved" not in hidden.query_params


def test_the_register_keeps_views_of_its_own(screens: Screens) -> None:
    claim()
    test = screens.open("register.py", state="registered")
    views_open(test, "register")
    field(test, "text_input", "Keep these filters as").set_value("New ones")
    press(test, "Save view")
    assert "New ones" in words(test)
    assert "saved" in test.query_params
    assert "New ones" not in words(screens.open("claims.py"))


def test_a_taken_name_is_refused_and_stays_typed(screens: Screens) -> None:
    claim()
    test = screens.open("claims.py")
    for _time in range(2):
        views_open(test)
        field(test, "text_input", "Keep these filters as").set_value("Late ones")
        press(test, "Save view")
    assert "You already have a view of this name here" in words(test)
    assert field(test, "text_input", "Keep these filters as").value == "Late ones"


def test_several_ticked_claims_are_worked_on_and_what_failed_stays_ticked(screens: Screens) -> None:
    first, _case = claim(ClaimState.SUBMITTED, ClockKind.ANSWER, 10)
    second, _case = claim(ClaimState.DRAFT, ClockKind.CLAIM_WINDOW, 20)
    test = screens.open("claims.py")
    tick(test, 0, 1)
    assert "2 claims chosen" in words(test).replace("\\", "")
    test.button(key="claims-bulk-prepare").click()
    run(test)
    seen = [list(one.value["ahead"]) for one in test.dataframe if "ahead" in one.value]
    assert "not possible while the claim is submitted" in seen[0][0]
    press(test, "Prepare 2 claims")
    report = next(one.value for one in test.dataframe if "outcome" in one.value)
    assert [list(cell) for cell in report["outcome"]] == [["Refused"], ["Refused"]]
    press(test, "Close")
    assert test.session_state["claims-ticked"] == [first, second]


def test_claims_of_two_payers_are_not_filed_together_and_the_bar_says_so(screens: Screens) -> None:
    claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 10)
    claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 20, payer_name="Ping An")
    test = screens.open("claims.py")
    assert test.button(key="claims-bulk-submit").disabled
    tick(test, 0, 1)
    assert test.button(key="claims-bulk-submit").disabled
    assert not test.button(key="claims-bulk-prepare").disabled
    assert "Of 2 payers" in words(test)
    tick(test, 0)
    assert not test.button(key="claims-bulk-submit").disabled


def test_a_viewer_has_no_bar_but_keeps_views(screens: Screens) -> None:
    claim()
    test = screens.open("claims.py", Role.VIEWER)
    assert not [one for one in test.button if (one.key or "").startswith("claims-bulk")]
    assert "Start claims" not in [one.label for one in test.button]
    views_open(test)
    assert "Share with the team" not in [one.label for one in test.checkbox]


def test_the_schedule_says_what_stands_in_it_and_what_does_not(screens: Screens) -> None:
    claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 10)
    test = screens.open("claims.py")
    tick(test, 0)
    test.button(key="claims-bulk-schedule").click()
    run(test)
    said = words(test)
    assert "1 parcel" in said
    assert "has no complete pack yet" in said
    assert len(test.get("download_button")) == 2


def test_windows_nobody_claims_under_are_listed_by_payer_to_start_from(screens: Screens) -> None:
    with database.transaction() as session:
        due = clock.now() + timedelta(hours=30, minutes=5)
        incident = make_incident(session)
        make_clock(session, incident, ClockKind.CLAIM_WINDOW, due, title="Ninja Van")
        reference = incident.reference
    test = screens.open("claims.py")
    press(test, "Start claims")
    rows = next(one.value for one in test.dataframe if "number" in one.value)
    assert list(rows["case"]) == [reference]
    assert [list(cell) for cell in rows["next"]] == [["1 d 6 h"]]
    assert next(one for one in test.button if one.label == "Tick the cases first").disabled


def test_the_calendar_draws_the_month_and_lists_the_chosen_day(screens: Screens) -> None:
    reference, _case = claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 0)
    test = screens.open("claims.py", view="calendar")
    assert test.get("vega_lite_chart")
    assert reference.replace("-", "\\-") in words(test)
    test.button(key="claims-calendar-on").click()
    run(test)
    assert "month" in test.query_params
    test.button(key="claims-calendar-today").click()
    run(test)
    test.button(key="claims-calendar-table").click()
    run(test)
    assert list(test.dataframe[0].value["claim"]) == [reference]
    assert "day" in test.query_params


def test_on_a_phone_the_calendar_is_a_list_of_the_coming_days(screens: Screens) -> None:
    reference, _case = claim(ClaimState.READY, ClockKind.CLAIM_WINDOW, 30)
    test = screens.open("claims.py", phone=True, view="calendar")
    assert not test.get("vega_lite_chart")
    assert reference.replace("-", "\\-") in words(test)
    test.button(key="claims-calendar-back").click()
    run(test)
    assert "Nothing opens or closes in these days." in words(test)


def views_open(test: AppTest, screen: str = "claims") -> None:
    """Open the popover of views."""
    test.session_state[f"{screen}-views"] = True
    run(test)


def press(test: AppTest, label: str) -> None:
    next(one for one in test.button if one.label == label).click()
    run(test)


def tick(test: AppTest, *rows: int) -> None:
    """Tick rows of the grid."""
    # The identity Streamlit gives a widget ends in the key it was drawn with.
    key = test.dataframe[0].proto.id.split("-", 2)[2]
    test.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    run(test)
