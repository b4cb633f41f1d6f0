"""Working-day calendars as a team keeps them: what it changes decides, and nothing else does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.calendars import (
    Calendar,
    add_business_days,
    calendar_of,
    calendars,
    is_business_day,
    is_published,
    options_of,
    shipped_options,
    with_options,
    without_options,
)
from core.foundation.clock import parse_moment
from core.foundation.errors import Duplicate, Invalid, NotAllowed, NotFound, Refusal, TooLarge
from core.foundation.permissions import Role
from core.models.calendar import DayKind, DaySource
from core.models.rule import ClockEvent, DayUnit
from core.recovery.windows import Span, StepKind, WindowRule, window
from core.team import calendars as team
from core.team.calendars import DayWord, EntryState
from core.team.calendars.ical import is_workday
from tests.factories import NOW
from tests.people import acting

MONDAY = date(2026, 3, 9)


@pytest.fixture
def admin(session: Session) -> Any:
    return acting(session, Role.ADMIN)


def in_14(session: Session, code: str, event: str = "2026-03-02T10:00+08:00") -> datetime:
    calendar = team.team_calendar(session, code)
    rule = WindowRule(ClockEvent.ACCEPTED, "Asia/Shanghai", Span(14, DayUnit.BUSINESS_DAYS), calendar=calendar)
    due = window(rule, parse_moment(event)).due_at
    assert due is not None
    return due


# --- days --------------------------------------------------------------------------------------------------------------


def test_without_changes_the_shipped_calendar_itself_decides(session: Session) -> None:
    assert team.team_calendar(session, "CN") is calendar_of("CN")


def test_a_day_off_more_moves_the_end_one_working_day_on_and_names_itself(session: Session, admin: Any) -> None:
    before = in_14(session, "CN")
    team.add_day(session, "CN", MONDAY, actor=admin, name="Typhoon", now=NOW)
    assert in_14(session, "CN") - before == timedelta(days=3), "the Friday it was due becomes a Monday"
    rule = WindowRule(
        ClockEvent.ACCEPTED, "Asia/Shanghai", Span(9, DayUnit.BUSINESS_DAYS), calendar=team.team_calendar(session, "CN")
    )
    steps = window(rule, parse_moment("2026-03-02T10:00+08:00")).steps
    said = [one.sentence() for one in steps if one.day == MONDAY]
    assert said == ["Typhoon, not counted"]


def test_a_struck_holiday_counts_again_and_says_that_it_is_one(session: Session, admin: Any) -> None:
    day = date(2026, 5, 1)
    before = in_14(session, "SG", "2026-04-20T10:00+08:00")
    team.strike_day(session, "SG", day, actor=admin, now=NOW)
    assert in_14(session, "SG", "2026-04-20T10:00+08:00") < before
    rule = WindowRule(
        ClockEvent.ACCEPTED,
        "Asia/Singapore",
        Span(14, DayUnit.BUSINESS_DAYS),
        calendar=team.team_calendar(session, "SG"),
    )
    step = next(one for one in window(rule, parse_moment("2026-04-20T10:00+08:00")).steps if one.day == day)
    assert step.kind is StepKind.COUNTED and step.made_up
    assert "Labor Day" in step.sentence()


def test_a_make_up_saturday_is_worked(session: Session, admin: Any) -> None:
    saturday = date(2026, 3, 7)
    before = in_14(session, "VN")
    team.add_workday(session, "VN", saturday, actor=admin, name="Làm bù", now=NOW)
    assert is_business_day(saturday, team.team_calendar(session, "VN"))
    assert in_14(session, "VN") < before


def test_taking_a_change_back_gives_the_old_day_again_and_leaves_its_trace(session: Session, admin: Any) -> None:
    before = in_14(session, "CN")
    made = team.add_day(session, "CN", MONDAY, actor=admin, name="Typhoon", now=NOW)
    assert team.remove_change(session, made, actor=admin, now=NOW) == "CN"
    assert in_14(session, "CN") == before
    with pytest.raises(NotFound):
        team.remove_change(session, made, actor=admin, now=NOW)
    rows = session.scalars(select(AuditEvent).where(AuditEvent.tag == "calendar.edited").order_by(AuditEvent.id)).all()
    assert [row.after.get("kind") for row in rows] == ["added", None]
    assert rows[1].before["name"] == "Typhoon"


def test_a_change_that_changes_nothing_is_refused_with_the_day(session: Session, admin: Any) -> None:
    with pytest.raises(Invalid, match="day off already"):
        team.add_day(session, "CN", date(2026, 3, 8), actor=admin, name="Sunday", now=NOW)
    with pytest.raises(Invalid, match="no holiday"):
        team.strike_day(session, "CN", MONDAY, actor=admin, now=NOW)
    with pytest.raises(Invalid, match="worked already"):
        team.add_workday(session, "CN", MONDAY, actor=admin, now=NOW)
    with pytest.raises(Invalid, match="no working-day calendar"):
        team.add_day(session, "XX", MONDAY, actor=admin, name="x", now=NOW)
    with pytest.raises(Invalid):
        team.add_day(session, "CN", MONDAY, actor=admin, name=" ", now=NOW)
    with pytest.raises(Invalid):
        team.add_day(session, "CN", date(1980, 1, 1), actor=admin, name="old", now=NOW)


def test_a_day_has_one_change_at_a_time(session: Session, admin: Any) -> None:
    team.strike_day(session, "SG", date(2026, 5, 1), actor=admin, now=NOW)
    with pytest.raises(Duplicate, match="Take that one back"):
        team.add_day(session, "SG", date(2026, 5, 1), actor=admin, name="after all", now=NOW)


def test_only_who_may_edit_changes_a_calendar(session: Session) -> None:
    agent = acting(session, Role.AGENT)
    for change in (
        lambda: team.add_day(session, "CN", MONDAY, actor=agent, name="x", now=NOW),
        lambda: team.choose(session, "ID", actor=agent, options=[], now=NOW),
        lambda: team.import_ical(session, "CN", b"", actor=agent, now=NOW),
        lambda: team.preview_ical(session, "CN", b"", actor=agent, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            change()


# --- choices -----------------------------------------------------------------------------------------------------------


def test_indonesias_joint_leave_is_a_choice(session: Session, admin: Any) -> None:
    leave = date(2026, 3, 20)
    assert not is_business_day(leave, team.team_calendar(session, "ID"))
    assert team.choose(session, "ID", actor=admin, options=[], now=NOW)
    assert is_business_day(leave, team.team_calendar(session, "ID"))
    assert not team.choose(session, "ID", actor=admin, options=[], now=NOW)
    team.choose(session, "ID", actor=admin, options=["joint_leave"], now=NOW)
    assert not is_business_day(leave, team.team_calendar(session, "ID"))


def test_brazils_optional_days_are_chosen_one_by_one(session: Session, admin: Any) -> None:
    carnival, corpus, ash = date(2026, 2, 17), date(2026, 6, 4), date(2026, 2, 18)
    team.choose(session, "BR", actor=admin, options=["corpus_christi", "ash_wednesday"], now=NOW)
    calendar = team.team_calendar(session, "BR")
    assert is_business_day(carnival, calendar)
    assert not is_business_day(corpus, calendar)
    assert not is_business_day(ash, calendar)


def test_a_choice_the_calendar_does_not_have_is_refused(session: Session, admin: Any) -> None:
    with pytest.raises(Invalid):
        team.choose(session, "SG", actor=admin, options=["carnival"], now=NOW)
    with pytest.raises(Invalid):
        team.choose(session, "SG", actor=admin, options=[], published_through=3000, now=NOW)


def test_every_option_brings_days_and_is_on_as_shipped_only_where_it_says_so() -> None:
    for code, shipped in calendars().items():
        assert with_options(without_options(code), shipped_options(code)) == shipped


def test_a_year_the_team_knows_to_be_published_is_no_longer_doubted(session: Session, admin: Any) -> None:
    assert not is_published(2027, team.team_calendar(session, "CN"))
    team.choose(session, "CN", actor=admin, options=[], published_through=2027, now=NOW)
    assert is_published(2027, team.team_calendar(session, "CN"))
    assert not is_published(2028, team.team_calendar(session, "CN"))


# --- reading -----------------------------------------------------------------------------------------------------------


def test_a_year_lists_what_is_not_as_the_week_says_with_its_source(session: Session, admin: Any) -> None:
    team.add_day(session, "CN", MONDAY, actor=admin, name="Typhoon", now=NOW)
    team.strike_day(session, "CN", date(2026, 5, 1), actor=admin, now=NOW)
    team.add_workday(session, "CN", date(2026, 3, 14), actor=admin, name="", now=NOW)
    year = team.year_of(session, "CN", 2026, actor=admin)
    days = {one.day: one for one in year.days}
    assert year.published
    assert days[MONDAY].word is DayWord.ADDED and days[MONDAY].who == "Admin-Mei"
    assert days[date(2026, 5, 1)].word is DayWord.STRUCK and "Labor" in days[date(2026, 5, 1)].name
    assert days[date(2026, 3, 14)].word is DayWord.WORKDAY
    assert days[date(2026, 10, 1)].word is DayWord.HOLIDAY and days[date(2026, 10, 1)].change_id is None
    assert DayWord.MADE_UP in {one.word for one in year.days}
    assert list(days) == sorted(days)


def test_an_unpublished_year_says_so_instead_of_pretending(session: Session, admin: Any) -> None:
    assert not team.year_of(session, "CN", 2028, actor=admin).published
    assert team.year_of(session, "BR", 2028, actor=admin).published
    with pytest.raises(Invalid):
        team.year_of(session, "CN", 3000, actor=admin)


def test_the_list_of_calendars_says_choices_and_changes(session: Session, admin: Any) -> None:
    team.add_day(session, "ID", MONDAY, actor=admin, name="Vote", now=NOW)
    team.choose(session, "ID", actor=admin, options=[], published_through=2028, now=NOW)
    view = next(one for one in team.list_calendars(session, actor=admin) if one.code == "ID")
    assert view.changes == 1
    assert (view.published_through, view.shipped_through) == (2028, 2027)
    assert [one.on for one in view.options] == [False]


# --- files -------------------------------------------------------------------------------------------------------------


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{one}\r\nEND:VEVENT\r\n" for n, one in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{body}END:VCALENDAR\r\n".encode()


def whole(day: str, summary: str, *more: str) -> str:
    return "\r\n".join([f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{summary}", *more])


def preview(session: Session, admin: Any, content: bytes, code: str = "CN") -> Any:
    return team.preview_ical(session, code, content, actor=admin, now=NOW)


def test_a_file_is_looked_at_first_and_then_brought_in_once(session: Session, admin: Any) -> None:
    content = ics(whole("20260309", "Company day"), whole("20260314", "补班"), whole("20261001", "国庆节"))
    found = preview(session, admin, content)
    assert [(one.day, one.kind, one.state) for one in found.entries] == [
        (MONDAY, DayKind.ADDED, EntryState.NEW),
        (date(2026, 3, 14), DayKind.WORKDAY, EntryState.NEW),
        (date(2026, 10, 1), DayKind.ADDED, EntryState.KNOWN),
    ]
    assert is_business_day(MONDAY, team.team_calendar(session, "CN")), "a preview changes nothing"
    done = team.import_ical(session, "CN", content, actor=admin, now=NOW)
    assert (done.off, done.worked) == (1, 1)
    calendar = team.team_calendar(session, "CN")
    assert not is_business_day(MONDAY, calendar) and is_business_day(date(2026, 3, 14), calendar)
    again = team.import_ical(session, "CN", content, actor=admin, now=NOW)
    assert (again.off, again.worked) == (0, 0)
    days = {one.day: one for one in team.year_of(session, "CN", 2026, actor=admin).days}
    assert days[MONDAY].source is DaySource.ICAL and days[MONDAY].name == "Company day"


def test_only_the_days_that_were_ticked_come_in(session: Session, admin: Any) -> None:
    content = ics(whole("20260309", "One"), whole("20260310", "Two"))
    done = team.import_ical(session, "CN", content, actor=admin, days={MONDAY}, now=NOW)
    assert done.off == 1
    assert is_business_day(date(2026, 3, 10), team.team_calendar(session, "CN"))


def test_an_entry_of_several_days_ends_before_its_end(session: Session, admin: Any) -> None:
    content = ics(whole("20260309", "Break", "DTEND;VALUE=DATE:20260312"))
    assert [one.day.day for one in preview(session, admin, content).entries] == [9, 10, 11]


def test_a_yearly_entry_returns_every_year_near_today_but_for_its_exceptions(session: Session, admin: Any) -> None:
    fixed = whole("20200309", "Founders", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270309")
    leap = whole("20200229", "Leap", "RRULE:FREQ=YEARLY")
    nth = whole("20201126", "Thanks", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH")
    last = whole("20200525", "Last Monday", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=8")
    days = {one.day: one.name for one in preview(session, admin, ics(fixed, leap, nth, last)).entries}
    assert date(2026, 3, 9) in days and date(2028, 3, 9) in days and date(2027, 3, 9) not in days
    assert date(2028, 2, 29) in days and date(2026, 2, 28) not in days
    assert days[date(2026, 11, 26)] == "Thanks"
    assert days[date(2026, 5, 25)] == "Last Monday" and date(2028, 5, 29) not in days
    assert max(days) < date(2040, 1, 1)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("DTSTART:20260309T100000Z\r\nSUMMARY:Meeting", "time of day"),
        (whole("20260309", "Daily", "RRULE:FREQ=DAILY"), "no yearly holiday"),
        (whole("20260309", "Odd", "RRULE:FREQ=YEARLY;BYEASTER=1"), ""),
        (whole("20260309", "Long", "DTEND;VALUE=DATE:20270309"), "longer than"),
        (whole("20260309", "Backwards", "DTEND;VALUE=DATE:20260301"), "ends before"),
        (whole("20260309", "Off", "STATUS:CANCELLED"), "Cancelled"),
        ("SUMMARY:Nothing", "no day"),
        ("DTSTART:nonsense\r\nSUMMARY:Broken", ""),
    ],
)
def test_an_entry_that_is_no_whole_day_is_left_out_with_its_reason(
    session: Session, admin: Any, entry: str, why: str
) -> None:
    found = preview(session, admin, ics(entry, whole("20260310", "Good")))
    assert [one.day for one in found.entries] == [date(2026, 3, 10)]
    assert len(found.left_out) == 1 and why in found.left_out[0][1]


def test_a_change_made_by_hand_is_not_put_aside_by_a_file(session: Session, admin: Any) -> None:
    team.strike_day(session, "SG", date(2026, 5, 1), actor=admin, now=NOW)
    content = ics(whole("20260501", "Labour Day"))
    assert [one.state for one in preview(session, admin, content, "SG").entries] == [EntryState.IN_THE_WAY]
    assert team.import_ical(session, "SG", content, actor=admin, now=NOW).off == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.7",
        b"\xff\xfe\x00B",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\ngarbage without a colon",
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VALARM\r\n" * 40_000,
        b"BEGIN:VCALENDAR\r\n" + b"A;" * 400_000,
        ics(*[whole("20260309", "x")] * 2_500),
        b"BEGIN:VCALENDAR\r\n" + b" " * 1_000_001,
    ],
    ids=range(11),
)
def test_a_file_that_is_no_calendar_ends_in_a_sentence(session: Session, admin: Any, content: bytes) -> None:
    with pytest.raises((Invalid, TooLarge)) as refused:
        preview(session, admin, content)
    assert refused.value.message


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_damaged_file_is_refused_or_read_but_never_breaks(
    session: Session, admin: Any, noise: bytes, where: int
) -> None:
    good = ics(whole("20260309", "Day", "RRULE:FREQ=YEARLY;COUNT=3", "DTEND;VALUE=DATE:20260311"))
    with suppress(Refusal):
        preview(session, admin, good[:where] + noise + good[where:])


def test_a_file_in_chinese_encoding_is_read(session: Session, admin: Any) -> None:
    content = ics(whole("20260309", "公司日")).decode().encode("gb18030")
    assert preview(session, admin, content).entries[0].name == "公司日"


@pytest.mark.parametrize(
    ("summary", "worked"),
    [
        ("国庆节（班）", True),
        ("春节 补班", True),
        ("調休上班", True),
        ("Make-up day", True),
        ("Special Working Day", True),
        ("Workday for Spring Festival", True),
        ("国庆节（休）", False),
        ("Special Non-Working Day", False),
        ("Special non working day", False),
        ("International Workers' Day", False),
        ("Labour Day", False),
    ],
)
def test_a_day_worked_in_exchange_is_known_by_its_words(summary: str, worked: bool) -> None:
    assert is_workday(summary) is worked


# --- the arithmetic over changed calendars -----------------------------------------------------------------------------

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@st.composite
def changed(draw: st.DrawFn) -> Calendar:
    """A shipped calendar with days added, struck and worked, and any choice of its options."""
    code = draw(st.sampled_from(sorted(calendars())))
    options = [one.code for one in options_of(code)]
    base = with_options(without_options(code), draw(st.sets(st.sampled_from(options))) if options else ())
    return replace(
        base,
        extra=frozenset(draw(st.sets(DAYS, max_size=30))),
        struck=frozenset(draw(st.sets(DAYS, max_size=30))),
        workdays=frozenset(draw(st.sets(DAYS, max_size=30))),
        published_through=draw(st.sampled_from([None, 2025, 2026, 2030])),
    )


@settings(max_examples=150)
@given(changed(), DAYS, st.integers(1, 60))
def test_counting_lands_on_the_nth_worked_day_whatever_was_changed(calendar: Calendar, day: date, n: int) -> None:
    found = add_business_days(day, n, calendar)
    passed = [day + timedelta(days=one) for one in range(1, (found.day - day).days + 1)]
    assert sum(is_business_day(one, calendar) for one in passed) == n
    assert is_business_day(found.day, calendar)
    assert found.unpublished == tuple(
        year for year in range(day.year, found.day.year + 1) if not is_published(year, calendar)
    )


@settings(max_examples=150)
@given(changed(), st.datetimes(datetime(2025, 1, 1), datetime(2028, 6, 30)), st.integers(1, 40), st.integers(0, 40))
def test_a_window_opens_before_it_closes_and_tells_every_year_it_doubts(
    calendar: Calendar, at: datetime, within: int, wait: int
) -> None:
    rule = WindowRule(
        ClockEvent.ACCEPTED,
        calendar.zone,
        Span(within, DayUnit.BUSINESS_DAYS),
        Span(min(wait, within), DayUnit.BUSINESS_DAYS),
        calendar,
    )
    found = window(rule, parse_moment(f"{at:%Y-%m-%dT%H:%M}+08:00"))
    assert found.opens_at is not None and found.due_at is not None
    assert found.event_at <= found.opens_at <= found.due_at
    touched = {step.day.year for step in found.steps if step.kind is not StepKind.EVENT}
    assert set(found.unpublished) == {year for year in touched if not is_published(year, calendar)}
    counted = [step for step in found.steps if step.kind is StepKind.COUNTED and step.end.value == "due"]
    assert len(counted) == within and all(is_business_day(step.day, calendar) for step in counted)


@settings(max_examples=100)
@given(changed(), DAYS, st.integers(1, 60), DAYS)
def test_a_day_off_more_never_makes_a_deadline_earlier(calendar: Calendar, day: date, n: int, off: date) -> None:
    more = replace(calendar, extra=calendar.extra | {off}, workdays=calendar.workdays - {off})
    assert add_business_days(day, n, more).day >= add_business_days(day, n, calendar).day


@settings(max_examples=100)
@given(changed(), DAYS, st.integers(1, 60), DAYS)
def test_a_day_worked_more_never_makes_a_deadline_later(calendar: Calendar, day: date, n: int, worked: date) -> None:
    more = replace(calendar, workdays=calendar.workdays | {worked})
    assert add_business_days(day, n, more).day <= add_business_days(day, n, calendar).day
