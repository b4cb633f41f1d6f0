"""Rows of income, adjustment and wallet lists as lines of money: the shapes of real exports, with values of our own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.models.incident import IncidentType
from core.models.settlement import SettlementKind, SettlementSource
from core.parcels.importers.kinds import Rows
from core.parcels.markets import market
from core.recovery.settlements.lines import Lines, read_adjustments, read_income, read_wallet

ORDER = "260722CC5B1RNV"
RELEASE, COMPENSATION = SettlementKind.RELEASE, SettlementKind.COMPENSATION
TAKEN_BACK, OTHER = SettlementKind.TAKEN_BACK, SettlementKind.OTHER


def rows(*cells: Sequence[Any]) -> Rows:
    return Rows(len(cells), list(range(7, 7 + len(cells))), [list(one) for one in cells])


def malaysia(*cells: Sequence[Any]) -> Lines:
    return read_income(rows(*cells), market("MY"), "Asia/Kuala_Lumpur", "Lost Compensation")


def brazil(*cells: Sequence[Any]) -> Lines:
    return read_wallet(rows(*cells), market("BR"), "America/Sao_Paulo")


def test_an_orders_row_brings_what_was_released_and_of_that_the_compensation() -> None:
    found = malaysia(("Order", ORDER, "", "2026-07-30", "89.90", "89.90"))
    assert [(one.kind, one.amount, one.rule) for one in found.lines] == [
        (RELEASE, Decimal("89.90"), None),
        (COMPENSATION, Decimal("89.90"), "column"),
    ]
    assert {(one.row, one.order_number, one.paid_on) for one in found.lines} == {(7, ORDER, date(2026, 7, 30))}
    assert found.lines[1].type is IncidentType.LOST


def test_rows_of_single_items_do_not_double_the_order() -> None:
    found = malaysia(
        ("Order", ORDER, "", "2026-07-30", "89.90", "89.90"),
        ("Sku", ORDER, "", "2026-07-30", "40.00", "40.00"),
        ("Sku", ORDER, "", "2026-07-30", "49.90", "49.90"),
    )
    assert found.items == 2
    assert sum(one.amount for one in found.lines if one.kind is COMPENSATION) == Decimal("89.90")


def test_a_row_nobody_knows_what_it_stands_for_is_refused() -> None:
    found = malaysia(("Bundle", ORDER, "", "2026-07-30", "89.90", ""), ("Order", "", "", "2026-07-30", "1", ""))
    assert sorted(found.refused) == [7, 8]
    assert found.lines == []


def test_indonesias_points_group_thousands_and_its_column_says_no_kind_of_loss() -> None:
    found = read_income(
        rows(
            ("", ORDER, "2607010HKU4BFDS", "2026-07-30 10:00", "178.000", "89.000"),
            ("", "260722CC5B1RNX", "", "2026-07-30", "12.500", "0"),
        ),
        market("ID"),
        "Asia/Jakarta",
        "Kompensasi",
    )
    one = next(line for line in found.lines if line.kind is COMPENSATION)
    assert (one.amount, one.type, one.return_number) == (Decimal(89000), None, "2607010HKU4BFDS")


def test_adjustments_tell_their_kind_by_their_words() -> None:
    found = read_adjustments(
        rows(
            ("2026-07-28", "Penyesuaian", "", "Kompensasi Paket Hilang", "89.000", ORDER, "2026-07-30"),
            ("2026-07-28", "Penyesuaian", "", "Selisih Ongkir", "-12.000", ORDER, "2026-07-30"),
            ("2026-08-02", "Penyesuaian", "", "Kompensasi Paket Hilang", "-89.000", ORDER, ""),
        ),
        market("ID"),
        "Asia/Jakarta",
    )
    assert [(one.kind, one.amount, one.paid_on) for one in found.lines] == [
        (COMPENSATION, Decimal(89000), date(2026, 7, 30)),
        (OTHER, Decimal(-12000), date(2026, 7, 30)),
        (TAKEN_BACK, Decimal(-89000), date(2026, 8, 2)),
    ]
    assert found.lines[0].said == "Penyesuaian · Kompensasi Paket Hilang"


def test_the_wallet_keeps_signs_skips_what_has_not_moved_and_finds_the_order_in_the_words() -> None:
    found = brazil(
        ("2026-03-02 12:30:01", "Ajuste", f"Extravio do pedido {ORDER}", "-", "Entrada", "331.08", "Concluído", "400.00", "-"),
        ("2026-03-02 12:31:00", "Renda do pedido", f"Renda do pedido #{ORDER}", ORDER, "Entrada", "58.00", "Concluído", "458.00", "-"),
        ("2026-03-03 09:00:00", "Saque", "Saque para Maria", "-", "Saída", "458.00", "Concluído", "0.00", "-"),
        ("2026-03-04 09:00:00", "Ajuste", "Compensação por extravio", ORDER, "Entrada", "20.00", "Em andamento", "0.00", "-"),
    )  # fmt: skip
    assert [(one.kind, one.amount, one.order_number, one.type) for one in found.lines] == [
        (COMPENSATION, Decimal("331.08"), ORDER, IncidentType.LOST),
        (RELEASE, Decimal("58.00"), ORDER, None),
        (OTHER, Decimal("-458.00"), None, None),
    ]
    assert found.waiting == 1
    assert found.lines[2].said == "Saque", "a description may name people"


def test_a_row_with_a_broken_amount_is_refused_and_the_others_stand() -> None:
    found = malaysia(("Order", ORDER, "", "2026-07-30", "eighty", ""), ("Order", ORDER, "", "2026-07-30", "80.00", ""))
    assert (list(found.refused), len(found.lines)) == ([7], 1)


def test_two_equal_lines_of_a_file_are_two_and_the_same_file_again_is_none() -> None:
    row = ("2026-07-28", "Adjustment", "", "Lost parcel compensation", "20.00", ORDER, "2026-07-30")
    once, again = (read_adjustments(rows(row, row), market("MY"), "Asia/Kuala_Lumpur") for _time in range(2))
    assert len({one.told for one in once.lines}) == 2
    assert [one.told for one in once.lines] == [one.told for one in again.lines]


def test_another_language_of_the_same_export_is_the_same_line() -> None:
    english = ("2026-07-28", "Adjustment", "", "Lost parcel compensation", "20.00", ORDER, "2026-07-30")
    malay = ("2026-07-28", "Pelarasan", "", "Kompensasi bungkusan hilang", "20.00", ORDER, "2026-07-30")
    told = [read_adjustments(rows(one), market("MY"), "Asia/Kuala_Lumpur").lines[0].told for one in (english, malay)]
    assert told[0] == told[1]


ROWS = st.lists(
    st.tuples(st.sampled_from(["Order", "Sku"]), st.sampled_from([ORDER, "260722CC5B1RNX"]), st.integers(0, 9999)),
    max_size=12,
)


@given(ROWS)
def test_the_sum_of_compensation_is_that_of_the_orders_rows(made: list[tuple[str, str, int]]) -> None:
    cells = [(view, order, "", "2026-07-30", "100.00", f"{n / 100:.2f}") for view, order, n in made]
    found = malaysia(*cells)
    orders = sum((Decimal(n) / 100 for view, _order, n in made if view == "Order"), Decimal(0))
    assert sum((one.amount for one in found.lines if one.kind is COMPENSATION), Decimal(0)) == orders
    assert len({one.told for one in found.lines}) == len(found.lines)
    assert {one.source for one in found.lines} <= {SettlementSource.INCOME}
