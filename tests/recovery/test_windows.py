"""Windows: when a claim may be filed, until when, and why that date."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation import clock
from core.foundation.calendars import calendar_of, calendars, is_business_day
from core.foundation.errors import Invalid
from core.models.rule import ClockEvent, DayUnit
from core.recovery import window_words
from core.recovery.windows import Span, StepKind, Window, WindowRule, add_months, due_after, window

SG = "Asia/Singapore"
ZONES = [
    SG,
    "UTC",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "America/New_York",
    "Europe/Berlin",
    "America/Havana",
    "Pacific/Apia",
]


def rule(within: Span | None = None, not_before: Span | None = None, zone: str = SG, market: str = "SG") -> WindowRule:
    return WindowRule(ClockEvent.ACCEPTED, zone, within, not_before, calendar_of(market))


def days(n: int) -> Span:
    return Span(n, DayUnit.CALENDAR_DAYS)


def working(n: int) -> Span:
    return Span(n, DayUnit.BUSINESS_DAYS)


def months(n: int) -> Span:
    return Span(n, DayUnit.MONTHS)


def hours(n: int) -> Span:
    return Span(n, DayUnit.HOURS)


def at(text: str) -> datetime:
    return clock.parse_moment(text)


def test_thirty_days_from_the_thirtieth_of_january_close_at_the_end_of_the_first_of_march() -> None:
    found = window(rule(days(30)), at("2026-01-30T10:00+08:00"))
    assert found.due_at == at("2026-03-01T23:59:59+08:00")
    assert found.opens_at is None


def test_the_day_of_the_event_is_the_day_in_the_rules_zone_and_not_the_viewers() -> None:
    late_in_london = at("2026-01-30T17:30+00:00")
    assert window(rule(days(1)), late_in_london).due_at == at("2026-02-01T23:59:59+08:00")


def test_not_before_twenty_one_days_opens_with_day_twenty_one() -> None:
    found = window(rule(days(90), days(21)), at("2026-01-01T09:00+08:00"))
    assert found.opens_at == at("2026-01-22T00:00+08:00")
    assert found.is_early(at("2026-01-21T23:59:59+08:00"))
    assert found.is_open(at("2026-01-22T00:00+08:00"))


def test_the_last_second_is_in_time_and_the_next_one_is_late() -> None:
    found = window(rule(days(30)), at("2026-01-30T10:00+08:00"))
    assert found.is_open(at("2026-03-01T23:59:59+08:00"))
    assert found.is_late(at("2026-03-02T00:00:00+08:00"))


def test_fourteen_working_days_in_malaysia_skip_the_new_year_and_thaipusam() -> None:
    found = window(rule(working(14), zone="Asia/Kuala_Lumpur", market="MY"), at("2026-02-10T10:00+08:00"))
    assert found.due_at == at("2026-03-04T23:59:59+08:00")
    kinds = [step.kind for step in found.steps]
    assert kinds.count(StepKind.COUNTED) == 14
    assert {step.day for step in found.steps if step.kind is StepKind.HOLIDAY} == {date(2026, 2, 17), date(2026, 2, 18)}


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 5, 31), 9, date(2027, 2, 28)),
        (date(2027, 5, 31), 9, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_end_on_the_last_day_where_the_month_is_shorter(day: date, n: int, expected: date) -> None:
    assert add_months(day, n) == expected


def test_hours_are_exact_and_know_nothing_of_midnight_or_clock_changes() -> None:
    berlin = rule(hours(48), zone="Europe/Berlin")
    assert window(berlin, at("2026-03-28T12:00+01:00")).due_at == at("2026-03-30T13:00+02:00")


def test_a_window_without_a_known_end_still_opens_and_is_never_late() -> None:
    found = window(rule(None, working(40), zone="Asia/Shanghai", market="CN"), at("2026-01-05T10:00+08:00"))
    assert found.due_at is None
    assert found.opens_at == at("2026-03-06T00:00+08:00")
    assert not found.is_late(at("2030-01-01T00:00+08:00"))
    assert "No closing date is known: file as soon as it is open." in found.sentences()


def test_ends_that_would_cross_leave_the_window_open_at_its_end() -> None:
    spring_festival = at("2026-01-20T10:00+08:00")
    found = window(rule(days(56), working(40), zone="Asia/Shanghai", market="CN"), spring_festival)
    assert found.crossed
    assert found.opens_at == found.due_at
    assert any("before it opens" in line for line in found.sentences())


def test_a_rule_that_can_only_close_before_it_opens_is_refused() -> None:
    with pytest.raises(Invalid, match="close before it opens"):
        rule(days(10), days(20))
    with pytest.raises(Invalid, match="close before it opens"):
        rule(days(10), months(2))


def test_working_days_without_a_calendar_are_refused() -> None:
    with pytest.raises(Invalid, match="need a calendar"):
        WindowRule(ClockEvent.ACCEPTED, SG, working(5))


def test_an_unknown_zone_in_a_rule_is_refused() -> None:
    with pytest.raises(Invalid, match="not a time zone"):
        rule(days(5), zone="Asia/Nowhere")


@pytest.mark.parametrize("moment", ["1899-12-31T00:00+00:00", "2199-01-01T00:00+00:00", "0001-01-01T00:00+00:00"])
def test_a_date_out_of_all_reason_is_refused_with_a_sentence(moment: str) -> None:
    with pytest.raises(Invalid, match="not a year"):
        window(rule(days(5)), at(moment))


def test_an_event_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        window(rule(days(5)), datetime(2026, 1, 1))


def test_the_reasoning_counts_day_by_day_and_names_the_holiday() -> None:
    found = window(rule(working(3)), at("2026-04-01T10:00+08:00"))
    assert [(step.day.day, step.sentence()) for step in found.steps] == [
        (1, "the day it starts, not counted"),
        (2, "day 1"),
        (3, "Good Friday, not counted"),
        (4, "weekend, not counted"),
        (5, "weekend, not counted"),
        (6, "day 2"),
        (7, "day 3"),
    ]
    assert found.steps[-1].last


def test_the_reasoning_in_short_is_plain_data_and_reads_as_sentences() -> None:
    found = window(rule(days(30), days(10)), at("2026-01-30T10:00+08:00"), stand_in="shipped")
    assert window_words.tell(found.why()) == [
        "The clock starts with acceptance by the carrier: 30 Jan 2026 10:00 (Asia/Singapore).",
        "Acceptance by the carrier is not known; the shipping date stands in for it.",
        "Not before 10 days: opens 9 Feb 2026 00:00.",
        "Within 30 days: closes 1 Mar 2026 23:59.",
    ]


def test_reasoning_kept_by_a_later_version_is_shown_as_far_as_it_is_understood() -> None:
    assert window_words.tell([{"kind": "something new"}, {"kind": "no_end"}]) == [
        "No closing date is known: file as soon as it is open."
    ]


def test_a_count_into_a_year_without_announced_holidays_says_so() -> None:
    found = window(rule(working(10), zone="Asia/Shanghai", market="CN"), at("2026-12-22T10:00+08:00"))
    assert found.unpublished == (2027,)
    assert any("2027 (CN) are not announced yet" in line for line in found.sentences())
    assert any("not announced" in step.sentence() for step in found.steps)


def test_ten_thousand_windows_are_computed_in_under_a_second() -> None:
    china = rule(days(90), working(40), zone="Asia/Shanghai", market="CN")
    event = at("2026-01-05T10:00+08:00")
    window(china, event)
    began = time.perf_counter()
    for n in range(10_000):
        window(china, event + timedelta(minutes=n * 7))
    assert time.perf_counter() - began < 1


SPANS = st.one_of(
    st.integers(1, 200).map(days),
    st.integers(1, 90).map(working),
    st.integers(1, 12).map(months),
    st.integers(1, 2000).map(hours),
)
EVENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    zone, market = draw(st.sampled_from(ZONES)), draw(st.sampled_from(sorted(calendars())))
    within, not_before = draw(st.none() | SPANS), draw(st.none() | SPANS)
    try:
        made = rule(within, not_before, zone, market)
    except Invalid:
        made = rule(within, None, zone, market)
    return window(made, draw(EVENTS))


@given(windows())
def test_no_window_ever_closes_before_it_opens_or_opens_before_its_event(found: Window) -> None:
    if found.opens_at and found.due_at:
        assert found.opens_at <= found.due_at
    if found.due_at:
        assert found.due_at > found.event_at
    if found.opens_at:
        assert found.opens_at >= found.event_at


@given(windows(), st.sampled_from(ZONES))
def test_the_zone_the_event_is_written_in_changes_nothing(found: Window, viewer: str) -> None:
    again = window(found.rule, found.event_at.astimezone(ZoneInfo(viewer)))
    assert (again.opens_at, again.due_at) == (found.opens_at, found.due_at)


@given(windows(), st.integers(1, 60 * 24 * 40))
def test_a_later_event_never_closes_or_opens_earlier(found: Window, minutes: int) -> None:
    later = window(found.rule, found.event_at + timedelta(minutes=minutes))
    if found.due_at and later.due_at:
        assert later.due_at >= found.due_at
    if found.opens_at and later.opens_at and not (found.crossed or later.crossed):
        assert later.opens_at >= found.opens_at


@given(EVENTS, SPANS, st.integers(1, 30), st.sampled_from(ZONES), st.sampled_from(sorted(calendars())))
def test_one_more_day_never_closes_earlier(event: datetime, span: Span, more: int, zone: str, market: str) -> None:
    longer = replace(span, n=span.n + more)
    first = due_after(event, span, zone, calendar_of(market))
    assert due_after(event, longer, zone, calendar_of(market)) > first


@given(windows())
def test_the_steps_end_where_the_window_does(found: Window) -> None:
    for end, moment in (("opens", found.opens_at), ("due", found.due_at)):
        lasts = [step for step in found.steps if step.end.value == end and step.last]
        assert len(lasts) == (moment is not None)
        if moment and not found.crossed:
            assert lasts[0].day == clock.local_day(moment, found.zone) or lasts[0].kind is StepKind.HOURS


@given(windows())
def test_every_day_counted_on_a_calendar_is_worked_and_the_count_is_complete(found: Window) -> None:
    calendar = found.rule.calendar
    assert calendar is not None
    for end, span in (("opens", found.rule.not_before), ("due", found.rule.within)):
        if span and span.unit is DayUnit.BUSINESS_DAYS:
            counted = [one for one in found.steps if one.end.value == end and one.kind is StepKind.COUNTED]
            assert [one.count for one in counted] == list(range(1, span.n + 1))
            assert all(is_business_day(one.day, calendar) for one in counted)


@given(windows())
def test_every_window_explains_itself(found: Window) -> None:
    lines = found.sentences()
    assert lines[0].startswith("The clock starts with")
    assert all(line and "{" not in line for line in lines)
    assert all(step.sentence() for step in found.steps)
