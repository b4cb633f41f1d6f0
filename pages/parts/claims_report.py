"""What became of a batch: how many, which failed and why, and the same as a file."""

from __future__ import annotations

import io
from collections.abc import Callable

import pyarrow as pa
import streamlit as st

from core.desk import workbook
from core.desk.export import harmless
from core.foundation.language import _, _n
from core.recovery.bulk import OUTCOME_LABELS, Outcome, Report
from pages.parts import badges, tables, taking
from pages.parts.badges import Colour
from pages.parts.formats import plain
from pages.parts.who import actor

_COLOURS: dict[Outcome, Colour] = {Outcome.DONE: "green", Outcome.PART: "orange", Outcome.REFUSED: "red"}
_ICONS = {Outcome.DONE: "check_circle", Outcome.PART: "rule", Outcome.REFUSED: "block"}


def draw(report: Report, close: Callable[[], None]) -> None:
    """The counts, the rows with their sentences, the failed ones first, and the way back."""
    marks = [
        badges.badge(f"{_(OUTCOME_LABELS[one])} {len(report.of(one))}", _COLOURS[one], _ICONS[one])
        for one in Outcome
        if report.of(one)
    ]
    st.markdown(" ".join(marks))
    rows = sorted(report.rows, key=lambda row: row.outcome is Outcome.DONE)
    text = st.column_config.TextColumn
    st.dataframe(
        pa.table(
            {
                "outcome": [tables.chip(_(OUTCOME_LABELS[row.outcome])) for row in rows],
                "claim": [tables.text(row.reference) for row in rows],
                "case": [row.case for row in rows],
                "said": [row.said for row in rows],
            }
        ),
        hide_index=True,
        height="content" if len(rows) <= 8 else 320,
        row_height=tables.ROW_HEIGHT,
        alt=_n("Report, {n} row", "Report, {n} rows", len(rows)),
        column_config={
            "outcome": tables.chips(
                _("Result"), [(_(words), _COLOURS[one]) for one, words in OUTCOME_LABELS.items()], width=110
            ),
            "claim": text(_("Claim"), width=118),
            "case": text(_("Case"), width=124),
            "said": text(_("What happened"), width="large"),
        },
    )
    for row in rows[:5]:
        if row.outcome is not Outcome.DONE:
            st.caption(f"{plain(row.reference or row.case)}: {plain(row.said)}")
    _files(report)
    if st.button(_("Close"), type="primary", width="stretch", key="claims-report-close"):
        close()
        st.rerun()


def _files(report: Report) -> None:
    words = _words(report)
    with st.container(horizontal=True, gap="small"):
        taking.buttons(
            taking.stem("batch", actor()),
            lambda: _xlsx(*words),
            lambda: taking.as_csv([words[1], *words[2]]),
            key="claims-report",
        )


def _words(report: Report) -> tuple[str, list[str], list[list[str]]]:
    """Sheet, headings and rows in the reader's language: files are made in a thread that speaks none."""
    headings = [_("Result"), _("Claim"), _("Case"), _("What happened")]
    rows = [[_(OUTCOME_LABELS[row.outcome]), row.reference or "", row.case, harmless(row.said)] for row in report.rows]
    return _("Report"), headings, rows


def _xlsx(sheet: str, headings: list[str], rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    workbook.write(out, sheet, headings, [12, 18, 18, 90], rows)
    return out.getvalue()
