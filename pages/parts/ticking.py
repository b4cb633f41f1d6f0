"""Rows of a list ticked to work on several, and a cell pressed to open its row: what a tab remembers of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def draw(
    page: str,
    shown: str,
    *,
    grid: Callable[[str, Sequence[Any]], list[T]],
    bar: Callable[[list[T]], None],
    name: Callable[[T], Any],
) -> None:
    """A list's grid, and over it the bar of what can be done with its ticked rows. `shown` says which rows the grid shows.

    `grid` draws it under a key, with rows ticked while that key is new, and gives the ticked ones; `name` tells one row from
    the others.
    """
    # What is ticked is drawn above the grid that says so: the place is kept, and filled after.
    place = st.container()
    drawn = st.session_state.get(_drawn(page), 0)
    ticked = grid(f"{page}-table-{shown}-{drawn}", st.session_state.get(_ticked(page), []))
    st.session_state[_ticked(page)] = [name(row) for row in ticked]
    with place:
        bar(ticked)


def anew(page: str, ticked: Sequence[Any] | None = None) -> None:
    """The grid is made anew under another key: it lets go of the pressed cell, and ticks what is named, else what was ticked."""
    if ticked is not None:
        st.session_state[_ticked(page)] = list(ticked)
    st.session_state[_drawn(page)] = int(st.session_state.get(_drawn(page), 0)) + 1


def _ticked(page: str) -> str:
    return f"{page}-ticked"


def _drawn(page: str) -> str:
    return f"{page}-drawers"
