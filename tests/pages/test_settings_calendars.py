"""Settings: calendars. A day is changed, a file brought in, a choice made, and dates that would move are offered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from core.foundation import database
from core.foundation.permissions import Role
from core.models import CalendarChoice, CalendarDay, Clock
from core.models.calendar import DayKind, DaySource
from core.models.rule import DayUnit
from tests.factories import NOW, make_carrier, make_incident, make_rule_card, make_shipment
from tests.pages.conftest import Screens, field, run, upload, words
from tests.people import actor_of, person

ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260309\r\n"
    "SUMMARY:Company day\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20260314\r\nSUMMARY:补班\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()


def days() -> list[tuple[str, date, DayKind, DaySource]]:
    with database.reading() as session:
        rows = session.scalars(select(CalendarDay).order_by(CalendarDay.day))
        return [(one.calendar, one.day, one.kind, one.source) for one in rows]


def test_a_day_off_is_added_shown_and_taken_back(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    assert "Calendars" in words(page)
    run(page.button(key="calendar-change-open").click())
    field(page, "date_input", "Day").set_value(date(2026, 3, 9))
    run(field(page, "button", "Save").click())
    assert "what day it is" in page.error[0].value
    assert field(page, "date_input", "Day").value == date(2026, 3, 9)
    field(page, "text_input", "What day it is").input("Typhoon *_[x](y)")
    run(field(page, "button", "Save").click())
    assert days() == [("CN", date(2026, 3, 9), DayKind.ADDED, DaySource.HAND)]
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    field(page, "number_input", "Year").set_value(2026)
    run(page)
    assert "Changed by the team" in words(page) and "Typhoon" in words(page)
    run(field(page, "button", "Take back").click())
    assert days() == []


def test_a_file_is_shown_before_it_is_brought_in(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    run(page.button(key="calendar-import-open").click())
    upload(page, ("days.ics", ICS, "text/calendar"))
    assert "Company day" in words(page) and days() == []
    run(field(page, "button", "Bring in 2 days").click())
    assert [one[2:] for one in days()] == [(DayKind.ADDED, DaySource.ICAL), (DayKind.WORKDAY, DaySource.ICAL)]


def test_a_file_that_is_no_calendar_ends_in_a_sentence(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    run(page.button(key="calendar-import-open").click())
    upload(page, ("days.ics", b"%PDF-1.7 not a calendar", "text/calendar"))
    assert "no calendar that can be read" in page.error[0].value
    assert not [one for one in page.button if one.label.startswith("Bring in")]


def test_indonesias_joint_leave_is_switched_off(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    field(page, "selectbox", "Calendar").select("ID")
    run(page)
    assert "Joint leave" in words(page)
    run(page.button(key="calendar-choose-open").click())
    toggle = field(page, "toggle", "Joint leave (cuti bersama)")
    assert toggle.value is True
    toggle.set_value(False)
    run(field(page, "button", "Save").click())
    with database.reading() as session:
        assert session.scalars(select(CalendarChoice)).one().options == []


def test_an_unannounced_year_says_so(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    field(page, "number_input", "Year").set_value(2030)
    run(page)
    assert "not announced yet" in page.warning[0].value


def test_a_manager_may_move_dates_but_not_change_a_day(screens: Screens) -> None:
    page = screens.open("settings.py", Role.MANAGER, part="calendars")
    assert "Days that are not as the week says" in [one.value for one in page.subheader]
    assert [one.label for one in page.button] == ["Dates that would move"]
    run(page.button(key="calendar-move-open").click())
    assert "agrees with this calendar" in words(page)


def test_after_a_change_the_dates_that_would_move_are_offered_and_moved_with_a_reason(screens: Screens) -> None:
    with database.transaction() as session:
        someone = actor_of(person(session, Role.MANAGER, "mover"))
        make_carrier(session, code="tester")
        card = make_rule_card(session, within=10, within_unit=DayUnit.BUSINESS_DAYS, calendar="CN")
        from core.cases import clocks
        from core.models import Shipment
        from core.models.clock import ClockKind
        from core.recovery import rule_cards
        from core.recovery.windows import Window

        incident = make_incident(session, make_shipment(session, accepted_at=NOW))
        window = rule_cards.claim_window(card, rule_cards.facts_of(session.get_one(Shipment, incident.shipment_id)))
        assert isinstance(window, Window)
        due, reference = window.due_at, incident.reference
        clocks.start(
            session,
            incident,
            ClockKind.CLAIM_WINDOW,
            actor=someone,
            now=NOW,
            rule=card.code,
            rule_version=1,
            zone=window.zone,
            event_at=window.event_at,
            due_at=due,
            reasoning=window.why(),
            title="Test carrier",
        )
    page = screens.open("settings.py", Role.ADMIN, part="calendars")
    run(page.button(key="calendar-change-open").click())
    field(page, "date_input", "Day").set_value(date(2026, 11, 30))
    field(page, "text_input", "What day it is").input("Typhoon")
    run(field(page, "button", "Save").click())
    assert reference.replace("-", "\\-") in words(page) and "later" in words(page)
    run(field(page, "button", "Move 1 case").click())
    assert "Say why" in page.error[0].value
    field(page, "text_input", "Why").input("proclaimed on Friday")
    run(field(page, "button", "Move 1 case").click())
    with database.reading() as session:
        moved = session.scalars(select(Clock)).one().due_at
        assert moved is not None and due is not None and moved > due
