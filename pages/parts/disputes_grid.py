"""The disputes as a grid, as cards on a phone, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.desk.disputes_list import DisputeFilter, DisputeLine, disputes_csv, disputes_xlsx
from core.foundation import clock
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.dispute import DisputeState
from core.recovery.disputes import STATE_LABELS
from core.recovery.disputes.words import REASON_LABELS
from pages.parts import disputes_words as words
from pages.parts import state, tables, taking
from pages.parts.disputes_drawer import DIALOG
from pages.parts.formats import cut, dotted, figure, gray, line, plain


def draw_table(rows: Sequence[DisputeLine], now: datetime, key: str, ticked: Sequence[int]) -> list[DisputeLine]:
    """The page as a grid: rows are ticked for work on several, a pressed cell opens its dispute. Gives the ticked rows.

    `ticked` are disputes that are ticked while the key is new.
    """
    clocks = [(words.when(row, now), words.colour(row, now)) for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "next": [tables.chip(word) for word, _ground in clocks],
        "asked": [_asked(row, now) for row in rows],
        "state": [tables.chip(_(STATE_LABELS[row.state])) for row in rows],
        "return": [row.return_number for row in rows],
        "case": [tables.text(row.incident) for row in rows],
        "reason": [_(REASON_LABELS[row.reason]) for row in rows],
        "amount": [words.money(row.amount, row.currency) for row in rows],
        "shop": [cut(row.shop, 24) for row in rows],
        "owner": [tables.text(row.owner) for row in rows],
    }
    text = st.column_config.TextColumn
    config = {
        "next": tables.chips(_("Next"), clocks, width=103),
        "asked": text(_("What is asked"), width=140),
        "state": tables.chips(
            _("State"), [(_(STATE_LABELS[one]), words.COLOURS[one][0]) for one in DisputeState], width=165
        ),
        "return": text(_("Return"), width=120),
        "case": text(_("Case"), width=101),
        "reason": text(_("Reason"), width=131),
        "amount": text(_("Amount"), width=106, alignment="right"),
        "shop": text(_("Shop"), width=85),
        "owner": text(_("Owner"), width=90),
    }
    if any(row.offered is not None for row in rows):
        # Beside the amount, whose currency is theirs too, in the place of the shop, which the drawer tells.
        offers = [words.sum_alone(row.offered, row.currency) for row in rows]
        columns = {("offered" if name == "shop" else name): cells for name, cells in columns.items()}
        columns["offered"] = offers
        config["offered"] = text(_("Last offer"), width=85, alignment="right")
        del config["shop"]
    return tables.picking(
        rows,
        columns,
        name=lambda row: row.id,
        dialog=DIALOG,
        key=key,
        alt=_n("Disputes, {n} row", "Disputes, {n} rows", len(rows)),
        config=config,
        ticked=ticked,
    )


def _asked(row: DisputeLine, now: datetime) -> str:
    """What is asked; with a mark where the day is only the market's usual one."""
    said = words.asked(row, now)
    return _("{what} (usual day)", what=said) if row.stopgap and row.due_at is not None and row.due_at >= now else said


def draw_cards(rows: Sequence[DisputeLine], now: datetime) -> None:
    """The page on a phone: a card per dispute; its button opens the drawer."""
    for row in rows:
        with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
            st.markdown("  \n".join(_lines(row, now)), width="stretch")
            with st.container(width=112, gap="small"):
                money = figure(Money(row.amount, row.currency)) if row.amount is not None else ""
                if money:
                    st.markdown(money, text_alignment="right")
                st.button(
                    _("Open"),
                    key=f"dispute-card-{row.id}",
                    width="stretch",
                    on_click=state.open_dialog,
                    args=(DIALOG, row.id),
                )


def _lines(row: DisputeLine, now: datetime) -> list[str]:
    what = _asked(row, now) if words.mark(row, now) else ""
    head = f"{words.mark(row, now)} {words.state_badge(row.state)}".strip()
    told = dotted(plain(what), plain(_(REASON_LABELS[row.reason]))) if what else plain(_(REASON_LABELS[row.reason]))
    facts = gray(dotted(plain(row.incident or row.return_number), line(row.shop, 22), line(row.owner or "", 16)))
    return [head, told, facts]


def draw_export(wanted: DisputeFilter, me: Actor) -> None:
    """The two files of everything the filter lets through."""
    taking.popover(
        "disputes",
        me,
        lambda session, out: disputes_xlsx(session, wanted, out, actor=me, now=clock.now()),
        lambda session, out: disputes_csv(session, wanted, out, actor=me, now=clock.now()),
    )
