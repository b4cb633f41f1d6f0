"""A workbook written row by row straight into its ZIP: text, numbers and moments, nothing else.

openpyxl takes a minute for a hundred thousand cases, most of it for making an object of every cell; this takes seconds and
no memory. Text is stored in its cell, so nothing has to be known before the first row is written.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

ROWS_OF_A_SHEET = 1_000_000
"""A sheet holds 1,048,576 rows; more go to a further one."""
LONGEST_TEXT = 32_767
"""Characters a cell holds."""

PLAIN, BOLD, MOMENT, WHOLE, CENTS, MILLS = range(6)
"""The cell formats of `_STYLES`, in its order."""

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- a sheet knows no zones
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="#,##0.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/>'
    '</font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill'
    ' patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    "<left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
        for number, font in ((0, 0), (0, 1), (164, 0), (3, 0), (4, 0), (165, 0))
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """One table: its name (at most 25 characters), its headings and their widths, its rows.

    A cell is a str, a Decimal (shown with the places it has), an int, a naive datetime, or None.
    """

    name: str
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[Any]]


def write(
    out: BinaryIO, name: str, headings: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Any]]
) -> int:
    """Write one table as a workbook; gives the number of rows."""
    return write_sheets(out, [Sheet(name, headings, widths, rows)])[0]


def write_sheets(out: BinaryIO, tables: Sequence[Sheet]) -> list[int]:
    """Write some tables as a workbook, in their order; gives the number of rows of each."""
    counts: list[int] = []
    names: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for table in tables:
            counts.append(_table(archive, table, names))
        _parts(archive, names)
    return counts


def _table(archive: zipfile.ZipFile, table: Sheet, names: list[str]) -> int:
    """Write one table over as many sheets as it fills, adding their names; gives the number of its rows."""
    count = sheets = 0
    source = iter(table.rows)
    row = next(source, None)
    while row is not None or sheets == 0:
        sheets += 1
        names.append(table.name if sheets == 1 else f"{table.name} {sheets}")
        with archive.open(f"xl/worksheets/sheet{len(names)}.xml", "w", force_zip64=True) as sheet:
            sheet.write(_opening(table.headings, table.widths).encode())
            held = 0
            while row is not None and held < ROWS_OF_A_SHEET:
                sheet.write(_row(row).encode())
                held += 1
                row = next(source, None)
            sheet.write(b"</sheetData></worksheet>")
        count += held
    return count


def _opening(headings: Sequence[str], widths: Sequence[int]) -> str:
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>' for place, width in enumerate(widths, 1)
    )
    pane = '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>'
    first = "".join(_text(heading, BOLD) for heading in headings)
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData><row>{first}</row>"
    )


def _row(cells: Sequence[Any]) -> str:
    return "<row>" + "".join(map(_cell, cells)) + "</row>"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        return _text(value, PLAIN)
    if isinstance(value, datetime):
        return f'<c s="{MOMENT}"><v>{(value - _EPOCH).total_seconds() / 86_400:.8f}</v></c>'
    if isinstance(value, Decimal):
        places = -int(value.as_tuple().exponent)
        return f'<c s="{WHOLE if places <= 0 else CENTS if places <= 2 else MILLS}"><v>{value:f}</v></c>'
    return f"<c><v>{value}</v></c>"


def _text(value: str, style: int) -> str:
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value[:LONGEST_TEXT])}</t></is></c>'


def _parts(archive: zipfile.ZipFile, names: Sequence[str]) -> None:
    """The small parts that say what the archive is."""
    sheets = len(names)
    numbers = range(1, sheets + 1)
    listed = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    linked = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>' for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{typed}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{linked}<Relationship '
        f'Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    }
    for path, content in parts.items():
        archive.writestr(path, _HEAD + content)
    archive.writestr("xl/styles.xml", _STYLES)
