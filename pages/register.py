"""The register: every incident, filtered by what stands in the address, searched, paged and exported."""

from __future__ import annotations

import streamlit as st

from core.desk.register import COUNTED, Filter, Page, register_page
from core.foundation import clock, formats
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import figures, paging, register_view, state
from pages.parts import filters as parts
from pages.parts.act import notices
from pages.parts.address import SAVED
from pages.parts.who import actor, on_phone

CARDS = 20
"""Cases of a page on a phone, where each is a card."""


def _head(wanted: Filter) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(_("Register"), anchor=False, width="stretch")
        if me.may(Permission.INCIDENT_EXPORT):
            register_view.draw_export(wanted, me)
        if me.may(Permission.INCIDENT_REGISTER) and st.button(
            _("New incident"), type="primary", icon=":material/add:", key="register-new"
        ):
            st.switch_page("intake.py")


def _read(wanted: Filter, number: int) -> Page | None:
    """The page, or None with the reason why it cannot be searched for."""
    size = CARDS if phone else None
    return paging.read(lambda session: register_page(session, wanted, actor=me, page=number, size=size))


def _foot(found: Page, wanted: Filter) -> None:
    """How many there are, and the way to the other pages."""
    total = paging.total(found, lambda: figures.register_count(me, wanted))
    paging.foot(
        filters,
        total,
        size=found.size,
        most=COUNTED,
        said=_n("{n} case", "{n} cases", total),
        beyond=_("More than {n} cases. Narrow the filters, or export them all.", n=formats.number(COUNTED)),
        hint="" if phone else f" {_('Choose a row to open its case.')}",
    )


def _empty() -> None:
    if not wanted.empty:
        paging.nothing(filters, _("No case fits these filters. Widen them, or look at all cases."))
        return
    st.info(
        _("No incident is registered yet. Register the first, or import the shop's orders."), icon=":material/inbox:"
    )
    if me.may(Permission.INCIDENT_REGISTER) and st.button(_("Register an incident"), icon=":material/add:"):
        st.switch_page("intake.py")


me = actor()
state.enter("register")
phone, now = on_phone(), clock.now()
choices = figures.choices(me)
filters = register_view.address(choices, me)
parts.first_page_again(filters, SAVED)
wanted = register_view.filter_of(filters, me)
_head(wanted)
register_view.draw_filters(filters, choices, me, phone)
found = _read(wanted, filters.value("page"))
opened = None
if found is not None and found.rows:
    if phone:
        place = register_view.draw_cards(found.rows, now)
    else:
        key = f"register-table-{found.number}-{filters.signature('page', SAVED)}"
        place = register_view.draw_table(found.rows, now, zone=me.zone, key=key)
    opened = found.rows[place].reference if place is not None else None
    _foot(found, wanted)
elif found is not None:
    _empty()
filters.write()
notices()
if opened is not None:
    st.switch_page("case.py", query_params={"ref": opened})
