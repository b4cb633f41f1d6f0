"""Which report, language and market a file is of, by its headings."""

from __future__ import annotations

import time

import pytest

from core.foundation.errors import Invalid, TooLarge
from core.parcels.importers import containers
from core.parcels.importers.recognise import MOST_SHEETS, market_of, recognised_sheets
from core.parcels.importers.sheets import TextSheet
from core.parcels.importers.tables import build_tables, fold, heading_tables, numbered
from core.parcels.markets import markets
from tests.parcels import exports
from tests.parcels.reading import recognised

ENGLISH = (
    "Order ID", "Order Status", "Cancel reason", "Tracking Number*", "Shipping Option", "Ship Time", "Order Creation Date",
    "Product Name", "SKU Reference No.", "Deal Price", "Quantity", "Product Subtotal", "Total Discount(PHP)",
)  # fmt: skip
BRAZILIAN = (
    "ID do pedido", "Status do pedido", "Nome do Produto", "Preço acordado", "Quantidade", "Desconto do vendedor",
    "Desconto do vendedor", "Data de criação do pedido", "Cidade", "Bairro", "Cidade", "UF",
)  # fmt: skip
TAIWANESE = (
    "訂單編號", "訂單狀態", "不成立原因", "訂單成立日期", "商品名稱", "商品活動價格", "數量",
    "收件者電話\n(若您是自行配送請使用後方蝦皮專線和包裹查詢碼聯繫買家)", "退貨/退款狀態",
)  # fmt: skip
THAI = (
    "หมายเลขคำสั่งซื้อ", "สถานะการสั่งซื้อ", "*หมายเลขติดตามพัสดุ", "ชื่อสินค้า", "จำนวน", "ราคาขาย", "จังหวัด",
)  # fmt: skip
RETURNS = ("ID da Devolução", "ID do pedido", "Motivo da Devolução", "Cidade", "CEP", "Cidade", "CEP")
THAI_RETURNS = ("หมายเลขคำขอคืนเงิน/คืนสินค้า", "หมายเลขคำสั่งซื้อ", "เหตุผลในการขอคืนสินค้า", "เหตุุผลในการยื่นข้อพิพาท")
WALLET = ("Data", "Tipo de transação", "Descrição", "ID do pedido", "Direção do dinheiro", "Valor", "Status")
INCOME = ("Order ID", "Refund ID", "Original Product Price", "Lost Compensation", "Total Released Amount (₱)")
FAILED_DELIVERY = ("No. Pesanan", "Status Pesanan", "Status pengiriman gagal", "Nama Produk", "Jumlah")


def of(*headings: str) -> bytes:
    """A file with that heading row and one row below."""
    return exports.excelize([headings, ["x"] * len(headings)])


def market(data: bytes, given: str | None = None, countries: frozenset[str] = frozenset()) -> str:
    return market_of(
        recognised(data), heading_tables(), given=markets()[given] if given else None, countries=countries
    ).code


def test_decomposed_headings_are_the_same_headings() -> None:
    found = recognised(exports.excelize(exports.table([exports.vn()]), decompose=True))
    assert found.report == "Order.all" and found.language == "vi" and found.unknown == ()


def test_the_heading_row_is_found_wherever_it_stands() -> None:
    for above in (0, 5, 17):
        found = recognised(exports.by_excel(exports.table([exports.vn()]), above=above))
        assert found.start == above + 2


def test_reordered_headings_are_found_by_name() -> None:
    headings = tuple(reversed(exports.VN))
    found = recognised(exports.excelize(exports.table([exports.vn()], headings)))
    assert found.columns["order_number"] == len(headings) - 1


def test_line_breaks_and_double_spaces_in_headings_do_not_matter() -> None:
    assert fold("收件者電話\n (若您)") == "收件者電話 (若您)"
    assert recognised(of(*TAIWANESE)).unknown == ()


def test_letter_case_matters_because_one_list_differs_in_nothing_else() -> None:
    assert "Order id" in recognised(of(*ENGLISH, "Order id")).unknown


def test_a_heading_that_comes_again_is_numbered_and_means_its_own_field() -> None:
    assert numbered(["Cidade", "Bairro", "Cidade", ""]) == ["Cidade", "Bairro", "Cidade #2", ""]
    columns = recognised(of(*BRAZILIAN)).columns
    assert columns["town"] == 8 and columns["city"] == 10
    assert columns["seller_rebate"] == 5 and columns["seller_discount"] == 6


