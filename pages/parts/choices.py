"""Choosing one of a few. In the dark theme the chosen label is drawn in blue: Streamlit's own colour is too dim there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import streamlit as st

T = TypeVar("T")


def segments(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None,
    words: Callable[[T], str],
    icons: Callable[[T], str] | None = None,
    hidden: bool = False,
    width: Literal["content", "stretch"] = "content",
    **more: Any,
) -> T:
    """A segmented control of which one option is always chosen. `words` are Markdown, `icons` names of Material symbols."""
    return _one(st.segmented_control, label, options, key, default, words, icons, hidden, width=width, **more)


def pills(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None,
    words: Callable[[T], str],
    hidden: bool = False,
    **more: Any,
) -> T:
    """Pills of which one is always chosen."""
    return _one(st.pills, label, options, key, default, words, None, hidden, **more)


def _one(
    control: Any,
    label: str,
    options: Sequence[T],
    key: str,
    default: T | None,
    words: Callable[[T], str],
    icons: Callable[[T], str] | None,
    hidden: bool,
    **more: Any,
) -> T:
    chosen = st.session_state.get(key, default)
    dark = st.context.theme.type == "dark"

    def say(option: T) -> str:
        said = f":blue[{words(option)}]" if dark and option == chosen else words(option)
        return f":material/{icons(option)}: {said}" if icons else said

    found: T = control(
        label,
        list(options),
        default=default,
        required=True,
        format_func=say,
        key=key,
        label_visibility="collapsed" if hidden else "visible",
        **more,
    )
    return found
