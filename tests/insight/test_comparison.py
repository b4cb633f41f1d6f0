"""Channels set side by side: who is counted, who is judged, and what may be said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.insight.comparison import (
    Cell,
    Channel,
    Comparison,
    Minimum,
    Outcome,
    Period,
    Scope,
    Verdict,
    channel_names,
    compare,
    compare_channels,
    comparison_choices,
    mature_after,
    outcome_name,
    outcome_of,
)
from core.models import Carrier, Shipment, ShipmentLine, Shop
from core.models.incident import IncidentState, IncidentType, Result
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_incident, make_rates, make_shipment, make_shop

MANAGER = Actor(None, "wen", "Wen", Role.MANAGER, ROLE_PERMISSIONS[Role.MANAGER], "en", "Asia/Singapore")
YEAR = Scope(Period.year_to(NOW.date()))
LEAST = Minimum(100, 1.0)
OLD = NOW - timedelta(days=90)


@pytest.fixture
def shop(session: Session) -> Shop:
    make_rates(session)
    return make_shop(session)


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session)


def parcel(session: Session, shop: Shop, carrier: Carrier, **more: Any) -> Shipment:
    values = {"shipped_at": OLD, "accepted_at": OLD, "status": ShipmentStatus.COMPLETED, "delivered_at": OLD}
    return make_shipment(session, shop, carrier, **{**values, **more})


def line(session: Session, of: Shipment, sku: str, price: Decimal, number: int = 5) -> None:
    session.add(
        ShipmentLine(shipment_id=of.id, line=number, sku=sku, name=sku, quantity=1, unit_price=price, subtotal=price)
    )
    session.flush()


def asked(session: Session, *outcomes: Outcome, scope: Scope = YEAR) -> Comparison:
    return compare_channels(session, outcomes, scope, actor=MANAGER, base_currency="SGD", now=NOW)


def sums(found: Comparison) -> tuple[int, int, int]:
    return found.n, found.events, found.young


def test_a_parcel_is_lost_by_its_status_or_by_an_incident_and_counted_once(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    parcel(session, shop, carrier)
    parcel(session, shop, carrier, status=ShipmentStatus.LOST)
    make_incident(session, parcel(session, shop, carrier, status=ShipmentStatus.SHIPPED))
    make_incident(session, parcel(session, shop, carrier, status=ShipmentStatus.LOST))
    assert sums(asked(session, Outcome.LOST)) == (4, 3, 0)


def test_an_incident_of_another_kind_is_no_loss(session: Session, shop: Shop, carrier: Carrier) -> None:
    make_incident(session, parcel(session, shop, carrier), type=IncidentType.DAMAGED)
    assert sums(asked(session, Outcome.LOST)) == (1, 0, 0)
    assert sums(asked(session, Outcome.DAMAGED)) == (1, 1, 0)


def test_two_incidents_of_one_parcel_are_one_harmed_parcel(session: Session, shop: Shop, carrier: Carrier) -> None:
    one = parcel(session, shop, carrier)
    make_incident(session, one, type=IncidentType.DAMAGED)
    make_incident(session, one, type=IncidentType.MISSING_CONTENTS)
    assert sums(asked(session, Outcome.DAMAGED, Outcome.MISSING_CONTENTS)) == (1, 1, 0)


@pytest.mark.parametrize("result", [Result.ARRIVED, Result.NO_LOSS])
def test_a_case_that_turned_out_to_be_none_is_not_counted(
    session: Session, shop: Shop, carrier: Carrier, result: Result
) -> None:
    make_incident(
        session,
        parcel(session, shop, carrier),
        state=IncidentState.CLOSED,
        closed_at=NOW,
        cause="unknown",
        result=result,
    )
    assert sums(asked(session, Outcome.LOST)) == (1, 0, 0)


def test_parcels_too_young_to_judge_are_left_out_and_counted_even_if_they_came_to_harm(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    edge = NOW - timedelta(days=mature_after([Outcome.LOST]))
    parcel(session, shop, carrier, shipped_at=edge - timedelta(seconds=1))
    parcel(session, shop, carrier, shipped_at=edge)
    parcel(session, shop, carrier, shipped_at=NOW - timedelta(days=3), status=ShipmentStatus.LOST)
    assert sums(asked(session, Outcome.LOST)) == (1, 0, 2)


def test_the_period_is_of_ship_dates_in_the_readers_zone(session: Session, shop: Shop, carrier: Carrier) -> None:
    scope = Scope(Period(date(2026, 6, 1), date(2026, 6, 1)))
    # Midnight in Singapore is 16:00 in Greenwich the day before.
    for moment in ("2026-05-31T15:59:59", "2026-05-31T16:00:00", "2026-06-01T15:59:59", "2026-06-01T16:00:00"):
        parcel(session, shop, carrier, shipped_at=OLD.fromisoformat(moment + "+00:00"))
    assert MANAGER.zone == "Asia/Singapore"
    assert asked(session, Outcome.LOST, scope=scope).n == 2


def test_only_the_shops_and_markets_asked_for_are_counted(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcel(session, shop, carrier)
    parcel(session, make_shop(session, market="PH", currency="PHP", zone="Asia/Manila"), carrier)
    assert asked(session, Outcome.LOST).n == 2
    assert asked(session, Outcome.LOST, scope=Scope(YEAR.period, shops=(shop.id,))).n == 1
    assert asked(session, Outcome.LOST, scope=Scope(YEAR.period, markets=("PH",))).n == 1


def test_only_the_values_products_and_origins_asked_for_are_counted(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    for value, sku, origin in ((15, "BAG-1", "Yiwu"), (30, "BAG-2", "Yiwu"), (90, "CUP", None)):
        one = parcel(session, shop, carrier, value=Decimal(value), origin=origin, status=ShipmentStatus.LOST)
        line(session, one, sku, Decimal(value))
        # Of the same order, so that a parcel with two such items still counts once.
        line(session, one, sku, Decimal(1), number=7)

    def n(**only: Any) -> tuple[int, int]:
        found = asked(session, Outcome.LOST, scope=Scope(YEAR.period, **only))
        return found.n, found.events

    assert n() == (3, 3)
    assert n(bands=(0,)) == (1, 1)
    assert n(bands=(1, 2)) == (2, 2)
    assert n(products=("BAG-1",)) == (1, 1)
    assert n(products=("BAG*",)) == (2, 2)
    assert n(products=("B%", "B_G-1")) == (0, 0)
    assert n(origins=("Yiwu",)) == (2, 2)
    assert n(origins=("Yiwu",), products=("BAG-2", "CUP")) == (1, 1)
    offered = comparison_choices(session, actor=MANAGER)
    assert {number for number, _name in offered.products} >= {"BAG-1", "BAG-2", "CUP"}
    assert offered.origins == ("Yiwu",)


def test_what_status_and_incidents_both_tell_is_counted_once_in_its_band(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    one = parcel(session, shop, carrier, status=ShipmentStatus.LOST, expected_at=OLD - timedelta(days=9))
    make_incident(session, one, type=IncidentType.LOST)
    make_incident(session, one, type=IncidentType.DELAYED)
    make_incident(session, parcel(session, shop, carrier, expected_at=None), type=IncidentType.DELAYED)
    assert sums(asked(session, Outcome.LOST, Outcome.LATE)) == (2, 2, 0)


def test_a_parcel_without_a_promised_date_is_not_counted_as_on_time(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    parcel(session, shop, carrier, expected_at=None)
    parcel(session, shop, carrier, expected_at=OLD + timedelta(days=2), delivered_at=OLD + timedelta(days=1))
    parcel(session, shop, carrier, expected_at=OLD + timedelta(days=2), delivered_at=OLD + timedelta(days=3))
    parcel(session, shop, carrier, expected_at=OLD + timedelta(days=2), delivered_at=None)
    assert sums(asked(session, Outcome.LATE)) == (3, 2, 0)


def test_a_return_after_delivery_is_a_return_and_no_failed_delivery(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    parcel(session, shop, carrier, status=ShipmentStatus.RETURNED)
    parcel(session, shop, carrier, status=ShipmentStatus.RETURNED, delivered_at=None)
    parcel(session, shop, carrier, status=ShipmentStatus.FAILED, delivered_at=None)
    # Many exports know no day of delivery: a parcel that is not on its way back did not fail for that.
    parcel(session, shop, carrier, status=ShipmentStatus.COMPLETED, delivered_at=None)
    assert asked(session, Outcome.FAILED).events == 2
    assert asked(session, Outcome.RETURNED).events == 2


def test_a_year_is_the_day_named_and_the_364_before_it() -> None:
    assert Period.year_to(date(2026, 11, 23)) == Period(date(2025, 11, 24), date(2026, 11, 23))


def test_several_outcomes_are_judged_once_the_slowest_of_them_can_be() -> None:
    days = {outcome: mature_after([outcome]) for outcome in Outcome}
    assert len(set(days.values())) > 1
    assert mature_after(list(Outcome)) == max(days.values())


def test_one_channel_is_carrier_service_and_market(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcel(session, shop, carrier, service="Standard")
    parcel(session, shop, carrier, service="Express")
    parcel(session, shop, carrier, service=None)
    found = asked(session, Outcome.LOST)
    assert {one.channel for one in found.channels} == {
        Channel(carrier.id, service, "SG") for service in ("Standard", "Express", None)
    }
    assert channel_names(session, [one.channel for one in found.channels], actor=MANAGER) == {carrier.id: carrier.name}


def test_value_bands_are_drawn_in_the_base_currency(session: Session, shop: Shop, carrier: Carrier) -> None:
    # 30 SGD and 1,350 PHP (45 to the SGD) lie in one band: in one stratum, one is held against the other.
    parcel(session, shop, carrier, value=Decimal(30))
    pesos = make_shop(session, currency="PHP")
    parcel(session, pesos, make_carrier(session), value=Decimal(1350), status=ShipmentStatus.LOST)
    found = asked(session, Outcome.LOST)
    assert [one.standardised and one.standardised.expected for one in found.channels] == [0.5, 0.5]


def test_a_currency_without_a_rate_stands_in_a_band_of_its_own(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcel(session, make_shop(session, currency="XAF"), carrier)
    assert asked(session, Outcome.LOST).n == 1


def test_at_least_one_outcome_is_asked_for_and_a_period_runs_forwards(session: Session) -> None:
    with pytest.raises(Invalid):
        asked(session)
    with pytest.raises(Invalid):
        Period(date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(Invalid, match="lost, damaged"):
        outcome_of("stolen")
    assert outcome_name(outcome_of(" Failed ")) == "Failed delivery"


# --- the verdicts, on counts --------------------------------------------------------------------------------------------


def cell(carrier: int, events: int, n: int, *, market: str = "SG", band: int = 0) -> Cell:
    return Cell(Channel(carrier, None, market), band, n, events, 0)


def verdicts(cells: list[Cell]) -> dict[int | None, Verdict]:
    return {one.channel.carrier_id: one.verdict for one in compare(cells, LEAST).channels}


def test_a_channel_far_above_the_others_is_worse_and_one_far_below_better() -> None:
    cells = [cell(1, 60, 1000), cell(2, 20, 1000), cell(3, 22, 1000), cell(4, 18, 1000), cell(5, 1, 1000)]
    found = verdicts(cells)
    assert found == {
        1: Verdict.WORSE,
        2: Verdict.NO_DIFFERENCE,
        3: Verdict.NO_DIFFERENCE,
        4: Verdict.NO_DIFFERENCE,
        5: Verdict.BETTER,
    }


def test_a_channel_that_only_drives_the_hard_lane_is_held_against_that_lane() -> None:
    cells = [cell(1, 50, 1000, market="BR"), cell(2, 52, 1000, market="BR"), *(cell(n, 3, 1000) for n in (3, 4, 5))]
    assert set(verdicts(cells).values()) == {Verdict.NO_DIFFERENCE}


def test_a_channel_given_the_dear_parcels_is_held_against_dear_parcels() -> None:
    dear = [cell(1, 40, 1000, band=3), cell(2, 42, 1000, band=3)]
    cheap = [cell(2, 10, 5000), cell(3, 10, 5000), cell(4, 10, 5000)]
    assert verdicts(dear + cheap)[1] is Verdict.NO_DIFFERENCE


def test_a_channel_alone_on_its_lane_differs_from_nobody() -> None:
    cells = [cell(1, 90, 1000, market="MX"), cell(2, 10, 1000), cell(3, 11, 1000)]
    assert verdicts(cells)[1] is Verdict.NO_DIFFERENCE


def test_few_parcels_or_few_events_to_expect_get_no_verdict_and_stand_last() -> None:
    cells = [cell(1, 9, 99), cell(2, 30, 3000), cell(3, 30, 3000), cell(4, 0, 101, market="TH"), cell(5, 0, 0)]
    found = compare(cells, LEAST)
    assert {one.channel.carrier_id for one in found.channels if one.verdict is Verdict.TOO_FEW} == {1, 4, 5}
    assert [one.verdict is Verdict.TOO_FEW for one in found.channels] == [False, False, True, True, True]
    assert found.channels[-1].rate is None


def test_the_surest_high_rate_comes_first() -> None:
    cells = [cell(1, 20, 1000), cell(2, 200, 10_000), cell(3, 5, 200)]
    assert [one.channel.carrier_id for one in compare(cells, LEAST).channels] == [2, 1, 3]


def test_equal_channels_on_unequal_lanes_are_called_worse_no_more_often_than_stated() -> None:
    """A thousand draws of eighteen channels on three lanes, each lane and value with a rate of its own, shared by all on it."""
    random = np.random.default_rng(20261125)
    lanes = {"SG": (0.004, 0.012), "MY": (0.01, 0.02), "BR": (0.03, 0.05)}
    worse = 0
    for _draw in range(1000):
        found = compare(_drawn(random, lanes), LEAST)
        worse += any(one.verdict is Verdict.WORSE for one in found.channels)
    assert worse <= 50


def test_a_channel_three_times_as_bad_is_called_worse_in_most_draws_of_a_thousand_parcels() -> None:
    random = np.random.default_rng(20261126)
    found = 0
    for _draw in range(300):
        cells = [cell(n, int(random.binomial(1000, 0.03 if n == 1 else 0.01)), 1000) for n in range(1, 9)]
        found += verdicts(cells)[1] is Verdict.WORSE
    assert found > 270


def _drawn(random: np.random.Generator, lanes: Mapping[str, tuple[float, ...]]) -> list[Cell]:
    cells = []
    for market, rates in lanes.items():
        for carrier in range(6):
            for band, rate in enumerate(rates):
                n = int(random.integers(50, 1500))
                cells.append(cell(carrier, int(random.binomial(n, rate)), n, market=market, band=band))
    return cells


def test_nothing_shipped_gives_an_empty_comparison(session: Session) -> None:
    found = asked(session, Outcome.LOST)
    assert found == Comparison((), 0, 0, 0)
    assert found.rate is None
