"""Cells as Seller Centre writes them in its markets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers.tables import reason_of, status_of
from core.parcels.importers.values import (
    Dates,
    Unreadable,
    amount,
    date_in,
    date_order_of,
    moment,
    plain_text,
    quantity,
    style_of,
    text_of,
    weight_kg,
)
from core.parcels.markets import markets
from tests.parcels import exports
from tests.parcels.reading import CARRIERS, CODES

S = ShipmentStatus


def read(market: str, *texts: str) -> list[Decimal]:
    """The amounts of a file that has these and no others."""
    of = markets()[market]
    style = style_of(texts, of)
    return [amount(text, style, of) for text in texts]


@pytest.mark.parametrize(
    ("market", "texts", "amounts"),
    [
        ("VN", ("73000.00", "0.00"), ("73000", "0")),
        ("VN", ("89.000", "1.250.000"), ("89000", "1250000")),
        ("ID", ("89.000", "125.500"), ("89000", "125500")),
        ("ID", ("73000.00",), ("73000",)),
        ("BR", ("R$331,08", "R$1.749,23"), ("331.08", "1749.23")),
        ("BR", ("R$1749.23", "58.00", "-44.31"), ("1749.23", "58", "-44.31")),
        ("PH", ("1,234.50", "₱ 58.00"), ("1234.50", "58")),
        ("TW", ("NT$1,380", "60"), ("1380", "60")),
    ],
)
def test_amounts_are_read_in_the_way_their_file_writes_them(
    market: str, texts: tuple[str, ...], amounts: tuple[str, ...]
) -> None:
    assert read(market, *texts) == [Decimal(one) for one in amounts]


def test_one_way_of_writing_holds_for_the_whole_file() -> None:
    of = markets()["BR"]
    style = style_of(["58.00", "1749.23", "331,08"], of)
    with pytest.raises(Unreadable):
        amount("331,08", style, of)


@pytest.mark.parametrize("text", ["abc", "1.2.3", "12,34,5", "1e9", "--5", "9" * 20, "٣"])
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        read("VN", text)


def test_a_number_the_workbook_holds_as_one_means_that_number_in_every_market() -> None:
    of = markets()["ID"]
    assert amount(text_of(89.5), "1.234,56", of) == Decimal("89.5")
    assert amount(text_of(73000.0), "1.234,56", of) == Decimal(73000)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "99999999"])
def test_a_quantity_is_a_whole_number(text: str) -> None:
    with pytest.raises(Unreadable):
        quantity(text, "1,234.56", markets()["VN"])
    assert quantity("12", "1,234.56", markets()["VN"]) == 12


@pytest.mark.parametrize(
    ("text", "kg"), [("2.300", "2.3"), ("0,5", "0.5"), ("500 gr", "0.5"), ("1.2kg", "1.2"), ("", None), ("heavy", None)]
)
def test_weights_are_kilograms_whatever_the_market(text: str, kg: str | None) -> None:
    assert weight_kg(text) == (None if kg is None else Decimal(kg))


def test_a_quantity_goes_from_none_to_a_million() -> None:
    of = markets()["VN"]
    assert [quantity(text, "1,234.56", of) for text in ("0", "1,000,000")] == [0, 1_000_000]
    with pytest.raises(Unreadable):
        quantity("1,000,001", "1,234.56", of)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (("12/05/2026", "05/12/2026"), "D/M/Y"),
        (("12/05/2026", "13/05/2026"), "D/M/Y"),
        (("12/05/2026", "05/13/2026"), "M/D/Y"),
        (("13/05/2026", "05/13/2026"), "D/M/Y"),
        (("13/05/2026", "05/13/2026", "05/14/2026"), "M/D/Y"),
        (("2026-05-13",), "D/M/Y"),
    ],
)
def test_a_day_over_twelve_tells_how_a_file_writes_its_dates(dates: tuple[str, ...], order: str) -> None:
    assert date_order_of(dates, None) == order


def test_blank_comes_in_several_ways() -> None:
    assert [text_of(cell) for cell in ("", " ", "-", "--", None)] == [""] * 5
    assert [text_of(cell) for cell in (True, False)] == ["TRUE", "FALSE"]


def test_guarded_digits_lose_their_guard_and_stay_text() -> None:
    assert plain_text('="2193004455667788990"') == "2193004455667788990"
    assert plain_text("5844080868559459432") == "5844080868559459432"


def test_long_digits_that_a_workbook_rounded_are_refused() -> None:
    assert plain_text(123456789.0) == "123456789"
    last = 10**15 - 1
    assert plain_text(float(last)) == str(last)
    with pytest.raises(Unreadable, match="rounded"):
        plain_text(float(last + 1))
    for number in (5.844080868559459e18, 5844080868559459432, 1.5):
        with pytest.raises(Unreadable, match="rounded"):
            plain_text(number)


def test_dates_are_local_and_become_utc() -> None:
    saigon = ZoneInfo("Asia/Ho_Chi_Minh")
    assert moment("2026-02-01 10:00", saigon) == datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert moment("2026-02-01 10:00:30", saigon) == datetime(2026, 2, 1, 3, 0, 30, tzinfo=UTC)
    assert moment("2026-02-01", saigon) == datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert moment("2026-02-01 10:00", ZoneInfo("America/Sao_Paulo")) == datetime(2026, 2, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize("text", ["01/02/2026", "2026-02-30", "soon", "0001-01-01", "9999-12-31"])
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        moment(text, ZoneInfo("Asia/Ho_Chi_Minh"))


SENTENCE = "Người mua xác nhận đã nhận được hàng, tuy nhiên Người mua vẫn có thể gửi yêu cầu Trả hàng/Hoàn tiền tới ngày 2026-04-03."


@pytest.mark.parametrize(
    ("texts", "market", "order"),
    [
        (("01/02/2026", "25/02/2026 10:00"), "PH", "D/M/Y"),
        (("01/02/2026", "02/25/2026 10:00"), "BR", "M/D/Y"),
        (("01/02/2026",), "BR", "D/M/Y"),
        (("01/02/2026",), "PH", "M/D/Y"),
        (("2026-02-25", "", "-"), "PH", "M/D/Y"),
        (("13.02.2026", "01.13.2026", "14.01.2026"), "PH", "D/M/Y"),
    ],
)
def test_day_and_month_stand_in_the_order_that_the_file_shows(texts: tuple[str, ...], market: str, order: str) -> None:
    assert date_order_of(texts, markets()[market]) == order


@pytest.mark.parametrize(
    ("text", "order", "local"),
    [
        ("03/02/2026", "D/M/Y", "2026-02-03T00:00"),
        ("03/02/2026 17:43", "M/D/Y", "2026-03-02T17:43"),
        ("3-2-2026, 5:43 PM", "D/M/Y", "2026-02-03T17:43"),
        ("2026/2/3 7:05", "M/D/Y", "2026-02-03T07:05"),
        ("03.02.2026 12:00:30 am", "D/M/Y", "2026-02-03T00:00:30"),
    ],
)
def test_dates_with_the_year_last_are_read_in_that_order(text: str, order: str, local: str) -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    assert moment(text, zone, order) == datetime.fromisoformat(local).replace(tzinfo=zone)


def test_a_file_that_writes_the_year_last_shows_the_order_itself() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    dates = Dates(["01/02/2026", "02/25/2026 10:00", 7, None], markets()["BR"], zone)
    assert dates.moment("01/02/2026") == datetime(2026, 1, 2, tzinfo=zone)
    assert dates.moment("2026-03-04") == datetime(2026, 3, 4, tzinfo=zone)


def test_years_counted_from_the_buddha_are_understood_in_thailand_and_nowhere_else() -> None:
    thai = ZoneInfo("Asia/Bangkok")
    assert moment("03/02/2569 10:00", thai, "D/M/Y") == datetime(2026, 2, 3, 3, 0, tzinfo=UTC)
    assert moment("2569-02-03 10:00", thai) == datetime(2026, 2, 3, 3, 0, tzinfo=UTC)
    assert moment("29/02/2567", thai, "D/M/Y") == datetime(2024, 2, 28, 17, 0, tzinfo=UTC)
    for zone in ("Asia/Ho_Chi_Minh", "Asia/Taipei"):
        with pytest.raises(Unreadable, match="of any order"):
            moment("03/02/2569", ZoneInfo(zone), "D/M/Y")


@pytest.mark.parametrize("text", ["31/02/2026", "13/13/2026", "1/2/26", "03/02/2026 13:00 PM", "03/02/2026 25:00"])
def test_what_is_no_day_is_refused_in_any_order(text: str) -> None:
    for order in ("D/M/Y", "M/D/Y"):
        with pytest.raises(Unreadable):
            moment(text, ZoneInfo("Asia/Manila"), order)


def test_a_status_sentence_is_matched_by_its_beginning_and_gives_its_date() -> None:
    assert status_of(SENTENCE) is S.DELIVERED
    assert date_in(SENTENCE) == date(2026, 4, 3)
    assert date_in("Hoàn thành") is None and date_in("tới ngày 2026-13-40") is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Hoàn thành", S.COMPLETED),
        ("ĐÃ HỦY", S.CANCELLED),
        ("Đang giao", S.SHIPPED),
        ("Batal", S.CANCELLED),
        ("不成立", S.CANCELLED),
        ("To ship", S.ORDERED),
        ("Something new", S.UNKNOWN),
        ("", S.UNKNOWN),
    ],
)
def test_a_status_is_what_the_table_says_or_unknown(text: str, status: ShipmentStatus) -> None:
    assert status_of(text) is status


@pytest.mark.parametrize(
    ("text", "becomes", "offers"),
    [
        (exports.LOST, S.LOST, IncidentType.LOST),
        ("Cancelled by system: Parcel is Lost", S.LOST, IncidentType.LOST),
        ("系統取消：包裹遺失", S.LOST, IncidentType.LOST),
        (exports.FAILED, S.FAILED, None),
        ("Parcel is damaged in transit", S.CANCELLED, IncidentType.DAMAGED),
    ],
)
def test_a_cancel_reason_says_what_became_of_the_parcel(
    text: str, becomes: ShipmentStatus, offers: IncidentType | None
) -> None:
    found = reason_of(text)
    assert found is not None and (found.becomes, found.offers) == (becomes, offers)


def test_a_buyers_own_reason_says_nothing_of_the_parcel() -> None:
    assert reason_of("Hủy bởi người mua  lí do là: Thay đổi đơn hàng") is None


@pytest.mark.parametrize(
    ("text", "carrier", "service"),
    [
        ("Nhanh-SPX Express", "spx", "Nhanh"),
        ("Hàng Cồng Kềnh-GHN - Hàng Cồng Kềnh", "ghn", "Hàng Cồng Kềnh"),
        ("Tiết kiệm-VNPost Tiết Kiệm", "vnpost", "Tiết kiệm"),
        ("Standard Local-J&T Express", "jt", "Standard Local"),
        ("Reguler (Cashless)-SPX Standard", "spx", "Reguler (Cashless)"),
        ("7-ELEVEN", "seven-eleven", None),
        ("Nhanh", None, "Nhanh"),
        ("Nhanh-Đang Điều Phối ĐVVC", None, "Nhanh"),
        ("Đang Điều Phối ĐVVC", None, None),
        ("Nhanh-Chim Bồ Câu", None, "Nhanh"),
        ("", None, None),
    ],
)
def test_the_carrier_is_found_inside_service_and_carrier(text: str, carrier: str | None, service: str | None) -> None:
    found, named = CARRIERS.resolve(text)
    assert (None if found is None else CODES[found], named) == (carrier, service)


def test_only_a_carrier_nobody_told_of_is_not_known() -> None:
    for text in ("Nhanh-SPX Express", "Nhanh", "Nhanh-Đang Điều Phối ĐVVC", "Đang Điều Phối ĐVVC", ""):
        assert CARRIERS.knows(text), text
    assert not CARRIERS.knows("Nhanh-Chim Bồ Câu")
