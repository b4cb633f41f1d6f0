"""The comparison of channels on the screen: what is said first, what is left out, and that luck leads no chart."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.insight.comparison import Cell, Channel, ChannelMoney, Minimum, Outcome, Period, Scope, compare
from core.insight.decisions import decide, numbers_of
from core.models import Shipment
from core.models.channel_decision import Decided
from core.models.shipment import ShipmentStatus
from pages.parts import state
from pages.parts.carriers_decisions import FORM
from pages.parts.carriers_table import table_csv
from pages.parts.carriers_words import forest_finding, funnel_finding, lines, money_finding
from tests.factories import make_carrier, make_policy, make_rates, make_shipment, make_shop
from tests.pages.conftest import Screens, field, run, words


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def parcels(lost: int, of: int, **more: Any) -> None:
    """Parcels of one carrier shipped a hundred days ago, the first ones lost."""
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        shop, carrier = make_shop(session), make_carrier(session)
        for n in range(of):
            status = ShipmentStatus.LOST if n < lost else ShipmentStatus.COMPLETED
            made = {"shipped_at": clock.now() - timedelta(days=100), "status": status, **more}
            make_shipment(session, shop, carrier, **made)


def test_without_parcels_the_screen_says_what_to_do(screens: Screens) -> None:
    assert "No parcel of this time is old enough to judge." in words(screens.open("carriers.py", Role.MANAGER))


def test_it_says_who_is_counted_and_who_is_left_out(screens: Screens) -> None:
    parcels(1, 4)
    parcels(1, 2, shipped_at=clock.now() - timedelta(days=2))
    said = words(screens.open("carriers.py", Role.MANAGER))
    assert "4 parcels shipped" in said and "1 came to harm: 250.00 per 1,000" in said
    assert "2 younger than 45 days are left out." in said
    assert "Too few parcels for a verdict on any channel" in said


def test_what_is_compared_stands_in_the_address(screens: Screens) -> None:
    parcels(1, 3)
    test = screens.open("carriers.py", Role.MANAGER, what="returned,nonsense", days="90", since="2020-01-01")
    assert "3 parcels shipped" in words(test) and "0 came to harm" in words(test)
    run(test.pills[0].set_value(["lost"]))
    assert test.query_params["what"] == "lost"


def test_a_period_that_ends_before_it_starts_is_a_sentence(screens: Screens) -> None:
    test = screens.open("carriers.py", Role.MANAGER, since="2026-02-01", until="2026-01-01")
    assert "The period ends before it starts" in words(test)


def test_an_agent_sees_it_too_and_on_a_phone(screens: Screens) -> None:
    parcels(2, 5)
    assert "5 parcels shipped" in words(screens.open("carriers.py", Role.AGENT, phone=True))


# --- the findings, on counts -------------------------------------------------------------------------------------------

LEAST, TODAY = Minimum(100, 1.0), date(2026, 11, 23)
NAMES = {n: f"Carrier {n}" for n in range(1, 9)}


def cell(carrier: int, events: int, n: int) -> Cell:
    return Cell(Channel(carrier, None, "SG"), 0, n, events, 0)


def test_the_titles_say_the_finding() -> None:
    usual = [cell(2, 20, 1000), cell(3, 22, 1000), cell(4, 18, 1000)]
    alike = lines(compare(usual, LEAST), NAMES, [])
    assert funnel_finding(alike) == "No channel differs by more than luck explains"
    assert forest_finding(alike, 0.02) == "How sure each rate is"
    worse = compare([cell(1, 70, 1000), *usual], LEAST)
    assert funnel_finding(lines(worse, NAMES, [])) == "1 channel does worse than luck explains"
    assert forest_finding(lines(worse, NAMES, []), worse.rate).startswith("Carrier 1 SG: at least 5")
    doubtful = compare([cell(1, 3, 58), *usual], LEAST)
    found = forest_finding(lines(doubtful, NAMES, []), doubtful.rate)
    assert found == "Carrier 1 SG looks bad, but 58 parcels prove nothing"
    # Six of fifty-eight where all others lose one in fifty is no verdict, but nobody may say that it proves nothing.
    telling = compare([cell(1, 6, 58), *usual], LEAST)
    assert forest_finding(lines(telling, NAMES, []), telling.rate) == "How sure each rate is"


def test_the_file_holds_every_number_of_the_table_and_no_formula() -> None:
    cells = [cell(1, 70, 1000), cell(2, 20, 1000)]
    money = [ChannelMoney(cells[0].channel, 1200, Decimal("300.5"), Decimal(60), 8, 5, 21.0, 2)]
    told = lines(compare(cells, LEAST), {1: "=cmd", 2: "Carrier 2"}, money)
    first, second = list(csv.DictReader(io.StringIO(table_csv(told, "SGD").decode("utf-8-sig"))))
    assert (first["Market"], first["Carrier and service"]) == ("SG", "'=cmd")
    assert (first["Parcels"], first["Harmed"], first["Gross loss, SGD"], first["Net / 100, SGD"]) == (
        "1000",
        "70",
        "300.50",
        "20.04",
    )
    assert float(first["Low end"]) < 0.07 < float(first["High end"])
    assert second["Gross loss, SGD"] == ""
    assert money_finding(told, "SGD") == "After claims, =cmd SG still costs SGD 20.04 per 100 parcels"


def one_parcel() -> tuple[Channel, str]:
    """The first parcel's channel, and its order number."""
    with database.reading() as session:
        one = session.scalars(select(Shipment).order_by(Shipment.id)).first()
        assert one is not None
        return Channel(one.carrier_id, one.service, one.market), one.order_number


