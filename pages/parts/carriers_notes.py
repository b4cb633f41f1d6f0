"""On Today, for those who answer for carriers: groups that wait for a conclusion, decisions whose day to look again has come."""

from __future__ import annotations

import streamlit as st

from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from pages.parts import figures
from pages.parts.formats import plain


def draw(me: Actor) -> None:
    """One box for both, with the way to them; nothing where nothing waits."""
    said = []
    if me.may(Permission.GROUP_EDIT) and (groups := figures.open_groups(me)):
        told = _n(
            "{n} group of losses stands too close together for luck.",
            "{n} groups of losses stand too close together for luck.",
            groups,
        )
        said.append(f":orange[:material/hub:] **{plain(told)}**")
    if me.may(Permission.CARRIER_DECIDE) and (due := figures.decisions_due(me)):
        told = _n(
            "{n} decision about a channel is to be looked at again.",
            "{n} decisions about channels are to be looked at again.",
            due,
        )
        said.append(f":orange[:material/event_repeat:] **{plain(told)}**")
    if not said:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("  \n".join(said), width="stretch")
        if st.button(_("Look"), key="carriers-waiting", type="tertiary"):
            st.switch_page("carriers.py")
