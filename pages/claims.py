"""Claims: every demand by state and next clock, as a grid or a board, with a drawer for the facts of one."""

from __future__ import annotations

import streamlit as st

from core.desk.claims_list import COUNTED, PAGE, ClaimFilter, ClaimPage, claims_board, claims_page
from core.foundation import clock, database, formats
from core.foundation.language import _, _n
from pages.parts import claims_view, figures, state
from pages.parts.act import notices
from pages.parts.claims_view import BOARD_VIEW, TABLE
from pages.parts.formats import chosen
from pages.parts.who import actor, on_phone


def _head() -> None:
    view = filters.value("view")

    def shown(code: str) -> str:
        words, icon = (_("Board"), "view_kanban") if code == BOARD_VIEW else (_("Table"), "table_rows")
        return f":material/{icon}: " + chosen(words, code == view)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(_("Claims"), anchor=False, width="stretch")
        st.segmented_control(
            _("View"),
            [BOARD_VIEW, TABLE],
            key=filters.key("view"),
            required=True,
            format_func=shown,
            label_visibility="collapsed",
        )


def _first_page_again() -> None:
    """A page number belongs to the filter it was turned under."""
    turned = filters.signature("page", "view")
    if st.session_state.get("claims-turned", turned) != turned:
        filters.put("page", 1)
    st.session_state["claims-turned"] = turned


def _foot(found: ClaimPage, wanted: ClaimFilter) -> None:
    total = found.counted if found.counted is not None and found.number == 1 else figures.claims_count(me, wanted)
    pages = max(1, -(-min(total, COUNTED) // PAGE))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        if total > COUNTED:
            said = _("More than {n} claims. Narrow the filters.", n=formats.number(COUNTED))
        else:
            said = _n("{n} claim", "{n} claims", total)
        st.caption(f"{said} {_('Choose a row to see its details.')}")
        if pages > 1:
            filters.turn(pages)


def _empty(wanted: ClaimFilter) -> None:
    if wanted == ClaimFilter():
        st.info(_("No claim runs. A claim is started on the screen of its case."), icon=":material/check_circle:")
        if st.button(_("Open the register"), icon=":material/list_alt:"):
            st.switch_page("register.py")
        return
    st.info(_("No claim fits these filters."), icon=":material/filter_alt_off:")
    st.button(_("Clear all filters"), on_click=filters.clear, args=("view",), key="claims-clear")


def _table(wanted: ClaimFilter) -> None:
    with database.reading() as session:
        found = claims_page(session, wanted, actor=me, now=now, page=filters.value("page"))
    if not found.rows:
        _empty(wanted)
        return
    drawers = st.session_state.get("claims-drawers", 0)
    claims_view.draw_table(found.rows, now, f"claims-table-{found.number}-{filters.signature('page')}-{drawers}")
    _foot(found, wanted)


def _board(wanted: ClaimFilter) -> None:
    with database.reading() as session:
        board = claims_board(session, wanted, actor=me, now=now)
    if not any(page.rows for page in board.values()):
        _empty(wanted)
        return
    claims_view.draw_board(board, counts, now, phone=phone)


me = actor()
state.enter("claims")
phone, now = on_phone(), clock.now()
choices, counts = figures.choices(me), figures.claims_by_group(me)
filters = claims_view.address(choices, phone=phone)
_first_page_again()
wanted = claims_view.filter_of(filters)
_head()
claims_view.draw_filters(filters, choices, counts, phone)
if filters.value("view") == BOARD_VIEW:
    _board(wanted)
else:
    _table(wanted)
filters.write()
notices()
if (opened := state.opened()) is not None and opened.name == "claim":
    claims_view.draw_drawer(opened.subject)
