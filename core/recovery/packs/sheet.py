"""The claim sheet: a workbook with the fields that payers' forms ask for, filled as far as the case knows them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from core.cases.kinds import kind_name
from core.foundation.language import _
from core.recovery.packs import fields, told, words
from core.recovery.packs.facts import PackFacts

_GROUND = PatternFill("solid", start_color="F5F6F8")
_TO_FILL = PatternFill("solid", start_color="FDF0E3")
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def sheet(facts: PackFacts) -> bytes:
    """The workbook (XLSX) in the reader's language: claim, contents, evidence. What is left to fill in is tinted."""
    book = Workbook()
    book.properties.creator = "Recoup"
    book.properties.title = facts.claim.reference
    book.properties.created = book.properties.modified = facts.built_at.astimezone(UTC).replace(tzinfo=None)
    form = book.active or book.create_sheet()
    form.title = _("Claim")
    _form(form, facts)
    items = [_("SKU"), _("Item"), _("Quantity"), _("Unit price"), _("Subtotal")]
    _rows(book.create_sheet(_("Contents")), items, words.contents(facts), (18, 60, 10, 18, 18))
    headings = [
        _("No."),
        _("What it shows"),
        _("File"),
        _("Taken"),
        _("Size, bytes"),
        _("SHA-256"),
        _("Path in the pack"),
    ]
    listed = [
        (
            exhibit.number,
            kind_name(exhibit.item.kind),
            exhibit.item.name,
            told.taken(exhibit),
            exhibit.item.size,
            exhibit.item.sha256,
            exhibit.path,
        )
        for exhibit in facts.exhibits
    ]
    _rows(book.create_sheet(_("Evidence")), headings, listed, (6, 28, 36, 20, 14, 68, 60))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _form(form: Worksheet, facts: PackFacts) -> None:
    form.column_dimensions["A"].width, form.column_dimensions["B"].width = 38, 70
    for at, (label, value) in enumerate(fields.form_rows(facts), start=1):
        name, cell = form.cell(at, 1), form.cell(at, 2)
        put(name, label)
        if value is None:
            name.font = _BOLD
            name.fill = cell.fill = _GROUND
            continue
        put(cell, fields.cell(value))
        if value == "":
            cell.fill = _TO_FILL
    form.freeze_panes = "B1"


def _rows(sheet: Worksheet, headings: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> None:
    for at, (heading, width) in enumerate(zip(headings, widths, strict=True), start=1):
        cell = sheet.cell(1, at)
        put(cell, heading)
        cell.font, cell.fill = _BOLD, _GROUND
        sheet.column_dimensions[cell.column_letter].width = width
    for down, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            put(sheet.cell(down, at), value)
    sheet.freeze_panes = "A2"


def put(cell: Cell, value: Any) -> None:
    """Write a value and wrap it."""
    cell.alignment = _WRAP
    write(cell, value)


def write(cell: Cell, value: Any) -> None:
    """Write a value and leave the cell's looks: text is text, whatever it begins with, and is never run as a formula."""
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"
    if _FORMULA.match(value):
        cell.quotePrefix = True
