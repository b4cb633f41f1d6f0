"""Files a user would have at hand: an order export, photos, papers. Made here, in the shape of real ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload

HEADINGS = (
    "Mã đơn hàng",
    "Mã Kiện Hàng",
    "Ngày đặt hàng",
    "Trạng Thái Đơn Hàng",
    "Lý do hủy",
    "Mã vận đơn",
    "Đơn Vị Vận Chuyển",
    "Ngày giao hàng dự kiến",
    "Ngày gửi hàng",
    "Thời gian giao hàng",
    "Trạng thái Trả hàng/Hoàn tiền",
    "SKU sản phẩm",
    "Tên sản phẩm",
    "Tên phân loại hàng",
    "Giá gốc",
    "Giá ưu đãi",
    "Số lượng",
    "Tổng giá bán (sản phẩm)",
    "Tổng giá trị đơn hàng (VND)",
    "Thời gian hoàn thành đơn hàng",
    "Thời gian đơn hàng được thanh toán",
    "Người Mua",
    "Quốc gia",
)
LOST = (
    "Tự động hủy bởi hệ thống Shopee lí do là: Kiện hàng thất lạc trong quá trình vận chuyển."
    " Tiền hoàn sẽ được ghi nhận vào Số dư TK Shopee của bạn."
)


def orders_workbook(folder: Path, today: datetime, orders: Sequence[tuple[str, str, str, str]]) -> Path:
    """An `Order.all` workbook of the last month. Each order: number, tracking number, price, `lost` or `done`."""
    shipped = today - timedelta(days=8)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "orders"
    sheet.append(HEADINGS)
    for number, tracking, price, how in orders:
        lost = how == "lost"
        values = {
            "Mã đơn hàng": number,
            "Mã Kiện Hàng": f"58{abs(hash(number)) % 10**15:015d}",
            "Ngày đặt hàng": f"{shipped - timedelta(days=1):%Y-%m-%d %H:%M}",
            "Trạng Thái Đơn Hàng": "Đã hủy" if lost else "Hoàn thành",
            "Lý do hủy": LOST if lost else "",
            "Mã vận đơn": tracking,
            "Đơn Vị Vận Chuyển": "Nhanh-Ninja Van",
            "Ngày giao hàng dự kiến": f"{shipped:%Y-%m-%d} 23:59",
            "Thời gian giao hàng": f"{shipped:%Y-%m-%d %H:%M}",
            "SKU sản phẩm": "LAMP-1",
            "Tên sản phẩm": "Đèn bàn",
            "Tên phân loại hàng": "Trắng",
            "Giá gốc": f"{price}.00",
            "Giá ưu đãi": f"{price}.00",
            "Số lượng": "1",
            "Tổng giá bán (sản phẩm)": f"{price}.00",
            "Tổng giá trị đơn hàng (VND)": "0.00" if lost else f"{price}.00",
            "Thời gian đơn hàng được thanh toán": f"{shipped - timedelta(days=1):%Y-%m-%d %H:%M}",
            "Người Mua": "buyer_one",
            "Quốc gia": "VN",
        }
        sheet.append([values.get(heading, "") for heading in HEADINGS])
    first, last = today - timedelta(days=30), today
    path = folder / f"Order.all.{first:%Y%m%d}_{last:%Y%m%d}.xlsx"
    book.save(path)
    return path


def photo(words: str, size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A JPEG with words on it, each different from the next."""
    picture = Image.new("RGB", size, (196, 164, 120))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((200, 200, size[0] - 200, size[1] - 200), outline=(90, 60, 30), width=12)
    draw.text((260, 260), words, fill=(30, 20, 10), font_size=64)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()


def upload(name: str, words: str) -> FilePayload:
    """A photo as Playwright hands it to a file input."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo(words)}
