"""The way from a case's request to its answer: where the answer is, and the button that leads there."""

from __future__ import annotations

import streamlit as st

from core.desk.case_disputes import DisputeRow
from core.desk.disputes_list import OURS
from core.foundation.language import _
from core.models.clock import ClockKind
from core.recovery.disputes import DisputeAction
from pages.parts.case_view import View


def waiting(clock_id: int | None, view: View) -> DisputeRow | None:
    """The request whose answer this clock waits for, where it can be said that it was answered: what went is kept then."""
    return next(
        (
            one
            for one in view.disputes
            for due in one.dues
            if due.clock_id is not None
            and due.clock_id == clock_id
            and due.kind is ClockKind.DISPUTE_RESPONSE
            and any(offer.action == DisputeAction.ANSWER and offer.permitted for offer in one.offers)
        ),
        None,
    )


def next_leads(view: View) -> bool:
    """Whether the button of the next step is the one that leads: a step without a moment yields to a request that waits for us."""
    if view.next is None or view.next.step is None:
        return False
    return view.next.at is not None or not any(row.mine and row.state in OURS for row in view.disputes)


def draw(row: DisputeRow, view: View, *, primary: bool = False, key: str = "", wide: bool = False) -> None:
    """The button that opens the answer of a request of this case. `key`: where it stands a second time."""
    if st.button(
        _("Answer"),
        icon=":material/edit_note:",
        type="primary" if primary else "secondary",
        key=key or f"dispute-answer-{row.id}",
        width="stretch" if wide else "content",
    ):
        st.switch_page("answer.py", query_params={"ref": view.story.header.reference, "return": row.return_number})
