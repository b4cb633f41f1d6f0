"""The schedule as a workbook: who it is for, the table, the sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.cases.words import STAGE_LABELS, TYPE_LABELS
from core.desk.claim_schedule.lines import Line, Schedule
from core.desk.export import harmless
from core.foundation.clock import local_day
from core.foundation.language import N_, _
from core.foundation.money import Money, decimals
from core.models.rule import FilingChannel

CHANNEL_LABELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("Direct"),
    FilingChannel.PLATFORM: N_("Through the platform"),
    FilingChannel.FORWARDER: N_("Through the forwarder"),
}

_BOLD, _GROUND = Font(bold=True), PatternFill("solid", start_color="F5F6F8")
_WRAP = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class Column:
    """One column: its heading (English, translated when written), its value, its width."""

    heading: str
    value: Callable[[Line], Any]
    width: int = 14


COLUMNS: Sequence[Column] = (
    Column(N_("Tracking number"), lambda line: line.tracking_number, 22),
    Column(N_("First-mile number"), lambda line: line.first_mile_number, 18),
    Column(N_("Last-mile number"), lambda line: line.last_mile_number, 18),
    Column(N_("Order number"), lambda line: line.order_number, 20),
    Column(N_("Our reference"), lambda line: line.reference, 17),
    Column(N_("Payer's case number"), lambda line: line.case_number, 18),
    Column(N_("Kind of claim"), lambda line: _(TYPE_LABELS[line.type]), 16),
    Column(N_("Where it happened"), lambda line: _(STAGE_LABELS[line.stage]), 14),
    Column(N_("Carrier"), lambda line: line.carrier, 16),
    Column(N_("Service"), lambda line: line.service, 16),
    Column(N_("Channel"), lambda line: _(CHANNEL_LABELS[line.channel]), 16),
    Column(N_("Sender"), lambda line: line.shop, 18),
    Column(N_("Shipped"), lambda line: line.day(line.shipped_at), 12),
    Column(N_("Accepted"), lambda line: line.day(line.accepted_at), 12),
    Column(N_("Promised"), lambda line: line.day(line.expected_at), 12),
    Column(N_("Delivered"), lambda line: line.day(line.delivered_at), 12),
    Column(N_("Noticed"), lambda line: line.day(line.noticed_at), 12),
    Column(N_("Contents"), lambda line: line.contents, 44),
    Column(N_("Pieces"), lambda line: line.pieces, 8),
    Column(N_("Weight, kg"), lambda line: line.weight_kg, 10),
    Column(N_("Declared value"), lambda line: Money(line.value, line.value_currency), 14),
    Column(N_("Demand"), lambda line: Money(line.demand, line.currency), 14),
    Column(N_("Currency"), lambda line: line.currency, 9),
    Column(N_("Documents enclosed"), lambda line: line.documents, 40),
    Column(N_("Remarks"), lambda line: line.note, 40),
    Column(N_("Filed"), lambda line: line.day(line.submitted_at), 12),
    Column(N_("Pack"), lambda line: line.pack, 34),
)


def written(made: Schedule, now: datetime) -> Workbook:
    """The workbook: who it is for, the table, the sums."""
    book = Workbook()
    book.properties.creator = "Recoup"
    book.properties.created = book.properties.modified = now.astimezone(UTC).replace(tzinfo=None)
    sheet = book.active or book.create_sheet()
    sheet.title = _("Claims")
    zone = made.lines[0].zone
    _put(sheet, 1, 1, _("Schedule of claims: {payer}", payer=made.payer), bold=True)
    said = _("{n} parcels, as of {day}. Dates are in {zone}.", n=len(made.lines), day=local_day(now, zone), zone=zone)
    _put(sheet, 2, 1, said)
    head = 4
    _put(sheet, head, 1, _("No."), bold=True)
    sheet.column_dimensions["A"].width = 6
    for place, column in enumerate(COLUMNS, start=2):
        _put(sheet, head, place, _(column.heading), bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    for number, line in enumerate(made.lines, start=1):
        _put(sheet, head + number, 1, number)
        for place, column in enumerate(COLUMNS, start=2):
            _put(sheet, head + number, place, column.value(line))
    _totals(sheet, made, head + len(made.lines) + 2)
    sheet.freeze_panes = sheet.cell(head + 1, 3)
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(COLUMNS) + 1)}{head + len(made.lines)}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return book


def _totals(sheet: Worksheet, made: Schedule, row: int) -> None:
    """A line for each currency under the columns it sums."""
    places = {column.heading: place for place, column in enumerate(COLUMNS, start=2)}
    values = {one.currency: one for one in made.values}
    demands = {one.currency: one for one in made.demands}
    for down, currency in enumerate(sorted({*values, *demands})):
        _put(sheet, row + down, 2, _("Total, {currency}", currency=currency), bold=True)
        _put(sheet, row + down, places["Declared value"], values.get(currency), bold=True)
        _put(sheet, row + down, places["Demand"], demands.get(currency), bold=True)
        _put(sheet, row + down, places["Currency"], currency, bold=True)


def _put(sheet: Worksheet, row: int, place: int, value: Any, *, bold: bool = False) -> None:
    """Write one cell: text that never runs, amounts with their currency's decimals, days as days."""
    cell = sheet.cell(row, place)
    if bold:
        cell.font = _BOLD
        cell.fill = _GROUND
    if isinstance(value, Money):
        places = decimals(value.currency)
        cell.value, cell.number_format = value.amount, "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, str):
        cell.value, cell.alignment = harmless(value) or None, _WRAP
        cell.data_type = "s" if cell.value else "n"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
