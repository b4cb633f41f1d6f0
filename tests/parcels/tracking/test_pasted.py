"""What a person copies from a tracking page, in Chinese, English and mixed; dates, hours, zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.errors import Invalid, Refusal, TooLarge
from core.models.tracking import ScanSource, ScanState
from core.parcels.tracking import moments
from core.parcels.tracking.pasted import LONGEST, Pasted, read_paste
from tests.parcels.tracking.payloads import checkpoint, seventeen_event, seventeen_push

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
S = ScanState


def paste(text: str) -> Pasted:
    return read_paste(text, SHANGHAI, NOW)


def told(text: str) -> list[tuple[str, ScanState]]:
    return [(one.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"), one.state) for one in paste(text).scans]


def test_a_chinese_page_is_understood_line_by_line() -> None:
    found = paste(
        "运单号：SF1234567890\n"
        "2026-11-20 14:22:31 【深圳市】快件已签收，签收人：本人。如有疑问请电联快递员：张三，电话：13800138000\n"
        "2026-11-20 08:01:00 【深圳市】【南山网点】的快递员张三(13800138000)正在派件\n"
        "2026-11-19 22:10 快件到达【深圳转运中心】\n"
        "2026-11-18 10:00 【义乌市】已揽收\n"
    )
    assert [one.state for one in found.scans] == [S.DELIVERED, S.OUT_FOR_DELIVERY, S.IN_TRANSIT, S.PICKED_UP]
    assert found.scans[0].at == datetime(2026, 11, 20, 6, 22, 31, tzinfo=UTC)
    assert found.scans[0].place == "深圳市"
    assert found.numbers == {"SF1234567890"}
    assert all("张三" not in one.text and "138" not in one.text for one in found.scans)
    assert {one.source for one in found.scans} == {ScanSource.PASTED}


def test_words_above_their_moment_belong_to_it() -> None:
    assert told("已签收\n您的快件已签收\n11-20 14:22\n派送中\n正在派件\n11-20 08:01") == [
        ("11-20 14:22", S.DELIVERED),
        ("11-20 08:01", S.OUT_FOR_DELIVERY),
    ]


def test_empty_lines_between_say_nothing() -> None:
    page = "已签收\n您的快件已签收\n11-20 14:22\n派送中\n正在派件\n11-20 08:01"
    apart = "\n\n" + page.replace("\n", "\n\n") + "\n \n"
    assert told(apart) == told(page) == [("11-20 14:22", S.DELIVERED), ("11-20 08:01", S.OUT_FOR_DELIVERY)]
    assert [one.text for one in paste(apart).scans] == [one.text for one in paste(page).scans]
    assert paste(apart).skipped == ()


def test_a_day_of_its_own_holds_for_the_hours_below_it() -> None:
    page = "Friday, 20 November 2026\n2:22 PM Delivered\nSINGAPORE\n08:10 AM Out for delivery\nThu 19 Nov 2026\n22:05 Arrived at hub"
    assert told(page) == [
        ("11-20 14:22", S.DELIVERED),
        ("11-20 08:10", S.OUT_FOR_DELIVERY),
        ("11-19 22:05", S.IN_TRANSIT),
    ]
    assert paste(page).scans[0].text == "Delivered SINGAPORE"


def test_what_belongs_to_no_scan_is_told() -> None:
    found = paste(
        "Package status: Delivered (15 Days)\nOrigin:\n2026-11-20 14:22, Manila, Arrived at hub\nPowered by 17track"
    )
    assert set(found.skipped) == {"Origin:", "Powered by 17track", "Package status: Delivered (15 Days)"}
    assert found.scans[0].state is S.IN_TRANSIT


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-20T14:22:31+08:00", "2026-11-20T06:22:31"),
        ("2026-11-20T06:22:31Z", "2026-11-20T06:22:31"),
        ("2026-11-20 14:22 (GMT+7)", "2026-11-20T07:22:00"),
        ("2026-11-20 14:22 UTC", "2026-11-20T14:22:00"),
        ("2026/11/20 下午2:22", "2026-11-20T06:22:00"),
        ("2026年11月20日 14时22分", "2026-11-20T06:22:00"),
        ("11月20日 14:22", "2026-11-20T06:22:00"),
        ("2026-11-20 星期五 14:22:31", "2026-11-20T06:22:31"),
        ("20/11/2026 14:22", "2026-11-20T06:22:00"),
        ("11/20/2026 2:22 PM", "2026-11-20T06:22:00"),
        ("Nov 20, 2026 2:22 PM", "2026-11-20T06:22:00"),
        ("20 Nov 2026, 14:22", "2026-11-20T06:22:00"),
        ("20 Okt 2026 14:22", "2026-10-20T06:22:00"),
        ("14:22 20/11/2026", "2026-11-20T06:22:00"),
        ("2569-11-20 14:22", "2026-11-20T06:22:00"),
        ("２０２６－１１－２０ １４：２２", "2026-11-20T06:22:00"),
        ("12-25 14:22", "2025-12-25T06:22:00"),
    ],
)
def test_a_moment_is_read_however_it_is_written(written: str, utc: str) -> None:
    scan = paste(f"{written} Arrived at hub").scans[0]
    assert scan.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert scan.text == "Arrived at hub"


def test_the_zone_is_kept_as_told_and_none_where_none_is() -> None:
    assert paste("2026-11-20 14:22 (GMT+7) Arrived").scans[0].offset == 420
    assert paste("2026-11-20 14:22 Arrived").scans[0].offset is None


def test_one_date_that_tells_the_order_decides_for_all_of_them() -> None:
    assert [one[0] for one in told("11/20/2026 14:22 Delivered\n11/05/2026 14:00 Arrived")] == [
        "11-20 14:22",
        "11-05 14:00",
    ]
    assert [one[0] for one in told("20/11/2026 14:22 Delivered\n05/11/2026 14:00 Arrived")] == [
        "11-20 14:22",
        "11-05 14:00",
    ]


def test_dates_that_could_stand_either_way_are_said_to_be_guessed() -> None:
    assert paste("05/11/2026 14:00 Arrived").guessed
    assert not paste("05/11/2026 14:00 Arrived\n20/11/2026 14:00 Arrived").guessed
    assert not paste("2026-11-05 14:00 Arrived").guessed


def test_a_day_no_calendar_has_and_one_to_come_are_refused_and_the_rest_taken() -> None:
    found = paste("2026-02-30 10:00 Arrived\n2031-01-01 10:00 Arrived\n2026-11-20 10:00 Departed")
    assert len(found.scans) == 1
    assert len(found.refused) == 2


def test_the_same_line_twice_is_one_scan() -> None:
    assert len(paste("2026-11-20 10:00 Departed\n2026-11-20 10:00  departed").scans) == 1


def test_json_is_read_as_what_it_is() -> None:
    body = seventeen_push(seventeen_event("2026-11-20T14:22:31+08:00", "Arrived", stage="Arrival"))
    found = read_paste(body.decode(), SHANGHAI, NOW)
    assert found.scans[0].source is ScanSource.SEVENTEEN_TRACK
    bare = read_paste(
        str([checkpoint("2026-11-20T14:22:31", "Arrived", "InTransit_003")]).replace("'", '"').replace("None", "null"),
        SHANGHAI,
        NOW,
    )
    assert bare.scans[0].at == datetime(2026, 11, 20, 6, 22, 31, tzinfo=UTC)
    assert bare.numbers == frozenset()


@pytest.mark.parametrize("text", ["", "   ", "hello there", "2026-11-20 14:22", "{broken", "[1, 2]", '{"a": 1}'])
def test_what_holds_no_scan_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid):
        paste(text)


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge):
        paste("2026-11-20 14:22 Arrived\n" * (LONGEST // 20))


@given(st.text(max_size=500))
def test_any_text_is_a_paste_or_a_refusal(text: str) -> None:
    try:
        paste(text)
    except Refusal:
        pass


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 22)),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d %b %Y %H:%M:%S", "%Y/%m/%d %H:%M:%S"]),
)
def test_what_is_written_is_what_is_read(at: datetime, form: str) -> None:
    exact = at.replace(microsecond=0)
    assert moments.read(exact.strftime(form), ZoneInfo("UTC"), NOW).at == exact.replace(tzinfo=UTC)