def test_a_literal_star_and_a_currency_behind_a_heading_are_understood() -> None:
    found = recognised(of(*ENGLISH))
    assert found.columns["tracking_number"] == 3 and found.columns["total_discount"] == 12
    assert found.signed == {"PH"} and found.unknown == ()
    assert recognised(of(*THAI)).columns["tracking_number"] == 2


def test_an_old_and_a_new_spelling_mean_the_same() -> None:
    old = recognised(exports.excelize([(*exports.VN, "Returned quantity"), ["x"]]))
    new = recognised(exports.excelize([(*exports.VN, "Số lượng sản phẩm được hoàn trả"), ["x"]]))
    assert old.columns["returned_quantity"] == new.columns["returned_quantity"]
    assert "return_status" in recognised(of(*TAIWANESE[:-1], "退貨 / 退款狀態")).columns


def test_a_heading_nobody_knows_is_reported_and_never_guessed() -> None:
    found = recognised(of(*exports.VN, "Mã đơn hàng mới", "Mã đơn hàng mới"))
    assert found.unknown == ("Mã đơn hàng mới", "Mã đơn hàng mới #2")


@pytest.mark.parametrize(
    ("headings", "name", "report", "table"),
    [
        (RETURNS, "", "Order.return_refund", "returns"),
        (THAI_RETURNS, "", "Order.return_refund", "returns"),
        (WALLET, "", "Wallet", "wallet"),
        (INCOME, "", "Income", "income"),
        (
            ("No.", "Tipe Penyesuaian", "Alasan Penyesuaian", "Biaya Penyesuaian"),
            "",
            "Income adjustments",
            "adjustments",
        ),
        (FAILED_DELIVERY, "", "Order.failed_delivery", "orders"),
        (BRAZILIAN, "Order.toship.20260101_20260131.xlsx", "Order.toship", "orders"),
        (BRAZILIAN, "Order.cancelled.20260101_20260131.xlsx", "Order.cancelled", "orders"),
        (BRAZILIAN, "ORDER.COMPLETED.xlsx", "Order.completed", "orders"),
        (("order number", "TRACKING NUMBER", "Packer"), "", "Tracking list", "tracking"),
        (("运单号", "承运商", "交接时间"), "", "Tracking list", "tracking"),
        (("Tracking number", "Time", "Event", "Location"), "", "Tracking events", "events"),
        (("Month", "Carrier", "Service", "Parcels"), "", "Monthly volumes", "volumes"),
        (("日期", "币种", "目标币种", "汇率"), "", "Exchange rates", "rates"),
    ],
)
def test_every_kind_of_report_is_recognised(headings: tuple[str, ...], name: str, report: str, table: str) -> None:
    found = recognised(of(*headings), name)
    assert (found.report, found.table.name, found.unknown) == (report, table, ())


def test_a_list_of_the_teams_own_may_be_of_any_market_whatever_language_it_is_written_in() -> None:
    headings = ("Mã vận đơn", "Đơn Vị Vận Chuyển", "Người đóng gói")
    assert recognised(of(*headings)).language == "vi"
    assert market(of(*headings), given="MY") == "MY"


def test_an_export_with_a_renamed_heading_is_no_list_of_the_teams_own_and_says_what_it_lacks() -> None:
    renamed = tuple("Mã đơn mới" if one == "Mã đơn hàng" else one for one in exports.VN)
    with pytest.raises(Invalid, match=r"looks like Order.all, .*“Mã đơn hàng”.* mean: “Mã đơn mới”") as caught:
        recognised(of(*renamed))
    assert caught.value.field == "headings"
    without = tuple(one for one in exports.VN if one != "Mã đơn hàng")
    with pytest.raises(Invalid, match="has no column for “Mã đơn hàng”"):
        recognised(of(*without))


def test_hundreds_of_wide_sheets_full_of_known_words_end_in_a_sentence_soon() -> None:
    known = heading_tables().tables["orders"].columns["vi"]
    wide = [[heading for heading, field in known.items() if field != "order_number"] * 5 for _ in range(60)]
    junk = (TextSheet(wide, iter(())) for _ in range(20))
    begun = time.monotonic()
    with pytest.raises(Invalid):
        list(recognised_sheets(junk, heading_tables(), ""))
    assert time.monotonic() - begun < 30
    empty = (TextSheet([["x"]], iter(())) for _ in range(MOST_SHEETS + 1))
    with pytest.raises(TooLarge, match="sheets"):
        list(recognised_sheets(empty, heading_tables(), ""))


