"""Tables: one look for all lists drawn as a grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.foundation.formats import NOTHING
from core.foundation.money import decimals
from pages.parts.badges import Colour

ROW_HEIGHT = 34

_GROUND: dict[Colour, str] = {
    "red": "background-color:#FCECEC;color:#A11F2C;font-weight:600",
    "orange": "background-color:#FDF0E3;color:#8F4108;font-weight:600",
}
_GROUND_DARK: dict[Colour, str] = {
    "red": "background-color:#3B1D21;color:#FFA3A9;font-weight:600",
    "orange": "background-color:#38261A;color:#FFBE8A;font-weight:600",
}


def dark() -> bool:
    """Whether the reader's theme is the dark one."""
    return st.context.theme.type == "dark"


def places(currency: str) -> str:
    """The number format of amounts in a currency: its decimals, and thousands grouped."""
    return "accounting" if currency and decimals(currency) == 2 else "localized"


def text(value: object | None) -> str:
    """A cell's text: what is not there is a dash."""
    return NOTHING if value is None or value == "" else str(value)


def table(
    columns: Mapping[str, Sequence[Any]],
    *,
    key: str,
    alt: str,
    config: Mapping[str, Any],
    colours: tuple[str, Sequence[Colour]] | None = None,
    on_select: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> list[int]:
    """Draw a grid; the chosen rows by their place, at most one. `alt` says what the table is to those who do not see it.

    `colours` names one column and gives the colour of each of its cells; red and orange are drawn, others stay plain.
    With `on_select`, it is called with `args` after a row was chosen or let go.
    """
    frame = pd.DataFrame(dict(columns))
    # Sums, times and numbers beyond the page do not matter here: a Styler is only made where a cell has a colour.
    shown: Any = _coloured(frame, *colours) if colours and {"red", "orange"} & set(colours[1]) else frame
    chosen: Any = st.dataframe(
        shown,
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


def _coloured(frame: pd.DataFrame, column: str, colours: Sequence[Colour]) -> Any:
    ground = _GROUND_DARK if dark() else _GROUND
    styles = [ground.get(colour, "") for colour in colours]
    return frame.style.apply(lambda _cells: styles, subset=[column], axis=0)
