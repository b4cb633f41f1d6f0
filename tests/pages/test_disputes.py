"""The disputes: pills with counts, the grid and the cards, the drawer with its odds, several prepared at once, the note on Today."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.foundation import clock, database
from core.foundation.permissions import Role
from core.models import AnswerDraft, Dispute, Incident, SavedView
from core.models.dispute import DisputeState, DueBasis, ReturnReason
from pages.parts import disputes_bulk, disputes_drawer, disputes_odds, state
from tests.desk.disputing import answered, ask_for, loose_dispute, make_dispute
from tests.factories import make_incident, make_rates
from tests.pages.conftest import Screens, run, words

S = DisputeState


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def due(hours: float, **more: Any) -> dict[str, Any]:
    """A moment to answer by, so many hours and a half from now."""
    at = clock.now() + timedelta(hours=hours, minutes=30)
    return {"response_due_at": at, "response_basis": DueBasis.GIVEN, "next_due_at": at, **more}


def dispute(*, loose: bool = False, **more: Any) -> tuple[int, str]:
    """A dispute: its id and return number."""
    with database.transaction() as session:
        made = loose_dispute(session, **more) if loose else make_dispute(session, **more)
        return made.id, made.return_number


def history(
    count: int, upheld: int, *, reasons: tuple[ReturnReason, ...] = tuple(ReturnReason)[:4], days: int = 200
) -> None:
    """Decided disputes of each reason, all with the whole proof, answered so many days ago."""
    at = clock.now() - timedelta(days=days)
    with database.transaction() as session:
        incident: Incident = make_incident(session)
        for reason in reasons:
            for number in range(count):
                made = make_dispute(session, incident, reason=reason)
                ask_for(session, made, required=1)
                came = S.WON if number < upheld else S.LOST
                answered(session, made, at, (1,), came=came, decided_at=at + timedelta(days=9))


def grid(test: AppTest) -> Any:
    return test.dataframe[0].value


def opened(test: AppTest, name: str, subject: Any = None) -> AppTest:
    """Pressing a cell of the grid's canvas is for the browser tests; this is what it remembers."""
    test.session_state["recoup"].opened = state.Opened(name, subject)
    return run(test)


def test_no_dispute_says_how_they_come(screens: Screens) -> None:
    test = screens.open("disputes.py")
    assert "No dispute is open. A return export brings them by itself." in words(test)
    assert "Open the imports" in [one.label for one in test.button]


def test_the_grid_tells_the_next_moment_what_it_asks_and_where_it_stands(screens: Screens) -> None:
    dispute(**due(5))
    dispute(**due(70, response_basis=DueBasis.FALLBACK), state=S.PREPARING, reason=ReturnReason.MISSING)
    dispute(state=S.JUDGING, amount=None)
    dispute(**due(-3))
    frame = grid(screens.open("disputes.py"))
    assert [list(cell) for cell in frame["next"]] == [["2 h late"], ["5 h"], ["2 d 22 h"], []]
    assert list(frame["asked"]) == ["Answer it", "Answer it", "Answer it (usual day)", "—"]
    assert [list(cell) for cell in frame["state"]][-1] == ["Platform decides"]
    assert list(frame["reason"])[2] == "Something is missing"
    assert list(frame["amount"])[2:] == ["SGD 80.00", "—"]


def test_an_offer_stands_beside_the_amount(screens: Screens) -> None:
    dispute(**due(5), state=S.OFFERED, offered=Decimal(20))
    frame = grid(screens.open("disputes.py"))
    assert list(frame.columns)[6:8] == ["amount", "offered"]
    assert list(frame["amount"]) == ["SGD 80.00"] and list(frame["offered"]) == ["20.00"]


