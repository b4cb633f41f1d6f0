"""A link to one of the plain pages (sign-in, password) in this very tab: all of Streamlit's own links open another one."""

from __future__ import annotations

from html import escape

import streamlit as st

_STYLE = (
    "display:inline-block;padding:.45rem .9rem;border:1px solid currentColor;border-radius:6px;"
    "color:inherit;text-decoration:none"
)


def link(to: str, words: str) -> None:
    """Draw the link as a button would look. `to` is an address of our own, `words` a sentence of our own."""
    if not to.startswith("/") or to.startswith("//"):
        raise ValueError(f"not an address of ours: {to!r}")
    st.html(f'<a href="{escape(to)}" target="_self" style="{_STYLE}">{escape(words)}</a>')
