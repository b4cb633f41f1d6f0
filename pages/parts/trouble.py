"""The last net: what is shown when a page raised. A refusal is its sentence; anything else is a logged id."""

from __future__ import annotations

import streamlit as st

from core.foundation import logs
from core.foundation.errors import Refusal
from core.web.mishaps import sentence
from pages.parts.formats import plain


def refused(refusal: Refusal) -> None:
    """Say the refusal, where it happened."""
    st.error(plain(refusal.message), icon=":material/error:")


def broken(error: BaseException, where: str) -> None:
    """Log the bug and show its id, nothing of the inside."""
    st.error(sentence(logs.mishap(error, where)), icon=":material/error:")


def on_script_error(error: Exception) -> bool:
    """For what the frame cannot catch, callbacks and fragments; True keeps Streamlit's own box away."""
    if isinstance(error, Refusal):
        refused(error)
    else:
        broken(error, "script")
    return True
