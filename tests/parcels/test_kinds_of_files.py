"""Every container an export comes in: old workbooks, archives of parts, tables of text in any encoding; and junk in their clothes."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from core.foundation.errors import Invalid, Refusal, TooLarge
from core.parcels.importers import archives, containers
from core.parcels.importers.containers import open_file
from core.parcels.importers.recognise import Recognised, recognised_sheets
from core.parcels.importers.sheets import Notice
from core.parcels.importers.tables import heading_tables
from tests.parcels import exports

TABLES = heading_tables()


def read(
    data: bytes, name: str = "", password: str | None = None
) -> tuple[list[Recognised], list[list[Any]], list[Notice]]:
    """Every recognised sheet, the rows of each (row number, cells), and what was said."""
    opened = open_file(data, TABLES, password)
    found, rows = [], []
    for one in recognised_sheets(opened.sheets, TABLES, name):
        found.append(one)
        width = len(one.headings)
        batches = list(one.sheet.batches(one.start, width, list(range(width)) or [0, 0], []))
        rows.append(
            [
                (number, list(cells))
                for numbers, picked, _kept in batches
                for number, cells in zip(numbers, picked, strict=True)
            ]
        )
    return found, rows, opened.notices


def order(number: int) -> dict[str, Any]:
    return exports.vn(order=f"260201AAAA{number:04}", package=str(number))


def orders(*numbers: int) -> bytes:
    return exports.vn_file(*map(order, numbers))


# Old workbooks


def test_an_old_workbook_is_read_whatever_its_name() -> None:
    found, rows, _ = read(exports.legacy(exports.table([order(1), order(2)])))
    assert found[0].report == "Order.all" and found[0].sheet.name == "orders"
    assert [cells[0] for _, cells in rows[0]] == ["260201AAAA0001", "260201AAAA0002"]


@pytest.mark.parametrize("seed", range(8))
def test_junk_in_an_old_container_ends_in_a_sentence(seed: int) -> None:
    noise = random.Random(seed)
    data = bytearray(exports.legacy(exports.table([order(1)])))
    for _ in range(40):
        data[noise.randrange(8, len(data))] = noise.randrange(256)
    with suppress(Refusal):
        read(bytes(data))
    with pytest.raises(Refusal):
        read(bytes(data[:8]) + noise.randbytes(6_000) + "Workbook".encode("utf-16-le"))


def test_junk_that_says_it_is_locked_is_refused_with_and_without_a_password() -> None:
    junk = exports.compound({"EncryptedPackage": b"\x07" * 4096, "EncryptionInfo": b"\x09" * 4096})
    for password in (None, "x"):
        with pytest.raises(Refusal):
            read(junk, password=password)


# Archives


def test_the_parts_of_one_report_are_one_sheet_whose_rows_count_on() -> None:
    data = exports.archive(
        {
            "Order.all.2026_part_2_of_3.xlsx": orders(3),
            "Order.all.2026_part_1_of_3.xlsx": orders(1, 2),
            "Order.all.2026_part_3_of_3.xlsx": orders(4, 5),
        }
    )
    found, rows, notices = read(data)
    assert len(found) == 1 and notices == []
    assert [(number, cells[0][-1]) for number, cells in rows[0]] == [(2, "1"), (3, "2"), (4, "3"), (5, "4"), (6, "5")]


def test_a_missing_part_is_said() -> None:
    with pytest.raises(Invalid, match="Part 2 of 3 is missing"):
        read(exports.archive({f"Order.all_part_{n}_of_3.xlsx": orders(n) for n in (1, 3)}))


def test_a_part_with_other_headings_is_refused_by_name() -> None:
    other = exports.excelize(exports.table([order(2)], tuple(reversed(exports.VN))))
    with pytest.raises(Invalid, match=r"part_2_of_2.*other headings"):
        read(exports.archive({"a_part_1_of_2.xlsx": orders(1), "a_part_2_of_2.xlsx": other}))


def test_what_is_no_table_is_left_out_and_said_and_each_file_is_read_by_its_own_name() -> None:
    data = exports.archive(
        {
            "__MACOSX/._a.xlsx": b"x",
            "month/": b"",
            "month/readme.pdf": b"%PDF",
            "month/Order.completed.2026.xlsx": orders(1),
            "month/Order.cancelled.2026.xlsx": orders(2),
        }
    )
    found, rows, notices = read(data)
    assert [one.report for one in found] == ["Order.completed", "Order.cancelled"]
    assert [len(one) for one in rows] == [1, 1]
    assert [values for _, values in notices] == [{"name": "readme.pdf"}]


def test_an_archive_in_an_archive_is_refused_under_any_name() -> None:
    inner = exports.archive({"a.xlsx": orders(1)})
    for name in ("inner.zip", "inner.xlsx"):
        with pytest.raises(Invalid, match="archive in this archive"):
            read(exports.archive({name: inner}))


def test_an_archive_without_a_table_is_refused() -> None:
    with pytest.raises(Invalid, match="no export in this archive"):
        read(exports.archive({"a.pdf": b"%PDF"}))


def test_locked_workbooks_inside_open_with_the_password() -> None:
    data = exports.archive({"a.xlsx": exports.locked(orders(1), "secret")})
    assert len(read(data, password="secret")[1][0]) == 1
    with pytest.raises(Invalid) as caught:
        read(data)
    assert caught.value.field == "password"


def test_bombs_in_an_archive_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="far larger"):
        read(exports.archive({"a.csv": b"0" * (64 * 1024**2)}))
    with pytest.raises(TooLarge, match="201 files"):
        read(exports.archive({f"{n}.csv": b"" for n in range(archives.MOST_MEMBERS + 1)}))
    monkeypatch.setattr(archives, "LARGEST_TOGETHER", 1_000)
    with pytest.raises(TooLarge, match="far larger"):
        read(exports.archive({"a.xlsx": orders(1), "b.xlsx": orders(2)}))


@pytest.mark.parametrize("cut", [10, 60, 400])
def test_a_broken_archive_ends_in_a_sentence(cut: int) -> None:
    with pytest.raises(Invalid):
        read(exports.archive({"a.xlsx": orders(1)})[:-cut])


def test_a_member_with_a_broken_body_ends_in_a_sentence() -> None:
    data = bytearray(exports.archive({"a.csv": b"x,y\n" * 5_000}))
    data[50:60] = b"\xff" * 10
    with pytest.raises(Invalid):
        read(bytes(data))


@pytest.mark.parametrize("magic", [b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08"])
def test_other_archives_are_named_as_such(magic: bytes) -> None:
    with pytest.raises(Invalid, match="Unpack it"):
        read(magic + b"\x00" * 50)


def test_a_web_page_under_another_name_is_named_as_such() -> None:
    with pytest.raises(Invalid, match="web page"):
        read(b"<html><table><tr><td>Order ID</td></tr></table></html>")
    with pytest.raises(Invalid, match="web page"):
        read(b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><Workbook>&b;</Workbook>')


# Tables of text

CHINESE = [["订单编号", "物流单号", "承运商", "备注"], ["26A", "SF1", "顺丰速运", "包裹已经签收，谢谢"]]
TAIWANESE = [["訂單編號", "訂單狀態", "商品名稱", "數量"], ["26A", "已完成", "環保購物袋，藍色", "1"]]
THAI = [["หมายเลขคำสั่งซื้อ", "สถานะการสั่งซื้อ", "ชื่อสินค้า", "จำนวน"], ["26A", "สำเร็จ", "กระเป๋าผ้าสีน้ำเงิน", "1"]]
BRAZILIAN = [
    ["ID do pedido", "Status do pedido", "Nome do Produto", "Quantidade"],
    ["26A", "Concluído", "Sacola ecológica, média", "1"],
]
VIETNAMESE = [
    ["Mã đơn hàng", "Trạng Thái Đơn Hàng", "Tên sản phẩm", "Số lượng"],
    ["26A", "Hoàn thành", "Túi vải, màu xanh", "1"],
]
ENGLISH = ["Order ID", "Order Status", "Product Name", "Quantity"]


def text(cells: list[list[str]], encoding: str, delimiter: str = ",") -> bytes:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in cells]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize(
    ("cells", "encoding", "language"),
    [
        (CHINESE, "gb18030", "zh-Hans"),
        (CHINESE, "utf-8", "zh-Hans"),
        (TAIWANESE, "big5", "zh-Hant"),
        (TAIWANESE, "utf-16", "zh-Hant"),
        (TAIWANESE, "utf-16-le", "zh-Hant"),
        (TAIWANESE, "utf-16-be", "zh-Hant"),
        (THAI, "tis-620", "th"),
        (THAI, "cp874", "th"),
        (BRAZILIAN, "cp1252", "pt"),
        (BRAZILIAN, "utf-8-sig", "pt"),
        (VIETNAMESE, "utf-8", "vi"),
    ],
)
def test_text_is_read_in_the_encoding_and_with_the_separator_in_which_its_headings_come_out(
    cells: list[list[str]], encoding: str, language: str, delimiter: str
) -> None:
    found, rows, notices = read(text(cells, encoding, delimiter))
    assert (found[0].language, found[0].unknown, notices) == (language, (), [])
    assert rows[0][0][1] == cells[1]


@pytest.mark.parametrize(
    ("cells", "encoding", "called"),
    [
        (VIETNAMESE, "utf-8", "UTF-8"),
        (TAIWANESE, "utf-16", "UTF-16"),
        (TAIWANESE, "utf-16-be", "UTF-16"),
        (CHINESE, "gb18030", "GB18030"),
        (TAIWANESE, "big5", "Big5"),
        (THAI, "tis-620", "TIS-620"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_a_table_of_text_is_written_in_is_told(
    cells: list[list[str]], encoding: str, called: str, packed: bool
) -> None:
    data = text(cells, encoding)
    found, _rows, _notices = read(exports.archive({"a.csv": data}) if packed else data)
    assert found[0].sheet.encoding == called


def test_a_workbook_has_no_encoding() -> None:
    assert read(orders(1))[0][0].sheet.encoding == ""


@pytest.mark.parametrize(
    ("cells", "encoding"),
    [(CHINESE, "gb18030"), (TAIWANESE, "big5"), (THAI, "cp874"), (BRAZILIAN, "cp1252"), (VIETNAMESE, "utf-8")],
)
def test_below_english_headings_the_letters_themselves_tell(cells: list[list[str]], encoding: str) -> None:
    row = [cells[1][0], *cells[1][1:3], "1"]
    _, rows, _ = read(text([ENGLISH, row, *[row] * 5], encoding))
    assert rows[0][0][1] == row


def test_lines_above_the_headings_with_other_separators_do_no_harm() -> None:
    data = b"Report;of;the;month;of;May\r\nShop: A, B and C\r\n\r\n" + text(BRAZILIAN, "cp1252", ";")
    found, rows, _ = read(data)
    assert found[0].start == 5 and (rows[0][0][0], rows[0][0][1][:4]) == (5, BRAZILIAN[1])


def test_one_broken_letter_far_below_is_said_and_costs_nothing_else() -> None:
    data = text([VIETNAMESE[0], *[VIETNAMESE[1]] * 4_000], "utf-8") + b'"26Z","\xff","x","1"\r\n'
    _, rows, notices = read(data)
    assert len(rows[0]) == 4_001 and rows[0][-1][1][0] == "26Z"
    assert [values for _, values in notices] == [{"n": 1}]


def test_a_broken_letter_does_not_turn_unicode_into_something_else() -> None:
    rows = [VIETNAMESE[1]] * 200
    data = text([ENGLISH, *rows], "utf-8") + b'"26Z","\xff","x","1"\r\n'
    _, read_rows, notices = read(data)
    assert read_rows[0][0][1] == VIETNAMESE[1] and [values for _, values in notices] == [{"n": 1}]


def test_letters_that_come_only_far_below_still_tell() -> None:
    plain = ["26A", "Done", "Bag", "1"]
    data = text([ENGLISH, *[plain] * 4_000, *[["26B", CHINESE[1][2], CHINESE[1][3], "1"]] * 50], "gb18030")
    _, rows, _ = read(data)
    assert rows[0][-1][1][1:3] == CHINESE[1][2:4]


def test_a_heading_the_team_added_helps_to_find_the_encoding() -> None:
    orders_table = TABLES.tables["orders"]
    for field, heading in (
        ("order_number", "番号"),
        ("order_status", "状態"),
        ("product_name", "品名"),
        ("quantity", "数量"),
    ):
        orders_table = orders_table.with_alias("ja", heading, field)
    tables = replace(TABLES, tables={**TABLES.tables, "orders": orders_table})
    opened = open_file(text([["番号", "状態", "品名", "数量"], ["26A", "x", "y", "1"]], "gb18030"), tables)
    assert [one.language for one in recognised_sheets(opened.sheets, tables, "")] == ["ja"]


def test_a_table_of_text_with_thousands_of_columns_is_refused() -> None:
    with pytest.raises(TooLarge, match="hundreds of columns"):
        read(b",".join([b"Order ID"] * 16_384))


def test_a_million_empty_lines_are_no_rows() -> None:
    found, rows, _ = read(text(VIETNAMESE, "utf-8") + b",,,\r\n" * 1_000_000)
    assert found[0].report == "Order.all" and len(rows[0]) == 1


def test_a_quote_that_never_ends_is_refused() -> None:
    with pytest.raises(Refusal):
        read(text(VIETNAMESE, "utf-8") + b'"' + b"x" * 300_000)


def test_formulas_in_text_stay_text() -> None:
    _, rows, _ = read(text([ENGLISH, ["=1+1", "=cmd|'/c calc'!A0", "@SUM(A1)", "+1"]], "utf-8"))
    assert rows[0][0][1] == ["=1+1", "=cmd|'/c calc'!A0", "@SUM(A1)", "+1"]


def test_random_bytes_end_in_a_sentence() -> None:
    for seed in range(30):
        noise = random.Random(seed)
        for begins in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"):
            with pytest.raises(Refusal):
                read(begins + noise.randbytes(noise.randrange(1, 3_000)))


def test_every_container_has_a_sentence_or_sheets() -> None:
    assert [one.name for one in containers.CONTAINERS][-1] == "CSV", (
        "tables of text are asked last: they look like anything"
    )


def test_the_file_that_is_the_reason_is_named_where_an_archive_is_refused() -> None:
    good, cut = exports.vn_file(exports.vn()), exports.vn_file(exports.vn())[:-500]
    with pytest.raises(Invalid, match=r"“bad\.xlsx” in the archive: The file is damaged"):
        read(exports.archive({"good.xlsx": good, "bad.xlsx": cut}))
    locked = exports.locked(good, "a key of brass")
    with pytest.raises(Invalid, match=r"“safe\.xlsx” in the archive: The workbook is locked") as caught:
        read(exports.archive({"good.xlsx": good, "safe.xlsx": locked}))
    assert caught.value.field == "password"
