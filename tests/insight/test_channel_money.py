"""What a channel costs after all, how it went over the months, and where on the way it went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from core.insight.comparison import (
    Channel,
    ChannelMoney,
    Month,
    Outcome,
    Period,
    Scope,
    channel_money,
    months,
    stages,
)
from core.models import Carrier, Claim, Incident, Payout, Posting, Shop
from core.models.claim import ClaimState
from core.models.incident import IncidentState, IncidentType, Result, Stage
from core.models.rule import FilingChannel, PayerKind
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_incident, make_rule_card, make_shipment, make_shop

MANAGER = Actor(None, "wen", "Wen", Role.MANAGER, ROLE_PERMISSIONS[Role.MANAGER], "en", "Asia/Singapore")
YEAR = Scope(Period.year_to(NOW.date()))
OLD = NOW - timedelta(days=90)


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session)


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session)


def case(session: Session, shop: Shop, carrier: Carrier, **more: Any) -> Incident:
    return make_incident(session, make_shipment(session, shop, carrier, shipped_at=OLD), **more)


def claim(session: Session, incident: Incident, state: ClaimState, **more: Any) -> Claim:
    filed = state not in (ClaimState.DRAFT, ClaimState.READY, ClaimState.EXPIRED)
    made = Claim(
        reference=f"CL-T-{incident.id}-{state.value}",
        incident_id=incident.id,
        payer_kind=PayerKind.CARRIER,
        payer_name=f"Carrier {state.value}",
        channel=FilingChannel.DIRECT,
        rule_card_id=make_rule_card(session).id,
        state=state,
        currency=incident.currency,
        zone="Asia/Singapore",
        created_at=OLD,
        **{
            "demand": Decimal(100),
            **({"submitted_at": OLD, "case_number": "C-1"} if filed else {}),
            **more,
        },
    )
    session.add(made)
    session.flush()
    return made


def pay(session: Session, one: Claim, on: date) -> None:
    posting = Posting(incident_id=one.incident_id, at=NOW, on_date=on)
    session.add(posting)
    session.flush()
    session.add(
        Payout(
            claim_id=one.id,
            posting_id=posting.id,
            amount=Decimal(50),
            currency=one.currency,
            received_amount=Decimal(50),
            received_currency=one.currency,
            base_amount=Decimal(50),
            base_currency="SGD",
            paid_on=on,
            reference=f"P{posting.id}",
            at=NOW,
        )
    )
    session.flush()


def money(session: Session, base: str = "SGD") -> ChannelMoney:
    [found] = channel_money(session, YEAR, actor=MANAGER, base_currency=base, now=NOW)
    return found


def test_losses_and_recoveries_stand_over_all_parcels_of_the_channel(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    more = {"value_at_risk": Decimal(100), "base_value": Decimal(10)}
    case(session, shop, carrier, gross_loss=Decimal(100), recovered=Decimal(40), **more)
    case(session, shop, carrier, gross_loss=Decimal(50), **more)
    for _parcel in range(2):
        make_shipment(session, shop, carrier, shipped_at=OLD)
    found = money(session)
    assert (found.channel, found.parcels) == (Channel(carrier.id, None, "SG"), 4)
    assert (found.gross, found.recovered, found.net) == (Decimal(15), Decimal(4), Decimal(11))
    assert found.net_per_100 == Decimal(275)


def test_a_case_kept_in_another_base_currency_is_left_out_of_the_sums(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    case(session, shop, carrier, gross_loss=Decimal(100))
    assert money(session, base="USD").gross == 0


def test_claims_count_once_decided_and_their_days_run_to_the_first_money(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    for state, paid_after in (
        (ClaimState.PAID, (10, 30)),
        (ClaimState.APPROVED, (20,)),
        (ClaimState.REJECTED, ()),
        (ClaimState.SUBMITTED, ()),
        (ClaimState.DRAFT, ()),
        (ClaimState.EXPIRED, ()),
    ):
        one = claim(session, case(session, shop, carrier), state)
        for days in paid_after:
            pay(session, one, OLD.date() + timedelta(days=days))
    found = money(session)
    assert (found.decided, found.granted, found.days) == (3, 2, 15)
    assert found.success is None


def test_a_share_of_success_is_told_with_its_interval_once_enough_are_decided(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    for n in range(6):
        claim(session, case(session, shop, carrier), ClaimState.PAID if n < 4 else ClaimState.REJECTED)
    told = money(session).success
    assert told is not None
    assert told.low < 4 / 6 < told.high


def test_a_cap_below_the_loss_is_counted_as_one_that_bound_with_what_it_left_out(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    # A case at a tenth of its currency: what a cap leaves out is told in the base, as the loss is.
    more = {"gross_loss": Decimal(100), "value_at_risk": Decimal(100), "base_value": Decimal(10)}
    for cap in (Decimal(80), Decimal(100), None):
        claim(session, case(session, shop, carrier, **more), ClaimState.DRAFT, cap=cap)
    found = money(session)
    assert (found.capped, found.cut) == (1, Decimal(2))
    assert money(session, base="USD").cut == 0


@pytest.mark.parametrize("state", ClaimState)
def test_a_claim_is_decided_by_an_answer_or_an_end_and_granted_by_money(
    session: Session, shop: Shop, carrier: Carrier, state: ClaimState
) -> None:
    of = ClaimState
    granted = state in (of.APPROVED, of.PARTLY_APPROVED, of.PAID)
    claim(session, case(session, shop, carrier), state)
    found = money(session)
    assert found.granted == int(granted)
    assert found.decided == int(granted or state in (of.REJECTED, of.CLOSED, of.WITHDRAWN))


def test_months_are_of_ship_dates_in_the_readers_zone_and_hold_judged_parcels_only(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    other = make_carrier(session)
    for moment, status, by in (
        ("2026-05-31T15:59:59", ShipmentStatus.COMPLETED, carrier),
        ("2026-05-31T16:00:00", ShipmentStatus.LOST, carrier),
        ("2026-06-10T00:00:00", ShipmentStatus.COMPLETED, other),
        ("2026-11-20T00:00:00", ShipmentStatus.LOST, carrier),
    ):
        make_shipment(session, shop, by, status=status, shipped_at=OLD.fromisoformat(moment + "+00:00"))
    found = months(session, [Outcome.LOST], YEAR, actor=MANAGER, base_currency="SGD", now=NOW)
    assert found == [Month(date(2026, 5, 1), 1, 0), Month(date(2026, 6, 1), 2, 1)]
    mine = months(
        session,
        [Outcome.LOST],
        YEAR,
        actor=MANAGER,
        channel=Channel(other.id, None, "SG"),
        base_currency="SGD",
        now=NOW,
    )
    assert mine == [Month(date(2026, 6, 1), 1, 0)]


def test_stages_are_counted_the_most_first_without_cases_that_were_none(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    for stage in (Stage.CUSTOMS, Stage.LAST_MILE, Stage.LAST_MILE):
        case(session, shop, carrier, stage=stage)
    case(
        session,
        shop,
        carrier,
        stage=Stage.CUSTOMS,
        type=IncidentType.DAMAGED,
        state=IncidentState.CLOSED,
        closed_at=NOW,
        cause="unknown",
        result=Result.ARRIVED,
    )
    found = stages(session, YEAR, actor=MANAGER, base_currency="SGD", now=NOW)
    assert [(one.stage, one.cases, one.of) for one in found] == [(Stage.LAST_MILE, 2, 3), (Stage.CUSTOMS, 1, 3)]
    assert found[0].interval.low < 2 / 3 < found[0].interval.high


def test_the_dearest_stage_stands_first_in_the_base_currency_and_money_is_for_who_may_see_it(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    def lost(stage: Stage, amount: int, worth: int) -> None:
        more = {"value_at_risk": Decimal(100), "base_value": Decimal(worth)}
        case(session, shop, carrier, stage=stage, gross_loss=Decimal(amount), **more)

    lost(Stage.LAST_MILE, 90, 10)
    lost(Stage.LAST_MILE, 90, 10)
    lost(Stage.CUSTOMS, 50, 100)
    found = stages(session, YEAR, actor=MANAGER, base_currency="SGD", now=NOW)
    assert [(one.stage, one.gross) for one in found] == [
        (Stage.CUSTOMS, Decimal(50)),
        (Stage.LAST_MILE, Decimal(18)),
    ]
    blind = replace(MANAGER, permissions=MANAGER.permissions - {Permission.LEDGER_READ})
    found = stages(session, YEAR, actor=blind, base_currency="SGD", now=NOW)
    assert [(one.stage, one.gross) for one in found] == [(Stage.LAST_MILE, None), (Stage.CUSTOMS, None)]
