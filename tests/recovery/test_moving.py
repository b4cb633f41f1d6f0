"""A case keeps the version it was opened under; a preview says what a change would do, and a move leaves its trace."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.foundation.audit import AuditEvent
from core.foundation.clock import parse_moment
from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.permissions import Role
from core.models import Claim, Clock, Incident, RuleCard
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.rule import ClockEvent, DayUnit
from core.recovery import moving, rule_cards
from core.recovery.claims import draft_claim
from core.recovery.windows import Window
from core.team import calendars as team
from tests.factories import NOW, make_carrier, make_incident, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import acting

ACCEPTED = parse_moment("2026-11-16T10:00+08:00")
DAY = timedelta(days=1)


@pytest.fixture
def admin(session: Session) -> Any:
    return acting(session, Role.ADMIN)


@pytest.fixture
def card(session: Session) -> RuleCard:
    make_rates(session)
    make_policy(session)
    make_carrier(session, code="tester")
    return make_rule_card(session, code="TESTER-LOST", carrier_code="tester")


def watched(session: Session, card: RuleCard, admin: Any, **more: Any) -> tuple[Incident, Clock]:
    """An open case whose window under the card is watched."""
    incident = make_incident(session, make_shipment(session, accepted_at=ACCEPTED), **more)
    shipment = incident.shipment_id
    from core.models import Shipment

    facts = rule_cards.facts_of(session.get_one(Shipment, shipment), reported_at=incident.noticed_at)
    window = rule_cards.claim_window(card, facts, team.team_calendars(session))
    assert isinstance(window, Window)
    clock = clocks.start(
        session,
        incident,
        ClockKind.CLAIM_WINDOW,
        actor=admin,
        now=NOW,
        rule=card.code,
        rule_version=card.version,
        zone=window.zone,
        event_at=window.event_at,
        opens_at=window.opens_at,
        due_at=window.due_at,
        reasoning=window.why(),
        title=card.payer_name,
    )
    return incident, clock


def edited(session: Session, card: RuleCard, admin: Any, **typed: Any) -> int:
    current = rule_cards.card_versions(session, card.code, actor=admin)[0]
    return rule_cards.edit_card(
        session, card.code, actor=admin, seen=current.values(), typed=typed, now=NOW + timedelta(minutes=1)
    ).version


def afresh(session: Session, clock: Clock) -> Clock:
    session.refresh(clock)
    return clock


# --- looking -----------------------------------------------------------------------------------------------------------


def test_a_preview_lists_the_open_cases_with_old_and_new_dates_and_changes_nothing(
    session: Session, card: RuleCard, admin: Any
) -> None:
    incident, clock = watched(session, card, admin)
    due = clock.due_at
    found = moving.preview(session, card.code, {"within": 20}, actor=admin, now=NOW)
    (row,) = found.moving
    assert (row.reference, row.payer, row.old_due) == (incident.reference, card.payer_name, due)
    assert row.difference == -10 * DAY and row.new_due == (due or NOW) - 10 * DAY
    assert afresh(session, clock).due_at == due
    assert len(rule_cards.card_versions(session, card.code, actor=admin)) == 1


def test_a_preview_that_changes_no_date_lists_the_case_as_staying(session: Session, card: RuleCard, admin: Any) -> None:
    watched(session, card, admin)
    found = moving.preview(session, card.code, {"note": "other words"}, actor=admin, now=NOW)
    assert found.moving == () and len(found.rows) == 1


def test_a_preview_refuses_what_saving_would_refuse(session: Session, card: RuleCard, admin: Any) -> None:
    with pytest.raises(Invalid):
        moving.preview(session, card.code, {"within": 0}, actor=admin, now=NOW)
    with pytest.raises(Invalid):
        moving.preview(session, card.code, {"code": "OTHER"}, actor=admin, now=NOW)
    with pytest.raises(NotFound):
        moving.preview(session, "NO-SUCH", {}, actor=admin, now=NOW)


def test_closed_cases_and_clocks_that_are_over_are_not_touched(session: Session, card: RuleCard, admin: Any) -> None:
    incident, clock = watched(session, card, admin)
    clocks.settle(session, incident, clock, ClockState.CANCELLED, actor=admin, now=NOW)
    assert moving.preview(session, card.code, {"within": 20}, actor=admin, now=NOW).rows == ()


def test_a_filed_claim_is_listed_and_keeps_its_dates(session: Session, card: RuleCard, admin: Any) -> None:
    incident, _clock = watched(session, card, admin)
    claim = draft_claim(session, incident.id, actor=admin, rule_card_id=card.id, now=NOW)
    claim.state, claim.submitted_at, claim.case_number = ClaimState.SUBMITTED, NOW, "X-1"
    session.flush()
    for running in session.scalars(select(Clock).where(Clock.claim_id == claim.id)):
        clocks.settle(session, incident, running, ClockState.MET, actor=admin, now=NOW)
    found = moving.preview(session, card.code, {"within": 20}, actor=admin, now=NOW)
    assert found.moving == () and [row.filed for row in found.rows] == [True]
    version = edited(session, card, admin, within=20)
    done = moving.move_cases(
        session, card.code, version, actor=admin, incident_ids=[incident.id], reason="new terms", now=NOW
    )
    assert done.moved == () and "filed" in done.kept[0][1]
    assert session.get_one(Claim, claim.id).rule_card_id == card.id


# --- moving ------------------------------------------------------------------------------------------------------------


def test_a_new_version_leaves_the_case_until_somebody_moves_it_with_a_trace(
    session: Session, card: RuleCard, admin: Any
) -> None:
    incident, clock = watched(session, card, admin)
    due = clock.due_at or NOW
    version = edited(session, card, admin, within=20)
    assert afresh(session, clock).due_at == due and clock.rule_version == 1
    done = moving.move_cases(
        session, card.code, version, actor=admin, incident_ids=[incident.id], reason="their new terms", now=NOW
    )
    assert done == moving.Moved((incident.reference,), ())
    assert (afresh(session, clock).due_at, clock.rule_version) == (due - 10 * DAY, version)
    assert session.get_one(Incident, incident.id).next_due_at == clock.due_at
    row = session.scalars(select(AuditEvent).where(AuditEvent.tag == "clock.moved")).one()
    assert row.after["reason"] == "their new terms" and row.after["rule_version"] == version
    assert moving.preview_move(session, card.code, version, actor=admin, now=NOW).rows == ()


def test_moving_keeps_past_pauses(session: Session, card: RuleCard, admin: Any) -> None:
    incident, clock = watched(session, card, admin)
    due = clock.due_at or NOW
    clocks.pause(session, clock.id, actor=admin, reason=PauseReason.PAYER_AGREED, note="by phone", now=NOW)
    clocks.resume(session, clock.id, actor=admin, now=NOW + 2 * DAY)
    assert afresh(session, clock).due_at == due + 2 * DAY
    version = edited(session, card, admin, within=20)
    (row,) = moving.preview_move(session, card.code, version, actor=admin, now=NOW).moving
    assert row.new_due == due - 8 * DAY
    moving.move_cases(
        session, card.code, version, actor=admin, incident_ids=[incident.id], reason="x", now=NOW + 2 * DAY
    )
    assert afresh(session, clock).due_at == due - 8 * DAY


def test_an_unfiled_claim_moves_with_its_card_window_and_cap(session: Session, card: RuleCard, admin: Any) -> None:
    incident, _clock = watched(session, card, admin)
    claim = draft_claim(session, incident.id, actor=admin, rule_card_id=card.id, now=NOW)
    due = claim.due_at or NOW
    cap = {"kind": "amount", "amount": "10", "currency": incident.currency}
    version = edited(session, card, admin, within=40, cap=cap)
    moving.move_cases(session, card.code, version, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    session.refresh(claim)
    assert claim.due_at == due + 10 * DAY and claim.next_due_at == claim.due_at
    assert session.get_one(RuleCard, claim.rule_card_id).version == version
    assert claim.cap == 10


def test_a_date_a_person_typed_is_kept_for_the_event_it_was_typed_for(
    session: Session, card: RuleCard, admin: Any
) -> None:
    noticed = make_rule_card(
        session, code="TESTER-NOTICE", carrier_code="tester", clock_event=ClockEvent.CARRIER_NOTICE, within=14
    )
    incident = make_incident(session, make_shipment(session, accepted_at=ACCEPTED))
    typed = parse_moment("2026-11-20T09:00+08:00")
    claim = draft_claim(session, incident.id, actor=admin, rule_card_id=noticed.id, event_at=typed, now=NOW)
    due = claim.due_at or NOW
    version = edited(session, noticed, admin, within=21)
    moving.move_cases(session, noticed.code, version, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    session.refresh(claim)
    assert (claim.event_at, claim.due_at) == (typed, due + 7 * DAY)
    other = edited(session, noticed, admin, clock_event="delivered")
    done = moving.move_cases(session, noticed.code, other, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    assert done.moved == () and "delivery" in done.kept[0][1], "the day of the notice is not the day of delivery"


def test_a_version_that_can_tell_no_date_leaves_the_clock_running(session: Session, card: RuleCard, admin: Any) -> None:
    incident, clock = watched(session, card, admin)
    due = clock.due_at
    version = edited(session, card, admin, within=None, within_unit=None)
    done = moving.move_cases(session, card.code, version, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    assert done.moved == () and done.kept[0][0] == incident.reference
    assert afresh(session, clock).due_at == due and clock.state is ClockState.RUNNING


def test_a_further_limit_moves_by_the_fact_it_counts_from(session: Session, card: RuleCard, admin: Any) -> None:
    limits = [{"kind": "trace", "event": "accepted", "within": [10, "calendar_days"]}]
    version = edited(session, card, admin, limits=limits)
    row = session.scalars(select(RuleCard).where(RuleCard.code == card.code, RuleCard.version == version)).one()
    incident = make_incident(session, make_shipment(session, accepted_at=ACCEPTED))
    from core.models import Shipment

    facts = rule_cards.facts_of(session.get_one(Shipment, incident.shipment_id))
    (trace,) = rule_cards.further(row, facts)
    assert isinstance(trace.window, Window)
    clock = clocks.start(
        session,
        incident,
        ClockKind.TRACE,
        actor=admin,
        now=NOW,
        rule=card.code,
        rule_version=version,
        zone=trace.window.zone,
        event_at=trace.window.event_at,
        due_at=trace.window.due_at,
        reasoning=trace.window.why(),
        title=card.payer_name,
    )
    due = clock.due_at or NOW
    later = edited(session, card, admin, limits=[{**limits[0], "within": [15, "calendar_days"]}])
    moving.move_cases(session, card.code, later, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    assert afresh(session, clock).due_at == due + 5 * DAY


def test_moving_asks_for_a_reason_a_right_and_a_version_that_is_there(
    session: Session, card: RuleCard, admin: Any
) -> None:
    incident, _clock = watched(session, card, admin)
    agent = acting(session, Role.AGENT)
    with pytest.raises(Invalid):
        moving.move_cases(session, card.code, 1, actor=admin, incident_ids=[incident.id], reason=" ", now=NOW)
    with pytest.raises(NotFound):
        moving.move_cases(session, card.code, 9, actor=admin, incident_ids=[incident.id], reason="x", now=NOW)
    with pytest.raises(NotAllowed):
        moving.move_cases(session, card.code, 1, actor=agent, incident_ids=[incident.id], reason="x", now=NOW)


# --- calendars ---------------------------------------------------------------------------------------------------------


def test_a_changed_calendar_lists_the_clocks_whose_dates_would_move_and_counts_them_anew(
    session: Session, admin: Any
) -> None:
    make_carrier(session, code="tester")
    working = make_rule_card(session, within=10, within_unit=DayUnit.BUSINESS_DAYS, calendar="SG")
    plain = make_rule_card(session)
    incident, clock = watched(session, working, admin)
    other, still = watched(session, plain, admin)
    due, kept = clock.due_at or NOW, still.due_at
    assert moving.preview_calendar(session, "SG", actor=admin, now=NOW).rows == ()
    team.add_day(session, "SG", date(2026, 11, 30), actor=admin, name="Day off", now=NOW)
    (row,) = moving.preview_calendar(session, "SG", actor=admin, now=NOW).rows
    assert row.clock_id == clock.id and row.new_due == due + DAY
    assert afresh(session, clock).due_at == due, "a changed calendar moves nothing by itself"
    done = moving.recount(
        session, "SG", actor=admin, incident_ids=[incident.id, other.id], reason="the day was proclaimed", now=NOW
    )
    assert done.moved == (incident.reference,)
    assert (afresh(session, clock).due_at, clock.rule_version) == (due + DAY, 1)
    assert afresh(session, still).due_at == kept
    assert moving.preview_calendar(session, "SG", actor=admin, now=NOW).rows == ()


# --- versions with a date ----------------------------------------------------------------------------------------------


def find(session: Session, admin: Any, card: RuleCard, day: date) -> list[int]:
    from core.models import Carrier

    carrier = session.scalars(select(Carrier.id).where(Carrier.code == card.carrier_code)).one()
    found = rule_cards.find_cards(session, actor=admin, carrier_id=carrier, market="SG", kind=card.type, on_date=day)
    return [one.version for one in found if one.code == card.code]


def test_a_version_for_a_day_to_come_decides_from_that_day_on(session: Session, card: RuleCard, admin: Any) -> None:
    today = NOW.date()
    later = edited(session, card, admin, within=10, valid_from=today + 10 * DAY)
    assert find(session, admin, card, today) == [1]
    assert find(session, admin, card, today + 10 * DAY) == [later]
    incident = make_incident(session, make_shipment(session, accepted_at=ACCEPTED))
    new = session.scalars(select(RuleCard).where(RuleCard.code == card.code, RuleCard.version == later)).one()
    with pytest.raises(Invalid, match="newer version"):
        draft_claim(session, incident.id, actor=admin, rule_card_id=new.id, now=NOW)
    claim = draft_claim(session, incident.id, actor=admin, rule_card_id=card.id, now=NOW)
    assert claim.rule_card_id == card.id


def test_a_case_is_claimed_under_the_version_it_was_opened_under(session: Session, card: RuleCard, admin: Any) -> None:
    incident, _clock = watched(session, card, admin)
    fresh = make_incident(session, make_shipment(session, accepted_at=ACCEPTED))
    version = edited(session, card, admin, within=20)
    new = session.scalars(select(RuleCard).where(RuleCard.code == card.code, RuleCard.version == version)).one()
    assert draft_claim(session, incident.id, actor=admin, rule_card_id=card.id, now=NOW).rule_card_id == card.id
    with pytest.raises(Invalid, match="newer version"):
        draft_claim(session, fresh.id, actor=admin, rule_card_id=card.id, now=NOW)
    assert draft_claim(session, fresh.id, actor=admin, rule_card_id=new.id, now=NOW).rule_card_id == new.id
    assert rule_cards.pins_of(session, incident.id) == {card.code: 1}
