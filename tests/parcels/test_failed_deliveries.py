"""Reports of failed deliveries: parcels nobody has yet are offered, those that came back are not."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.permissions import SYSTEM
from core.models import IncidentOffer, Shipment
from core.models.imports import OfferCause, OfferState
from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers import FileResult, import_file
from core.parcels.importers.tables import failed_of
from tests.factories import NOW, make_shop

S = ShipmentStatus
ID = (
    "No. Pesanan", "Status Pesanan", "Status pengiriman gagal", "No. Resi", "Opsi Pengiriman", "Waktu Pesanan Dibuat",
    "Nama Produk", "Nomor Referensi SKU", "Jumlah", "Harga Setelah Diskon", "Total Harga Produk",
)  # fmt: skip
PLAIN = tuple(name for name in ID if name != "Status pengiriman gagal")


def row(order: str, failed: str, status: str = "Batal") -> dict[str, str]:
    return {
        "No. Pesanan": order,
        "Status Pesanan": status,
        "Status pengiriman gagal": failed,
        "No. Resi": f"JX{order[-6:]}",
        "Opsi Pengiriman": "Reguler (Cashless)",
        "Waktu Pesanan Dibuat": "2026-11-01 09:00",
        "Nama Produk": "Botol minum",
        "Nomor Referensi SKU": "BTL-1",
        "Jumlah": "1",
        "Harga Setelah Diskon": "89.000",
        "Total Harga Produk": "89.000",
    }


def bring(session: Session, rows: Sequence[dict[str, str]], headings: Sequence[str] = ID, **more: Any) -> FileResult:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for line in ([*headings], *([one[name] for name in headings] for one in rows)):
        sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    given = {"file_name": "Order.failed_delivery.20261101_20261122.xlsx", **more}
    return import_file(session, out.getvalue(), actor=SYSTEM, shop="Toko Biru", now=NOW, **given)


@pytest.fixture(autouse=True)
def shop(session: Session) -> None:
    make_shop(session, name="Toko Biru", market="ID", currency="IDR", zone="Asia/Jakarta")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("จัดส่งคืนผู้ขายแล้ว", S.RETURNED),
        ("Dikembalikan ke penjual", S.RETURNED),
        ("Paket hilang", S.LOST),
        ("Gagal dikirim", S.FAILED),
        ("something else", S.FAILED),
    ],
)
def test_the_column_tells_whether_the_parcel_came_back(said: str, status: ShipmentStatus) -> None:
    assert failed_of(said) is status


def test_what_nobody_has_is_offered_and_what_came_back_is_not(session: Session) -> None:
    rows = [row("261101FAIL0001", "Gagal dikirim"), row("261101FAIL0002", "Dikembalikan ke penjual")]
    rows.append(row("261101FAIL0003", "Paket hilang"))
    result = bring(session, rows)
    assert (result.report, result.offers) == ("Order.failed_delivery", 2)
    found = session.execute(
        select(Shipment.order_number, Shipment.status, IncidentOffer.type, IncidentOffer.cause)
        .outerjoin(IncidentOffer, IncidentOffer.shipment_id == Shipment.id)
        .order_by(Shipment.order_number)
    ).all()
    assert [tuple(one) for one in found] == [
        ("261101FAIL0001", S.FAILED, IncidentType.LOST, OfferCause.FAILED),
        ("261101FAIL0002", S.RETURNED, None, None),
        ("261101FAIL0003", S.LOST, IncidentType.LOST, OfferCause.PARCEL),
    ]


def test_a_report_without_the_column_holds_nothing_but_failed_deliveries(session: Session) -> None:
    result = bring(session, [row("261101FAIL0004", "")], PLAIN)
    assert (result.report, result.offers) == ("Order.failed_delivery", 1)


def test_an_empty_cell_is_no_failed_delivery(session: Session) -> None:
    result = bring(session, [row("261101FAIL0005", "", "Selesai"), row("261101FAIL0006", "-")])
    assert result.offers == 0
    assert set(session.scalars(select(Shipment.status))) == {S.COMPLETED, S.CANCELLED}


def test_the_offer_goes_when_a_newer_file_says_that_it_came_back(session: Session) -> None:
    bring(session, [row("261101FAIL0001", "Gagal dikirim")])
    bring(session, [row("261101FAIL0001", "Telah dikembalikan")])
    assert session.scalars(select(IncidentOffer.state)).one() is OfferState.DISMISSED


def test_what_a_buyers_return_offers_does_not_go_with_the_parcels_state(session: Session) -> None:
    bring(session, [row("261101FAIL0007", "", "Sedang Dikirim")], file_name="Order.all.xlsx")
    shipment = session.scalars(select(Shipment)).one()
    session.add(
        IncidentOffer(
            shipment_id=shipment.id,
            type=IncidentType.LOST,
            cause=OfferCause.RETURN,
            reason="Pembeli tidak menerima pesanan.",
            created_at=NOW,
            state=OfferState.OPEN,
        )
    )
    session.flush()
    bring(session, [row("261101FAIL0007", "", "Selesai")], file_name="Order.all.xlsx")
    assert session.scalars(select(IncidentOffer.state)).one() is OfferState.OPEN
