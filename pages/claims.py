"""Claims: every demand by state and next clock, as a grid, a board or a calendar, with a drawer for the facts of one."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.desk.claims_list import COUNTED, PAGE, ClaimFilter, ClaimPage, claims_board, claims_page
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import (
    claims_bulk,
    claims_calendar,
    claims_denials,
    claims_drawer,
    claims_filters,
    claims_grid,
    dialogs,
    figures,
    paging,
    settlements_view,
    state,
    ticking,
)
from pages.parts import filters as parts
from pages.parts.act import notices
from pages.parts.claims_filters import BOARD_VIEW, CALENDAR, LOOK, MONEY, TABLE
from pages.parts.formats import chosen
from pages.parts.who import actor, on_phone


def _head() -> None:
    view = filters.value("view")
    words = {
        TABLE: (_("Table"), "table_rows"),
        BOARD_VIEW: (_("Board"), "view_kanban"),
        CALENDAR: (_("Calendar"), "calendar_month"),
    }
    if me.may(Permission.SETTLEMENT_READ):
        words[MONEY] = (_("Compensation found"), "payments")

    def shown(code: str) -> str:
        return f":material/{words[code][1]}: " + chosen(words[code][0], code == view)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(_("Claims"), anchor=False, width="stretch")
        claims_bulk.draw_start(me)
        st.button(
            _("Denials"),
            icon=":material/gavel:",
            key="claims-denials",
            help=_("How often an appeal helped, by reason and payer"),
            on_click=state.open_dialog,
            args=(claims_denials.DIALOG,),
        )
        st.segmented_control(
            _("View"),
            list(words),
            key=filters.key("view"),
            required=True,
            format_func=shown,
            label_visibility="collapsed",
        )


def _foot(found: ClaimPage, wanted: ClaimFilter) -> None:
    total = paging.total(found, lambda: figures.claims_count(me, wanted))
    paging.foot(
        filters,
        total,
        size=PAGE,
        most=COUNTED,
        said=_n("{n} claim", "{n} claims", total),
        beyond=_("More than {n} claims. Narrow the filters.", n=formats.number(COUNTED)),
        hint=f" · {_('Press a row to see its details.')}",
    )


def _empty(wanted: ClaimFilter) -> None:
    if wanted.empty:
        st.info(_("No claim runs. A claim is started on the screen of its case."), icon=":material/check_circle:")
        if st.button(_("Open the register"), icon=":material/list_alt:"):
            st.switch_page("register.py")
        return
    paging.nothing(filters, _("No claim fits these filters."), "view")


def _table(wanted: ClaimFilter) -> None:
    found = paging.read(lambda session: claims_page(session, wanted, actor=me, now=now, page=filters.value("page")))
    if found is None:
        return
    if not found.rows:
        _empty(wanted)
        return
    ticking.draw(
        "claims",
        f"{found.number}-{filters.signature('page', *LOOK)}",
        grid=lambda key, ticked: claims_grid.draw_table(found.rows, now, key, ticked),
        bar=lambda ticked: claims_bulk.draw_bar(ticked, me),
        name=lambda row: row.reference,
    )
    _foot(found, wanted)


def _board(wanted: ClaimFilter) -> None:
    with database.reading() as session:
        board = claims_board(session, wanted, actor=me, now=now)
    if not any(page.rows for page in board.values()):
        _empty(wanted)
        return
    # The counts on the pills are of all claims; of the filtered ones nobody asks on every click.
    whole = replace(wanted, groups=()).empty
    claims_grid.draw_board(board, counts if whole else {}, now, phone=phone)


def _dialog() -> None:
    opened = state.opened()
    if opened is not None and opened.name == "claim":
        claims_drawer.draw(opened.subject)
    elif opened is not None and settlements_view.dialog(opened.name, opened.subject):
        pass
    elif opened is not None and opened.name == claims_denials.DIALOG:
        dialogs.show(_("Denials and their reversal"), claims_denials.draw, width="large")
    elif opened is not None:
        claims_bulk.draw_dialog(opened)


me = actor()
state.enter("claims")
phone, now = on_phone(), clock.now()
choices, payers, counts = figures.choices(me), figures.claims_choices(me), figures.claims_by_group(me)
filters = claims_filters.address(choices, payers, me, phone=phone)
parts.first_page_again(filters, *LOOK)
wanted = claims_filters.filter_of(filters)
if filters.value("view") == MONEY and not me.may(Permission.SETTLEMENT_READ):
    filters.put("view", TABLE)
_head()
money = filters.value("view") == MONEY
if not money:
    claims_filters.draw(filters, choices, payers, counts, me, phone)
if money:
    settlements_view.draw(filters, choices, me, phone=phone)
elif filters.value("view") == CALENDAR:
    claims_calendar.draw(filters, wanted, me, now, phone=phone)
elif filters.value("view") == BOARD_VIEW:
    _board(wanted)
else:
    _table(wanted)
filters.write()
notices()
_dialog()