def test_every_recognised_sheet_of_a_workbook_is_handed_on() -> None:
    data = exports.sheets(
        {
            "Summary": [["Ringkasan"], ["Total", "1"]],
            "Income": [["Dari", "2026-01-01"], ["No. Pesanan", "Total Penghasilan", "Kompensasi"], ["26A", "1", "2"]],
            "Adjustment": [["Alasan Penyesuaian", "Biaya Penyesuaian"], ["hilang", "3"]],
        }
    )
    opened = containers.open_file(data, heading_tables())
    found = list(recognised_sheets(opened.sheets, heading_tables(), ""))
    assert [(one.report, one.sheet.name, one.start) for one in found] == [
        ("Income", "Income", 3),
        ("Income adjustments", "Adjustment", 2),
    ]


@pytest.mark.parametrize("headings", [ENGLISH, BRAZILIAN, TAIWANESE, THAI])
def test_order_all_of_other_languages_is_recognised(headings: tuple[str, ...]) -> None:
    found = recognised(of(*headings))
    assert (found.report, found.table.name) == ("Order.all", "orders")


@pytest.mark.parametrize(
    ("headings", "platform"),
    [
        (("orderItemId", "lazadaId", "orderNumber", "status"), "Lazada"),
        (("Order ID", "Order Status", "Order Substatus", "SKU ID", "Product Name", "Quantity"), "TikTok Shop"),
        (("Transaction Date", "Transaction Type", "Fee Name", "Transaction Number", "Details", "Amount"), "Lazada"),
        (("Statement Period", "Transaction Date", "Fee Name", "Seller SKU", "Lazada SKU", "Amount"), "Lazada"),
        (("Order ID", "Order Status", "Cancelation/Return Type", "Seller SKU", "Quantity"), "TikTok Shop"),
        (("Return Order ID", "Order ID", "Seller SKU", "Return Reason", "Refund Amount"), "TikTok Shop"),
        (("Order/adjustment ID  ", "Type", "Order settled time", "Total settlement amount"), "TikTok Shop"),
        (("amazon-order-id", "purchase-date", "order-status", "quantity"), "Amazon"),
        (("Name", "Financial Status", "Fulfillment Status", "Lineitem name"), "Shopify"),
        (("N.º de venda", "Data da venda", "Status"), "Mercado Livre"),
    ],
)
def test_another_platforms_file_is_refused_by_name(headings: tuple[str, ...], platform: str) -> None:
    with pytest.raises(Invalid, match=platform):
        recognised(of(*headings))


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(Invalid, match="headings of a Seller Centre report"):
        recognised(of("Name", "Age", "Town"))


def test_the_language_tells_the_market_where_only_one_writes_it() -> None:
    assert market(of(*exports.VN)) == "VN"
    assert market(of(*BRAZILIAN)) == "BR"
    assert market(of(*TAIWANESE)) == "TW"


def test_english_files_tell_it_by_currency_or_country_or_not_at_all() -> None:
    assert market(of(*ENGLISH)) == "PH"
    assert market(of(*ENGLISH[:-1]), countries=frozenset({"malaysia"})) == "MY"
    assert market(of(*ENGLISH[:-1]), given="SG") == "SG"
    with pytest.raises(Invalid, match="--market"):
        market(of(*ENGLISH[:-1]))


def test_a_market_that_the_file_contradicts_is_refused() -> None:
    for data in (of(*exports.VN), of(*BRAZILIAN), of(*ENGLISH)):
        with pytest.raises(Invalid, match="not MY"):
            market(data, given="MY")
    with pytest.raises(Invalid, match="not MY"):
        market(of(*ENGLISH[:-1]), given="MY", countries=frozenset({"sg"}))


def test_one_heading_cannot_mean_two_fields() -> None:
    data = {
        "languages": {"en": ["*"]},
        "report": [{"id": "x", "table": "t", "needs": [], "applied": True}],
        "sister": [],
        "stranger": [],
        "t": {"personal": [], "fields": {"one": {"en": ["A"]}, "two": {"en": ["A"]}}},
    }
    with pytest.raises(ValueError, match="would mean"):
        build_tables(data)
