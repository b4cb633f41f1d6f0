from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import clock, config, database
from core.foundation.permissions import Role
from core.models import Evidence, Incident, IncidentOffer, Shipment
from core.models.imports import OfferState
from core.models.incident import IncidentType, Tier
from tests.factories import make_carrier, make_policy, make_rates, make_rule_card, make_shipment, make_shop
from tests.pages.conftest import Screens, field, run, upload, words
from tests.pages.test_case import PNG


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def parcels(*numbers: str, **more: Any) -> list[int]:
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        shop, carrier = make_shop(session, name="Lion"), make_carrier(session, name="Ninja Van")
        return [make_shipment(session, shop, carrier, tracking_number=one, **more).id for one in numbers]


def rows(model: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(model)))


def intake(screens: Screens, number: str = "", role: Role = Role.AGENT, **more: Any) -> AppTest:
    page = screens.open("intake.py", role, **more)
    if number:
        field(page, "text_input", "Tracking or order number").input(number)
        run(page)
    return page


def test_a_number_fills_in_the_parcel_and_says_what_will_happen(screens: Screens) -> None:
    parcels("SPXSG1")
    with database.transaction() as session:
        make_rule_card(session, documents=[{"code": "item_photo"}])
    page = intake(screens, "spxsg1")
    assert "Found." in words(page) and "Ninja Van" in words(page)
    assert field(page, "text_input", "Value at risk in SGD").value == "318.00"
    said = words(page).replace("\\", "")
    assert "Tier: claim" in said and "1 window to watch" in said and "Damaged item" in said


def test_saving_and_next_registers_one_and_leaves_a_blank_form(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    field(page, "text_area", "What the buyer said (any language)").input("Hindi dumating")
    run(field(page, "button", "Save and next").click())
    (made,) = rows(Incident)
    assert (made.reference, made.buyer_said, made.tier) == ("INC-2026-00001", "Hindi dumating", Tier.CLAIM)
    assert made.owner_id is not None
    assert field(page, "text_input", "Tracking or order number").value == ""
    assert "INC" in page.toast[0].value


def test_three_clicks_on_save_make_one_case(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    save = field(page, "button", "Save and next")
    for _click in range(3):
        try:
            run(save.click())
        except KeyError:
            break  # the blank form has no such button any more, and no state of its fields
    assert len(rows(Incident)) == 1


def test_saving_and_opening_goes_to_the_case(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    run(field(page, "button", "Save and open case").click())
    assert page.title[0].value.replace("\\", "") == "INC-2026-00001 · Lost"


def test_the_same_parcel_and_type_is_warned_about_and_not_saved(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    run(field(page, "button", "Save and next").click())
    again = intake(screens, "SPXSG1")
    assert "registered already" in words(again)
    assert field(again, "button", "Save and next").disabled
    run(again.segmented_control(key="intake-type-1").set_value(IncidentType.DAMAGED))
    assert not field(again, "button", "Save and next").disabled


def test_a_value_that_is_no_amount_is_refused_and_stays_typed(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    field(page, "text_area", "What the buyer said (any language)").input("gone")
    field(page, "text_input", "Value at risk in SGD").input("much")
    run(field(page, "button", "Save and next").click())
    assert "much" in page.error[0].value
    assert field(page, "text_area", "What the buyer said (any language)").value == "gone"
    assert field(page, "text_input", "Value at risk in SGD").value == "much"
    assert not rows(Incident)


def test_an_unknown_parcel_is_entered_by_hand_with_its_case(screens: Screens) -> None:
    parcels()
    page = intake(screens, "NV-4711")
    assert "Not found." in words(page)
    assert field(page, "text_input", "Tracking number").value == "NV-4711"
    run(field(page, "button", "Save and next").click())
    assert page.error and not rows(Shipment), "no value, no case, and no parcel either"
    field(page, "text_input", "Value at risk in SGD").input("80")
    run(field(page, "button", "Save and next").click())
    assert not page.error, page.error[0].value
    assert len(rows(Shipment)) == 1
    assert rows(Incident)[0].value_at_risk == 80


def test_a_refused_photo_saves_nothing_of_the_case(screens: Screens) -> None:
    parcels("SPXSG1")
    page = intake(screens, "SPXSG1")
    upload(page, ("a.png", b"MZ\x90\x00" * 40, "image/png"))
    run(field(page, "button", "Save and next").click())
    assert page.error and not rows(Incident)
    upload(page, ("a.png", PNG, "image/png"))
    run(field(page, "button", "Save and next").click())
    assert len(rows(Incident)) == 1
    assert [one.name for one in rows(Evidence) if one.kind != "tracking_snapshot"] == ["a.png"]


def test_a_column_of_numbers_becomes_cases_with_a_word_for_each(screens: Screens) -> None:
    parcels("AAA1", "BBB2")
    page = intake(screens)
    run(page.segmented_control(key="intake-mode").set_value("many"))
    page.text_area[0].input("AAA1\nBBB2\nCCC3\nAAA1")
    run(page)
    table = page.dataframe[0].value
    assert list(table["Result"]) == ["ready", "ready", "not found"]
    run(page.button(key="intake-many-save-1").click())
    assert len(rows(Incident)) == 2
    assert "2 incidents registered" in words(page)


def test_offered_orders_become_cases_or_are_dismissed(screens: Screens) -> None:
    ids = parcels("AAA1", "BBB2", "CCC3")
    with database.transaction() as session:
        for shipment_id in ids:
            session.add(
                IncidentOffer(
                    shipment_id=shipment_id, type=IncidentType.LOST, reason="lost on the way", created_at=clock.now()
                )
            )
    page = intake(screens, many="offers")
    page.session_state["intake-offers-rows-1"] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    run(page)
    run(page.button(key="intake-offers-save-1").click())
    assert len(rows(Incident)) == 2
    run(page.button(key="intake-dismiss-save-1").click())
    states = sorted(offer.state for offer in rows(IncidentOffer))
    assert states == [OfferState.DISMISSED, OfferState.TAKEN, OfferState.TAKEN]


def test_a_viewer_is_told_that_intake_is_not_theirs(screens: Screens) -> None:
    screens.sign_in(Role.VIEWER)
    page = AppTest.from_file(str(Path(__file__).parents[2] / "pages" / "intake.py"))
    page.run()
    assert page.exception and not page.text_input
