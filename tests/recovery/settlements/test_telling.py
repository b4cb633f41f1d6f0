"""What the platform's words on a line of money mean, in the languages it writes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.models.incident import IncidentType
from core.models.settlement import SettlementKind
from core.recovery.settlements import telling

IN, OUT = Decimal("10"), Decimal("-10")
COMPENSATION, BACK = SettlementKind.COMPENSATION, SettlementKind.TAKEN_BACK


@pytest.mark.parametrize(
    ("words", "type"),
    [
        ("Lost Parcel Compensation", IncidentType.LOST),
        ("Adjustment · Compensation for lost parcel", IncidentType.LOST),
        ("Kompensasi Paket Hilang", IncidentType.LOST),
        ("Compensação por extravio do pedido", IncidentType.LOST),
        ("เงินชดเชยพัสดุสูญหาย", IncidentType.LOST),
        ("Bồi thường kiện hàng thất lạc", IncidentType.LOST),
        ("包裹遺失賠償", IncidentType.LOST),
        ("丢件赔偿", IncidentType.LOST),
        ("Compensación por paquete extraviado", IncidentType.LOST),
        ("Compensation for damaged parcel", IncidentType.DAMAGED),
        ("包裹破损赔付", IncidentType.DAMAGED),
        ("Compensação por avaria", IncidentType.DAMAGED),
        ("Missing item compensation", IncidentType.MISSING_CONTENTS),
        ("Compensação ao Vendedor (Disputa bem sucedida/Ajuste em carteira)", None),
        ("เงินชดเชยให้ผู้ขาย (จากการชนะข้อพิพาท/ปรับค่า Seller Balance)", None),
        ("Kompensasi", None),
        ("賠償", None),
    ],
)
def test_compensation_is_recognised_in_every_language(words: str, type: IncidentType | None) -> None:
    found = telling.told(words, IN)
    assert (found.kind, found.type) == (COMPENSATION, type)
    assert found.rule
    assert telling.told(words, OUT).kind is BACK


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Withdrawal",
        "Shipping fee compensation",
        "Kompensasi ongkir",
        "運費補償",
        "Shipping insurance premium",
        "Closet order coincidence",
        "Refund for order",
        "Ajuste",
    ],
)
def test_other_money_is_no_compensation(words: str) -> None:
    assert telling.told(words, IN).kind is SettlementKind.OTHER


def test_an_orders_own_money_is_a_release() -> None:
    for words in ("Renda do pedido #2601", "Pendapatan dari Pesanan", "訂單撥款", "Order Income"):
        assert telling.told(words, IN).kind is SettlementKind.RELEASE


def test_item_rows_are_told_from_order_rows_and_unknown_words_from_both() -> None:
    assert (telling.is_order_row("Order"), telling.is_order_row(""), telling.is_order_row("Pesanan")) == (True,) * 3
    assert (telling.is_order_row("Sku"), telling.is_order_row("SKU")) == (False, False)
    assert telling.is_order_row("Parcel") is None


def test_money_that_waits_or_failed_has_not_moved() -> None:
    assert [telling.moved(one) for one in ("Pending", "Em andamento", "失敗", "Completed", "Concluído", "")] == [
        False, False, False, True, True, True,
    ]  # fmt: skip
    assert telling.goes_out("Saída") and not telling.goes_out("Entrada")


def test_every_rule_has_words_and_no_word_is_in_two_rules() -> None:
    seen: dict[str, str] = {}
    for table in ("compensation", "other", "release"):
        for row in telling._data()[table]:
            for pieces in (value for value in row.values() if isinstance(value, list)):
                for piece in pieces:
                    assert seen.setdefault(piece, row["id"]) == row["id"], piece
    assert len(seen) > 100