def test_pills_count_the_groups_and_narrow_the_grid(screens: Screens) -> None:
    dispute(**due(5))
    _id, won = dispute(state=S.WON)
    test = screens.open("disputes.py")
    shown = [str(one) for one in test.pills(key="disputes-group").options]
    assert shown == ["Due next 1", "Day passed 0", "Waiting 0", "Ended 1"]
    test.pills(key="disputes-group").set_value(["done"])
    run(test)
    assert list(grid(test)["return"]) == [won]
    assert "done" in test.query_params["group"]


def test_filters_come_from_the_address_and_a_search_that_finds_nothing_can_be_cleared(screens: Screens) -> None:
    _id, number = dispute(**due(5))
    dispute(**due(5), reason=ReturnReason.MISSING)
    assert list(grid(screens.open("disputes.py", reason="damaged"))["return"]) == [number]
    assert list(grid(screens.open("disputes.py", q=number.lower()))["return"]) == [number]
    test = screens.open("disputes.py", q="nothing at all")
    assert "No dispute fits these filters." in words(test)
    test.button(key="disputes-clear").click()
    run(test)
    assert len(grid(test)) == 2


def test_a_chosen_moment_can_be_let_go_again(screens: Screens) -> None:
    _id, number = dispute(**due(100))
    test = screens.open("disputes.py", within="day")
    moment = test.selectbox(key="disputes-within")
    assert moment.value == "day"
    # Only a field without a first choice of its own has the cross that empties it.
    assert not moment.proto.HasField("default")
    moment.set_value(None)
    run(test)
    assert list(grid(test)["return"]) == [number]
    assert "within" not in test.query_params


