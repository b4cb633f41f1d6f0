"""Rows → parcels: what real order exports do to an importer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers.orders import OrderFile
from core.parcels.importers.parcel import Parcel
from tests.parcels import exports
from tests.parcels.exports import lost, shipping, vn
from tests.parcels.reading import CODES, understood

S = ShipmentStatus


def read(*rows: dict[str, object]) -> OrderFile:
    return understood(exports.vn_file(*rows))


def one(*rows: dict[str, object]) -> Parcel:
    found = read(*rows)
    assert found.refused == {}
    (parcel,) = found.parcels
    return parcel


def test_a_parcel_has_everything_its_row_says() -> None:
    parcel = one(vn())
    assert parcel.order_number == "260201AAAA0001" and parcel.parcel_number == "5844080868559459432"
    assert parcel.tracking_number == "SPXVN000000001" and parcel.status is S.COMPLETED
    assert parcel.carrier_id is not None and CODES[parcel.carrier_id] == "spx" and parcel.service == "Nhanh"
    assert parcel.ordered_at == datetime(2026, 2, 1, 3, 0, tzinfo=UTC)
    assert parcel.paid_at == datetime(2026, 2, 1, 3, 5, tzinfo=UTC)
    assert parcel.completed_at == parcel.status_changed_at == datetime(2026, 2, 5, 2, 12, tzinfo=UTC)
    assert parcel.value == 146_000 and parcel.freight == 30_000 and parcel.weight_kg == Decimal("2.3")
    assert parcel.buyer_username == "buyer_one"
    (line,) = parcel.lines
    assert (line.sku, line.quantity, int(line.unit_price), int(line.subtotal)) == ("GVS10", 2, 73_000, 146_000)


def test_thoi_gian_giao_hang_is_the_handing_over_and_not_the_delivery() -> None:
    parcel = one(vn())
    assert parcel.shipped_at == datetime(2026, 2, 2, 10, 43, tzinfo=UTC)
    assert parcel.delivered_at is None


def test_one_order_on_several_rows_is_one_parcel_worth_the_sum_of_its_lines() -> None:
    parcel = one(vn(), vn(name="Khăn giấy", price="10000.00", quantity="3", weight="0.600"))
    assert parcel.value == 176_000 and [line.quantity for line in parcel.lines] == [2, 3]
    assert parcel.freight == 30_000, "an amount of the order that repeats on each row counts once"
    assert parcel.weight_kg == Decimal("2.9")


def test_two_equal_lines_are_two_lines() -> None:
    assert one(vn(), vn()).value == 292_000


def test_rows_of_an_order_need_not_stand_together() -> None:
    found = read(vn(), vn(order="260201AAAA0002", package="9"), vn(quantity="1"))
    assert [len(parcel.lines) for parcel in found.parcels] == [2, 1]


def test_two_package_numbers_are_two_parcels() -> None:
    found = read(vn(), vn(package="77", tracking="SPXVN000000002", quantity="1"))
    assert [(parcel.parcel_number, int(parcel.value)) for parcel in found.parcels] == [
        ("5844080868559459432", 146_000),
        ("77", 73_000),
    ]
    assert all(parcel.freight is None for parcel in found.parcels), "the order's freight belongs to neither"


def test_two_tracking_numbers_without_package_numbers_are_two_parcels() -> None:
    found = read(vn(package=""), vn(package="", tracking="SPXVN000000002"))
    assert [parcel.parcel_number for parcel in found.parcels] == ["SPXVN000000001", "SPXVN000000002"]


def test_an_order_without_any_number_is_one_parcel() -> None:
    parcel = one(vn(package="", tracking=""), vn(package="", tracking=""))
    assert parcel.parcel_number == "" and parcel.tracking_number is None


def test_an_order_cancelled_before_shipping_is_a_parcel_too() -> None:
    parcel = one(
        vn(
            package="",
            tracking="",
            status="Đã hủy",
            reason="Hủy bởi người mua",
            shipped="",
            completed="",
            carrier="Nhanh",
        )
    )
    assert parcel.status is S.CANCELLED and parcel.offers is None and parcel.shipped_at is None


def test_a_lost_parcel_is_known_by_its_reason_and_valued_by_its_lines() -> None:
    parcel = one(lost())
    assert parcel.status is S.LOST and parcel.offers is IncidentType.LOST
    assert parcel.value == 146_000, "its totals are 0, its item lines are not"


def test_a_failed_delivery_is_not_a_loss() -> None:
    parcel = one(vn(status="Đã hủy", reason=exports.FAILED, completed=""))
    assert parcel.status is S.FAILED and parcel.offers is None


def test_a_reason_counts_only_for_a_cancelled_order() -> None:
    assert one(vn(reason=exports.LOST)).status is S.COMPLETED


def test_a_status_sentence_gives_its_deadline_at_the_days_end_in_the_shops_zone() -> None:
    parcel = one(vn(status="Người mua xác nhận đã nhận được hàng, … tới ngày 2026-04-03", completed=""))
    assert parcel.status is S.DELIVERED
    assert parcel.return_due_at == datetime(2026, 4, 3, 16, 59, 59, tzinfo=UTC)


def test_an_unknown_status_stays_unknown_and_is_said() -> None:
    found = read(vn(status="Đang bay"))
    assert found.parcels[0].status is S.UNKNOWN and found.parcels[0].status_text == "Đang bay"
    assert any(values.get("texts") == "Đang bay" for _sentence, values in found.notices)


def test_a_carrier_not_assigned_yet_is_none_and_an_unknown_one_is_said() -> None:
    found = read(vn(carrier="Nhanh-Đang Điều Phối ĐVVC"), vn(order="2", package="2", carrier="Nhanh-Chim Bồ Câu"))
    assert [parcel.carrier_id for parcel in found.parcels] == [None, None]
    assert [values["texts"] for _sentence, values in found.notices] == ["Nhanh-Chim Bồ Câu"]


@pytest.mark.parametrize("blank", ["", "-", "--", None])
def test_blank_cells_of_every_kind_are_nothing(blank: str | None) -> None:
    rows = exports.table([vn()])
    for heading in ("Thời gian đơn hàng được thanh toán", "Mã vận đơn", "Trạng thái Trả hàng/Hoàn tiền"):
        rows[1][exports.VN.index(heading)] = blank
    parcel = understood(exports.by_excel(rows)).parcels[0]
    assert (parcel.paid_at, parcel.tracking_number, parcel.return_status_text) == (None, None, None)


def test_an_order_number_opens_with_the_day_in_china_and_decides_nothing() -> None:
    parcel = one(
        vn(order="260301T1HEP8NY", ordered="2026-02-28 23:30", paid="", shipped="", completed="", status="Đang giao")
    )
    assert parcel.ordered_at == datetime(2026, 2, 28, 16, 30, tzinfo=UTC)


def test_guarded_ids_are_unwrapped() -> None:
    parcel = one(vn(order='="260201AAAA0001"', package='="5844080868559459432"'))
    assert parcel.order_number == "260201AAAA0001" and parcel.parcel_number == "5844080868559459432"


def test_dates_held_as_dates_by_the_workbook_are_the_same_dates() -> None:
    rows = exports.table([vn(ordered=datetime(2026, 2, 1, 10, 0))])
    assert understood(exports.by_excel(rows)).parcels[0].ordered_at == datetime(2026, 2, 1, 3, 0, tzinfo=UTC)


def test_dates_that_cannot_be_in_that_order_are_not_taken_and_said() -> None:
    """A heading row pasted over a newer order of columns, as in a real file of February 2026."""
    found = read(vn(completed="2026-02-01 10:05", paid="2026-02-07"))
    parcel = found.parcels[0]
    assert parcel.shipped_at is not None and parcel.completed_at is None and parcel.paid_at is None
    assert [values["n"] for _sentence, values in found.notices] == [1, 1]


def test_a_cancelled_order_was_never_completed() -> None:
    for reason in (exports.LOST, exports.FAILED):
        found = read(lost(shipped="", paid="", completed="2026-02-01 10:05", reason=reason))
        assert found.parcels[0].completed_at is None and len(found.notices) == 1


@pytest.mark.parametrize(
    ("cell", "value", "says"),
    [
        ("order", "", "no order number"),
        ("quantity", "two", "quantity"),
        ("quantity", "", "quantity"),
        ("price", "cheap", "amount"),
        ("price", "-5.00", "price"),
        ("ordered", "yesterday", "date"),
        ("shipped", "2026-02-31 10:00", "date"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_number_and_reason(cell: str, value: str, says: str) -> None:
    found = read(vn(order="260201AAAA0009", package="1"), vn(**{cell: value}))
    assert len(found.parcels) == 1 and list(found.refused) == [3]
    assert says in found.refused[3].sentence


def test_a_refused_row_takes_its_order_with_it_because_half_an_order_has_a_wrong_value() -> None:
    found = read(vn(), vn(quantity="many"), vn(order="260201AAAA0002", package="2"))
    assert [parcel.order_number for parcel in found.parcels] == ["260201AAAA0002"]
    assert "Row {row}" in found.refused[2].sentence and found.refused[2].values == {"row": "3"}


def test_a_missing_price_is_worked_out_of_the_lines_total_or_refused() -> None:
    assert one(vn(price="")).lines[0].unit_price == 73_000
    assert read(vn(price="", **{"Tổng giá bán (sản phẩm)": ""})).parcels == []


def test_an_indonesian_file_reads_its_points_as_thousands() -> None:
    headings = (
        "No. Pesanan",
        "Status Pesanan",
        "Nama Produk",
        "Jumlah",
        "Harga Setelah Diskon",
        "Berat Produk",
        "No. Resi",
    )
    row = ("260201AAAA0001", "Batal", "Tas", "2", "89.000", "500 gr", "SPXID01")
    parcel = understood(exports.excelize([headings, row])).parcels[0]
    assert parcel.value == 178_000 and parcel.weight_kg == Decimal("0.5") and parcel.status is S.CANCELLED


def test_a_brazilian_file_has_a_true_delivery_date() -> None:
    headings = (
        "ID do pedido", "Status do pedido", "Nome do Produto", "Quantidade", "Preço acordado", "Domestic Delivered Date",
        "Data de criação do pedido",
    )  # fmt: skip
    row = ("260201AAAA0001", "Concluído", "Bolsa", "1", "R$331,08", "2026-02-03 10:00", "2026-02-01 10:00")
    parcel = understood(exports.excelize([headings, row])).parcels[0]
    assert parcel.delivered_at == datetime(2026, 2, 3, 13, 0, tzinfo=UTC) and parcel.value == Decimal("331.08")


def test_the_newest_moment_of_the_file_is_its_age() -> None:
    found = read(vn(), shipping(order="2", package="2", shipped="2026-02-20 08:00"))
    assert found.as_of == datetime(2026, 2, 20, 1, 0, tzinfo=UTC)
