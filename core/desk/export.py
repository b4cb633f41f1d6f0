"""The register as a file: CSV that spreadsheets open with its Chinese intact, or XLSX with numbers that stay numbers.

What people wrote cannot become a formula: a text that begins like one gets an apostrophe in front, as spreadsheets do.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from core.cases import words
from core.desk import workbook
from core.desk.register import Export, Filter, export_rows
from core.foundation.clock import zone_of
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BLANKS = " \u00a0\u3000"


def harmless(text: str) -> str:
    """A text as a cell may hold it: control characters gone, and never read as a formula."""
    clean = _UNPRINTABLE.sub("", text)
    return f"'{clean}" if clean.startswith(("\t", "\r", "\n")) or clean.lstrip(_BLANKS).startswith(_FORMULA) else clean


@dataclass(frozen=True)
class Column:
    """One column: its heading (English, translated when written) and its value: text, a moment, or a number."""

    heading: str
    value: Callable[[Export], Any]
    width: int = 14


COLUMNS: Sequence[Column] = (
    Column(N_("Reference"), lambda row: row.reference, 17),
    Column(N_("State"), lambda row: _(words.STATE_LABELS[row.state])),
    Column(N_("Type"), lambda row: _(words.TYPE_LABELS[row.type])),
    Column(N_("Stage"), lambda row: _(words.STAGE_LABELS[row.stage])),
    Column(N_("Tier"), lambda row: _(words.TIER_LABELS[row.tier]), 10),
    Column(N_("Noticed"), lambda row: _(words.NOTICED_LABELS[row.noticed_by]), 22),
    Column(N_("Noticed at"), lambda row: row.noticed_at, 17),
    Column(N_("Registered at"), lambda row: row.registered_at, 17),
    Column(N_("Owner"), lambda row: row.owner),
    Column(N_("Shop"), lambda row: row.shop, 18),
    Column(N_("Market"), lambda row: row.market, 8),
    Column(N_("Carrier"), lambda row: row.carrier, 16),
    Column(N_("Order number"), lambda row: row.order_number, 20),
    Column(N_("Tracking number"), lambda row: row.tracking_number, 20),
    Column(N_("Next moment"), lambda row: row.next_due_at, 17),
    Column(N_("Currency"), lambda row: row.value.currency, 9),
    Column(N_("Value at risk"), lambda row: row.value.amount),
    Column(N_("Gross loss"), lambda row: row.gross.amount),
    Column(N_("Recovered"), lambda row: row.recovered.amount),
    Column(N_("Net loss"), lambda row: row.gross.amount - row.recovered.amount),
    Column(N_("Base currency"), lambda row: row.base.currency, 9),
    Column(N_("Value in base currency"), lambda row: row.base.amount),
    Column(N_("Cause"), lambda row: _(words.CAUSE_LABELS[row.cause]) if row.cause else None, 18),
    Column(N_("Result"), lambda row: _(words.RESULT_LABELS[row.result]) if row.result else None, 18),
    Column(N_("Closed at"), lambda row: row.closed_at, 17),
    Column(N_("Closing note"), lambda row: row.closing_note, 30),
    Column(N_("The buyer's words"), lambda row: row.buyer_said, 40),
)


@read(Permission.INCIDENT_EXPORT)
def export_csv(session: Session, wanted: Filter, out: BinaryIO, *, actor: Actor) -> int:
    """Write everything the filter lets through as CSV (UTF-8 with a byte order mark). Gives the number of cases.

    Moments are in the actor's zone, which stands in their headings.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headings(actor.zone))
    count = 0
    for row in export_rows(session, wanted, actor=actor):
        writer.writerow([written(one) for one in cells(row, actor.zone)])
        count += 1
    text.flush()
    text.detach()
    return count


@read(Permission.INCIDENT_EXPORT)
def export_xlsx(session: Session, wanted: Filter, out: BinaryIO, *, actor: Actor) -> int:
    """Write everything the filter lets through as a workbook, row by row. Gives the number of cases."""
    rows = (cells(row, actor.zone) for row in export_rows(session, wanted, actor=actor))
    widths = [column.width for column in COLUMNS]
    return workbook.write(out, _("Register"), headings(actor.zone), widths, rows)


def headings(zone: str) -> list[str]:
    """The headings in the reader's language; those of moments name the zone."""
    moments = {"Noticed at", "Registered at", "Next moment", "Closed at"}
    return [f"{_(one.heading)} ({zone})" if one.heading in moments else _(one.heading) for one in COLUMNS]


def cells(row: Export, zone: str) -> list[Any]:
    """The values of a row: harmless text, naive local datetimes, Decimals, or None."""
    return [cell(column.value(row), zone) for column in COLUMNS]


def cell(value: Any, zone: str) -> Any:
    """A value as a cell holds it: harmless text, a naive local datetime, a Decimal, or None."""
    if isinstance(value, str):
        return harmless(value) or None
    if isinstance(value, datetime):
        return value.astimezone(zone_of(zone)).replace(tzinfo=None, microsecond=0)
    return value


def written(cell: Any) -> str:
    """A cell as CSV has it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
