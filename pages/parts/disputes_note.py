"""On Today: what presses among the disputes, those above all that no clock tells of because they belong to no case."""

from __future__ import annotations

import streamlit as st

from core.desk.disputes_list import Within
from core.foundation.language import _, _n
from core.foundation.permissions import Actor
from pages.parts import figures
from pages.parts.formats import plain


def draw(me: Actor) -> None:
    """One line with the way there; nothing where nothing presses."""
    found = figures.disputes_pressing(me)
    if found is None or not (found.day or found.loose):
        return
    said = []
    if found.day:
        told = _n("{n} dispute is due within 24 hours.", "{n} disputes are due within 24 hours.", found.day)
        said.append(f":red[:material/assignment_return:] **{plain(told)}**")
    if found.loose:
        told = _n(
            "{n} dispute due within 3 days belongs to no case: no clock reminds of it.",
            "{n} disputes due within 3 days belong to no case: no clock reminds of them.",
            found.loose,
        )
        said.append(f":orange[:material/link_off:] {plain(told)}")
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("  \n".join(said), width="stretch")
        if st.button(_("Look"), key="disputes-pressing", type="tertiary"):
            codes = {"within": Within.DAY.value} if found.day else {"within": Within.THREE.value, "mark": "loose"}
            st.switch_page("disputes.py", query_params=codes)
