"""Today: what is due, in its order, each row with the way to its action."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Incident, Shipment
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.incident import IncidentType, NoticedBy
from core.models.rule import Confidence
from core.recovery.silent import raise_suspicions, take_in_silent, withdraw
from pages.parts import state
from tests.desk.builders import make_claim, make_clock
from tests.factories import make_carrier, make_incident, make_policy, make_rule_card, make_shipment
from tests.pages.conftest import Screens, field, run, words


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def due(hours: float, *, owner_id: int | None = None, kind: ClockKind = ClockKind.PROMISE, **more: Any) -> str:
    """A case with one clock so many hours from now; its reference."""
    with database.transaction() as session:
        incident = make_incident(session, owner_id=owner_id, touched_at=clock.now())
        claim = make_claim(session, incident, state=ClaimState.READY) if kind is ClockKind.CLAIM_WINDOW else None
        make_clock(session, incident, kind, clock.now() + timedelta(hours=hours), claim=claim, **more)
        return incident.reference


def buttons(test: Any) -> list[str]:
    return [one.label for one in test.button]


def test_an_empty_day_says_so_and_offers_to_register(screens: Screens) -> None:
    test = screens.open("today.py")
    assert "Nothing is due, and no case waits. Register what went wrong." in words(test)
    assert "Register an incident" in buttons(test)
    viewer = screens.open("today.py", Role.VIEWER)
    assert "Register an incident" not in buttons(viewer)
    assert "New incident" not in buttons(viewer)


def test_rows_stand_in_their_buckets_with_amount_owner_and_button(screens: Screens) -> None:
    me = screens.sign_in(Role.AGENT)
    tonight = due(5, owner_id=me, kind=ClockKind.CLAIM_WINDOW)
    due(50, owner_id=me, title="send *photos* https://evil.example")
    test = screens.open("today.py")
    assert [one.value.split(" :small")[0] for one in test.header] == ["Overdue and next 24 hours", "Next 3 days"]
    said = words(test)
    assert "File the loss claim with Ninja Van" in said
    assert tonight.replace("-", "\\-") in said
    assert "**318\\.00** :small[:gray[SGD]]" in said
    assert ":red-badge[:material/schedule: 4 h 59 min]" in said
    assert "send \\*photos\\* https\\://\u2060evil\\.example" in said
    assert {"File claim", "Settle"} <= set(buttons(test))


def test_a_row_under_an_unsure_rule_says_so_on_desk_and_phone(screens: Screens) -> None:
    with database.transaction() as session:
        card = make_rule_card(session, confidence=Confidence.LOW)
    due(5, kind=ClockKind.CLAIM_WINDOW, rule=card.code, rule_version=card.version)
    due(6)
    assert words(screens.open("today.py")).count("unsure rule") == 1
    assert words(screens.open("today.py", phone=True)).count("unsure rule") == 1


def test_mine_and_kinds_narrow_the_list_and_stand_in_the_address(screens: Screens) -> None:
    me = screens.sign_in(Role.AGENT)
    mine, others = due(5, owner_id=me), due(6)
    test = screens.open("today.py")
    assert others.replace("-", "\\-") in words(test)
    test.segmented_control(key="today-who").set_value("mine")
    run(test)
    assert others.replace("-", "\\-") not in words(test)
    assert mine.replace("-", "\\-") in words(test)
    assert "mine" in test.query_params["who"]
    test.pills(key="today-kind").set_value(["claim"])
    run(test)
    assert "Nothing of this kind is due" in words(test)
    assert "claim" in test.query_params["kind"]
    next(one for one in test.button if one.label == "Show every kind").click()
    run(test)
    assert mine.replace("-", "\\-") in words(test)
    assert "kind" not in test.query_params


def test_an_address_opens_the_list_it_describes_and_ignores_what_it_cannot_read(screens: Screens) -> None:
    due(5)
    test = screens.open("today.py", who="mine", kind="claim,hack", view="nonsense")
    assert test.segmented_control(key="today-who").value == "mine"
    assert test.pills(key="today-kind").value == ["claim"]
    assert test.segmented_control(key="today-view").value == "list"
    assert "hack" not in test.query_params["kind"]


def test_more_rows_are_shown_when_asked_for(screens: Screens) -> None:
    for n in range(16):
        due(1 + n / 10)
    test = screens.open("today.py", kind="promise")
    settle = [label for label in buttons(test) if label == "Settle"]
    assert len(settle) == 8
    assert "16 · SGD 5,088" in test.header[0].value
    next(one for one in test.button if one.label == "Show more").click()
    run(test)
    assert len([label for label in buttons(test) if label == "Settle"]) == 16
    assert "Show more" not in buttons(test)


def test_a_row_leads_to_its_action_on_the_case(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = due(5)
    gone: list[Any] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: gone.append((page, query_params)))
    test = screens.open("today.py", kind="promise")
    next(one for one in test.button if one.label == "Settle").click()
    run(test)
    ((page, query),) = gone
    assert (page, query["ref"], query["do"]) == ("case.py", reference, "promise")


def test_the_table_shows_the_same_rows(screens: Screens) -> None:
    reference = due(5)
    test = screens.open("today.py", kind="promise", view="table")
    frame = test.dataframe[0].value
    assert list(frame["case"]) == [reference]
    assert [list(cell) for cell in frame["when"]] == [["4 h"]]
    assert frame["amount"][0] == 318.0


def test_a_phone_has_two_tiles_and_cards(screens: Screens) -> None:
    due(5)
    test = screens.open("today.py", phone=True, kind="promise")
    assert [one.label for one in test.metric] == ["Overdue or due in 24 h", "At risk in 72 h"]
    assert "Settle" in buttons(test)


def test_the_tiles_say_what_is_late_and_at_risk(screens: Screens) -> None:
    due(-2)
    due(5)
    test = screens.open("today.py")
    # The case without an owner stands beside its promise: two rows for each case.
    assert [(one.label, one.value) for one in test.metric][:2] == [
        ("Overdue or due in 24 h", "4"),
        ("At risk in 72 h", "SGD 636"),
    ]
    assert test.metric[0].delta == "2 overdue"


def test_the_figures_of_one_person_are_never_shown_to_another(screens: Screens) -> None:
    agent, lead = screens.sign_in(Role.AGENT), screens.sign_in(Role.LEAD)
    due(5, owner_id=agent)
    due(-5, owner_id=lead)
    due(-6, owner_id=lead)
    for role, value in ((Role.AGENT, "1"), (Role.LEAD, "2"), (Role.AGENT, "1")):
        assert screens.open("today.py", role, who="mine").metric[0].value == value


def test_ones_own_write_is_in_the_figures_at_once(screens: Screens) -> None:
    me = screens.sign_in(Role.AGENT)
    test = screens.open("today.py")
    assert test.metric[0].value == "0"
    due(5, owner_id=me)
    test.session_state["recoup"].forms["some-form"] = state.Form(number=2)
    run(test)
    assert test.metric[0].value == "1"


def a_silent_parcel() -> Shipment:
    """A parcel accepted twenty-eight days ago, never heard of since; its carrier takes claims for thirty."""
    now = clock.now()
    long = now - timedelta(days=28)
    with database.transaction() as session:
        make_policy(session)
        carrier = make_carrier(session, code="flash-test", name="Flash")
        make_rule_card(session, carrier_code="flash-test", payer_name="Flash")
        return make_shipment(session, carrier=carrier, accepted_at=long, shipped_at=long)


def test_a_silent_parcel_is_warned_of_and_leads_to_intake(screens: Screens) -> None:
    parcel = a_silent_parcel()
    page = screens.open("today.py", Role.AGENT)
    assert "1 silent parcel" in words(page)
    assert parcel.tracking_number is not None
    assert parcel.tracking_number in words(page) and "silent for 28 d" in words(page)
    run(page.button(key="silent-first").click())
    intake = screens.open("intake.py", Role.AGENT, number=parcel.tracking_number)
    assert field(intake, "text_input", "Tracking or order number").value == parcel.tracking_number
    assert "Found" in words(intake)


def test_whoever_asks_for_what_is_silent_sees_the_silent_parcels_too(screens: Screens) -> None:
    a_silent_parcel()
    assert "1 silent parcel" in words(screens.open("today.py", Role.AGENT, kind="silent"))
    assert "1 silent parcel" not in words(screens.open("today.py", Role.AGENT, kind="claim"))


def test_a_silent_parcel_can_be_set_aside(screens: Screens) -> None:
    a_silent_parcel()
    page = screens.open("today.py", Role.AGENT)
    run(page.button(key="silent-all").click())
    run(field(page, "button", "Set aside").click())
    st.cache_data.clear()
    assert "silent parcel" not in words(screens.open("today.py", Role.AGENT)).replace("No silent parcel", "")


def test_who_may_not_register_is_not_warned(screens: Screens) -> None:
    a_silent_parcel()
    assert "silent parcel" not in words(screens.open("today.py", Role.VIEWER))


def suspected(silent: int = 20, count: int = 1) -> list[Shipment]:
    """Parcels silent past the plain threshold, as the sweep raised them; their carrier's window closes in ten days."""
    now = clock.now()
    since = now - timedelta(days=silent)
    with database.transaction() as session:
        make_policy(session)
        carrier = make_carrier(session, code="flash-test", name="Flash")
        make_rule_card(session, carrier_code="flash-test", payer_name="Flash", within=30)
        made = [make_shipment(session, carrier=carrier, accepted_at=since, shipped_at=since) for _one in range(count)]
        raise_suspicions(session, actor=SYSTEM, now=now)
    return made


