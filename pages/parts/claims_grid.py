"""The claims as a grid, or as a board: six columns of cards, on a phone one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.cases.words import payer_said
from core.desk.claims_list import BOARD, GROUP_LABELS, ClaimLine, ClaimPage, Group
from core.foundation import formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.models.claim import ClaimState
from core.recovery.claim_states import STATE_LABELS
from core.recovery.claims.denials import denial_name
from pages.parts import badges, state, tables
from pages.parts import claims_words as words
from pages.parts.badges import CLAIM_COLOURS
from pages.parts.formats import cut, dotted, figure, gray, line, plain


def draw_table(rows: Sequence[ClaimLine], now: datetime, key: str, ticked: Sequence[str]) -> list[ClaimLine]:
    """The page as a grid: rows are ticked for work on several, a pressed cell opens its claim. Gives the ticked rows.

    `ticked` are references that are ticked while the key is new.
    """
    clocks = [(words.when(row, now), words.colour(row, now)) for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "next": [tables.chip(word) for word, _ground in clocks],
        "claim": [row.reference for row in rows],
        "case": [row.incident for row in rows],
        "state": [tables.chip(_(STATE_LABELS[row.state])) for row in rows],
        "payer": [cut(payer_said(row.payer_name), 30) for row in rows],
        "carrier": [tables.text(row.carrier) for row in rows],
        "demand": [formats.amount(Money(row.demand, row.currency)) for row in rows],
        "came": [words.came(row) for row in rows],
        "owner": [tables.text(row.owner) for row in rows],
        "action": [words.action(row) for row in rows],
    }
    text = st.column_config.TextColumn
    config = {
        "next": tables.chips(_("Next clock"), clocks, width=118),
        "claim": text(_("Claim"), width=110),
        "case": text(_("Case"), width=112),
        "state": tables.chips(
            _("State"), [(_(STATE_LABELS[one]), CLAIM_COLOURS[one][0]) for one in ClaimState], width=128
        ),
        "payer": text(_("Payer"), width=94),
        "carrier": text(_("Carrier"), width=90),
        "demand": text(_("Demand"), width=104, alignment="right"),
        "came": text(_("Approved or paid"), width=108, alignment="right"),
        "owner": text(_("Owner"), width=92),
        "action": text(_("Action"), width=82, alignment="center"),
    }
    if any(row.denial_code for row in rows):
        columns["denial"] = [denial_name(row.denial_code) if row.denial_code else formats.NOTHING for row in rows]
        config["denial"] = text(_("Denied for"), width=130)
    return tables.picking(
        rows,
        columns,
        name=lambda row: row.reference,
        dialog="claim",
        key=key,
        alt=_n("Claims, {n} row", "Claims, {n} rows", len(rows)),
        config=config,
        ticked=ticked,
    )


def draw_board(board: dict[Group, ClaimPage], counts: dict[Group, int], now: datetime, *, phone: bool) -> None:
    """Six columns of cards; on a phone one under the other, the empty ones left out. `counts` are those of the columns as
    they are filtered; where one is missing, nobody counted.
    """
    shown = [group for group in BOARD if group in board and (board[group].rows or not phone)]
    if phone:
        for group in shown:
            _column(group, board[group], counts.get(group), now, phone=True)
        return
    for place, group in zip(st.columns(len(shown), gap="small"), shown, strict=True):
        with place:
            _column(group, board[group], counts.get(group), now, phone=False)


def _column(group: Group, page: ClaimPage, count: int | None, now: datetime, *, phone: bool) -> None:
    shown = len(page.rows)
    total = max(count, shown) if page.more and count is not None else None
    badge = badges.badge(_(GROUP_LABELS[group]), words.GROUP_COLOURS[group])
    said = formats.number(total or shown) + ("" if total or not page.more else "+")
    st.markdown(f"{badge} {gray(plain(said))}")
    for row in page.rows:
        _card(row, now, phone=phone)
    if not page.rows:
        st.caption(_("None"))
    if page.more:
        st.caption(_("and {n} more", n=formats.number(total - shown)) if total else _("and more: look in the table"))


def _card(row: ClaimLine, now: datetime, *, phone: bool) -> None:
    money = figure(Money(row.demand, row.currency))
    payer = "" if row.payer_name == row.carrier else line(payer_said(row.payer_name), 24)
    facts = dotted(line(row.carrier or "", 24), payer, gray(line(row.owner or "", 20)))
    said = f"**{plain(row.reference)}** {words.mark(row, now)}  \n{facts}  \n{money}"
    button = {"key": f"claim-card-{row.id}", "on_click": state.open_dialog, "args": ("claim", row.reference)}
    if phone:
        with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(said, width="stretch")
            st.button(words.action(row), width=104, **button)  # type: ignore[arg-type]
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(said)
        st.button(words.action(row), width="stretch", **button)  # type: ignore[arg-type]
