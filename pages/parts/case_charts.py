"""The two charts of a case, as Vega specifications written by hand: cheap to draw on every click.

Text marks and neutral bars take their colour from the viewer's theme: Vega would keep them black on a dark ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import streamlit as st

from core.foundation.language import current

LOSS, RECOVERY = "#D55E00", "#009E73"
ROW = 27


@dataclass(frozen=True)
class Bar:
    """One clock: from when to when, what is written above its bar and at its right, and how pressing it is.

    `waits` is where a thin bar begins that leads up to `start`: the time in which nothing may be done yet.
    """

    name: str
    start: datetime
    end: datetime
    said: str
    kind: str
    waits: datetime | None = None


@dataclass(frozen=True)
class Fall:
    """One step of a waterfall, from one running sum to the next; `kind` is loss, recovery or total."""

    name: str
    low: float
    high: float
    said: str
    kind: str


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _palette() -> dict[str, str]:
    if _dark():
        return {
            "ground": "#101318",
            "text": "#E8EBF0",
            "gray": "#A9B1BE",
            "grid": "#2C323C",
            "late": "#F0747E",
            "soon": "#EE9A55",
            "running": "#2C8FCF",
            "opens": "#6F9CC4",
            "possible": "#3D4A5C",
            "paused": "#5A6474",
            "done": "#7A8699",
        }
    return {
        "ground": "#FFFFFF",
        "text": "#0E1420",
        "gray": "#525A68",
        "grid": "#E8EAEF",
        "late": "#C4323F",
        "soon": "#C65D12",
        "running": "#0072B2",
        "opens": "#6FA8D6",
        "possible": "#B0CEE8",
        "paused": "#B9C0CB",
        "done": "#7A8699",
    }


def clocks(bars: Sequence[Bar], now: datetime, alt: str, *, narrow: bool = False) -> None:
    """The clock strip: one bar a clock, its name above it, where it stands at the right edge, now as a dashed line."""
    colours = _palette()
    values = [
        {
            "row": index,
            "name": bar.name,
            "start": bar.start.isoformat(),
            "end": bar.end.isoformat(),
            "waits": (bar.waits or bar.start).isoformat(),
            "said": bar.said,
            "kind": bar.kind,
        }
        for index, bar in enumerate(bars)
    ]
    first, last = min(bar.waits or bar.start for bar in bars), max(bar.end for bar in bars)
    room = (max(last, now) - min(first, now)) / 12
    domain = [(min(first, now) - room / 4).isoformat(), (max(last, now) + room).isoformat()]
    y = {
        "field": "row",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [-0.75, len(bars) - 0.15], "reverse": True},
    }
    x = {
        "type": "temporal",
        "scale": {"domain": domain},
        "axis": {
            "title": None,
            "format": "%m-%d" if current() == "zh-CN" else "%-d %b",
            # Of few days each is named once.
            "tickCount": 6 if max(last, now) - min(first, now) > timedelta(days=6) else "day",
            "labelColor": colours["gray"],
            "gridColor": colours["grid"],
            "domain": False,
            "ticks": False,
            "labelOverlap": True,
        },
    }
    spec: dict[str, Any] = {
        "height": ROW * len(bars) + 30,
        "padding": {"left": 2, "right": 2, "top": 0, "bottom": 0},
        "view": {"stroke": None},
        "layer": _strip(x, y, now, narrow=narrow),
    }
    st.vega_lite_chart(pa.Table.from_pylist(values), spec, width="stretch", alt=alt)


def _strip(x: Mapping[str, Any], y: Mapping[str, Any], now: datetime, *, narrow: bool) -> list[dict[str, Any]]:
    """The layers of `clocks`: the wait, the bar, now, the name and where it stands."""
    colours, kinds = _palette(), ["late", "soon", "running", "opens", "possible", "paused", "done"]
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 1.5, "color": colours["opens"]},
            "encoding": {"x": {"field": "waits", **x}, "x2": {"field": "start"}, "y": y},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 5, "strokeCap": "round"},
            "encoding": {
                "x": {"field": "start", **x},
                "x2": {"field": "end"},
                "y": y,
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "scale": {"domain": kinds, "range": [colours[kind] for kind in kinds]},
                    "legend": None,
                },
            },
        },
        {
            "data": {"values": [{"now": now.isoformat()}]},
            "mark": {"type": "rule", "strokeDash": [3, 3], "color": colours["gray"]},
            "encoding": {"x": {"field": "now", "type": "temporal"}},
        },
        *_on_ground(
            {"align": "left", "limit": 176 if narrow else 300},
            {"x": {"value": 2}, "y": y, "text": {"field": "name"}},
            {"value": colours["text"]},
        ),
        *_on_ground(
            {"align": "right"},
            {"x": {"value": "width"}, "y": y, "text": {"field": "said"}},
            {
                "condition": [
                    {"test": "datum.kind === 'late'", "value": colours["late"]},
                    {"test": "datum.kind === 'soon'", "value": colours["soon"]},
                ],
                "value": colours["gray"],
            },
        ),
    ]


def _on_ground(mark: Mapping[str, Any], encoding: Mapping[str, Any], colour: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Words above a bar, with the ground around them, so that the line of now does not strike them through."""
    ground = _palette()["ground"]
    words = {"type": "text", "dy": -11, "fontSize": 12, **mark}
    return [
        {"mark": {**words, "color": ground, "stroke": ground, "strokeWidth": 5}, "encoding": encoding},
        {"mark": words, "encoding": {**encoding, "color": colour}},
    ]


def waterfall(falls: Sequence[Fall], alt: str) -> None:
    """Losses down to the gross, recoveries back up to the net: figures at the right edge."""
    colours = _palette()
    values = [
        {"row": index, "name": fall.name, "low": fall.low, "high": fall.high, "said": fall.said, "kind": fall.kind}
        for index, fall in enumerate(falls)
    ]
    y = {
        "field": "row",
        "type": "ordinal",
        "axis": None,
        "scale": {"paddingInner": 0.45, "paddingOuter": 0.2},
    }
    most = max((fall.high for fall in falls), default=1.0) or 1.0
    spec: dict[str, Any] = {
        "height": 26 * len(falls),
        "padding": {"left": 2, "right": 2, "top": 0, "bottom": 0},
        "view": {"stroke": None},
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 2},
                "encoding": {
                    # A third of the width on the left is for the names, a fifth on the right for the figures.
                    "x": {
                        "field": "low",
                        "type": "quantitative",
                        "axis": None,
                        "scale": {"domain": [-0.6 * most, 1.5 * most], "nice": False, "zero": False},
                    },
                    "x2": {"field": "high"},
                    "y": y,
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {"domain": ["loss", "recovery", "total"], "range": [LOSS, RECOVERY, colours["done"]]},
                        "legend": None,
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "fontSize": 12, "color": colours["gray"], "limit": 110},
                "encoding": {"x": {"value": 2}, "y": y, "text": {"field": "name"}},
            },
            {
                "mark": {"type": "text", "align": "right", "fontSize": 12, "color": colours["text"]},
                "encoding": {"x": {"value": "width"}, "y": y, "text": {"field": "said"}},
            },
        ],
    }
    st.vega_lite_chart(pa.Table.from_pylist(values), spec, width="stretch", alt=alt)
