"""The answer's text in the market's language beside its reading, both to be edited; what it is made of, and how to throw it away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.foundation import clock
from core.foundation.formats import moment
from core.foundation.language import N_, _
from core.recovery import answers
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.answer_desk import DIALOG as CHOOSE
from pages.parts.answer_view import AnswerView
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.lines import heading
from pages.parts.who import actor

DIALOG = "answer-drop"
TITLE = N_("Throw the draft away")
TALL, SHORT = 620, 420


def draw(view: AnswerView) -> None:
    """The section: both texts and the button that keeps them."""
    written = view.desk.written
    if written is None:
        return
    with st.container(border=True, gap="small"):
        heading(
            _("The answer"),
            button=_("What it is made of") if view.may else "",
            icon="tune",
            key="answer-choose",
            dialog=CHOOSE,
        )
        st.caption(
            plain(
                _(
                    "Last kept {when} by {who}. Platform staff read the first text; the second is for reading.",
                    when=moment(written.updated_at, view.me.zone),
                    who=written.updated_by or "Recoup",
                )
            )
        )
        _texts(view)


def _texts(view: AnswerView) -> None:
    desk, written, form = view.desk, view.desk.written, view.form("text")
    if written is None:
        return
    seen = state.seen(form, {"text": written.text, "reading": written.reading})
    names = {code: one.name for code, one in answers.wordings().items()}
    own, other = names[desk.choice.language], names[desk.choice.reading_language]
    beside: Sequence[Any] = st.tabs([own, other]) if view.phone else st.columns(2, gap="small")
    first, second = beside
    height = SHORT if view.phone else TALL
    kept = state.widget(form, "text"), state.widget(form, "reading")
    text = first.text_area(
        _("To the platform: {language}", language=own), seen["text"], height=height, key=kept[0], disabled=not view.may
    )
    reading = second.text_area(
        _("To read: {language}", language=other), seen["reading"], height=height, key=kept[1], disabled=not view.may
    )
    if not view.may:
        return
    clash = Clash(form, {"text": own, "reading": other})
    changed = (text, reading) != (seen["text"], seen["reading"])
    if changed:
        st.caption(_("Not kept yet. The guard looks at it once it is kept."))
    with st.container(horizontal=True, gap="small"):
        kept_now = st.button(
            _("Keep and check"),
            icon=":material/fact_check:",
            type="primary" if changed else "secondary",
            key=state.widget(form, "save"),
        )
        st.button(
            _("Throw away"),
            icon=":material/delete:",
            type="tertiary",
            key="answer-drop",
            on_click=state.open_dialog,
            args=(DIALOG,),
        )
    if not kept_now:
        return
    known, typed = clash.settle(seen, {"text": text or "", "reading": reading or ""})
    if act(
        lambda session: (
            answers.edit_answer(
                session, desk.dispute_id, actor=actor(), seen=known, typed=typed, now=clock.now()
            ).version
        ),
        key=state.key(form),
        notice=_("Kept, and looked through."),
        clash=clash,
    ):
        st.rerun()


def drop(view: AnswerView, _subject: Any) -> None:
    """Ask once more before a draft goes."""
    form = view.form("drop")
    st.markdown(_("What was written is lost. The case and its evidence stay."))
    if st.button(
        _("Throw away"), type="primary", icon=":material/delete:", width="stretch", key=state.widget(form, "save")
    ) and act(
        lambda session: answers.drop_answer(session, view.desk.dispute_id, actor=actor(), now=clock.now()),
        key=state.key(form),
        notice=_("The draft is gone."),
    ):
        state.forget(view.form("text"))
        dialogs.done()
