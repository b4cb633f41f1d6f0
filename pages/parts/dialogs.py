"""Dialogs: which one is open is remembered, so that it stays over a full run and closes when its write succeeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from pages.parts import state


def show(
    title: str,
    body: Callable[[], None],
    *,
    width: Literal["small", "medium", "large"] = "small",
) -> None:
    """Draw `body` in a dialog. Inside, ask for the actor again: a dialog's own runs do not pass the frame."""
    st.dialog(title, width=width, on_dismiss=state.close_dialog)(body)()


def done() -> None:
    """The dialog's write stands: close it and draw the page anew."""
    state.close_dialog()
    st.rerun()
