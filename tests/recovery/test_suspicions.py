"""Parcels silent past the line of their channel: raised by the sweep, taken in with one click, withdrawn when they move."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.incidents import close
from core.desk.history import sentence
from core.desk.next_step import Step, next_step
from core.desk.story import story
from core.foundation.audit import AuditEvent
from core.foundation.errors import NotFound
from core.foundation.permissions import SYSTEM, Actor, Role
from core.insight.silence import remake_curves
from core.models import Carrier, Incident, Shipment, Shop, SilenceCurve, Suspicion, Tag, TrackingEvent
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage
from core.models.rule import ClockEvent
from core.models.shipment import ShipmentStatus
from core.models.tracking import ScanSource, ScanState
from core.models.watch import CurveLevel, SuspicionState
from core.recovery.silent import (
    SilentParcel,
    arrivals,
    line,
    raise_suspicions,
    set_aside,
    silent_parcels,
    take_in_silent,
    withdraw,
    withdrawn,
)
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


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    return acting(session, Role.AGENT)


@pytest.fixture
def flash(session: Session) -> Carrier:
    return make_carrier(session, code="flash-test", name="Flash")


def parcel(session: Session, shop: Shop, flash: Carrier, silent: float, **more: Any) -> Shipment:
    at = NOW - silent * DAY
    return make_shipment(session, shop, flash, **{"accepted_at": at, "shipped_at": at, **more})


def curve(session: Session, level: CurveLevel = CurveLevel.ALL, **more: Any) -> SilenceCurve:
    """A line at five days; the chance falls by a tenth a day from nine in ten."""
    days = range(line().horizon + 1)
    chances = [max(0.0, 0.9 - day / 10) for day in days]
    values: dict[str, Any] = {
        "level": level,
        "waits": 400,
        "arrived": 380,
        "moved": 0,
        "returned": 5,
        "lost": 10,
        "line_day": 5,
        "plain_day": 10,
        "chances": chances,
        "lows": [one / 2 for one in chances],
        "highs": [min(1.0, one + 0.05) for one in chances],
        "told": [200 - day for day in days],
        "sources": [level.value for _day in days],
        "made_at": NOW,
    }
    made = SilenceCurve(**{**values, **more})
    session.add(made)
    session.flush()
    return made


def look(session: Session, now: Any = NOW) -> list[int]:
    withdraw(session, actor=SYSTEM, now=now)
    raise_suspicions(session, actor=SYSTEM, now=now)
    session.expire_all()
    standing = select(Suspicion.shipment_id).where(Suspicion.state == SuspicionState.STANDING)
    return sorted(session.scalars(standing))


def shown(session: Session, mei: Actor, now: Any = NOW) -> list[SilentParcel]:
    return silent_parcels(session, actor=mei, now=now)


def test_a_parcel_past_its_line_is_raised_with_its_chance_and_how_much_is_behind_it(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    before, past = parcel(session, shop, flash, 4.9), parcel(session, shop, flash, 6.5)
    assert look(session) == [past.id]
    [found] = shown(session, mei)
    assert found.shipment_id == past.id != before.id
    assert found.chance is not None
    assert (round(found.chance.share, 4), found.chance.told, found.chance.source) == (0.3, 194, CurveLevel.ALL)
    assert (found.line_day, found.plain, found.due_at, found.window_closed) == (5, False, None, False)


@pytest.mark.parametrize(("silent", "raised"), [(4.99, False), (5.0, True), (89.9, True), (90.1, False)])
def test_the_line_and_the_horizon_are_whole_days(
    session: Session, mei: Actor, shop: Shop, flash: Carrier, silent: float, raised: bool
) -> None:
    curve(session)
    one = parcel(session, shop, flash, silent)
    assert look(session) == ([one.id] if raised else [])


def test_without_enough_history_the_plain_threshold_serves_and_no_chance_is_told(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    days = line().horizon + 1
    empty: dict[str, Any] = {name: [None] * days for name in ("chances", "lows", "highs", "told", "sources")}
    curve(session, line_day=None, plain_day=8, **empty)
    parcel(session, shop, flash, 7.5)
    past = parcel(session, shop, flash, 8.5)
    assert look(session) == [past.id]
    [found] = shown(session, mei)
    assert (found.line_day, found.plain, found.chance) == (8, True, None)


def test_before_any_curve_was_made_the_datas_own_threshold_serves(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    parcel(session, shop, flash, line().plain - 0.5)
    past = parcel(session, shop, flash, line().plain + 0.5)
    assert look(session) == [past.id]


def test_the_closest_curve_serves_service_then_carrier_then_market_then_all(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    other = make_carrier(session)
    curve(session, CurveLevel.ALL, line_day=40)
    curve(session, CurveLevel.MARKET, market="SG", line_day=30)
    curve(session, CurveLevel.CARRIER, carrier_id=flash.id, market="SG", line_day=20)
    curve(session, CurveLevel.SERVICE, carrier_id=flash.id, service="Express", market="SG", line_day=10)
    far = make_shop(session, market="MY", currency="MYR", zone="Asia/Kuala_Lumpur")
    rows = {
        10: parcel(session, shop, flash, 50, service="Express"),
        20: parcel(session, shop, flash, 50, service="Bulky"),
        30: parcel(session, shop, other, 50),
        40: parcel(session, far, other, 50),
    }
    look(session)
    for expected, one in rows.items():
        assert session.get_one(Suspicion, one.id).line_day == expected


@pytest.mark.parametrize(
    "more",
    [
        {"delivered_at": NOW - DAY},
        {"status": ShipmentStatus.COMPLETED},
        {"status": ShipmentStatus.RETURNING},
        {"status": ShipmentStatus.LOST},
        {"last_scan_at": NOW - DAY},
        {"status_changed_at": NOW - DAY},
        {"value": Decimal("4.00")},
    ],
    ids=[
        "delivered",
        "completed",
        "on its way back",
        "declared lost",
        "scanned",
        "status changed",
        "absorbed by policy",
    ],
)
def test_what_is_not_silent_or_not_worth_a_look_is_not_raised(
    session: Session, mei: Actor, shop: Shop, flash: Carrier, more: dict[str, Any]
) -> None:
    curve(session)
    parcel(session, shop, flash, 20, **more)
    assert look(session) == []


def test_a_parcel_with_a_case_is_its_cases(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    curve(session)
    make_incident(session, parcel(session, shop, flash, 20), type=IncidentType.DELAYED)
    assert look(session) == []


def test_the_window_that_closes_first_stands_beside_it(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    card = make_rule_card(session, carrier_code=flash.code, payer_name="Flash", within=60)
    make_rule_card(session, payer_kind="platform", payer_name="Shopee", within=90)
    curve(session)
    parcel(session, shop, flash, 20)
    look(session)
    [found] = shown(session, mei)
    assert (found.payer, found.rule, found.rule_version) == ("Flash", card.code, 1)
    assert found.due_at is not None and (found.due_at - NOW).days == 40


def test_where_every_window_has_closed_that_is_said(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    make_rule_card(session, carrier_code=flash.code, within=10)
    curve(session)
    parcel(session, shop, flash, 20)
    look(session)
    [found] = shown(session, mei)
    assert (found.due_at, found.window_closed) == (None, True)


def test_a_closed_window_or_one_that_nothing_starts_leaves_the_next_open_one_beside_it(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    make_rule_card(session, carrier_code=flash.code, payer_name="Flash", within=10)
    make_rule_card(session, payer_kind="insurer", payer_name="Insurer", clock_event=ClockEvent.DELIVERED)
    open_one = make_rule_card(session, payer_kind="platform", payer_name="Shopee", within=90)
    curve(session)
    parcel(session, shop, flash, 20)
    look(session)
    [found] = shown(session, mei)
    assert (found.rule, found.payer, found.window_closed) == (open_one.code, "Shopee", False)


def test_where_no_payer_has_a_window_nothing_is_said_to_have_closed(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    make_rule_card(session, carrier_code=flash.code, clock_event=ClockEvent.DELIVERED)
    curve(session)
    parcel(session, shop, flash, 20)
    look(session)
    [found] = shown(session, mei)
    assert (found.payer, found.due_at, found.window_closed) == ("", None, False)


def test_a_parcel_of_both_watches_stands_once_with_what_both_know(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    make_rule_card(session, carrier_code=flash.code, payer_name="Flash", clock_event=ClockEvent.ACCEPTED)
    curve(session)
    one = parcel(session, shop, flash, 28)
    look(session)
    [found] = shown(session, mei)
    assert (found.shipment_id, found.payer, found.line_day) == (one.id, "Flash", 5)
    assert found.due_at is not None and found.chance is not None


def test_a_second_look_changes_nothing_and_a_later_one_tells_the_new_day(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one = parcel(session, shop, flash, 6.5)
    look(session)
    assert raise_suspicions(session, actor=SYSTEM, now=NOW + timedelta(minutes=5)) == 0
    session.expire_all()
    assert session.get_one(Suspicion, one.id).looked_at == NOW, "what says the same is not written again"
    assert raise_suspicions(session, actor=SYSTEM, now=NOW + 2 * DAY) == 0
    session.expire_all()
    row = session.get_one(Suspicion, one.id)
    assert (row.day, row.raised_at, row.looked_at) == (8, NOW, NOW + 2 * DAY)


def test_a_line_that_moved_on_takes_its_suspicions_back(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    made = curve(session)
    parcel(session, shop, flash, 6.5)
    assert len(look(session)) == 1
    made.line_day = 12
    session.flush()
    assert look(session) == []
    assert shown(session, mei) == []


def test_set_aside_it_comes_back_only_after_it_moved_and_fell_silent_anew(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one = parcel(session, shop, flash, 8)
    look(session)
    set_aside(session, one.id, actor=mei, now=NOW)
    assert shown(session, mei) == []
    assert look(session) == []
    one.last_scan_at = NOW + DAY
    session.flush()
    assert look(session, NOW + 7 * DAY) == [one.id]


# --- taking in -----------------------------------------------------------------------------------------------------------


def test_several_become_cases_at_once_noticed_by_their_silence(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    unscanned = parcel(session, shop, flash, 8)
    scanned = parcel(session, shop, flash, 20, first_scan_at=NOW - 19 * DAY, last_scan_at=NOW - 9 * DAY)
    look(session)
    done = take_in_silent(session, [unscanned.id, scanned.id], actor=mei, now=NOW)
    assert [number for number, _reference in done.made] == [unscanned.tracking_number, scanned.tracking_number]
    cases = {one.shipment_id: one for one in session.scalars(select(Incident))}
    assert {one.noticed_by for one in cases.values()} == {NoticedBy.SILENCE}
    assert {one.type for one in cases.values()} == {IncidentType.LOST}
    assert (cases[unscanned.id].stage, cases[scanned.id].stage) == (Stage.FIRST_MILE, Stage.UNKNOWN)
    assert shown(session, mei) == [] and look(session) == []
    session.expire_all()
    assert session.get_one(Suspicion, scanned.id).incident_id == cases[scanned.id].id


def test_one_that_has_a_case_already_does_not_keep_the_others(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one, two = parcel(session, shop, flash, 8), parcel(session, shop, flash, 8)
    make_incident(session, one)
    done = take_in_silent(session, [one.id, two.id], actor=mei, now=NOW)
    assert (len(done.made), len(done.refused)) == (1, 1)


def test_a_parcel_that_is_not_there_cannot_be_taken_in(session: Session, mei: Actor) -> None:
    with pytest.raises(NotFound):
        take_in_silent(session, [10**9], actor=mei, now=NOW)


# --- withdrawing ---------------------------------------------------------------------------------------------------------


def taken(session: Session, mei: Actor, shop: Shop, flash: Carrier, **more: Any) -> tuple[Shipment, Incident]:
    one = parcel(session, shop, flash, 20, **more)
    look(session)
    take_in_silent(session, [one.id], actor=mei, now=NOW)
    return one, session.scalars(select(Incident).where(Incident.shipment_id == one.id)).one()


def told(session: Session, incident: Incident) -> list[str]:
    rows = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.chain == incident.id, AuditEvent.tag == Tag.SUSPICION_WITHDRAWN)
        .order_by(AuditEvent.id)
    )
    return [sentence(row.tag, None, row.before, row.after, "Asia/Singapore") for row in rows]


def test_a_parcel_that_arrives_after_all_says_so_in_its_case_once(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one, case = taken(session, mei, shop, flash)
    one.delivered_at, one.status = NOW + DAY, ShipmentStatus.DELIVERED
    session.flush()
    assert withdraw(session, actor=SYSTEM, now=NOW + 2 * DAY) == 1
    assert withdraw(session, actor=SYSTEM, now=NOW + 2 * DAY) == 0
    [said] = told(session, case)
    assert said.startswith("It moved again: delivered") and "21 d" in said
    [arrival] = arrivals(session, actor=mei)
    assert (arrival.reference, arrival.number, arrival.at) == (case.reference, one.tracking_number, NOW + DAY)
    close(session, case.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ARRIVED, now=NOW + 2 * DAY)
    assert arrivals(session, actor=mei) == []
    assert case.gross_loss == 0


@pytest.mark.parametrize("completed", [NOW - 2 * DAY, None])
def test_an_order_report_that_tells_the_arrival_late_or_without_its_day_closes_the_case_as_arrived(
    session: Session, mei: Actor, shop: Shop, flash: Carrier, completed: Any
) -> None:
    curve(session)
    one, case = taken(session, mei, shop, flash)
    # Reports of some markets know no day of delivery, and the report may come after the silence was noticed.
    one.status = ShipmentStatus.COMPLETED if completed else ShipmentStatus.DELIVERED
    one.completed_at = completed
    session.flush()
    assert withdrawn(session, [one.id], actor=SYSTEM, now=NOW + DAY) == 1
    session.expire_all()
    [arrival] = arrivals(session, actor=mei)
    assert arrival.at == (completed or NOW + DAY)
    here = story(session, case.reference, actor=mei)
    assert here.header.arrived_at == arrival.at
    found = next_step(here, actor=mei, now=NOW + DAY)
    assert found is not None and found.step is Step.CLOSE and "Close the case as arrived" in found.sentence
    # The report is taken away again, and its word with it.
    one.status, one.completed_at = ShipmentStatus.SHIPPED, None
    session.flush()
    assert arrivals(session, actor=mei) == [] and story(session, case.reference, actor=mei).header.arrived_at is None


def test_a_scan_then_the_arrival_are_two_lines_of_the_case(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one, case = taken(session, mei, shop, flash)
    one.last_scan_at, one.last_place = NOW + DAY, "Bekasi"
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + DAY)
    assert arrivals(session, actor=mei) == [], "it only moved"
    one.delivered_at = NOW + 2 * DAY
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + 2 * DAY)
    first, second = told(session, case)
    assert "scanned" in first and "Bekasi" in first
    assert "delivered" in second


def test_a_parcel_on_its_way_back_says_that(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    curve(session)
    one, case = taken(session, mei, shop, flash)
    one.status, one.status_changed_at = ShipmentStatus.RETURNING, NOW + DAY
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + DAY)
    [said] = told(session, case)
    assert "on its way back" in said
    assert arrivals(session, actor=mei) == []


def test_only_the_parcels_an_import_wrote_are_looked_at_after_it(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one, _case = taken(session, mei, shop, flash)
    one.delivered_at = NOW + DAY
    session.flush()
    assert withdrawn(session, [10**9], actor=SYSTEM, now=NOW + DAY) == 0
    assert withdrawn(session, [one.id], actor=SYSTEM, now=NOW + DAY) == 1


def test_a_case_somebody_else_made_is_told_too(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    curve(session)
    one = parcel(session, shop, flash, 20)
    look(session)
    case = make_incident(session, one)
    one.delivered_at = NOW + DAY
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + DAY)
    assert len(told(session, case)) == 1


def test_of_several_cases_the_one_of_the_loss_is_told(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    curve(session)
    one = parcel(session, shop, flash, 20)
    look(session)
    late, lost = make_incident(session, one, type=IncidentType.DELAYED), make_incident(session, one)
    one.delivered_at = NOW + DAY
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + DAY)
    assert (len(told(session, late)), len(told(session, lost))) == (0, 1)


def test_arrivals_come_the_latest_first_and_no_more_than_asked(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    parcels = [parcel(session, shop, flash, 20) for _n in range(3)]
    look(session)
    take_in_silent(session, [one.id for one in parcels], actor=mei, now=NOW)
    for n, one in enumerate(parcels):
        one.delivered_at = NOW + n * DAY
    session.flush()
    withdraw(session, actor=SYSTEM, now=NOW + 3 * DAY)
    found = arrivals(session, actor=mei, most=2)
    assert [one.number for one in found] == [parcels[2].tracking_number, parcels[1].tracking_number]


def test_a_parcel_without_a_case_just_leaves_the_list(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    curve(session)
    one = parcel(session, shop, flash, 20)
    assert look(session) == [one.id]
    one.last_scan_at = NOW - DAY
    session.flush()
    assert shown(session, mei) == []
    assert look(session) == []
    assert session.get_one(Suspicion, one.id).state is SuspicionState.MOVED
    assert session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.SUSPICION_WITHDRAWN)).all() == []


def test_a_carrier_that_declares_the_loss_ends_the_suspicion_without_taking_it_back(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    curve(session)
    one = parcel(session, shop, flash, 20)
    look(session)
    one.status, one.status_changed_at = ShipmentStatus.LOST, NOW
    session.flush()
    look(session)
    assert session.get_one(Suspicion, one.id).state is SuspicionState.CONFIRMED


# --- from history to Today ---------------------------------------------------------------------------------------------------


def test_from_the_teams_own_history_to_the_warning(session: Session, mei: Actor, shop: Shop, flash: Carrier) -> None:
    """Forty arrive on their second day, two on their sixth; forty were declared lost after thirty days of silence."""
    make_rates(session)
    for place in range(82):
        sent = NOW - timedelta(days=100 + place)
        waited = 2 if place < 40 else 6 if place < 42 else None
        ended = sent + timedelta(days=waited or 30, hours=1)
        more: dict[str, Any] = (
            {"delivered_at": ended, "status": ShipmentStatus.DELIVERED}
            if waited
            else {"status": ShipmentStatus.LOST, "status_changed_at": ended}
        )
        make_shipment(session, shop, flash, service="Express", shipped_at=sent, accepted_at=sent, **more)
    assert remake_curves(session, actor=SYSTEM, now=NOW) == 4
    own = session.scalars(select(SilenceCurve).where(SilenceCurve.level == CurveLevel.SERVICE)).one()
    assert (own.waits, own.arrived, own.lost) == (82, 42, 40)
    assert own.chances[3] == pytest.approx(2 / 42) and own.told[3] == 42
    assert own.line_day == 3
    fresh = parcel(session, shop, flash, 3.5, service="Express")
    assert look(session) == [fresh.id]
    [found] = shown(session, mei)
    assert found.chance is not None and found.chance.source is CurveLevel.SERVICE
    assert found.chance.low < 2 / 42 < found.chance.high < 0.2


def test_scans_where_they_are_known_cut_the_way_into_its_silences(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    sent = NOW - timedelta(days=40)
    one = make_shipment(
        session, shop, flash, shipped_at=sent, accepted_at=sent, first_scan_at=sent, last_scan_at=sent + 9 * DAY,
        delivered_at=sent + 9 * DAY, status=ShipmentStatus.DELIVERED,
    )  # fmt: skip
    states = {0: ScanState.PICKED_UP, 2: ScanState.IN_TRANSIT, 7: ScanState.IN_TRANSIT, 9: ScanState.DELIVERED}
    for day, state in states.items():
        session.add(
            TrackingEvent(
                shipment_id=one.id, key=day.to_bytes(16), at=sent + day * DAY, state=state, source=ScanSource.FILE,
                added_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    remake_curves(session, actor=SYSTEM, now=NOW)
    everybody = session.scalars(select(SilenceCurve).where(SilenceCurve.level == CurveLevel.ALL)).one()
    assert (everybody.waits, everybody.moved, everybody.arrived) == (3, 2, 1)


def test_the_case_of_an_arrived_parcel_offers_to_close_it_as_arrived(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    make_rule_card(session, carrier_code=flash.code, within=60)
    curve(session)
    one, case = taken(session, mei, shop, flash)
    before = next_step(story(session, case.reference, actor=mei), actor=mei, now=NOW)
    assert before is not None and before.step is Step.EVIDENCE
    one.delivered_at = NOW + DAY
    session.flush()
    after = next_step(story(session, case.reference, actor=mei), actor=mei, now=NOW + DAY)
    assert after is not None and after.step is Step.CLOSE and after.button == "Close as arrived"


def test_the_plain_threshold_waits_while_the_history_says_that_parcels_still_arrive(
    session: Session, mei: Actor, shop: Shop, flash: Carrier
) -> None:
    """Twenty arrive on their 26th day, twenty are declared lost on it: a parcel silent for ten days is no suspicion."""
    for place in range(40):
        sent = NOW - timedelta(days=100 + place)
        ended = sent + timedelta(days=25, hours=1)
        fate: dict[str, Any] = {"status": ShipmentStatus.LOST, "status_changed_at": ended}
        if place % 2:
            fate = {"delivered_at": ended, "status": ShipmentStatus.DELIVERED}
        make_shipment(session, shop, flash, shipped_at=sent, accepted_at=sent, **fate)
    remake_curves(session, actor=SYSTEM, now=NOW)
    own = session.scalars(select(SilenceCurve).where(SilenceCurve.level == CurveLevel.SERVICE)).one()
    assert (own.line_day, own.plain_day) == (None, 26)
    parcel(session, shop, flash, 10)
    late = parcel(session, shop, flash, 26.5)
    assert look(session) == [late.id]
