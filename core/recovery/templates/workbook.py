"""Forms that are workbooks: cells with `{{field}}` and cells under a defined name, filled with their looks kept."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.recovery.packs import fields
from core.recovery.packs.sheet import write

FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
MOST_CELLS = 200_000


def names_in(data: bytes, name: str) -> set[str]:
    """The names in braces, and the defined names that are fields. Other defined names are the form's own affair."""
    book = _opened(data, name)
    found = {field for cell in _cells(book, name) for field in FIELD.findall(cell.value)}
    return found | set(_places(book))


def filled(data: bytes, name: str, values: Mapping[str, fields.Value]) -> bytes:
    """The form with its fields filled. What is not known stays empty; text is text and never becomes a formula."""
    book = _opened(data, name)
    for cell in _cells(book, name):
        _fill(cell, values)
    for code, cell in _places(book).items():
        if isinstance(cell, Cell):
            write(cell, fields.cell(values.get(code, "")))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(cell: Cell, values: Mapping[str, fields.Value]) -> None:
    whole = FIELD.fullmatch(cell.value.strip())
    if whole:
        write(cell, fields.cell(values.get(whole[1], "")))
    elif FIELD.search(cell.value):
        write(cell, FIELD.sub(lambda match: fields.text(values.get(match[1], "")), cell.value))


def _opened(data: bytes, name: str) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out of a form (data validation of later versions)
            return openpyxl.load_workbook(io.BytesIO(data))
    except Exception as error:  # openpyxl has no error of its own for a broken workbook
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error


def _cells(book: Workbook, name: str) -> Iterator[Cell]:
    """Every cell that holds text, of a sheet that is no larger than a form."""
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            raise Invalid(
                _("The sheet “{sheet}” of “{name}” is far larger than a form.", sheet=sheet.title, name=name), "file"
            )
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, Cell) and isinstance(cell.value, str) and cell.data_type == "s":
                    yield cell


def _places(book: Workbook) -> dict[str, Any]:
    """Defined names that are fields → the first cell of each."""
    found: dict[str, Any] = {}
    for code, defined in book.defined_names.items():
        if code not in fields.fields():
            continue
        for title, place in defined.destinations:
            if title in book.sheetnames:
                found[code] = book[title][place.replace("$", "").partition(":")[0]]
                break
    return found
