"""Tables: one look for all lists drawn as a grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import streamlit as st

from core.foundation.formats import NOTHING
from core.foundation.money import decimals
from pages.parts import state
from pages.parts.badges import Colour

T = TypeVar("T")

ROW_HEIGHT = 34


def places(currency: str) -> str:
    """The number format of amounts in a currency: its decimals, and thousands grouped."""
    return "accounting" if currency and decimals(currency) == 2 else "localized"


def text(value: object | None) -> str:
    """A cell's text: what is not there is a dash."""
    return NOTHING if value is None or value == "" else str(value)


def chips(label: str, said: Sequence[tuple[str, Colour]], *, width: int) -> Any:
    """The configuration of a column of coloured words: the clock or the state of a row. Its cells come from `chip`.

    `said` is every word that may stand in it with its colour; of words that occur twice the first colour counts. Not a
    Styler: that would cost as much as the rest of the page, and knows no theme.
    """
    colours = dict(reversed(said))
    return st.column_config.MultiselectColumn(label, options=list(colours), color=list(colours.values()), width=width)


def chip(word: str) -> list[str]:
    """A cell of a column of `chips`; empty where there is nothing to say."""
    return [word] if word and word != NOTHING else []


def table(
    columns: Mapping[str, Sequence[Any]],
    *,
    key: str,
    alt: str,
    config: Mapping[str, Any],
    on_select: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> list[int]:
    """Draw a grid; the chosen rows by their place, at most one. `alt` says what the table is to those who do not see it.

    With `on_select`, it is called with the place (or None) and `args` after a row was chosen or let go.
    """
    # Straight to Arrow, which is what travels: a detour over pandas costs five milliseconds.
    chosen: Any = st.dataframe(
        pa.table(dict(columns)),
        key=key,
        alt=alt,
        hide_index=True,
        height="content",
        row_height=ROW_HEIGHT,
        column_config=dict(config),
        on_select=_called(on_select, key, args) if on_select else "rerun",
        selection_mode="single-row",
    )
    return list(chosen.selection.rows)


def _called(on_select: Callable[..., None], key: str, args: tuple[Any, ...]) -> Callable[[], None]:
    def call() -> None:
        rows = st.session_state[key].selection.rows
        on_select(rows[0] if rows else None, *args)

    return call


def cells(
    columns: Mapping[str, Sequence[Any]], *, key: str, alt: str, config: Mapping[str, Any], narrow: bool = False
) -> tuple[int, str] | None:
    """Draw a grid of which one cell may be chosen; its row by place and its column by name. `narrow`: no wider than it must be."""
    chosen: Any = st.dataframe(
        pa.table(dict(columns)),
        key=key,
        alt=alt,
        hide_index=True,
        height="content",
        row_height=ROW_HEIGHT,
        column_config=dict(config),
        width="content" if narrow else "stretch",
        on_select="rerun",
        selection_mode="single-cell",
    )
    found = chosen.selection.cells
    return (found[0][0], found[0][1]) if found else None


def picking(
    rows: Sequence[T],
    columns: Mapping[str, Sequence[Any]],
    *,
    name: Callable[[T], Any],
    dialog: str,
    key: str,
    alt: str,
    config: Mapping[str, Any],
    ticked: Sequence[Any] = (),
) -> list[T]:
    """Draw a grid in which rows are ticked and a cell is pressed to open its row; the ticked rows.

    `name` tells one row from the others. The `dialog` is opened with the name of the pressed row; rows named in `ticked` are
    ticked while the key is new.
    """
    names = [name(row) for row in rows]
    chosen = [place for place, one in enumerate(names) if one in ticked]
    found: Any = st.dataframe(
        pa.table(dict(columns)),
        key=key,
        alt=alt,
        hide_index=True,
        height="content",
        row_height=ROW_HEIGHT,
        column_config=dict(config),
        on_select=_pressed(dialog, key, names),
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": chosen, "columns": [], "cells": []}} if chosen else None,
    )
    return [rows[place] for place in found.selection.rows if place < len(rows)]


def _pressed(dialog: str, key: str, names: Sequence[Any]) -> Callable[[], None]:
    def call() -> None:
        cells = st.session_state[key].selection.cells
        if cells and cells[0][0] < len(names):
            state.open_dialog(dialog, names[cells[0][0]])

    return call
