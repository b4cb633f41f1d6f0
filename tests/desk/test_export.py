from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from core.desk import workbook
from core.desk.export import COLUMNS, export_csv, export_xlsx, harmless
from core.desk.register import Filter
from core.foundation.errors import NotAllowed
from core.foundation.language import using
from core.foundation.permissions import Role
from core.models.incident import IncidentState
from tests.factories import make_incident, make_shipment, make_shop
from tests.people import OUT, acting


def columns(row: list[Any], head: list[Any]) -> dict[str, Any]:
    return dict(zip(head, row, strict=True))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_a_text_that_begins_like_a_formula_is_made_harmless(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_other_texts_stay_as_they_are() -> None:
    assert [harmless(text) for text in ("", "a=b", "包裹", "1-2")] == ["", "a=b", "包裹", "1-2"]


@given(st.text())
def test_no_text_whatever_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_csv_carries_chinese_and_plain_numbers(session: Session) -> None:
    mei = acting(session, Role.AGENT, "mei")
    make_incident(session, buyer_said='=HYPERLINK("http://evil")')
    make_incident(session, buyer_said="包裹没有收到")
    out = io.BytesIO()
    assert export_csv(session, Filter(), out, actor=mei) == 2
    assert out.getvalue().startswith(b"\xef\xbb\xbf")
    head, *rows = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    found = [columns(row, head) for row in rows]
    assert {row["The buyer's words"] for row in found} == {'\'=HYPERLINK("http://evil")', "包裹没有收到"}
    assert found[0]["Value at risk"] == "318.00"
    assert found[0]["Registered at (Asia/Shanghai)"] == "2026-11-23 12:00"


def test_a_workbook_keeps_numbers_as_numbers_and_opens_in_two_readers(session: Session) -> None:
    mei = acting(session, Role.AGENT, "mei")
    shop = make_shop(session, market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    made = make_incident(session, make_shipment(session, shop, value=Decimal(450_000)), buyer_said="=1+1 <&> 包裹\x07")
    out = io.BytesIO()
    assert export_xlsx(session, Filter(), out, actor=mei) == 1
    sheet = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active
    assert sheet is not None
    head = [cell.value for cell in sheet[1]]
    cells = columns(list(sheet[2]), head)
    assert cells["Reference"].value == made.reference
    assert (cells["Value at risk"].value, cells["Value at risk"].data_type) == (450_000, "n")
    assert cells["Registered at (Asia/Shanghai)"].value == datetime(2026, 11, 23, 12, 0)
    assert (cells["The buyer's words"].value, cells["The buyer's words"].data_type) == ("'=1+1 <&> 包裹", "s")
    assert cells["Cause"].value is None
    rows = CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()
    assert rows[1][0] == made.reference
    assert len(rows[0]) == len(COLUMNS)


def test_headings_and_words_are_in_the_readers_language(session: Session) -> None:
    mei = acting(session, Role.AGENT, "mei")
    out = io.BytesIO()
    with using("zh-CN"):
        export_xlsx(session, Filter(), out, actor=mei)
    assert openpyxl.load_workbook(io.BytesIO(out.getvalue())).active is not None


def test_only_what_the_filter_lets_through_is_exported(session: Session) -> None:
    mei = acting(session, Role.AGENT, "mei")
    make_incident(session, state=IncidentState.PROVING)
    make_incident(session)
    assert export_csv(session, Filter(states=(IncidentState.PROVING,)), io.BytesIO(), actor=mei) == 1
    assert export_csv(session, Filter(text="nothing like it"), io.BytesIO(), actor=mei) == 0


def test_a_sheet_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 2)
    out = io.BytesIO()
    assert workbook.write(out, "A & B", ["n"], [9], [[n] for n in range(5)]) == 5
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["A & B", "A & B 2", "A & B 3"]
    assert [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book] == [[0, 1], [2, 3], [4]]


def test_a_viewer_may_look_but_not_export(session: Session) -> None:
    for actor in (OUT, acting(session, Role.VIEWER)):
        for export in (export_csv, export_xlsx):
            with pytest.raises(NotAllowed):
                export(session, Filter(), io.BytesIO(), actor=actor)
