"""The incidents imports offer, and the way to them."""

from __future__ import annotations

import streamlit as st

from core.foundation.language import _n


def way(count: int, *, primary: bool = True) -> None:
    """A button that leads from an import to the incidents it offers; not `primary` where something else is to be done first."""
    if count and st.button(
        _n("Look at {n} incident it offers", "Look at {n} incidents it offers", count),
        icon=":material/playlist_add_check:",
        type="primary" if primary else "secondary",
        key="imports-offers",
    ):
        st.switch_page("intake.py", query_params={"many": "offers"})
