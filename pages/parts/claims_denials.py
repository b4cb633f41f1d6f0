"""How denials went: for each reason, and each payer under it, how often an appeal brought more, with its n."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from core.cases.words import payer_said
from core.foundation import database
from core.foundation.formats import number
from core.foundation.language import _, _n
from core.recovery.claims import Reversal, denial_name, least_appeals, reversals
from pages.parts import tables
from pages.parts.formats import plain
from pages.parts.who import actor

DIALOG = "claims-denials"


def draw() -> None:
    """The table, of all payers together and of each."""
    with database.reading() as session:
        found = reversals(session, actor=actor())
    if not found:
        st.info(_("No payer has denied a claim yet."), icon=":material/check_circle:")
        return
    said = _(
        "Of the claims denied for a reason and appealed, how many were granted more. A rate is told from {least} answered "
        "appeals on, with its 95 % interval.",
        least=least_appeals(),
    )
    st.caption(plain(said))
    _table([row for whole in _by_code(found) for row in whole])


def _by_code(found: Sequence[Reversal]) -> list[list[Reversal]]:
    """Each reason: all its payers together, then each where there are several; the most denied first.

    A claim has one payer, so that the counts add up.
    """
    codes: dict[str, list[Reversal]] = {}
    for row in found:
        codes.setdefault(row.code, []).append(row)
    groups = [
        [
            Reversal(
                code,
                None,
                sum(row.denied for row in rows),
                sum(row.appealed for row in rows),
                sum(row.waiting for row in rows),
                sum(row.reversed for row in rows),
            ),
            *rows,
        ]
        for code, rows in codes.items()
    ]
    return [rows[1:] if len(rows) == 2 else rows for rows in sorted(groups, key=lambda rows: -rows[0].denied)]


def _table(rows: Sequence[Reversal]) -> None:
    text, count = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        pa.table(
            {
                "reason": [denial_name(row.code) for row in rows],
                "payer": [payer_said(row.payer or "") or _("All payers") for row in rows],
                "denied": [row.denied for row in rows],
                "appealed": [row.appealed for row in rows],
                "answered": [row.n for row in rows],
                "reversed": [row.reversed for row in rows],
                "rate": [_rate(row) for row in rows],
            }
        ),
        hide_index=True,
        height="content" if len(rows) <= 12 else 460,
        row_height=tables.ROW_HEIGHT,
        alt=_n("Denials, {n} row", "Denials, {n} rows", len(rows)),
        column_config={
            "reason": text(_("Reason of the denial"), width="medium"),
            "payer": text(_("Payer"), width="medium"),
            "denied": count(_("Denied"), width=80),
            "appealed": count(_("Appealed"), width=80),
            "answered": count(_("Answered (n)"), width=100),
            "reversed": count(_("Brought more"), width=100),
            "rate": text(_("Reversal rate"), width=150),
        },
    )


def _rate(row: Reversal) -> str:
    if row.rate is None or row.interval is None:
        return _("too few to tell")
    return _(
        "{rate} % ({low} to {high} %)",
        rate=number(round(100 * row.rate)),
        low=number(round(100 * row.interval.low)),
        high=number(round(100 * row.interval.high)),
    )
