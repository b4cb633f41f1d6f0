"""Starting several claims on one payer: the windows nobody claims under yet, ticked, drafted, made ready, packed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from core.cases.words import TYPE_LABELS
from core.desk.claims_start import SHOWN, Startable, startable, startable_payers
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.recovery import bulk
from pages.parts import badges, state, tables
from pages.parts.formats import wait
from pages.parts.who import actor

FORM = "claims-start"
Run = Callable[[str, Sequence[Any], Callable[[Any, Sequence[Any]], bulk.Report]], None]


def draw(run: Run) -> None:
    """Choose the payer, tick the cases, start."""
    me, now = actor(), clock.now()
    with database.reading() as session:
        payers = startable_payers(session, actor=me)
    if not payers:
        st.info(_("No window runs under which nobody claims yet."), icon=":material/check_circle:")
        return
    payer = st.selectbox(
        _("Payer"),
        list(payers),
        format_func=lambda name: f"{name} ({formats.number(payers[name])})",
        key=state.widget(FORM, "payer"),
    )
    with database.reading() as session:
        rows = startable(session, payer, actor=me, now=now)
    st.caption(
        _(
            "Ticked cases get a claim under the rule their window comes from. Where documents are missing it stays a draft."
        )
    )
    picked = _table(rows, payer) if rows else []
    if len(rows) >= SHOWN:
        st.caption(_("The first {n} by their closing are shown.", n=SHOWN))
    build = st.checkbox(_("Build the packs"), value=True, key=state.widget(FORM, "build"))
    words = _n("Start {n} claim", "Start {n} claims", len(picked)) if picked else _("Tick the cases first")
    if st.button(
        words,
        type="primary",
        width="stretch",
        icon=":material/playlist_add_check:" if picked else ":material/lock:",
        disabled=not picked,
        key=state.widget(FORM, "save"),
    ):
        starts = [bulk.Start(row.incident_id, row.rule) for row in picked]
        run(
            FORM,
            starts,
            lambda session, some: bulk.start_many(session, some, actor=me, build=build, now=clock.now()),
        )


def _table(rows: Sequence[Startable], payer: str) -> list[Startable]:
    now = clock.now()
    clocks = [(_when(row, now), badges.urgency(row.due_at, now)) for row in rows]
    text = st.column_config.TextColumn
    found: Any = st.dataframe(
        pa.table(
            {
                "next": [tables.chip(word) for word, _ground in clocks],
                "case": [row.incident for row in rows],
                "type": [_(TYPE_LABELS[row.type]) for row in rows],
                "number": [row.number for row in rows],
                "value": [formats.amount(Money(row.value, row.currency)) for row in rows],
                "owner": [tables.text(row.owner) for row in rows],
            }
        ),
        key=f"{state.widget(FORM, 'rows')}-{payer}",
        hide_index=True,
        height="content" if len(rows) <= 8 else 320,
        row_height=tables.ROW_HEIGHT,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_n("Cases to claim for, {n} row", "Cases to claim for, {n} rows", len(rows)),
        column_config={
            "next": tables.chips(_("Window"), clocks, width=130),
            "case": text(_("Case"), width=120),
            "type": text(_("Type"), width=120),
            "number": text(_("Number"), width=150),
            "value": text(_("Value"), width=110, alignment="right"),
            "owner": text(_("Owner"), width=90),
        },
    )
    return [rows[place] for place in found.selection.rows if place < len(rows)]


def _when(row: Startable, now: Any) -> str:
    if row.opens_at is not None and row.opens_at > now:
        return _("opens in {span}", span=wait(row.opens_at, now))
    return wait(row.due_at, now) if row.due_at is not None else _("open")
