"""The head of an answer's screen: the return, why, how much, by when, and the way back to the case."""

from __future__ import annotations

import streamlit as st

from core.foundation.formats import moment
from core.foundation.language import _
from core.models.dispute import DisputeState
from core.recovery.disputes.states import STATE_LABELS
from core.recovery.disputes.words import REASON_LABELS
from pages.parts import badges
from pages.parts.answer_view import AnswerView
from pages.parts.formats import dotted, figure, gray, plain

UNANSWERED = frozenset({DisputeState.OPENED, DisputeState.PREPARING, DisputeState.OFFERED})


def draw(view: AnswerView) -> None:
    """Title, what it is about, and the way back."""
    desk = view.desk
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(_("Answer to return {number}", number=desk.return_number), anchor=False, width="stretch")
        st.page_link(
            "case.py", label=desk.reference, icon=":material/folder_open:", query_params={"ref": desk.reference}
        )
    marks = badges.badge(_(STATE_LABELS[desk.state]), "blue", "gavel")
    if desk.due_at is not None and desk.state in UNANSWERED:
        when = plain(_("answer by {when}", when=moment(desk.due_at, view.me.zone)))
        marks += f" {badges.due(desk.due_at, view.now)} {when}"
    reason = plain(_(REASON_LABELS[desk.reason])) if desk.reason is not None else ""
    money = figure(desk.amount) if desk.amount is not None else ""
    st.markdown(f"{marks}  \n{dotted(reason, money, gray(plain(desk.market)))}")
