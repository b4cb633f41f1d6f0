"""The three real exports, counted with openpyxl and counted again through the import. Skipped where they are not at hand."""

from __future__ import annotations

import unicodedata
from collections import Counter
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.permissions import SYSTEM
from core.models import Carrier, IncidentOffer, Shipment, ShipmentLine
from core.models.shipment import ShipmentStatus
from core.parcels.importers import import_file
from core.parcels.importers.tables import heading_tables, numbered
from tests.factories import NOW

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "exports"
FILES = sorted(FOLDER.glob("Order.all.*.xlsx"))
pytestmark = pytest.mark.skipif(not FILES, reason="the reference exports are not here")

S = ShipmentStatus

EXPECTED = {
    # period: rows, orders, statuses, the lost order, its value
    "20230401_20230430": (373, 259, {"completed": 216, "cancelled": 39, "failed": 3, "lost": 1}, "2304279T1SJV99", 148_200),
    "20251001_20251031": (463, 320, {"completed": 247, "cancelled": 67, "failed": 5, "lost": 1}, "251026283EEGK0", 400_000),
    "20260201_20260228": (643, 603, {"completed": 491, "cancelled": 101, "failed": 10, "lost": 1}, "260203FSUVV2P0", 139_000),
}  # fmt: skip


def by_openpyxl(path: Path) -> list[dict[str, str]]:
    """The rows as another library reads them. It trusts the dimension, so that is taken away from it first."""
    book = openpyxl.load_workbook(path, read_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    first, *rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    names = [unicodedata.normalize("NFC", name) for name in first]
    return [dict(zip(names, row + [""] * (len(names) - len(row)), strict=True)) for row in rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_file_ends_as_one_shipment_per_order_parcel(session: Session, path: Path) -> None:
    rows, orders, statuses, lost_order, value = EXPECTED[path.name[10:27]]
    seen = by_openpyxl(path)
    assert len(seen) == rows and len({row["Mã đơn hàng"] for row in seen}) == orders
    parcels = {(row["Mã đơn hàng"], row["Mã Kiện Hàng"]): row for row in seen}
    result = import_file(session, path, actor=SYSTEM, shop="Real", market="VN", now=NOW)
    assert (result.report, result.rows, result.orders, result.refused, result.unknown_headings) == (
        "Order.all", rows, orders, 0, (),
    )  # fmt: skip
    assert result.new == result.shipments == len(parcels) and result.offers == 1
    stored = {(one.order_number, one.parcel_number): one for one in session.scalars(select(Shipment))}
    assert stored.keys() == parcels.keys()
    assert Counter(one.status.value for one in stored.values()) == statuses
    for key, row in parcels.items():
        assert (stored[key].tracking_number or "") == row["Mã vận đơn"]
        assert (stored[key].shipped_at is None) == (row["Thời gian giao hàng"] == "")
    total = sum(Decimal(row["Giá ưu đãi"]) * Decimal(row["Số lượng"]) for row in seen)
    assert session.scalar(select(func.sum(Shipment.value))) == total
    assert session.scalar(select(func.count()).select_from(ShipmentLine)) == rows
    offer = session.scalars(select(IncidentOffer)).one()
    parcel = session.get_one(Shipment, offer.shipment_id)
    assert (parcel.order_number, parcel.status, int(parcel.value)) == (lost_order, S.LOST, value)
    again = import_file(session, path, actor=SYSTEM, shop="Real", now=NOW)
    assert (again.new, again.updated, again.unchanged, again.offers) == (0, 0, len(parcels), 0)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_carrier_of_a_real_file_is_known(session: Session, path: Path) -> None:
    import_file(session, path, actor=SYSTEM, shop="Real", now=NOW)
    nobody = session.scalars(select(Shipment.carrier_text).where(Shipment.carrier_id.is_(None)).distinct()).all()
    assert set(nobody) <= {"Nhanh", "Hỏa Tốc", "Tiết kiệm", "Hàng Cồng Kềnh", "Nhanh-Đang Điều Phối ĐVVC"}
    shipped_by_nobody = session.scalars(
        select(Shipment.carrier_text).where(Shipment.shipped_at.is_not(None), Shipment.carrier_id.is_(None))
    ).all()
    assert shipped_by_nobody == []
    assert session.scalar(select(func.count(Shipment.carrier_id.distinct()))) == session.scalar(
        select(func.count(Carrier.id.distinct())).join(Shipment, Shipment.carrier_id == Carrier.id)
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_real_parcel_was_completed_before_it_was_handed_over(session: Session, path: Path) -> None:
    result = import_file(session, path, actor=SYSTEM, shop="Real", now=NOW)
    wrong = select(func.count()).where(
        (Shipment.completed_at < Shipment.shipped_at) | (Shipment.shipped_at < Shipment.ordered_at)
    )
    assert session.scalar(wrong) == 0
    # In the file of February 2026 somebody had pasted an older heading row over a newer order of columns.
    assert bool(result.notices) == ("202602" in path.name)


def test_all_heading_lists_of_order_reports_are_known_in_full() -> None:
    import json

    lists = json.loads((FOLDER / "headings.json").read_text("utf-8"))
    known = heading_tables().tables["orders"].columns
    signs = ("(VND)", "(PHP)", "(THB)")
    for name, one in lists.items():
        if not ("order" in name or name == "id_failed_delivery"):
            continue
        headings = []
        for heading in one["columns"]:
            for sign in signs:
                heading = heading.removesuffix(sign)
            headings.append(heading)
        unknown = [heading for heading in numbered(headings) if heading not in known[one["language"]]]
        assert unknown == [], name
