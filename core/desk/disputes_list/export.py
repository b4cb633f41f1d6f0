"""The disputes as a file: CSV that spreadsheets open with its Chinese intact, or XLSX with numbers that stay numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from core.cases.words import CLOCK_LABELS
from core.desk import workbook
from core.desk.disputes_list.filters import DisputeFilter
from core.desk.disputes_list.reads import all_disputes
from core.desk.disputes_list.rows import DisputeLine
from core.desk.export import cell, written
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.recovery.disputes.states import STATE_LABELS
from core.recovery.disputes.words import KIND_LABELS, REASON_LABELS, SOLUTION_LABELS, STATUS_LABELS

HEADINGS: Sequence[tuple[str, int]] = (
    (N_("Return number"), 19),
    (N_("Case"), 17),
    (N_("State"), 18),
    (N_("State with the platform"), 18),
    (N_("Next moment"), 17),
    (N_("What is asked"), 22),
    (N_("Usual day of the market"), 12),
    (N_("Reason"), 20),
    (N_("Asked for"), 18),
    (N_("Kind"), 20),
    (N_("Shop"), 18),
    (N_("Market"), 8),
    (N_("Carrier"), 16),
    (N_("Order number"), 20),
    (N_("Tracking number"), 20),
    (N_("Owner"), 14),
    (N_("Currency"), 9),
    (N_("Amount"), 14),
    (N_("Last offer"), 14),
    (N_("Refunded"), 14),
    (N_("Compensation"), 14),
    (N_("Asked at"), 17),
    (N_("Answered at"), 17),
    (N_("State since"), 17),
)
"""English, translated when written, with the width of the column."""
MOMENTS = {"Next moment", "Asked at", "Answered at", "State since"}


@read(Permission.INCIDENT_EXPORT)
def disputes_csv(session: Session, wanted: DisputeFilter, out: BinaryIO, *, actor: Actor, now: datetime) -> int:
    """Write everything the filter lets through as CSV (UTF-8 with a byte order mark). Gives the number of disputes.

    Moments are in the actor's zone, which stands in their headings.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_headings(actor.zone))
    count = 0
    for row in all_disputes(session, wanted, actor=actor, now=now):
        writer.writerow([written(one) for one in _cells(row, actor.zone)])
        count += 1
    text.flush()
    text.detach()
    return count


@read(Permission.INCIDENT_EXPORT)
def disputes_xlsx(session: Session, wanted: DisputeFilter, out: BinaryIO, *, actor: Actor, now: datetime) -> int:
    """Write everything the filter lets through as a workbook, row by row. Gives the number of disputes."""
    rows = (_cells(row, actor.zone) for row in all_disputes(session, wanted, actor=actor, now=now))
    return workbook.write(out, _("Disputes"), _headings(actor.zone), [width for _words, width in HEADINGS], rows)


def _headings(zone: str) -> list[str]:
    return [f"{_(words)} ({zone})" if words in MOMENTS else _(words) for words, _width in HEADINGS]


def _cells(row: DisputeLine, zone: str) -> list[Any]:
    """The values of a row, in the order of the headings."""
    values = (
        row.return_number,
        row.incident,
        _(STATE_LABELS[row.state]),
        _(STATUS_LABELS[row.status]),
        row.due_at,
        _(CLOCK_LABELS[row.due]) if row.due else None,
        _("yes") if row.stopgap else None,
        _(REASON_LABELS[row.reason]),
        _(SOLUTION_LABELS[row.solution]) if row.solution else None,
        _(KIND_LABELS[row.kind]) if row.kind else None,
        row.shop,
        row.market,
        row.carrier,
        row.order_number,
        row.tracking_number,
        row.owner,
        row.currency,
        row.amount,
        row.offered,
        row.refunded,
        row.came,
        row.requested_at,
        row.answered_at,
        row.state_at,
    )
    return [cell(value, zone) for value in values]
