"""What holds of every clock: over zones, clock changes, month ends, leap days, holidays, pauses and changed rules.

All of it is arithmetic without a database. `--hypothesis-profile thorough` runs ten thousand examples of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.cases.clocks import Moments, rules
from core.cases.clocks.moments import level, quiet_until, replaced, resumed
from core.foundation.calendars import Calendar, calendar_of, calendars
from core.foundation.errors import Invalid
from core.models.clock import ClockKind
from core.models.rule import ClockEvent, DayUnit
from core.recovery.windows import Span, Window, WindowRule, window

ZONES = (
    "Asia/Singapore",
    "UTC",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "America/New_York",
    "Europe/Berlin",
    "America/Havana",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)
DAY, NOTHING = timedelta(days=1), timedelta(0)

# Where reckoning goes wrong: month ends, leap days, year's ends, the hours around clock changes, a day a zone skipped.
EDGES = (
    datetime(2024, 2, 28, 15, 59, 59, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 1, 30, 2, tzinfo=UTC),
    datetime(2026, 1, 31, 16, tzinfo=UTC),
    datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC),
    datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC),
    datetime(2026, 2, 16, 16, tzinfo=UTC),
)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
NEAR = st.builds(
    lambda edge, more: edge + more, st.sampled_from(EDGES), st.timedeltas(timedelta(hours=-30), timedelta(hours=30))
)
EVENTS = st.one_of(NEAR, MOMENTS)
UNITS = {DayUnit.CALENDAR_DAYS: 400, DayUnit.BUSINESS_DAYS: 120, DayUnit.MONTHS: 24, DayUnit.HOURS: 2000}
LENGTHS = st.timedeltas(NOTHING, timedelta(days=200))


def _of_a_team(code: str, seed: int) -> Calendar:
    """A shipped calendar with days a team added, struck and works."""
    pick = Random(f"{code}/{seed}")
    extra, struck, workdays = (
        frozenset(date(2024, 1, 1) + timedelta(days=pick.randrange(1800)) for _day in range(40)) for _list in range(3)
    )
    return replace(calendar_of(code), extra=extra, struck=struck, workdays=workdays)


# Made once: a calendar counts its days the first time it is asked, which takes longer than a thousand windows.
CALENDARS = [calendar_of(code) for code in sorted(calendars())]
CALENDARS += [_of_a_team(code, seed) for code in sorted(calendars()) for seed in (1, 2)]


@st.composite
def spans(draw: st.DrawFn, least: int = 1) -> Span:
    unit = draw(st.sampled_from(sorted(UNITS)))
    return Span(draw(st.integers(least, UNITS[unit])), unit)


@st.composite
def a_rule(draw: st.DrawFn) -> WindowRule:
    zone, calendar = draw(st.sampled_from(ZONES)), draw(st.sampled_from(CALENDARS))
    within, not_before = draw(spans()), draw(st.none() | spans(0))
    try:
        return WindowRule(ClockEvent.ACCEPTED, zone, within, not_before, calendar)
    except Invalid:  # It would close before it opens, whatever the event: such a rule cannot be written down.
        return WindowRule(ClockEvent.ACCEPTED, zone, within, None, calendar)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    return window(draw(a_rule()), draw(EVENTS))


@dataclass
class Life:
    """A clock as it runs, is paused and is moved: what the database keeps of it, in the same steps."""

    now: datetime
    clock: Moments

    def after(self, gap: timedelta) -> None:
        self.now += gap

    def pause(self, length: timedelta) -> None:
        paused_at, self.now = self.now, self.now + length
        self.clock = resumed(self.clock, paused_at, self.now)


def of(found: Window) -> Moments:
    return Moments(found.opens_at, found.due_at)


@given(windows(), st.lists(st.tuples(LENGTHS, LENGTHS), max_size=6))
def test_resume_of_pause_loses_nothing_however_often(
    found: Window, pauses: Sequence[tuple[timedelta, timedelta]]
) -> None:
    life = Life(found.event_at, of(found))
    for gap, length in pauses:
        life.after(gap)
        assert found.due_at is not None and life.clock.due is not None
        left = life.clock.due - life.now
        life.pause(length)
        assert life.clock.due - life.now == left
    total = sum((length for _gap, length in pauses), NOTHING)
    assert found.due_at is not None
    opens = found.opens_at + total if found.opens_at is not None else None
    assert life.clock == Moments(opens, found.due_at + total, total)


@given(windows(), LENGTHS, st.lists(LENGTHS, min_size=1, max_size=5))
def test_several_pauses_are_as_good_as_one_of_their_length(
    found: Window, gap: timedelta, pauses: list[timedelta]
) -> None:
    many, one = Life(found.event_at, of(found)), Life(found.event_at, of(found))
    for length in pauses:
        many.pause(length)
        many.after(gap)
    one.pause(sum(pauses, NOTHING))
    assert many.clock == one.clock


@given(windows(), st.lists(LENGTHS, max_size=4), st.lists(LENGTHS, max_size=4), a_rule())
def test_a_changed_rule_keeps_past_pauses_and_later_ones_add_up(
    found: Window, before: list[timedelta], later: list[timedelta], other: WindowRule
) -> None:
    life = Life(found.event_at, of(found))
    for length in before:
        life.pause(length)
    new = window(other, found.event_at)
    life.clock = replaced(new.opens_at, new.due_at, life.clock.held)
    for length in later:
        life.pause(length)
    total = sum((*before, *later), NOTHING)
    assert life.clock == Moments(new.opens_at and new.opens_at + total, new.due_at and new.due_at + total, total)
    back = replaced(found.opens_at, found.due_at, life.clock.held)
    assert back.due == found.due_at + total  # type: ignore[operator]


@given(windows(), st.lists(LENGTHS, max_size=4))
def test_opening_never_comes_after_closing_however_it_was_paused(found: Window, pauses: list[timedelta]) -> None:
    life = Life(found.event_at, of(found))
    for length in pauses:
        life.pause(length)
        opens, due = life.clock.opens, life.clock.due
        assert opens is None or due is None or opens <= due


@given(windows(), LENGTHS, LENGTHS, st.sampled_from(ZONES))
def test_the_viewers_zone_changes_neither_windows_nor_pauses(
    found: Window, gap: timedelta, length: timedelta, viewer: str
) -> None:
    seen = window(found.rule, found.event_at.astimezone(ZoneInfo(viewer)))
    paused = found.event_at + gap
    here = resumed(of(found), paused, paused + length)
    there = resumed(of(seen), paused.astimezone(ZoneInfo(viewer)), (paused + length).astimezone(ZoneInfo(viewer)))
    assert here == there


@given(EVENTS, a_rule(), st.integers(1, 40), st.lists(LENGTHS, max_size=3))
def test_more_days_never_close_earlier_whatever_was_paused(
    event: datetime, rule: WindowRule, more: int, pauses: list[timedelta]
) -> None:
    assert rule.within is not None
    longer = replace(rule, within=Span(rule.within.n + more, rule.within.unit))
    total = sum(pauses, NOTHING)
    short, long = window(rule, event), window(longer, event)
    assert of(short).shifted(total).due <= of(long).shifted(total).due  # type: ignore[operator]


@given(windows(), st.integers(0, 60 * 24 * 40), LENGTHS)
def test_a_later_event_or_a_longer_pause_never_closes_earlier(found: Window, minutes: int, length: timedelta) -> None:
    later = window(found.rule, found.event_at + timedelta(minutes=minutes))
    assert of(found).shifted(length).due <= of(later).shifted(length).due  # type: ignore[operator]
    assert of(found).shifted(length).due <= of(found).shifted(length + timedelta(microseconds=1)).due  # type: ignore[operator]


@given(windows(), st.sampled_from(list(ClockKind)), st.booleans(), LENGTHS, LENGTHS)
def test_a_frozen_clock_does_not_escalate_in_the_second_it_wakes(
    found: Window, kind: ClockKind, owned: bool, gap: timedelta, length: timedelta
) -> None:
    life = Life(found.event_at, of(found))
    life.after(gap)
    due = life.clock.due
    assert due is not None
    at_pause = level(kind, life.clock.opens, due, owned=owned, now=life.now)
    life.pause(length)
    # The pause itself brings it no nearer to anybody, and for a while after it nobody is disturbed.
    assert level(kind, life.clock.opens, life.clock.due, owned=owned, now=life.now) == at_pause
    quiet = quiet_until(life.now, life.clock.due)
    left = (life.clock.due or life.now) - life.now
    assert quiet >= life.now and quiet - life.now <= rules().grace
    assert left <= NOTHING or quiet > life.now
    assert left <= NOTHING or quiet < (life.clock.due or quiet)


@given(windows(), st.sampled_from(list(ClockKind)), st.booleans(), LENGTHS, LENGTHS)
def test_time_alone_never_takes_a_clock_back_from_the_lead(
    found: Window, kind: ClockKind, owned: bool, gap: timedelta, more: timedelta
) -> None:
    now = found.event_at + gap
    first = level(kind, found.opens_at, found.due_at, owned=owned, now=now)
    assert level(kind, found.opens_at, found.due_at, owned=owned, now=now + more) >= first
    assert level(kind, found.opens_at, found.due_at, owned=False, now=now) >= first
    if found.opens_at is not None and now < found.opens_at:
        assert first == 0


@pytest.mark.alone
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
@given(windows(), a_rule(), st.lists(st.tuples(LENGTHS, LENGTHS), max_size=5), st.sampled_from(ZONES), st.booleans())
@example(
    found=window(
        WindowRule(ClockEvent.ACCEPTED, "Asia/Singapore", Span(30, DayUnit.CALENDAR_DAYS)),
        datetime(2026, 1, 30, 2, tzinfo=UTC),
    ),
    other=WindowRule(ClockEvent.ACCEPTED, "America/Sao_Paulo", Span(1, DayUnit.MONTHS)),
    pauses=[(DAY, DAY), (NOTHING, 28 * DAY)],
    viewer="Pacific/Apia",
    paused_then_settled=True,
)
def test_ten_thousand_lives_of_clocks_lose_nothing(
    found: Window,
    other: WindowRule,
    pauses: list[tuple[timedelta, timedelta]],
    viewer: str,
    paused_then_settled: bool,
) -> None:
    """A window computed, seen from another zone, paused and resumed, moved under another rule, settled while paused."""
    assert found.opens_at is None or found.due_at is None or found.event_at <= found.opens_at <= found.due_at
    assert window(found.rule, found.event_at.astimezone(ZoneInfo(viewer))) == found
    life, held = Life(found.event_at, of(found)), NOTHING
    for place, (gap, length) in enumerate(pauses):
        life.after(gap)
        life.pause(length)
        held += length
        if place == len(pauses) // 2:
            new = window(other, found.event_at)
            life.clock = replaced(new.opens_at, new.due_at, life.clock.held)
            found = new
        assert life.clock == Moments(
            found.opens_at and found.opens_at + held, found.due_at and found.due_at + held, held
        )
    if paused_then_settled:
        settled = resumed(life.clock, life.now, life.now + 180 * DAY)
        assert settled.held == held + 180 * DAY
        assert settled.due == found.due_at + settled.held  # type: ignore[operator]
