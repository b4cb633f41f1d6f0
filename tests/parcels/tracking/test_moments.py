"""The edges of reading moments: noon and midnight, day or month, zones that cannot be, the year nobody wrote, numbers that are no dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.parcels.tracking import moments

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PLAIN = ZoneInfo("UTC")


def read(text: str, *, days_first: bool = True) -> str:
    return moments.read(text, PLAIN, NOW, days_first=days_first).at.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("12:05 AM", "00:05:00"),
        ("12:05 PM", "12:05:00"),
        ("11:05 p.m.", "23:05:00"),
        ("上午12:05", "00:05:00"),
        ("中午12:05", "12:05:00"),
        ("下午12:05", "12:05:00"),
        ("晚上11:05", "23:05:00"),
        ("0:00", "00:00:00"),
        ("23:59:59", "23:59:59"),
    ],
)
def test_noon_and_midnight_are_told_apart(written: str, hour: str) -> None:
    assert read(f"2026/11/20 {written}") == f"2026-11-20 {hour}"


@pytest.mark.parametrize("written", ["24:00", "10:60", "10:10:60", "13:60 PM"])
def test_an_hour_that_no_clock_shows_is_none(written: str) -> None:
    with pytest.raises(moments.NoMoment):
        read(f"2026/11/20 {written}")


@pytest.mark.parametrize(
    ("written", "days_first", "day"),
    [
        ("12/11/2026", True, "2026-11-12"),
        ("12/11/2026", False, "2026-12-11"),
        ("11/12/2026", True, "2026-12-11"),
        ("11/12/2026", False, "2026-11-12"),
        ("13/11/2026", False, "2026-11-13"),
        ("11/13/2026", True, "2026-11-13"),
        ("12.12.2026", False, "2026-12-12"),
    ],
)
def test_two_numbers_that_could_be_either_are_read_as_the_page_writes_them(
    written: str, days_first: bool, day: str
) -> None:
    assert read(f"{written} 10:00", days_first=days_first) == f"{day} 10:00:00"


@pytest.mark.parametrize(
    ("texts", "either"),
    [
        (["11/12/2026"], True),
        (["12/12/2026"], False),
        (["11/12/2026", "13/11/2026"], False),
        (["11/12/2026", "11/13/2026"], False),
        (["2026-11-12"], False),
    ],
)
def test_it_is_only_a_guess_where_no_date_tells_which_is_the_day(texts: list[str], either: bool) -> None:
    assert moments.either_way(texts) is either


def test_a_date_tells_that_months_stand_first_from_the_13th_on() -> None:
    assert moments.month_first("11/13/2026") and moments.month_first("12/13/2026")
    assert not moments.month_first("11/12/2026")
    assert not moments.month_first("13/12/2026")


@pytest.mark.parametrize(
    ("written", "utc", "offset"),
    [
        ("2026-11-20 14:00 +14:00", "2026-11-20 00:00:00", 840),
        ("2026-11-20 14:00 GMT-5", "2026-11-20 19:00:00", -300),
        ("2026-11-20 14:00 UTC-03:30", "2026-11-20 17:30:00", -210),
        ("2026-11-20 14:00 GMT+14:30", "2026-11-20 14:00:00", None),
        ("2026-11-20 14:00", "2026-11-20 14:00:00", None),
    ],
)
def test_a_distance_to_utc_counts_as_far_as_there_are_zones(written: str, utc: str, offset: int | None) -> None:
    assert read(written) == utc
    assert moments.read(written, PLAIN, NOW).offset == offset


@pytest.mark.parametrize(("ahead", "year"), [(0, 2026), (24 * 60, 2026), (24 * 60 + 1, 2025)])
def test_a_day_without_a_year_is_the_last_that_has_been_already_give_or_take_a_day(ahead: int, year: int) -> None:
    at = NOW + timedelta(minutes=ahead)
    assert read(at.strftime("%m-%d %H:%M")) == at.replace(year=year).strftime("%Y-%m-%d %H:%M:%S")


def test_a_leap_day_without_a_year_is_of_a_year_that_has_it() -> None:
    in_march = datetime(2025, 3, 1, tzinfo=UTC)
    assert moments.read("2月29日 10:00", PLAIN, in_march).at == datetime(2024, 2, 29, 10, tzinfo=UTC)
    with pytest.raises(moments.NoMoment):
        moments.read("2月29日 10:00", PLAIN, NOW)


@pytest.mark.parametrize(
    ("names", "month"),
    [
        ("Jan January enero janeiro januari", 1),
        ("Feb February febrero fevereiro februari", 2),
        ("Mar March Mac marzo março maret", 3),
        ("Apr April abril", 4),
        ("May Mei mai maio mayo", 5),
        ("Jun June junio junho juni", 6),
        ("Jul July julio julho julai juli", 7),
        ("Aug August agosto Ogos Agustus", 8),
        ("Sep Sept September septiembre setembro", 9),
        ("Oct October octubre outubro Oktober", 10),
        ("Nov November noviembre novembro", 11),
        ("Dec December diciembre dezembro Desember Disember", 12),
    ],
)
def test_months_are_known_by_the_names_of_the_markets(names: str, month: int) -> None:
    for name in names.split():
        assert read(f"20 {name} 2025 10:00") == f"2025-{month:02d}-20 10:00:00", name
        assert read(f"{name} 20, 2025 10:00") == f"2025-{month:02d}-20 10:00:00", name


@pytest.mark.parametrize("written", ["20 maybe 2026 10:00", "20 marching 2026 10:00", "20 junior 2026 10:00"])
def test_a_word_that_begins_like_a_month_is_none(written: str) -> None:
    with pytest.raises(moments.NoMoment):
        read(written)


@pytest.mark.parametrize("line", ["SPX2026-11-20", "2026-11-205", "Order A2026-11-20", "12026-11-20"])
def test_a_number_with_dashes_in_it_is_no_date(line: str) -> None:
    assert moments.find(line) is None
