"""Parcels nobody complained about: which of them a closing window and a long silence bring up, and which not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.calendars import calendar_of, calendars
from core.foundation.errors import NotFound
from core.foundation.permissions import Actor, Role
from core.models import Carrier, RuleCard, Shipment, Tag
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, DayUnit
from core.models.shipment import ShipmentStatus
from core.recovery.silent import bounds, event_range, set_aside, silent_parcels
from core.recovery.windows import Span, due_after
from tests.factories import (
    NOW,
    make_carrier,
    make_incident,
    make_policy,
    make_rates,
    make_rule_card,
    make_shipment,
    make_shop,
)
from tests.people import acting

DAY = timedelta(days=1)
LONG = NOW - timedelta(days=28)


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    return acting(session, Role.AGENT)


@pytest.fixture
def flash(session: Session) -> Carrier:
    return make_carrier(session, code="flash-test", name="Flash")


@pytest.fixture
def card(session: Session, flash: Carrier) -> RuleCard:
    """The carrier takes claims within thirty days of acceptance."""
    return make_rule_card(session, carrier_code=flash.code, payer_name="Flash")


def parcel(session: Session, flash: Carrier, **more: Any) -> Shipment:
    return make_shipment(session, carrier=flash, **{"accepted_at": LONG, "shipped_at": LONG, **more})


def numbers(session: Session, mei: Actor, now: datetime = NOW) -> list[int]:
    return [one.shipment_id for one in silent_parcels(session, actor=mei, now=now)]


def test_a_silent_parcel_is_named_with_its_payer_its_end_and_its_silence(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    shipment = parcel(session, flash)
    [found] = silent_parcels(session, actor=mei, now=NOW)
    assert (found.shipment_id, found.payer, found.carrier) == (shipment.id, "Flash", "Flash")
    assert (found.rule, found.rule_version) == (card.code, 1)
    assert found.silent_since == LONG
    assert found.due_at == datetime(2026, 11, 25, 15, 59, 59, tzinfo=UTC)  # the 30th day, its last second in Singapore


def test_the_watch_begins_and_ends_with_its_bounds(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    shipment = parcel(session, flash)
    due = datetime(2026, 11, 25, 15, 59, 59, tzinfo=UTC)
    first = due - bounds().closes_within
    assert numbers(session, mei, first - timedelta(seconds=1)) == []
    assert numbers(session, mei, first) == [shipment.id]
    assert numbers(session, mei, due - timedelta(seconds=1)) == [shipment.id]
    assert numbers(session, mei, due) == []


def test_a_parcel_that_was_scanned_lately_is_not_silent(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    just = NOW - bounds().silent_for
    shipment = parcel(session, flash, last_scan_at=just)
    parcel(session, flash, last_scan_at=just + timedelta(seconds=1))
    assert numbers(session, mei) == [shipment.id]


@pytest.mark.parametrize(
    "more",
    [
        {"delivered_at": NOW - DAY},
        {"status": ShipmentStatus.COMPLETED},
        {"status": ShipmentStatus.CANCELLED},
        {"value": Decimal("4.00")},
        {"accepted_at": LONG - 3 * DAY, "shipped_at": LONG - 3 * DAY},
        {"accepted_at": LONG + 5 * DAY, "shipped_at": LONG + 5 * DAY},
        {"accepted_at": None, "shipped_at": None},
    ],
    ids=["delivered", "completed", "cancelled", "absorbed by policy", "closed already", "closes later", "no date"],
)
def test_what_needs_no_look_is_left_out(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard, more: dict[str, Any]
) -> None:
    parcel(session, flash, **more)
    assert numbers(session, mei) == []


def test_a_parcel_with_a_case_is_watched_by_its_case(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    make_incident(session, parcel(session, flash), type=IncidentType.DELAYED)
    assert numbers(session, mei) == []


def test_a_missing_acceptance_is_stood_in_for_by_the_shipping(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    shipment = parcel(session, flash, accepted_at=None)
    assert numbers(session, mei) == [shipment.id]


def test_the_closest_card_decides_not_any_that_fits(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    make_rule_card(session, carrier_code=flash.code, market="SG", payer_name="Flash", within=60)
    parcel(session, flash)
    assert numbers(session, mei) == []


def test_a_card_for_any_carrier_reaches_parcels_of_every_and_of_no_carrier(
    session: Session, mei: Actor, flash: Carrier
) -> None:
    make_rule_card(session, clock_event=ClockEvent.SHIPPED, payer_name="Agent", service="Freight agent")
    known = parcel(session, flash, service="Freight agent 45")
    unknown = parcel(session, flash, service="Freight agent 45", carrier_id=None)
    parcel(session, flash, service="Air")
    assert sorted(numbers(session, mei)) == sorted([known.id, unknown.id])


def test_windows_that_count_from_delivery_are_not_the_watchs(session: Session, mei: Actor, flash: Carrier) -> None:
    make_rule_card(session, carrier_code=flash.code, clock_event=ClockEvent.LAST_SCAN)
    parcel(session, flash, last_scan_at=LONG)
    assert numbers(session, mei) == []


def test_set_aside_holds_until_the_parcel_moves_and_falls_silent_anew(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    shipment = parcel(session, flash)
    set_aside(session, shipment.id, actor=mei, reason="the buyer has it", now=NOW)
    assert numbers(session, mei) == []
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.WATCH_SET_ASIDE)).one()
    assert event.after["reason"] == "the buyer has it"
    shipment.last_scan_at = NOW + timedelta(minutes=1)
    session.flush()
    later = NOW + bounds().silent_for + timedelta(minutes=1)
    card.within = 38
    session.flush()
    assert numbers(session, mei, later) == [shipment.id]


def test_a_parcel_that_is_not_there_cannot_be_set_aside(session: Session, mei: Actor) -> None:
    with pytest.raises(NotFound):
        set_aside(session, 10**9, actor=mei, now=NOW)


def test_the_soonest_to_close_comes_first_then_the_dearest(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    cheap, dear = parcel(session, flash, value=Decimal(90)), parcel(session, flash, value=Decimal(900))
    sooner = parcel(session, flash, accepted_at=LONG - DAY, shipped_at=LONG - DAY)
    assert numbers(session, mei) == [sooner.id, dear.id, cheap.id]


def test_what_is_dearer_in_another_currency_is_told_by_its_worth(
    session: Session, mei: Actor, flash: Carrier, card: RuleCard
) -> None:
    make_rates(session)
    far = make_shop(session, currency="VND")  # 25,400 of them are a US dollar, 1.30 of ours
    small = make_shipment(session, far, flash, accepted_at=LONG, shipped_at=LONG, value=Decimal(1_000_000))
    large = make_shipment(session, far, flash, accepted_at=LONG, shipped_at=LONG, value=Decimal(9_000_000))
    between = parcel(session, flash, value=Decimal(100))
    assert numbers(session, mei) == [large.id, between.id, small.id]


SPANS = st.one_of(
    st.builds(Span, st.integers(1, 300), st.just(DayUnit.CALENDAR_DAYS)),
    st.builds(Span, st.integers(1, 90), st.just(DayUnit.BUSINESS_DAYS)),
    st.builds(Span, st.integers(1, 12), st.just(DayUnit.MONTHS)),
    st.builds(Span, st.integers(1, 500), st.just(DayUnit.HOURS)),
)


@given(
    span=SPANS,
    zone=st.sampled_from(["Asia/Singapore", "America/Sao_Paulo", "America/New_York", "Asia/Kathmandu"]),
    calendar=st.sampled_from(sorted(calendars())),
    now=st.datetimes(datetime(2021, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    hours=st.floats(0, 400 * 24),
    horizon=st.integers(1, 14),
)
def test_the_range_of_events_is_exactly_those_that_end_in_the_horizon(
    span: Span, zone: str, calendar: str, now: datetime, hours: float, horizon: int
) -> None:
    now = now.replace(microsecond=0)
    until = now + horizon * DAY
    low, high = event_range(span, zone, calendar_of(calendar), now, until)
    tried = [now - timedelta(seconds=int(hours * 3600))]
    tried += [edge + timedelta(seconds=n) for edge in (low, high) for n in (-86400, -1, 0, 1, 86400)]
    for event in tried:
        due = due_after(event, span, zone, calendar_of(calendar))
        assert (low <= event < high) == (now < due <= until), (event, due)
