"""The history of a case in sentences, and the place to write a remark."""

from __future__ import annotations

import streamlit as st

from core.cases import incidents
from core.desk import story
from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import _
from core.foundation.permissions import Permission
from pages.parts import state
from pages.parts.act import act
from pages.parts.case_view import View
from pages.parts.formats import gray, line, plain

SHOWN = 10


def draw(view: View) -> None:
    """The latest changes, latest first; all of them when asked."""
    with st.container(border=True, gap="small"):
        st.header(_("History"), anchor=False)
        if view.me.may(Permission.INCIDENT_COMMENT):
            _comment(view)
        rows = view.story.history
        st.markdown("  \n".join(_row(row, view, 160) for row in rows[:SHOWN]))
        if len(rows) > SHOWN:
            box = st.expander(_("Everything"), key=f"case-history-{view.id}", on_change="rerun", type="compact")
            if box.open:
                with database.reading() as session:
                    every = story.history(session, view.id, actor=view.me, limit=500)
                box.markdown("  \n".join(_row(row, view, 1_000) for row in every))


def _row(row: story.HistoryRow, view: View, longest: int) -> str:
    return f"{gray(plain(moment(row.at, view.me.zone)))} {line(row.sentence, longest)}"


def _comment(view: View) -> None:
    form = view.form("comment")
    with st.form(state.widget(form, "box"), border=False, enter_to_submit=False):
        text = st.text_area(
            _("Remark"),
            key=state.widget(form, "text"),
            height=68,
            placeholder=_("Write a remark for the team"),
            label_visibility="collapsed",
        )
        sent = st.form_submit_button(_("Add remark"), icon=":material/comment:", key=state.widget(form, "save"))
    if sent and act(
        lambda session: incidents.comment(session, view.id, actor=view.me, text=text or "", now=clock.now()).id,
        key=state.key(form),
    ):
        st.rerun()
