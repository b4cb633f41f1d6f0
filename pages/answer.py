"""The answer to a dispute, on a screen of its own: the text beside its reading, the proof, the guard. `?ref=INC-…&return=…`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.errors import NotFound, WrongState
from core.foundation.language import _
from core.recovery import answers
from core.recovery.answers import AnswerDesk
from pages.parts import (
    answer_desk,
    answer_guard,
    answer_head,
    answer_proof,
    answer_sent,
    answer_text,
    dialogs,
    state,
    trouble,
)
from pages.parts.act import notices
from pages.parts.answer_view import AnswerView
from pages.parts.who import actor, on_phone

DIALOGS: dict[str, tuple[str, Callable[[AnswerView, Any], None]]] = {
    answer_desk.DIALOG: (answer_desk.TITLE, answer_desk.choose),
    answer_guard.DIALOG: (answer_guard.TITLE, answer_guard.argue),
    answer_text.DIALOG: (answer_text.TITLE, answer_text.drop),
    answer_sent.DIALOG: (answer_sent.TITLE, answer_sent.send),
}


def _read() -> AnswerDesk | None:
    reference, number = st.query_params.get("ref", ""), st.query_params.get("return", "")
    try:
        with database.reading() as session:
            dispute_id = answers.dispute_by_number(session, reference, number, actor=me)
            return answers.answer_desk(session, dispute_id, actor=me, now=clock.now())
    except (NotFound, WrongState) as refusal:
        st.title(_("Answer"), anchor=False)
        trouble.refused(refusal)
        st.page_link("register.py", label=_("Open the register"), icon=":material/list_alt:")
        return None


def _draw(view: AnswerView) -> None:
    answer_head.draw(view)
    if view.desk.written is None and not view.desk.sent:
        answer_desk.begin(view)
    elif view.desk.written is None:
        answer_sent.draw(view)
        answer_desk.more(view)
        return
    elif view.phone:
        answer_text.draw(view)
        answer_guard.draw(view)
        answer_proof.draw(view)
        answer_sent.offer(view)
    else:
        left, right = st.columns([2.2, 1], gap="medium")
        with left:
            answer_text.draw(view)
            answer_sent.offer(view)
        with right:
            answer_guard.draw(view)
            answer_proof.draw(view)
    answer_sent.draw(view)


def _dialog(view: AnswerView) -> None:
    opened = state.opened()
    if opened is not None and opened.name in DIALOGS:
        title, body = DIALOGS[opened.name]
        dialogs.show(_(title), lambda: body(view, opened.subject), width="medium")


me = actor()
state.enter(f"answer {st.query_params.get('ref', '')} {st.query_params.get('return', '')}")
if found := _read():
    screen = AnswerView(found, me, clock.now(), on_phone())
    _draw(screen)
    _dialog(screen)
state.arrived()
notices()
