from __future__ import annotations

import pytest

from core.models.dispute import DisputeStatus, ReturnReason, Solution, Validation
from core.models.incident import IncidentType
from core.models.rule import Confidence
from core.recovery.disputes.vocabulary import (
    reason_of,
    response_days,
    solution_of,
    status_of,
    type_of,
    validation_of,
)

R, S = ReturnReason, DisputeStatus

# Texts of real Indonesian exports (domain notes) and every code of the platform's interface.
SEEN = {
    "Pembeli tidak menerima pesanan.": (R.NOT_RECEIVED, IncidentType.LOST),
    "Produk pecah/hancur": (R.DAMAGED, IncidentType.DAMAGED),
    "Outer packaging damaged": (R.PACKAGE_DAMAGED, IncidentType.DAMAGED),
    "Cairan/isinya tumpah": (R.SPILLED, IncidentType.DAMAGED),
    "Produk tidak lengkap": (R.MISSING, IncidentType.MISSING_CONTENTS),
    "Produk yang diterima berbeda dengan deskripsi.": (R.NOT_AS_DESCRIBED, None),
    "Barang tidak berfungsi/tidak bisa dipakai": (R.DEFECTIVE, IncidentType.DAMAGED),
    "Produk tidak original": (R.COUNTERFEIT, None),
    "Ingin kembalikan barang sesuai kondisi awal": (R.CHANGED_MIND, None),
    "Barang cacat produksi (luntur/lecet/patah/dsb.)": (R.DEFECTIVE, IncidentType.DAMAGED),
}
CODES = {
    IncidentType.LOST: ["NONRECEIPT", "NOT_RECEIPT"],
    IncidentType.DAMAGED: [
        "ITEM_DAMAGED", "ITEM_WRONGDAMAGED", "PHYSICAL_DMG", "FUNCTIONAL_DMG", "SPILLED_CONTENTS", "BROKEN_PRODUCTS",
        "DAMAGED_PACKAGE", "SCRATCHED", "DAMAGED_OTHERS", "SPOILED_ROTTEN",
    ],
    IncidentType.MISSING_CONTENTS: ["ITEM_MISSING"],
    None: [
        "WRONG_ITEM", "DIFF_DESC", "MUITAL_AGREE", "OTHER", "USED", "NO_REASON", "CHANGE_MIND", "EXPECTATION_FAILED", "ITEM_FAKE",
        "ITEM_NOT_FIT", "SUSPICIOUS_PARCEL", "EXPIRED_PRODUCT", "WRONG_ORDER_INFO", "WRONG_ADDRESS", "CHANGE_OF_MIND",
        "SELLER_SENT_WRONG_ITEM", "SIZE_DEVIATION", "LOOK_DEVIATION", "DATE_DEVIATION", "DIFFERENT_DESCRIPTION",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", SEEN)
def test_a_reason_of_a_real_file_is_understood(text: str) -> None:
    reason = reason_of(text, "id")
    assert (reason, type_of(reason)) == SEEN[text]


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, some in CODES.items() for code in some])
def test_every_code_of_the_interface_points_where_the_domain_notes_say(kind: IncidentType | None, code: str) -> None:
    reason = reason_of(code)
    assert reason is not R.UNKNOWN
    assert type_of(reason) is kind


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("pt", "Produto danificado", IncidentType.DAMAGED),
        ("pt", "Não recebi o pedido", IncidentType.LOST),
        ("pt", "Itens faltando", IncidentType.MISSING_CONTENTS),
        ("pt", "Produto diferente da descrição", None),
        ("th", "ได้รับสินค้าไม่ครบ", IncidentType.MISSING_CONTENTS),
        ("th", "สินค้าแตกต่างจากที่ระบุ", None),
        ("th", "สินค้าเสียหาย", IncidentType.DAMAGED),
        ("vi", "Chưa nhận được hàng", IncidentType.LOST),
        ("zh-Hant", "商品破損", IncidentType.DAMAGED),
        ("zh-Hans", "少件/漏发", IncidentType.MISSING_CONTENTS),
        ("en", "Product is not identical to the photo", None),
    ],
)
def test_reasons_of_every_market_point_to_what_they_say(language: str, text: str, kind: IncidentType | None) -> None:
    assert type_of(reason_of(text, language)) is kind


def test_a_reason_nobody_knows_stays_unknown_and_offers_nothing() -> None:
    assert reason_of("Xyzzy", "pt") is R.UNKNOWN
    assert reason_of("  ") is None
    assert type_of(R.UNKNOWN) is None
    assert type_of(None) is None


def test_the_reason_the_platform_found_goes_before_the_buyers() -> None:
    assert type_of(R.DAMAGED, R.CHANGED_MIND) is None
    assert type_of(R.OTHER, R.MISSING) is IncidentType.MISSING_CONTENTS
    assert type_of(R.DAMAGED, R.UNKNOWN) is IncidentType.DAMAGED


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("รอการตรวจสอบ", S.REQUESTED),
        ("คืนเงินแล้ว", S.REFUND_PAID),
        ("ยกเลิกคำขอ", S.CANCELLED),
        ("Đã Chấp Thuận Yêu Cầu", S.ACCEPTED),
        ("Đã Huỷ Yêu Cầu", S.CANCELLED),
        ("Permintaan Disetujui", S.ACCEPTED),
        ("Masalah diselesaikan", S.CLOSED),
        ("JUDGING", S.JUDGING),
        ("SELLER_DISPUTE", S.SELLER_DISPUTE),
        ("Solicitado, responda até 2026-11-24", S.REQUESTED),
        ("something new", S.UNKNOWN),
    ],
)
def test_a_state_is_known_by_how_it_begins(text: str, status: DisputeStatus) -> None:
    assert status_of(text) is status


def test_what_is_asked_for_and_who_checks_are_understood() -> None:
    assert status_of("") is None
    assert solution_of("คืนเงินเท่านั้น") is Solution.REFUND_ONLY
    assert solution_of("Devolução e Reembolso") is Solution.RETURN_REFUND
    assert solution_of("RETURN_REFUND") is Solution.RETURN_REFUND
    assert solution_of("Pedido inteiro") is None
    assert validation_of("warehouse_validation") is Validation.WAREHOUSE
    assert validation_of("Não") is Validation.SELLER
    assert validation_of("") is None


def test_usual_days_come_with_their_confidence_and_only_where_somebody_publishes_them() -> None:
    found = {market: response_days(market) for market in ("SG", "PH", "BR", "MX", "MY", "TH", "VN", "ID", "TW")}
    assert {market: days and (days.span.days, days.confidence) for market, days in found.items()} == {
        "SG": (2, Confidence.HIGH),
        "PH": (2, Confidence.HIGH),
        "BR": (3, Confidence.MEDIUM),
        "MX": (3, Confidence.MEDIUM),
        "MY": None,
        "TH": None,
        "VN": None,
        "ID": None,
        "TW": None,
    }
    assert all(days.source.startswith("https://") for days in found.values() if days)
