"""Disputes: every request of a buyer by the next moment that cannot be taken back, with a drawer, and work on several at once."""

from __future__ import annotations

import streamlit as st

from core.desk.disputes_list import COUNTED, PAGE, DisputeFilter, DisputePage, disputes_page
from core.foundation import clock, formats
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import (
    dialogs,
    disputes_bulk,
    disputes_drawer,
    disputes_filters,
    disputes_grid,
    disputes_odds,
    figures,
    paging,
    state,
    ticking,
)
from pages.parts import filters as parts
from pages.parts.act import notices
from pages.parts.who import actor, on_phone


def _head(wanted: DisputeFilter) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(_("Disputes"), anchor=False, width="stretch")
        st.button(
            _("Odds"),
            icon=":material/balance:",
            key="disputes-odds",
            help=_("How past disputes came out, by reason, market and proof, and whether the odds held"),
            on_click=state.open_dialog,
            args=(disputes_odds.DIALOG,),
        )
        if me.may(Permission.INCIDENT_EXPORT):
            disputes_grid.draw_export(wanted, me)


def _foot(found: DisputePage, wanted: DisputeFilter) -> None:
    total = paging.total(found, lambda: figures.disputes_count(me, wanted))
    paging.foot(
        filters,
        total,
        size=PAGE,
        most=COUNTED,
        said=_n("{n} dispute", "{n} disputes", total),
        beyond=_("More than {n} disputes. Narrow the filters.", n=formats.number(COUNTED)),
        hint="" if phone else f" · {_('Press a row to see its details.')}",
    )


def _empty() -> None:
    if wanted.empty:
        st.info(_("No dispute is open. A return export brings them by itself."), icon=":material/check_circle:")
        if st.button(_("Open the imports"), icon=":material/upload_file:"):
            st.switch_page("imports.py")
        return
    paging.nothing(filters, _("No dispute fits these filters."))


def _list() -> None:
    found = paging.read(lambda session: disputes_page(session, wanted, actor=me, now=now, page=filters.value("page")))
    if found is None:
        return
    if not found.rows:
        _empty()
        return
    if phone:
        disputes_grid.draw_cards(found.rows, now)
    else:
        _table(found)
    _foot(found, wanted)


def _table(found: DisputePage) -> None:
    ticking.draw(
        "disputes",
        f"{found.number}-{filters.signature('page', *disputes_filters.LOOK)}",
        grid=lambda key, ticked: disputes_grid.draw_table(found.rows, now, key, ticked),
        bar=lambda ticked: disputes_bulk.draw_bar(ticked, me),
        name=lambda row: row.id,
    )


def _dialog() -> None:
    opened = state.opened()
    if opened is None:
        return
    if opened.name == disputes_drawer.DIALOG:
        disputes_drawer.draw(opened.subject)
    elif opened.name == disputes_odds.DIALOG:
        dialogs.show(_("How past disputes came out"), disputes_odds.draw_known, width="large")
    elif opened.name == disputes_bulk.DIALOG:
        disputes_bulk.draw_dialog(opened.subject)


me = actor()
state.enter("disputes")
phone, now = on_phone(), clock.now()
choices, counts = figures.choices(me), figures.disputes_by_group(me)
filters = disputes_filters.address(choices, me)
parts.first_page_again(filters, *disputes_filters.LOOK)
wanted = disputes_filters.filter_of(filters)
_head(wanted)
disputes_filters.draw(filters, choices, counts, me, phone)
_list()
filters.write()
notices()
_dialog()
