"""The answer as a chart: bars, lines or a heat map, in Vega. A mark that is chosen says which figure it is.

Colour never stands alone: what it means is in the legend, and every figure is in the table below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from core.desk import report_words
from core.foundation.language import _
from core.insight.explore import ALL, MONEY, SHARES, SUMS, TIMES, Answer, Dimension, Figure, Key, Measure
from pages.parts.insights_table import Place
from pages.parts.insights_words import between, value
from pages.parts.who import on_phone

MOST_COLOURS = 4
MOST_BARS = 24
ROW = 26
_SCALE = {Measure.RATE: 1000.0, Measure.SUCCESS: 100.0}
_PAINT = {False: ["#0072B2", "#D55E00", "#009E73", "#AA4499"], True: ["#2C8FCF", "#EE8A45", "#2FB58A", "#D07CC0"]}
_STEPS = ["#EAF2FA", "#CFE1F2", "#B0CEE8", "#8DB8DC", "#69A1CF", "#4889C0", "#2C71AE", "#195A97", "#0E447B", "#08305C"]
INK = {False: (0.58, "#FFFFFF", "#000000"), True: (0.42, "#000000", "#FFFFFF")}
"""Of a heat map, light and dark: the share of the greatest value from which on its figures stand in the other ink. Only full black
and full white read at 4.5:1 on every colour of the scale."""


def bars(answer: Answer, key: str) -> Place | None:
    """Bars: months upright, anything else lying; a second dimension in colours, stacked where its parts add up."""
    along, colours, turned = _laid_out(answer)
    if along in TIMES:
        return _upright(answer, key, colours, turned, "bar")
    return _lying(answer, key, colours)


def lines(answer: Answer, key: str) -> Place | None:
    """Lines over months or weeks; a second dimension in colours."""
    _along, colours, turned = _laid_out(answer)
    return _upright(answer, key, colours, turned, "line")


def has_course(answer: Answer) -> bool:
    """Whether there are months or weeks for a line to run along."""
    return any(one in TIMES for one in answer.question.dimensions)


def left_out(answer: Answer, look: str) -> int:
    """Parts that get no colour or no bar of their own in the chart; the table has them."""
    along, colours, turned = _laid_out(answer)
    every = answer.rows if turned else answer.columns
    missing = max(len(every) - len(colours), 0) if answer.question.columns else 0
    return missing + (max(len(answer.rows) - MOST_BARS, 0) if along not in TIMES and look == "bars" else 0)


def _laid_out(answer: Answer) -> tuple[Dimension, tuple[Key, ...], bool]:
    """What runs along the chart, the parts in colours, and whether these are the rows of the answer."""
    question = answer.question
    if question.columns is None:
        return question.rows, (), False
    turned = question.columns in TIMES and question.rows not in TIMES
    parts = answer.rows if turned else answer.columns
    heavy = sorted(parts, key=lambda one: -_weight(answer, one.code, turned))[:MOST_COLOURS]
    # In the answer's own order, so that a colour keeps its part while figures change.
    return (question.columns if turned else question.rows), tuple(one for one in parts if one in heavy), turned


def _weight(answer: Answer, code: str, of_rows: bool) -> float:
    figure = answer.at(code) if of_rows else answer.at(ALL, code)
    return abs(float(figure.value or 0)) if answer.question.measure in SUMS else figure.n


def _marks(answer: Answer, places: Sequence[tuple[Key, Key, Place]]) -> list[dict[str, Any]]:
    """A mark for each figure that says something: `along` and `part` are its names."""
    found = []
    for along, part, (row, column) in places:
        figure = answer.at(row, column)
        if figure.value is not None:
            found.append(
                {"along": along.name, "part": part.name, "row": row, "column": column, **_drawn(answer, figure)}
            )
    return found


def _drawn(answer: Answer, figure: Figure) -> dict[str, Any]:
    question = answer.question
    scale = _SCALE.get(question.measure, 1.0)
    ends = figure.interval
    return {
        "value": float(figure.value or 0) * scale,
        "low": ends.low * scale if ends else None,
        "high": ends.high * scale if ends else None,
        "said": value(figure, question, answer.currency),
        "between": between(figure, question.measure),
        "n": figure.n,
        "cases": figure.cases,
    }


def _places(answer: Answer, colours: Sequence[Key], turned: bool) -> list[tuple[Key, Key, Place]]:
    along = answer.columns if turned else answer.rows
    if not colours:
        return [(one, Key(ALL, _("All")), (one.code, ALL)) for one in along]
    return [
        (one, part, (part.code, one.code) if turned else (one.code, part.code)) for one in along for part in colours
    ]


def _upright(answer: Answer, key: str, colours: Sequence[Key], turned: bool, mark: str) -> Place | None:
    marks = _marks(answer, _places(answer, colours, turned))
    names = [one.name for one in (answer.columns if turned else answer.rows)]
    axis = _axis("", grid=False, labelAngle=0, labelOverlap="greedy")
    x = {"field": "along", "type": "ordinal", "sort": names, "scale": {"domain": names}, "axis": axis}
    y = {"field": "value", "type": "quantitative", "axis": _axis(_unit(answer), tickCount=5)}
    paint = _paint(colours)
    layers: list[dict[str, Any]] = []
    if mark == "line":
        if not colours and answer.question.measure in SHARES:
            layers.append(_band(x, y))
        layers.append({"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": paint}})
        layers.append(
            {
                "name": "marks",
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": paint, "tooltip": _tooltip(answer, colours)},
            }
        )
    else:
        stacked = answer.question.measure in SUMS
        encoding = {"x": x, "y": {**y, "stack": "zero" if stacked else None}, "color": paint}
        if colours and not stacked:
            encoding["xOffset"] = {"field": "part", "sort": [one.name for one in colours]}
        bar = {"type": "bar", "cornerRadius": 2}
        layers.append({"name": "marks", "mark": bar, "encoding": {**encoding, "tooltip": _tooltip(answer, colours)}})
        if not colours and answer.question.measure in SHARES:
            layers.append(_whisker({"x": x}, "y", y))
    return _draw(answer, marks, layers, key, 320)


def _lying(answer: Answer, key: str, colours: Sequence[Key]) -> Place | None:
    places = [one for one in _places(answer, colours, False) if one[0] in answer.rows[:MOST_BARS]]
    marks = _marks(answer, places)
    names = [one.name for one in answer.rows[:MOST_BARS]]
    y = {"field": "along", "type": "nominal", "sort": names, "axis": _axis("", grid=False, labelLimit=190)}
    x = {"field": "value", "type": "quantitative", "axis": _axis(_unit(answer), tickCount=5)}
    stacked, share = answer.question.measure in SUMS, answer.question.measure in SHARES
    encoding: dict[str, Any] = {"y": y, "x": {**x, "stack": "zero" if stacked else None}, "color": _paint(colours)}
    if colours and not stacked:
        encoding["yOffset"] = {"field": "part", "sort": [one.name for one in colours]}
    bar = {"type": "bar", "cornerRadius": 2}
    layers = [{"name": "marks", "mark": bar, "encoding": {**encoding, "tooltip": _tooltip(answer, colours)}}]
    if not colours and share:
        layers.append(_whisker({"y": y}, "x", x))
    elif not colours:
        text = {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": _colours()["text"]}
        layers.append({"mark": text, "encoding": {"y": y, "x": x, "text": {"field": "said"}}})
    rows = len({one["along"] for one in marks})
    tall = ROW * max(rows, 3) * (1 if stacked or not colours else max(len(colours) * 0.6, 1)) + (90 if colours else 60)
    return _draw(answer, marks, layers, key, int(max(tall, 220)))


def heat(answer: Answer, key: str, phone: bool) -> Place | None:
    """Two dimensions as a field of colours, the further from the ground the more; where nothing can be said, nothing is drawn."""
    places = [(row, column, (row.code, column.code)) for row in answer.rows for column in answer.columns]
    # Where nothing was lost the ground shows: a field of zeros would drown the rest.
    marks = [one for one in _marks(answer, places) if one["value"] or answer.question.measure not in SUMS]
    rows, columns = [one.name for one in answer.rows], [one.name for one in answer.columns]
    many = max(len(columns), 1)
    y = {
        "field": "along",
        "type": "nominal",
        "sort": rows,
        "axis": _axis("", grid=False, labelLimit=110 if phone else 190),
    }
    x = {
        "field": "part",
        "type": "nominal",
        "sort": columns,
        "axis": _axis("", grid=False, orient="top", labelAngle=-40 if many > 8 or phone else 0, labelLimit=90),
    }
    top, dark = max((one["value"] for one in marks), default=1) or 1, st.context.theme.type == "dark"
    fill = {
        "field": "value",
        "type": "quantitative",
        "scale": {"range": list(reversed(_STEPS[1:])) if dark else _STEPS[1:], "domain": [0, top]},
        "legend": None,
    }
    layers: list[dict[str, Any]] = [
        {
            "name": "marks",
            "mark": {"type": "rect", "stroke": _colours()["ground"], "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": fill, "tooltip": _tooltip(answer, answer.columns)},
        }
    ]
    if many <= (4 if phone else 13):
        step, strong, faint = INK[dark]
        ink = {"condition": {"test": f"datum.value > {top * step}", "value": strong}, "value": faint}
        layers.append(
            {
                "mark": {"type": "text", "fontSize": 12},
                "encoding": {"x": x, "y": y, "text": {"field": "said"}, "color": ink},
            }
        )
    return _draw(answer, marks, layers, key, ROW * max(len({one["along"] for one in marks}), 3) + 90)


def _band(x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    return {
        "mark": {"type": "area", "color": _colours()["band"], "opacity": 0.45},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }


def _whisker(other: dict[str, Any], name: str, axis: dict[str, Any]) -> dict[str, Any]:
    """The interval of a share over its bar."""
    return {
        "mark": {"type": "rule", "strokeWidth": 2, "color": _colours()["text"], "opacity": 0.65},
        "encoding": {**other, name: {**axis, "field": "low"}, f"{name}2": {"field": "high"}},
    }


def _paint(colours: Sequence[Key]) -> dict[str, Any]:
    paint = _PAINT[st.context.theme.type == "dark"]
    if not colours:
        return {"value": paint[0]}
    names = [one.name for one in colours]
    legend = {"title": None, "orient": "top", "labelColor": _colours()["gray"], "labelLimit": 170}
    legend["columns"] = 2 if on_phone() else 4
    scale = {"domain": names, "range": paint[: len(names)]}
    return {"field": "part", "type": "nominal", "scale": scale, "sort": names, "legend": legend}


def _unit(answer: Answer) -> str:
    if answer.question.measure is Measure.DAYS:
        return _("Days from filing to money")
    return report_words.unit(answer.question.measure, answer.currency)


def _tooltip(answer: Answer, colours: Sequence[Key]) -> list[dict[str, Any]]:
    measure = answer.question.measure
    found = [{"field": "along", "title": _("Part")}]
    if colours:
        found.append({"field": "part", "title": _("of")})
    found.append({"field": "said", "title": report_words.unit(measure, answer.currency)})
    if measure in SHARES:
        found.append({"field": "between", "title": _("95 % interval")})
    if measure not in SUMS or measure in MONEY:
        found.append({"field": "n", "title": report_words.stands_on(measure), "format": ","})
    return found


def _colours() -> dict[str, str]:
    dark = st.context.theme.type == "dark"
    return {
        "text": "#E8EBF0" if dark else "#0E1420",
        "gray": "#A9B1BE" if dark else "#525A68",
        "grid": "#2C323C" if dark else "#E8EAEF",
        "band": "#3D4A5C" if dark else "#C3CAD6",
        "ground": "#101318" if dark else "#FFFFFF",
    }


def _axis(title: str, **more: Any) -> dict[str, Any]:
    colours = _colours()
    return {
        "title": title,
        "titleColor": colours["gray"],
        "titleFontWeight": "normal",
        "labelColor": colours["gray"],
        "gridColor": colours["grid"],
        "domain": False,
        "ticks": False,
        # Streamlit's own setting moves the first and the last label off their row.
        "labelFlush": False,
        **more,
    }


def _draw(
    answer: Answer, marks: list[dict[str, Any]], layers: list[dict[str, Any]], key: str, height: int
) -> Place | None:
    """Draw the layers; the place of the mark that was chosen."""
    if not marks:
        st.info(
            _("Too little stands behind these figures to draw them. The table says how much."), icon=":material/info:"
        )
        return None
    pick = {"name": "pick", "select": {"type": "point", "fields": ["row", "column"]}, "views": ["marks"]}
    spec = {
        "height": height,
        "padding": {"left": 2, "right": 24, "top": 2, "bottom": 2},
        "view": {"stroke": None},
        "params": [pick],
        "layer": layers,
    }
    title = report_words.title(answer.question)
    chosen: Any = st.vega_lite_chart(
        pa.Table.from_pylist(marks),
        spec,
        width="stretch",
        alt=title,
        key=key,
        on_select="rerun",
        selection_mode=["pick"],
    )
    found = chosen.selection.get("pick") or []
    return (found[0].get("row", ALL), found[0].get("column", ALL)) if found else None