def test_a_manager_decides_about_a_channel_with_the_numbers_of_the_day(screens: Screens) -> None:
    parcels(1, 3)
    test = screens.open("carriers.py", Role.MANAGER)
    assert "Nothing was decided about any channel yet." in words(test)
    assert test.button(key="carrier-decide").disabled
    test.session_state["recoup"].opened = state.Opened(FORM, one_parcel()[0])
    run(test)
    field(test, "text_area", "Why").set_value("thrice the losses of others")
    run(next(one for one in test.button if one.label == "Save decision").click())
    said = words(run(test))
    assert "thrice the losses of others" in said
    assert "That day: 333.33 per 1,000 (8.40 – 905.70) of 3 parcels, Too few parcels." in said
    assert "Since then: no parcel is old enough to judge, 0 are too young." in said


def test_who_may_not_decide_sees_what_stands_and_no_button(screens: Screens) -> None:
    parcels(1, 3)
    test = screens.open("carriers.py", Role.AGENT)
    assert "Decisions" in words(test)
    assert not any(one.key == "carrier-decide" for one in test.button)


def test_intake_warns_of_a_channel_that_was_dropped(screens: Screens) -> None:
    parcels(0, 1)
    channel, number = one_parcel()
    frozen = numbers_of(
        compare([Cell(channel, 0, 10, 1, 0)], LEAST).channels[0],
        None,
        [Outcome.LOST],
        Scope(Period.year_to(TODAY)),
        "SGD",
    )
    with database.transaction() as session:
        decide(
            session,
            channel,
            actor=SYSTEM,
            decided=Decided.DROP,
            reason="loses one in three",
            again_on=None,
            numbers=frozen,
            now=clock.now(),
        )
    test = screens.open("intake.py", Role.AGENT)
    run(field(test, "text_input", "Tracking or order number").set_value(number))
    assert "This channel was dropped on" in words(test) and "loses one in three" in words(test)


def test_a_decision_of_somebody_else_meanwhile_is_told_and_replaced_only_on_a_second_save(screens: Screens) -> None:
    parcels(1, 40)
    tabs = []
    for why in ("quick answers", "loses too many"):
        test = screens.open("carriers.py", Role.MANAGER)
        test.session_state["recoup"].opened = state.Opened(FORM, one_parcel()[0])
        run(test)
        field(test, "text_area", "Why").set_value(why)
        tabs.append(test)
    first, second = tabs

    def save(test: Any) -> Any:
        return run(next(one for one in test.button if one.label == "Save decision").click())

    save(first)
    save(second)
    assert "decided about this channel meanwhile" in words(second) and "quick answers" in words(second)
    assert field(second, "text_area", "Why").value == "loses too many"
    save(second)
    assert "loses too many" in words(run(second)) and second.session_state["recoup"].opened is None


def test_a_trial_says_how_many_parcels_it_takes_and_what_that_many_can_tell(screens: Screens) -> None:
    parcels(1, 40)
    test = screens.open("carriers.py", Role.MANAGER)
    test.session_state["recoup"].opened = state.Opened(FORM, one_parcel()[0])
    run(test)
    kinds: Any = next(one for one in test.get("button_group") if "Trial" in str(one.options))  # type: ignore[union-attr]
    run(kinds.set_value(Decided.TRIAL))
    assert "A channel twice as bad as all others is found with four chances in five from" in words(test)
    field(test, "text_area", "Why").set_value("they are cheap")
    field(test, "number_input", "Parcels of the trial").set_value(300)
    run(next(one for one in test.button if one.label == "Save decision").click())
    assert "0 of 300 parcels shipped" in words(run(test))


def test_values_products_and_origins_are_filters_in_the_address(screens: Screens) -> None:
    parcels(1, 4, origin="Yiwu")
    parcels(0, 2, origin="Shenzhen")
    assert "4 parcels shipped" in words(screens.open("carriers.py", Role.MANAGER, origin="Yiwu"))
    assert "6 parcels shipped" in words(screens.open("carriers.py", Role.MANAGER, origin="Shenzhen,Yiwu"))
    assert "No parcel of this time" in words(screens.open("carriers.py", Role.MANAGER, product="NONE*"))


def test_a_carriers_scorecard_is_made_and_taken_away(screens: Screens) -> None:
    parcels(1, 4)
    test = screens.open("carriers.py", Role.MANAGER)
    assert test.button(key="carrier-scorecard").disabled
    test.session_state["recoup"].opened = state.Opened("carrier-scorecard", one_parcel()[0].carrier_id)
    run(test)
    assert "4 parcels shipped" in words(test) and "The paper names no other carrier and no buyer." in words(test)
    field(test, "text_area", "What you ask besides, in the carrier's language").set_value("Scan every parcel")
    run(next(one for one in test.button if one.label == "Make PDF").click())
    buttons: list[Any] = list(test.get("download_button"))
    [file] = [one for one in buttons if "scorecard-" in one.label]
    assert file.label.endswith(".pdf")
    test = screens.open("carriers.py", Role.VIEWER)
    test.session_state["recoup"].opened = state.Opened("carrier-scorecard", one_parcel()[0].carrier_id)
    assert next(one for one in run(test).button if one.label == "Make PDF").disabled
