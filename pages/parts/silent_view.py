"""Today's warning about parcels nobody has asked about yet: their window closes soon, and they have been silent for long.

The soonest stands with a button that leads to Intake with its number filled in; all of them are in a dialog, where one can be set
aside. Every element of a page costs each click, so that the box has few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.foundation import clock
from core.foundation.formats import amount, span
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from core.recovery import silent
from core.recovery.silent import SilentParcel
from pages.parts import badges, dialogs, figures, state
from pages.parts.act import act
from pages.parts.formats import dotted, gray, line, plain
from pages.parts.who import actor

MOST = 25
DIALOG = "silent-parcels"


def draw(rows: Sequence[SilentParcel], now: datetime, *, phone: bool) -> None:
    """One box with the soonest; nothing where no parcel needs a look."""
    if not rows:
        return
    count = _n("{n} silent parcel, its window closes soon", "{n} silent parcels, their windows close soon", len(rows))
    row = rows[0]
    with st.container(border=True, horizontal=not phone, vertical_alignment="center", gap="small"):
        words = f":orange[:material/notifications_active:] **{plain(count)}**  \n{_words(row, now)}"
        st.markdown(words, width="stretch")
        st.button(_("Look at all"), type="tertiary", key="silent-all", on_click=state.open_dialog, args=(DIALOG,))
        if actor().may(Permission.INCIDENT_REGISTER) and st.button(
            _("Take in"), key="silent-first", icon=":material/add:", width="stretch" if phone else "content"
        ):
            st.switch_page("intake.py", query_params={"number": row.number})


def dialog() -> None:
    """The dialog over all of them, where it is open."""
    found = state.opened()
    if found is not None and found.name == DIALOG:
        dialogs.show(_("Silent parcels"), _all, width="large")


def _words(row: SilentParcel, now: datetime) -> str:
    """`closes in 3 d, silent for 12 d`, with the parcel."""
    told = _(
        "{number}: the window of {payer} closes in {left}, silent for {quiet}",
        number=row.number,
        payer=row.payer,
        left=span(row.due_at - now),
        quiet=span(now - row.silent_since),
    )
    return gray(f"{plain(told)} · {plain(amount(row.value))}")


def _all() -> None:
    """Every parcel with its rule, the way to Intake, and setting it aside."""
    me, now = actor(), clock.now()
    rows = figures.silent_parcels(me)
    if not rows:
        st.info(_("No silent parcel is left whose window closes soon."), icon=":material/check_circle:")
        return
    st.caption(
        _(
            "No incident stands for these parcels. Their windows count from acceptance or shipping and close within"
            " {n} days; nothing was heard of them for {m} days or more.",
            n=silent.bounds().closes_within.days,
            m=silent.bounds().silent_for.days,
        )
    )
    for row in rows[:MOST]:
        _line(row, now)
    if len(rows) > MOST:
        st.caption(_n("{n} more stands behind these.", "{n} more stand behind these.", len(rows) - MOST))


def _line(row: SilentParcel, now: datetime) -> None:
    me = actor()
    facts = dotted(
        line(row.carrier or _("carrier not known"), 30),
        plain(row.market),
        plain(amount(row.value)),
        plain(_("rule {code}", code=row.rule)),
        plain(_("unsure rule")) if row.doubtful else None,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        quiet = badges.silent(now - row.silent_since)
        words = f"{badges.due(row.due_at, now)} {quiet} **{plain(row.number)}** {line(row.payer, 40)}"
        st.markdown(f"{words}  \n{gray(facts)}", width="stretch")
        if not me.may(Permission.INCIDENT_REGISTER):
            return
        if st.button(_("Take in"), key=f"silent-in-{row.shipment_id}", icon=":material/add:"):
            state.close_dialog()
            st.switch_page("intake.py", query_params={"number": row.number})
        form = f"silent-{row.shipment_id}"
        if st.button(_("Set aside"), key=f"silent-aside-{row.shipment_id}", type="tertiary") and act(
            lambda session: silent.set_aside(session, row.shipment_id, actor=me, now=clock.now()),
            key=state.key(form),
            notice=_("{number} is set aside until it moves again.", number=row.number),
        ):
            st.rerun()