def test_a_saved_view_opens_with_its_filters(screens: Screens) -> None:
    _id, number = dispute(**due(5), reason=ReturnReason.MISSING)
    dispute(**due(6))
    me = screens.sign_in(Role.AGENT)
    with database.transaction() as session:
        view = SavedView(
            screen="disputes",
            name="Missing",
            query={"reason": "missing"},
            owner_id=me,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add(view)
        session.flush()
        saved = view.id
    test = screens.open("disputes.py", saved=str(saved))
    assert list(grid(test)["return"]) == [number]
    assert "Missing" in words(test)


def test_a_phone_shows_cards_with_what_decides(screens: Screens) -> None:
    dispute(**due(5), state=S.OFFERED, offered=Decimal(20))
    test = screens.open("disputes.py", phone=True)
    assert not test.dataframe
    said = words(test)
    assert ":red-badge[:material/schedule: 5 h]" in said
    assert "Offer to answer" in said
    assert "**80\\.00**" in said
    assert "Open" in [one.label for one in test.button]


def test_the_drawer_tells_the_facts_as_text_and_leads_to_the_case(screens: Screens) -> None:
    number, return_number = dispute(
        **due(5), reason_text="see :red[this]", reassessed=ReturnReason.MISSING, evidence_due_at=due(30)["next_due_at"]
    )
    test = opened(screens.open("disputes.py"), disputes_drawer.DIALOG, number)
    said = words(test)
    assert f"Return {return_number}" in said
    assert "see \\:red\\[this\\]" in said
    assert "the platform found\\: Something is missing" in said
    assert "Answer it" in said
    assert "Send proof" in said
    assert "Open case" in [one.label for one in test.button]


def test_a_dispute_of_no_case_leads_to_registering_one(screens: Screens) -> None:
    number, _return = dispute(loose=True, **due(5))
    test = opened(screens.open("disputes.py"), disputes_drawer.DIALOG, number)
    assert "no clock reminds of it" in words(test)
    assert "Register a case" in [one.label for one in test.button]
    seen = opened(screens.open("disputes.py", Role.VIEWER), disputes_drawer.DIALOG, number)
    assert "Register a case" not in [one.label for one in seen.button]


def test_the_odds_are_silent_below_their_minimum_and_say_which(screens: Screens) -> None:
    number, _return = dispute(**due(5))
    said = words(opened(screens.open("disputes.py"), disputes_drawer.DIALOG, number))
    assert "Too few decided disputes to say\\: 0 of 20 with proof as complete\\." in said
    told = words(opened(screens.open("disputes.py"), disputes_odds.DIALOG))
    assert "The platform has not decided about an answer of ours yet." in told


def test_the_ways_stand_beside_the_offer_with_n_and_interval(screens: Screens) -> None:
    history(30, 24)
    with database.transaction() as session:
        make_rates(session)
        made: Dispute = make_dispute(session, **due(5), state=S.OFFERED, offered=Decimal(70))
        ask_for(session, made, required=1)
        session.add(
            AnswerDraft(
                dispute_id=made.id,
                plea="reject",
                language="en",
                text="We ask to decline it.",
                reading_language="zh-CN",
                reason=1,
                exhibits=[{"module": "1", "evidence": [1]}],
                started_at=clock.now(),
                updated_at=clock.now(),
            )
        )
        number = made.id
    said = words(opened(screens.open("disputes.py"), disputes_drawer.DIALOG, number))
    assert "Fighting leaves more\\." in said
    assert "1 of 1 required" in said
    assert "n \\= 30" in said
    for way in ("Fight", "Settle for the offer", "Accept the refund"):
        assert f": {way} " in said
    assert "Giving the buyer up to" in said


def test_how_past_disputes_came_out_is_shown_with_the_look_back(screens: Screens) -> None:
    history(12, 9)
    test = opened(screens.open("disputes.py"), disputes_odds.DIALOG)
    tables = [one.value for one in test.dataframe]
    assert list(tables[-1]["decided"]) == [12, 12, 12, 12]
    said = words(test)
    assert "Did the odds hold?" in said
    assert "Too few to say\\: 0 of 30" in said
    assert "Handling is taken as" in said


def test_the_look_back_tells_what_was_told_beside_what_came(screens: Screens) -> None:
    history(12, 9)
    history(10, 3, days=90)
    test = opened(screens.open("disputes.py"), disputes_odds.DIALOG)
    frame = test.dataframe[-1].value
    assert list(frame["band"]) == ["60 to 80 %"]
    assert list(frame["n"]) == [40]
    assert next(iter(frame["told"])).endswith(" %")
    assert next(iter(frame["came"])).startswith("30 % (")
    assert [list(cell) for cell in frame["fits"]] == [["outside the interval"]]
    assert "40 were told one, 48 were not" in words(test)


def test_several_answers_are_prepared_at_once_and_what_is_missing_is_told(screens: Screens) -> None:
    number, return_number = dispute(**due(5))
    loose, loose_return = dispute(loose=True, **due(6))
    test = opened(screens.open("disputes.py"), disputes_bulk.DIALOG, (number, loose))
    ahead = test.dataframe[-1].value
    assert list(ahead["return"]) == [return_number, loose_return]
    assert "belongs to no case yet" in list(ahead["missing"])[1]
    assert "1 of 2 will be refused" in words(test)
    button = next(one for one in test.button if one.label == "Prepare 1 answer")
    button.click()
    run(test)
    with database.reading() as session:
        assert session.get(AnswerDraft, number) is not None
        assert session.get_one(Dispute, number).state is S.PREPARING
        assert session.get(AnswerDraft, loose) is None
    said = words(test)
    assert "1 answer is prepared\\." in said
    assert "1 was refused" in said
    assert loose_return in said


def test_who_may_only_look_is_offered_no_work_and_no_file(screens: Screens) -> None:
    dispute(**due(5))
    test = screens.open("disputes.py", Role.VIEWER)
    assert "disputes-bulk-prepare" not in [one.key for one in test.button]


def test_today_tells_what_presses_and_what_no_clock_tells_of(screens: Screens) -> None:
    dispute(**due(5))
    dispute(loose=True, **due(60))
    said = words(screens.open("today.py"))
    assert "1 dispute is due within 24 hours\\." in said
    assert "1 dispute due within 3 days belongs to no case" in said


def test_today_is_silent_where_nothing_presses(screens: Screens) -> None:
    dispute(**due(100))
    assert "due within 24 hours" not in words(screens.open("today.py"))
