"""The calendar of openings and closings: whose day a moment falls on, what counts, and what the filters leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.desk.claims_calendar import Turn, agenda, calendar
from core.desk.claims_list import ClaimFilter, Group
from core.foundation.errors import Invalid, NotAllowed
from core.foundation.permissions import Actor, Role
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.rule import PayerKind
from tests.desk.builders import make_claim, make_clock
from tests.desk.plans import explained, scanned
from tests.factories import NOW, make_incident, make_shipment
from tests.people import OUT, acting

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_moment_falls_on_the_day_it_has_in_the_readers_zone(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    # 23:30 on the 24th in São Paulo, 10:30 on the 25th in Shanghai.
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, at(25, 2, 30), claim=make_claim(session, incident))
    for zone, day in (("Asia/Shanghai", 25), ("America/Sao_Paulo", 24), ("UTC", 25)):
        found = calendar(session, ClaimFilter(), actor=replace(mei, zone=zone), first=MONDAY, days=7)
        assert list(found) == [date(2026, 11, day)], zone


def test_the_first_and_last_second_of_the_days_asked_for_count_and_their_neighbours_do_not(
    session: Session, mei: Actor
) -> None:
    incident = make_incident(session)
    # Shanghai's 24th is 16:00 on the 23rd until 15:59:59 on the 24th in UTC.
    for moment in (at(23, 15, 59), at(23, 16), at(24, 15, 59), at(24, 16)):
        make_clock(session, incident, ClockKind.TRACE, moment, title="Ninja Van")
    found = calendar(session, ClaimFilter(), actor=mei, first=MONDAY + DAY, days=1)
    assert {day: one.closes for day, one in found.items()} == {MONDAY + DAY: 2}
    assert len(agenda(session, ClaimFilter(), actor=mei, first=MONDAY + DAY)) == 2


def test_openings_closings_and_what_is_awaited_are_told_apart_with_the_money_behind_each_case_once(
    session: Session, mei: Actor
) -> None:
    incident, other = make_incident(session), make_incident(session)
    claim = make_claim(session, incident)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, at(30, 4), claim=claim, opens_at=at(24, 4))
    filed = make_claim(session, incident, state=ClaimState.SUBMITTED, payer_name="Ping An")
    make_clock(session, incident, ClockKind.ANSWER, at(24, 6), claim=filed)
    make_clock(session, other, ClockKind.INFORMATION, at(24, 8), claim=make_claim(session, other))
    make_clock(session, other, ClockKind.PROMISE, at(24, 9))
    found = calendar(session, ClaimFilter(), actor=mei, first=MONDAY, days=14)
    tuesday = found[MONDAY + DAY]
    assert (tuesday.opens, tuesday.closes, tuesday.awaited) == (1, 1, 1)
    assert tuesday.value == Decimal(636)
    assert found[MONDAY + 7 * DAY].closes == 1
    turns = [one.turn for one in agenda(session, ClaimFilter(), actor=mei, first=MONDAY + DAY)]
    assert turns == [Turn.OPENS, Turn.AWAITED, Turn.CLOSES]


def test_a_window_nobody_claims_under_yet_stands_there_too_with_the_way_to_its_case(
    session: Session, mei: Actor
) -> None:
    incident = make_incident(session)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, at(25, 4), title="Ninja Van")
    (found,) = agenda(session, ClaimFilter(), actor=mei, first=MONDAY, days=7)
    assert (found.incident, found.claim, found.payer, found.turn) == (
        incident.reference,
        None,
        "Ninja Van",
        Turn.CLOSES,
    )
    assert (found.amount, found.currency) == (Decimal(318), "SGD")


@pytest.mark.parametrize("state", [ClockState.MET, ClockState.MISSED, ClockState.CANCELLED])
def test_what_is_settled_is_not_there(session: Session, mei: Actor, state: ClockState) -> None:
    make_clock(session, make_incident(session), ClockKind.CLAIM_WINDOW, at(25, 4), state=state, settled_at=NOW)
    assert calendar(session, ClaimFilter(), actor=mei, first=MONDAY, days=7) == {}


def test_filters_leave_what_they_are_about(session: Session, mei: Actor) -> None:
    mine = make_incident(session, owner_id=mei.person_id)
    other = make_incident(session, make_shipment(session, market="PH"))
    claim = make_claim(session, mine, payer_kind=PayerKind.INSURER, payer_name="Ping An")
    make_clock(session, mine, ClockKind.CLAIM_WINDOW, at(25, 4), claim=claim)
    make_clock(session, mine, ClockKind.CLAIM_WINDOW, at(26, 4), title="Ninja Van")
    make_clock(session, other, ClockKind.CLAIM_WINDOW, at(27, 4), title="Ping An")

    def days(**wanted: object) -> list[int]:
        found = calendar(session, ClaimFilter(**wanted), actor=mei, first=MONDAY, days=7)  # type: ignore[arg-type]
        return sorted(day.day for day in found)

    assert days() == [25, 26, 27]
    assert days(owners=(mei.person_id,)) == [25, 26]
    assert days(markets=("PH",)) == [27]
    assert days(by=("Ping An",)) == [25, 27]
    assert days(payers=(PayerKind.INSURER,)) == [25]
    assert days(groups=(Group.PREPARE,)) == [25]
    assert days(text=claim.reference) == [25]
    assert days(day=MONDAY) == [25, 26, 27]


def test_more_than_two_months_at_once_are_refused(session: Session, mei: Actor) -> None:
    with pytest.raises(Invalid, match="At most 62 days"):
        calendar(session, ClaimFilter(), actor=mei, first=MONDAY, days=63)


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    with pytest.raises(NotAllowed):
        calendar(session, ClaimFilter(), actor=OUT, first=MONDAY, days=7)
    with pytest.raises(NotAllowed):
        agenda(session, ClaimFilter(), actor=OUT, first=MONDAY)


@pytest.mark.parametrize("wanted", [ClaimFilter(), ClaimFilter(carriers=(2,))])
def test_with_many_rows_both_come_off_indexes(many: Session, wanted: ClaimFilter) -> None:
    actor = acting(many, Role.AGENT, "planner")
    with explained(many) as plans:
        calendar(many, wanted, actor=actor, first=MONDAY, days=7)
        agenda(many, wanted, actor=actor, first=MONDAY)
    assert len(plans) == 2
    for plan in plans:
        assert not scanned(plan) & {"incident", "shipment", "clock", "claim"}, plan
