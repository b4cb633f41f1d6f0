"""Days and moments, in zones that behave and in zones that do not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation import clock
from core.foundation.errors import Invalid

AWKWARD = [
    "UTC",
    "Asia/Singapore",
    "Asia/Shanghai",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Havana",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "America/Toronto",
]


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_day_ends_at_its_last_second_in_its_own_zone() -> None:
    assert clock.end_of_day(date(2026, 3, 1), "Asia/Singapore") == datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)


def test_a_day_starts_where_the_clocks_jump_when_midnight_does_not_exist() -> None:
    assert clock.start_of_day(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert clock.end_of_day(date(2018, 11, 3), "America/Sao_Paulo") == datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC)


def test_a_jump_that_begins_before_midnight_starts_the_day_at_the_jump() -> None:
    start = clock.start_of_day(date(1919, 3, 31), "America/Toronto")
    assert clock.local(start, "America/Toronto").replace(tzinfo=None) == datetime(1919, 3, 31, 0, 30)
    before = start - timedelta(seconds=1)
    assert clock.local_day(before, "America/Toronto") == date(1919, 3, 30)


def test_a_day_that_a_zone_skipped_is_empty_and_not_an_error() -> None:
    skipped, following = date(2011, 12, 30), date(2011, 12, 31)
    assert clock.start_of_day(skipped, "Pacific/Apia") == clock.start_of_day(following, "Pacific/Apia")


def test_a_day_with_a_clock_change_is_twenty_three_or_twenty_five_hours_long() -> None:
    def length(day: date) -> timedelta:
        return clock.start_of_day(day + timedelta(days=1), "Europe/Berlin") - clock.start_of_day(day, "Europe/Berlin")

    assert length(date(2026, 3, 29)) == timedelta(hours=23)
    assert length(date(2026, 10, 25)) == timedelta(hours=25)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "America", "../etc/passwd", "Asia/Singapore\x00", "a" * 300])
def test_an_unknown_zone_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Invalid, match="is not a time zone"):
        clock.zone_of(name)


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        clock.local(datetime(2026, 1, 1), "UTC")


def test_a_typed_moment_keeps_its_offset_or_takes_the_given_zone() -> None:
    assert clock.parse_moment("2026-01-30T10:00+08:00") == datetime(2026, 1, 30, 2, tzinfo=UTC)
    assert clock.parse_moment("2026-01-30 10:00", "Asia/Bangkok") == datetime(2026, 1, 30, 3, tzinfo=UTC)
    assert clock.parse_moment("2026-01-30", "Asia/Bangkok") == datetime(2026, 1, 29, 17, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30T10:00+08:00", "", "2026-01-30T10:00"])
def test_a_typed_moment_that_is_none_or_lacks_its_zone_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"is not a moment|lacks its zone"):
        clock.parse_moment(text)


@given(st.dates(date(1975, 1, 1), date(2090, 1, 1)), st.sampled_from(AWKWARD))
def test_every_day_begins_after_the_one_before_and_ends_before_the_next(day: date, zone: str) -> None:
    following = day + timedelta(days=1)
    assert clock.start_of_day(day, zone) <= clock.start_of_day(following, zone)
    assert clock.end_of_day(day, zone) < clock.start_of_day(following, zone)
    assert clock.end_of_day(day, zone) + timedelta(seconds=1) == clock.start_of_day(following, zone)


@given(st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), st.sampled_from(AWKWARD))
def test_a_moment_lies_inside_its_own_day(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    day = moment.astimezone(ZoneInfo(zone)).date()
    assert clock.local_day(moment, zone) == day
    assert clock.start_of_day(day, zone) <= moment <= clock.end_of_day(day, zone)