def test_a_parcel_past_its_line_becomes_a_case_with_one_click(screens: Screens) -> None:
    [parcel] = suspected()
    page = screens.open("today.py", Role.AGENT)
    assert "1 parcel, silent for longer than usual" in words(page) and "not enough history" in words(page)
    run(page.button(key="silent-first").click())
    with database.reading() as session:
        [case] = session.scalars(select(Incident)).all()
    assert (case.shipment_id, case.noticed_by, case.type) == (parcel.id, NoticedBy.SILENCE, IncidentType.LOST)


def test_several_silent_parcels_are_taken_in_at_once(screens: Screens) -> None:
    parcels = suspected(count=3)
    page = screens.open("today.py", Role.AGENT)
    run(page.button(key="silent-all").click())
    assert page.button(key="silent-take-chosen").disabled
    assert words(page).count("no scan for ") == 3
    for parcel in parcels[:2]:
        page.checkbox(key=f"silent-tick-{parcel.id}").check()
    run(page)
    assert page.button(key="silent-take-chosen").label == "Take in 2 parcels as lost"
    run(page.button(key="silent-take-chosen").click())
    with database.reading() as session:
        found = {one.shipment_id for one in session.scalars(select(Incident))}
    assert found == {parcel.id for parcel in parcels[:2]}


def test_a_silent_parcel_that_arrived_leads_to_its_case(screens: Screens) -> None:
    [parcel] = suspected()
    now = clock.now()
    with database.transaction() as session:
        done = take_in_silent(session, [parcel.id], actor=SYSTEM, now=now)
        session.get_one(Shipment, parcel.id).delivered_at = now + timedelta(minutes=1)
        withdraw(session, actor=SYSTEM, now=now + timedelta(minutes=2))
    page = screens.open("today.py", Role.AGENT)
    said = words(page).replace("\\", "")
    assert "arrived after all" in said and done.made[0][1] in said
