"""The way from a case's request to its answer: where the answer is, and the button that leads there."""

from __future__ import annotations

import streamlit as st

from core.desk.case_disputes import DisputeRow
from core.foundation.language import _
from pages.parts.case_view import View


def draw(row: DisputeRow, view: View, *, primary: bool = False) -> None:
    """The button that opens the answer of a request of this case."""
    if st.button(
        _("Answer"),
        icon=":material/edit_note:",
        type="primary" if primary else "secondary",
        key=f"dispute-answer-{row.id}",
    ):
        st.switch_page("answer.py", query_params={"ref": view.story.header.reference, "return": row.return_number})
