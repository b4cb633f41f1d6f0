"""Working days: what counts, what was announced, and what a team changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation import calendars
from core.foundation.calendars import DayOff, add_business_days, calendar_of, is_business_day, reason_off
from core.foundation.clock import zone_of
from core.foundation.errors import Invalid
from core.foundation.language import using

CODES = sorted(calendars.calendars())
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def test_every_market_of_the_team_has_a_calendar_with_a_real_zone() -> None:
    assert {"CN", "SG", "MY", "TH", "VN", "PH", "ID", "TW", "BR", "MX"} <= set(CODES)
    for code in CODES:
        assert zone_of(calendar_of(code).zone).key == calendar_of(code).zone
        assert calendar_of(code).note


def test_a_market_without_a_calendar_is_refused_rather_than_counted_without_holidays() -> None:
    with pytest.raises(Invalid, match="no working-day calendar"):
        calendar_of("ZZ")


def test_singapore_rests_on_national_day_observed() -> None:
    assert reason_off(date(2026, 8, 10), calendar_of("SG")) is DayOff.HOLIDAY
    assert is_business_day(date(2026, 8, 11), calendar_of("SG"))


def test_china_works_the_saturday_it_gives_for_spring_festival() -> None:
    assert is_business_day(date(2026, 2, 14), calendar_of("CN"))
    assert reason_off(date(2026, 2, 20), calendar_of("CN")) is DayOff.HOLIDAY
    assert reason_off(date(2026, 2, 23), calendar_of("CN")) is DayOff.HOLIDAY
    assert is_business_day(date(2026, 2, 28), calendar_of("CN"))
    assert reason_off(date(2026, 3, 7), calendar_of("CN")) is DayOff.WEEKEND


def test_indonesias_joint_leave_is_a_choice() -> None:
    joint_leave = date(2026, 3, 23)
    assert not is_business_day(joint_leave, calendar_of("ID"))
    assert is_business_day(joint_leave, calendar_of("ID-STATUTORY"))


def test_brazils_carnival_is_a_choice_and_its_ash_wednesday_is_worked() -> None:
    assert not is_business_day(date(2026, 2, 17), calendar_of("BR"))
    assert not is_business_day(date(2026, 6, 4), calendar_of("BR"))
    assert is_business_day(date(2026, 2, 18), calendar_of("BR"))
    assert is_business_day(date(2026, 2, 17), calendar_of("BR-STATUTORY"))


def test_counting_skips_weekends_and_holidays_and_never_counts_the_first_day() -> None:
    good_friday_eve = date(2026, 4, 2)
    assert add_business_days(good_friday_eve, 1, calendar_of("SG")).day == date(2026, 4, 6)
    assert add_business_days(good_friday_eve, 0, calendar_of("SG")).day == good_friday_eve


def test_a_year_not_announced_yet_is_named() -> None:
    counted = add_business_days(date(2026, 12, 20), 15, calendar_of("CN"))
    assert counted.unpublished == (2027,)
    assert add_business_days(date(2026, 11, 2), 15, calendar_of("CN")).unpublished == ()


def test_a_year_fixed_by_law_needs_no_announcement() -> None:
    assert add_business_days(date(2030, 12, 20), 15, calendar_of("MX")).unpublished == ()


def test_a_team_adds_strikes_and_works_days_of_its_own() -> None:
    monday, holiday, saturday = date(2026, 11, 23), date(2026, 8, 10), date(2026, 11, 28)
    own = replace(
        calendar_of("SG"), extra=frozenset({monday}), struck=frozenset({holiday}), workdays=frozenset({saturday})
    )
    assert reason_off(monday, own) is DayOff.ADDED
    assert is_business_day(holiday, own)
    assert is_business_day(saturday, own)
    assert is_business_day(monday, calendar_of("SG"))


def test_a_calendar_that_never_works_is_refused() -> None:
    with pytest.raises(Invalid, match="at least one working day"):
        replace(calendar_of("SG"), weekend=frozenset(range(7)))


def test_counting_ends_with_a_sentence_where_the_calendars_end() -> None:
    with pytest.raises(Invalid, match="too far away"):
        add_business_days(date(2099, 12, 1), 60, calendar_of("SG"))


def test_a_holiday_is_named_in_the_readers_language_where_it_can_be() -> None:
    national_day = date(2026, 10, 1)
    assert calendars.holiday_name(national_day, calendar_of("CN")) == "National Day"
    with using("zh-CN"):
        assert calendars.holiday_name(national_day, calendar_of("CN")) == "国庆节"
        assert calendars.holiday_name(date(2026, 8, 10), calendar_of("SG")) == "National Day (observed)"


@pytest.mark.parametrize("code", [code for code in CODES if not code.startswith("ID")])
def test_no_year_called_announced_rests_on_an_estimated_day(code: str) -> None:
    calendar = calendar_of(code)
    for year in range(2024, (calendar.published_through or 2026) + 1):
        days = calendars._names(calendar.country, None, calendar.categories, calendar.also, year, "en_US")
        assert not [name for name in days.values() if "estimated" in name], year


@given(DAYS, st.integers(0, 90), st.sampled_from(CODES))
def test_the_day_reached_is_a_working_day_and_exactly_that_many_lie_behind(day: date, count: int, code: str) -> None:
    calendar = calendar_of(code)
    reached = add_business_days(day, count, calendar).day
    between = [day + timedelta(days=n) for n in range(1, (reached - day).days + 1)]
    assert sum(is_business_day(one, calendar) for one in between) == count
    assert count == 0 or is_business_day(reached, calendar)


@given(DAYS, st.integers(0, 60), st.integers(0, 30), st.integers(0, 30), st.sampled_from(CODES))
def test_more_days_or_a_later_start_never_end_earlier(day: date, count: int, more: int, later: int, code: str) -> None:
    calendar = calendar_of(code)
    reached = add_business_days(day, count, calendar).day
    assert add_business_days(day, count + more, calendar).day >= reached
    if count:
        assert add_business_days(day + timedelta(days=later), count, calendar).day >= reached


@given(DAYS, st.integers(1, 40), st.lists(st.integers(1, 60), max_size=6), st.sampled_from(CODES))
def test_added_days_off_only_move_the_day_later(day: date, count: int, offsets: list[int], code: str) -> None:
    calendar = calendar_of(code)
    more = replace(calendar, extra=frozenset(day + timedelta(days=n) for n in offsets))
    assert add_business_days(day, count, more).day >= add_business_days(day, count, calendar).day
