"""Order workbooks as Seller Centre writes them: the Vietnamese Order.all of 62 columns, every cell a shared string."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from core.demo import words
from core.demo.shipments import LETTERS, letters, parcel_number, tracking

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

HEADINGS = (
    "Mã đơn hàng", "Mã Kiện Hàng", "Ngày đặt hàng", "Trạng Thái Đơn Hàng", "Sản Phẩm Bán Chạy", "Lý do hủy",
    "Nhận xét từ Người mua", "Mã vận đơn", "Đơn Vị Vận Chuyển", "Phương thức giao hàng", "Loại đơn hàng",
    "Ngày giao hàng dự kiến", "Ngày gửi hàng", "Thời gian giao hàng", "Trạng thái Trả hàng/Hoàn tiền", "SKU sản phẩm",
    "Tên sản phẩm", "Cân nặng sản phẩm", "Tổng cân nặng", "SKU phân loại hàng", "Tên phân loại hàng", "Giá gốc",
    "Người bán trợ giá", "Được Shopee trợ giá", "Tổng số tiền được người bán trợ giá", "Giá ưu đãi", "Số lượng",
    "Số lượng sản phẩm được hoàn trả", "Tổng giá bán (sản phẩm)", "Tổng giá trị đơn hàng (VND)", "Mã giảm giá của Shop",
    "Hoàn Xu", "Mã giảm giá của Shopee", "Chỉ tiêu Combo Khuyến Mãi", "Giảm giá từ combo Shopee",
    "Giảm giá từ Combo của Shop", "Shopee Xu được hoàn", "Số tiền được giảm khi thanh toán bằng thẻ Ghi nợ",
    "Trade-in Discount", "Trade-in Bonus", "Phí vận chuyển (dự kiến)", "Trade-in Bonus by Seller",
    "Phí vận chuyển mà người mua trả", "Phí vận chuyển tài trợ bởi Shopee (dự kiến)",
    "Phí vận chuyển trả hàng (đơn Trả hàng/hoàn tiền)", "Tổng số tiền người mua thanh toán",
    "Thời gian hoàn thành đơn hàng", "Thời gian đơn hàng được thanh toán", "Phương thức thanh toán", "Phí cố định",
    "Phí Dịch Vụ", "Phí thanh toán", "Tiền ký quỹ", "Người Mua", "Tên Người nhận", "Số điện thoại", "Tỉnh/Thành phố",
    "TP / Quận / Huyện", "Quận", "Địa chỉ nhận hàng", "Quốc gia", "Ghi chú",
)  # fmt: skip

CARRIERS = (
    ("Nhanh-SPX Express", "SPXVN0###########"),
    ("Nhanh-Giao Hàng Nhanh", "GY@@@@@@"),
    ("Tiết kiệm-Viettel Post", "8###########"),
    ("Hàng Cồng Kềnh-GHN - Hàng Cồng Kềnh", "GY@@@@@@"),
)
CITIES = ("Hà Nội", "TP. Hồ Chí Minh", "Đà Nẵng", "Cần Thơ", "Hải Phòng", "Bình Dương")
ZERO = "0.00"


def order_rows(until: datetime, *, days: int, seed: object, lost: float = 0.004) -> Iterator[list[str]]:
    """Rows of orders without end, item line by item line, ordered in the `days` before `until`; a part `lost` of them lost."""
    rng = words.dice(seed, "orders")
    articles, variations = words.products(), words.words()["variations"]["vi"]
    while True:
        ordered = (until - timedelta(days=rng.random() * days)).astimezone(ZONE).replace(second=0, microsecond=0)
        number = rng.getrandbits(62)
        fate = rng.random()
        kind = (
            "lost"
            if fate < lost
            else "cancelled"
            if fate < lost + 0.08
            else "shipped"
            if until - ordered < timedelta(days=4)
            else "completed"
        )
        carrier, shape = CARRIERS[0] if rng.random() < 0.6 else rng.choice(CARRIERS)
        sent = ordered + timedelta(hours=rng.randrange(4, 40))
        head = [f"{ordered.astimezone(ZoneInfo('Asia/Shanghai')):%y%m%d}{letters(number, 4)}", parcel_number(number)]
        gone = kind == "cancelled"
        done = kind == "completed"
        for _line in range(2 if rng.random() < 0.3 else 1):
            place, variation, count = rng.randrange(len(articles)), rng.randrange(5), 2 if rng.random() < 0.12 else 1
            article, price = articles[place], words.price(place, "VN", variation)
            was, total = price + 20_000, price * count
            paid = ZERO if kind in ("lost", "cancelled") else f"{total}.00"
            yield [
                *head, f"{ordered:%Y-%m-%d %H:%M}", words.status_text("VN", kind), "N", words.reason_text("VN", kind) or "", "",
                "" if gone else tracking(shape, number), carrier, "Sắp xếp lấy hàng", "", f"{sent:%Y-%m-%d} 23:59",
                "" if gone else f"{sent:%Y-%m-%d}", "" if gone else f"{sent:%Y-%m-%d %H:%M}", "", article.sku, article.names["vi"],
                f"{article.kg}", f"{article.kg * count}", f"{article.sku}-{variation + 1}", variations[variation], f"{was}.00",
                "20000.00", ZERO, "20000.00", f"{price}.00", str(count), "0", f"{total}.00", paid, ZERO, ZERO, ZERO, "N", ZERO,
                ZERO, "0", ZERO, ZERO, ZERO, "30000.00", ZERO, ZERO, "30000.00", ZERO, paid,
                f"{sent + timedelta(days=5):%Y-%m-%d %H:%M}" if done else "", f"{ordered:%Y-%m-%d %H:%M}",
                "Ví ShopeePay" if number % 3 else "Thanh toán khi nhận hàng", ZERO if gone else f"{total * 4 // 100}.00",
                ZERO if gone else f"{total * 3 // 100}.00", ZERO if gone else f"{total * 5 // 100}.00", ZERO,
                f"buyer_{letters(number // 11, 5).lower()}", f"{LETTERS[number % 23]}******{LETTERS[number % 19].lower()}",
                f"******{number % 100:02d}", CITIES[number % len(CITIES)], f"Quận {number % 12 + 1}", f"Phường {number % 30 + 1}",
                "******", "VN", "",
            ]  # fmt: skip


def order_all(rows: Iterable[Sequence[str]], count: int) -> bytes:
    """An Order.all workbook with the first `count` of the rows."""
    out = io.BytesIO()
    write(out, HEADINGS, islice(rows, count))
    return out.getvalue()


def write(out: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A workbook with one sheet `orders`, as Seller Centre's writer makes it: a dimension that says only A1, all text."""
    places: dict[str, int] = {}
    cells = 0
    columns = [_letters(place) for place in range(len(headings))]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _FRAME.items():
            archive.writestr(_member(name), text)
        with archive.open(_member("xl/worksheets/sheet2.xml"), "w", force_zip64=True) as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="A1"/><sheetData>'.encode())
            for number, row in enumerate(_with(headings, rows), start=1):
                said = [
                    f'<c r="{column}{number}" t="s"><v>{places.setdefault(value, len(places))}</v></c>'
                    for column, value in zip(columns, row, strict=True)
                ]
                cells += len(said)
                sheet.write(f'<row r="{number}">{"".join(said)}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        with archive.open(_member("xl/sharedStrings.xml"), "w", force_zip64=True) as strings:
            strings.write(f'{_XML}<sst xmlns="{_MAIN}" count="{cells}" uniqueCount="{len(places)}">'.encode())
            for text in places:
                strings.write(f"<si><t>{escape(text)}</t></si>".encode())
            strings.write(b"</sst>")


def _member(name: str) -> zipfile.ZipInfo:
    """A member without a date of its own, so that the same rows give the same bytes."""
    found = zipfile.ZipInfo(name)
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _with(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield headings
    yield from rows


def _letters(place: int) -> str:
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

_FRAME = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_TYPE}worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        '<sheets><sheet name="orders" sheetId="2" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId2" Type="{_DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
}
