"""Export files as Seller Centre writes them, built for tests: small, of the same shape, with nobody's data in them."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import msoffcrypto
import openpyxl

VN = (
    "Mã đơn hàng", "Mã Kiện Hàng", "Ngày đặt hàng", "Trạng Thái Đơn Hàng", "Lý do hủy", "Nhận xét từ Người mua",
    "Mã vận đơn", "Đơn Vị Vận Chuyển", "Ngày giao hàng dự kiến", "Ngày gửi hàng", "Thời gian giao hàng",
    "Trạng thái Trả hàng/Hoàn tiền", "SKU sản phẩm", "Tên sản phẩm", "Cân nặng sản phẩm", "Tổng cân nặng",
    "SKU phân loại hàng", "Tên phân loại hàng", "Giá ưu đãi", "Số lượng", "Tổng giá bán (sản phẩm)",
    "Tổng giá trị đơn hàng (VND)", "Phí vận chuyển (dự kiến)", "Tổng số tiền người mua thanh toán",
    "Thời gian hoàn thành đơn hàng", "Thời gian đơn hàng được thanh toán", "Người Mua", "Tên Người nhận",
    "Số điện thoại", "Tỉnh/Thành phố", "TP / Quận / Huyện", "Quận", "Địa chỉ nhận hàng", "Quốc gia", "Ghi chú",
)  # fmt: skip

LOST = (
    "Tự động hủy bởi hệ thống Shopee  lí do là: Kiện hàng thất lạc trong quá trình vận chuyển."
    " Tiền hoàn sẽ được ghi nhận vào Số dư TK Shopee của bạn."
)
FAILED = "Tự động hủy bởi hệ thống Shopee  lí do là: Giao hàng thất bại"

COMPLETED = {
    "Mã đơn hàng": "260201AAAA0001",
    "Mã Kiện Hàng": "5844080868559459432",
    "Ngày đặt hàng": "2026-02-01 10:00",
    "Trạng Thái Đơn Hàng": "Hoàn thành",
    "Mã vận đơn": "SPXVN000000001",
    "Đơn Vị Vận Chuyển": "Nhanh-SPX Express",
    "Ngày giao hàng dự kiến": "2026-02-03 23:59",
    "Thời gian giao hàng": "2026-02-02 17:43",
    "Tên sản phẩm": "Giấy vệ sinh 10 cuộn",
    "Cân nặng sản phẩm": "2.300",
    "Tổng cân nặng": "2.300",
    "SKU phân loại hàng": "GVS10",
    "Tên phân loại hàng": "Combo 2",
    "Giá ưu đãi": "73000.00",
    "Số lượng": "2",
    "Tổng giá bán (sản phẩm)": "146000.00",
    "Tổng giá trị đơn hàng (VND)": "146000.00",
    "Phí vận chuyển (dự kiến)": "30000.00",
    "Tổng số tiền người mua thanh toán": "146000.00",
    "Thời gian hoàn thành đơn hàng": "2026-02-05 09:12",
    "Thời gian đơn hàng được thanh toán": "2026-02-01 10:05",
    "Người Mua": "buyer_one",
    "Tên Người nhận": "Nguyễn Văn A",
    "Số điện thoại": "84900000000",
    "Tỉnh/Thành phố": "Hà Nội",
    "TP / Quận / Huyện": "Quận 1",
    "Quận": "Phường 2",
    "Địa chỉ nhận hàng": "12 Phố Huế",
    "Quốc gia": "VN",
}


def vn(**changes: Any) -> dict[str, Any]:
    """One row of a completed Vietnamese order. Short names for the cells tests change most."""
    short = {
        "order": "Mã đơn hàng",
        "package": "Mã Kiện Hàng",
        "tracking": "Mã vận đơn",
        "status": "Trạng Thái Đơn Hàng",
        "reason": "Lý do hủy",
        "returns": "Trạng thái Trả hàng/Hoàn tiền",
        "carrier": "Đơn Vị Vận Chuyển",
        "ordered": "Ngày đặt hàng",
        "paid": "Thời gian đơn hàng được thanh toán",
        "shipped": "Thời gian giao hàng",
        "completed": "Thời gian hoàn thành đơn hàng",
        "price": "Giá ưu đãi",
        "quantity": "Số lượng",
        "weight": "Cân nặng sản phẩm",
        "fee": "Phí vận chuyển (dự kiến)",
        "name": "Tên sản phẩm",
        "country": "Quốc gia",
    }
    return {**COMPLETED, **{short.get(name, name): value for name, value in changes.items()}}


def shipping(**changes: Any) -> dict[str, Any]:
    """One row of an order on its way."""
    return vn(**{"status": "Đang giao", "completed": "", **changes})


def lost(**changes: Any) -> dict[str, Any]:
    """One row of an order the platform cancelled because the parcel was lost: its totals stand at 0."""
    return vn(
        **{
            "status": "Đã hủy",
            "reason": LOST,
            "completed": "",
            "Tổng số tiền người mua thanh toán": "0.00",
            "Tổng giá trị đơn hàng (VND)": "0.00",
            **changes,
        }
    )


def table(rows: Sequence[dict[str, Any]], headings: Sequence[str] = VN) -> list[list[Any]]:
    """A heading row and the rows below it."""
    return [list(headings), *([row.get(heading, "") for heading in headings] for row in rows)]


def excelize(cells: Sequence[Sequence[Any]], name: str = "orders", decompose: bool = True) -> bytes:
    """An XLSX as Go Excelize writes it: all cells shared strings, `<dimension ref="A1"/>`, the data in sheet2.xml.

    Headings are decomposed Unicode, as some of Seller Centre's are.
    """
    strings: dict[str, int] = {}
    rows = []
    for at, row in enumerate(cells, 1):
        texts = [unicodedata.normalize("NFD", str(one)) if at == 1 and decompose else str(one) for one in row]
        rows.append(
            f'<row r="{at}">'
            + "".join(
                f'<c r="{column(place)}{at}" s="2" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'
                for place, text in enumerate(texts)
            )
            + "</row>"
        )
    sheet = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/>'
        f"<sheetData>{''.join(rows)}</sheetData></worksheet>"
    )
    return workbook(sheet, "".join(f'<si><t xml:space="preserve">{escape(one)}</t></si>' for one in strings), name)


def workbook(sheet: str, strings: str = "", name: str = "orders") -> bytes:
    """A workbook around one sheet's XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{packages}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="{name}" sheetId="2" r:id="rId4"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}/relationships">'
        f'<Relationship Id="rId4" Type="{relations}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId5" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet2.xml": sheet,
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            # A date of its own, so that the same cells make the same bytes.
            archive.writestr(zipfile.ZipInfo(path, (2026, 2, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def column(place: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def by_excel(cells: Sequence[Sequence[Any]], *, above: int = 0) -> bytes:
    """An XLSX as Excel saves it, with a true dimension; `above` rows of other things stand over it."""
    book = openpyxl.Workbook()
    sheet = book.active
    for at in range(above):
        sheet.append([f"line {at + 1}"])
    for row in cells:
        sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def sheets(tables: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """An XLSX as Excel saves it, with a sheet of each name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in tables.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def legacy(cells: Sequence[Sequence[str]]) -> bytes:
    """An XLS (BIFF8) with one sheet of text, in the old compound container."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    end = record(0x000A, b"")
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    labels = b"".join(
        record(0x0204, struct.pack("<HHHHB", row, at, 0, len(text), 1) + text.encode("utf-16-le"))
        for row, texts in enumerate(cells)
        for at, text in enumerate(texts)
    )
    offset = len(start) + len(end) + 4 + 6 + 2 + len("orders")
    book = start + record(0x0085, struct.pack("<IHBB", offset, 0, len("orders"), 0) + b"orders") + end
    stream = book + record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + labels + end
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\x00")
    return compound({"Workbook": stream})


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file (OLE) of these streams, each of at least 4,096 bytes and of whole sectors."""
    entries = [_entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)]
    fat = [0xFFFFFFFD, 0xFFFFFFFE]
    body = b""
    for place, (name, data) in enumerate(streams.items(), 1):
        first, count = len(fat), len(data) // 512
        fat += [*range(first + 1, first + count), 0xFFFFFFFE]
        last = place == len(streams)
        entries.append(_entry(name, 2, right=0xFFFFFFFF if last else place + 1, start=first, size=len(data)))
        body += data
    assert len(fat) <= 128 and len(entries) <= 4
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\x00" * 6 + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    return header + table + b"".join(entries).ljust(512, b"\x00") + body


def _entry(name: str, kind: int, *, start: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    spelt = name.encode("utf-16-le") + b"\x00\x00"
    head = spelt.ljust(64, b"\x00") + struct.pack("<HBB", len(spelt), kind, 1)
    return head + struct.pack("<III", 0xFFFFFFFF, right, child) + b"\x00" * 36 + struct.pack("<IQ", start, size)


def archive(members: dict[str, bytes]) -> bytes:
    """A ZIP of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as found:
        for name, data in members.items():
            found.writestr(name, data)
    return made.getvalue()


def locked(data: bytes, password: str) -> bytes:
    """A workbook behind a password, as Taiwan sends them."""
    plain, made = io.BytesIO(data), io.BytesIO()
    # The library that locks writes broken files of less than 4,096 bytes.
    with zipfile.ZipFile(plain, "a") as found:
        found.writestr("docProps/thumbnail.bin", bytes(range(256)) * 20)
    msoffcrypto.OfficeFile(plain).encrypt(password, made)
    return made.getvalue()


def vn_file(*rows: dict[str, Any]) -> bytes:
    """A Vietnamese Order.all with these rows."""
    return excelize(table(rows))
