"""The heading tables as shipped: every list seen so far maps all its columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.parcels.importers.tables import fold, heading_tables
from tests.parcels import exports
from tests.parcels.reading import recognised

LISTS = Path(__file__).parents[3] / "shared" / "reference" / "exports" / "headings.json"

TABLES = {
    "Order.all": "orders",
    "Order.toship": "orders",
    "Order (orders sheet)": "orders",
    "Order.cancellation": "orders",
    "Order.failed_delivery": "orders",
    "Order.return_refund": "returns",
    "Return export": "returns",
    "Income": "income",
    'Income sheet "adjustment"': "adjustments",
    "my_balance_transaction_report": "wallet",
}


@pytest.mark.skipif(not LISTS.exists(), reason="the reference lists are not here")
def test_every_column_of_every_known_list_has_a_field() -> None:
    lists = json.loads(LISTS.read_text("utf-8"))
    assert len(lists) >= 20
    for name, one in lists.items():
        found = recognised(exports.excelize([one["columns"], ["x"] * len(one["columns"])]))
        table = next(table for begins, table in reversed(TABLES.items()) if one["report"].startswith(begins))
        assert (found.table.name, found.language, found.unknown) == (table, one["language"], ()), name
        fields = [found.table.key(column) for column in found.headings]
        assert len(found.columns) == len(fields), f"{name}: two columns mean one field"


def test_no_two_spellings_of_a_table_differ_in_nothing_but_their_form() -> None:
    for table in heading_tables().tables.values():
        for by_heading in table.columns.values():
            assert all(table.key(fold(one)) == one for one in by_heading)


def test_every_report_can_be_recognised_in_english() -> None:
    tables = heading_tables()
    for report in tables.reports:
        english = tables.tables[report.table].columns["en"]
        fields = set(english.values())
        if report.id == "Order.failed_delivery":
            continue  # written in Indonesian and Thai only; elsewhere its file name tells
        assert report.fits(frozenset(fields)), report.id
