"""What the guard finds: the checklist, what stops the answer, and answering a finding about words with a reason."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.foundation import clock
from core.foundation.language import N_, _, _n
from core.recovery import answers
from core.recovery.answers import FAULT_LABELS, Finding
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.answer_view import AnswerView
from pages.parts.at_input import Spots
from pages.parts.formats import gray, plain
from pages.parts.who import actor

DIALOG = "answer-argue"
TITLE = N_("Why it may stand")


def draw(view: AnswerView) -> None:
    """The section: every point of the checklist, green or with what is wrong."""
    written = view.desk.written
    if written is None or not view.may:
        return
    with st.container(border=True, gap="small"):
        st.header(_("Held against the case"), anchor=False)
        open_ones = written.findings
        if open_ones:
            said = _n("{n} thing stops it", "{n} things stop it", len(open_ones))
            st.markdown(badges.badge(said, "red", "block"))
        else:
            st.markdown(badges.badge(_("nothing stops it"), "green", "check_circle"))
        lines = []
        for fault, label in FAULT_LABELS.items():
            if not any(one.fault is fault for one in open_ones):
                lines.append(f":green[:material/check:] {gray(plain(_(label)))}")
        for one in open_ones:
            _finding(one)
        if lines:
            st.markdown("  \n".join(lines))
        for told in written.answered:
            st.markdown(
                f":violet[:material/chat:] {plain(told['words'])}  \n"
                + gray(plain(_("{who}: {why}", who=told["who"], why=told["why"])))
            )


def _finding(one: Finding) -> None:
    with st.container(gap="xxsmall"):
        st.markdown(f":red[:material/error:] {plain(one.said)}")
        if one.arguable:
            st.button(
                _("It may stand"),
                icon=":material/chat:",
                type="tertiary",
                key=f"answer-argue-{one.key}",
                on_click=state.open_dialog,
                args=(DIALOG, one.key),
            )


def argue(view: AnswerView, key: Any) -> None:
    """Answer a finding with a reason, which is kept with the answer."""
    written = view.desk.written
    one = next((found for found in written.findings if found.key == key), None) if written is not None else None
    if one is None:
        st.info(_("The guard does not find this any more. Look at what it finds now."), icon=":material/info:")
        return
    form, spots = view.form("argue", one.key), Spots()
    st.markdown(plain(one.said))
    why = st.text_area(_("Why it may stand"), key=state.widget(form, "why"), height=90, max_chars=300)
    spots.under("why")
    st.caption(_("Kept with the answer under your name."))
    if st.button(_("Let it stand"), type="primary", width="stretch", key=state.widget(form, "save")) and act(
        lambda session: (
            answers.set_aside(
                session, view.desk.dispute_id, actor=actor(), key=one.key, why=why or "", now=clock.now()
            ).version
        ),
        key=state.key(form),
        notice=_("Noted."),
        spots=spots,
    ):
        dialogs.done()
