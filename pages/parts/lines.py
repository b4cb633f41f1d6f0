"""A list of records as lines: words on the left, one button on the right. Reads well on a phone too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts import state


def line(
    words: str,
    *,
    button: str = "",
    icon: str = "",
    key: str = "",
    on_click: Callable[..., Any] = state.open_dialog,
    args: tuple[Any, ...] = (),
) -> None:
    """One record: Markdown (escape what others wrote), and its button if there is one to press.

    It opens a dialog, by name and subject in `args`, unless `on_click` says what else it does.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.markdown(words, width="stretch")
        if button:
            drawn = f":material/{icon}:" if icon else None
            st.button(button, key=key, icon=drawn, on_click=on_click, args=args)


def figures(table: pd.DataFrame, *names: str) -> dict[str, Any]:
    """The column settings that set these columns of a table right, as figures stand. Names that are not there do no harm."""
    return {name: st.column_config.TextColumn(alignment="right") for name in names if name in table.columns}


def heading(words: str, *, button: str = "", icon: str = "add", key: str = "", dialog: str = "") -> None:
    """A section's heading with the button that adds to it, which opens a dialog; where there is none, the heading alone."""
    if not button:
        st.header(words, anchor=False)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(words, anchor=False, width="stretch")
        st.button(button, key=key, icon=f":material/{icon}:", on_click=state.open_dialog, args=(dialog,))
