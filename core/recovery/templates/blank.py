"""Blank examples: every field under its name, to copy into a payer's own form."""

from __future__ import annotations

import io

import docx
from openpyxl import Workbook
from openpyxl.styles import Font

from core.foundation.language import _
from core.recovery.packs import fields


def blank_workbook() -> bytes:
    """A workbook (XLSX) with every field: what it is called, and its name in braces."""
    book = Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = _("Fields")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 36
    for code, name in fields.section_names().items():
        sheet.append([name])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        for one in fields.fields().values():
            if one.section == code:
                sheet.append([one.name, "{{" + one.code + "}}"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def blank_document() -> bytes:
    """A document (DOCX) with every field, and a table with a row for each item."""
    form = docx.Document()
    form.add_heading(_("Claim form"), level=1)
    for code, name in fields.section_names().items():
        form.add_heading(name, level=2)
        table = form.add_table(rows=0, cols=2)
        for one in fields.fields().values():
            if one.section == code:
                cells = table.add_row().cells
                cells[0].text, cells[1].text = one.name, "{{" + one.code + "}}"
    form.add_heading(_("Contents"), level=2)
    table = form.add_table(rows=0, cols=len(fields.ITEM_FIELDS))
    table.add_row().cells[0].text = "{%tr for item in items %}"
    for cell, code in zip(table.add_row().cells, fields.ITEM_FIELDS, strict=True):
        cell.text = "{{item." + code + "}}"
    table.add_row().cells[0].text = "{%tr endfor %}"
    out = io.BytesIO()
    form.save(out)
    return out.getvalue()
