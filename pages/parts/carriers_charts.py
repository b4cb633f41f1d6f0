"""The charts of the comparison, as Vega specifications: funnel, intervals, months, stages, money.

Shape and colour say the same, so that neither is needed; text takes its colour from the viewer's theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import pyarrow as pa
import streamlit as st

from core.foundation.language import _
from core.insight.comparison import VERDICT_LABELS, Month, Verdict
from core.insight.control import THREE_SIGMA, TWO_SIGMA, funnel_limits, p_chart
from core.insight.shrinkage import Group
from pages.parts.carriers_words import Line

_SHAPE = {
    Verdict.WORSE: "triangle-up",
    Verdict.NO_DIFFERENCE: "circle",
    Verdict.BETTER: "triangle-down",
    Verdict.TOO_FEW: "cross",
}
_STEPS = 48
ROW = 26


def _colours() -> dict[str, str]:
    dark = st.context.theme.type == "dark"
    return {
        "text": "#E8EBF0" if dark else "#0E1420",
        "gray": "#A9B1BE" if dark else "#525A68",
        "grid": "#2C323C" if dark else "#E8EAEF",
        "band": "#3D4A5C" if dark else "#C3CAD6",
        "mark": "#9AA3B1" if dark else "#6B7688",
        "worse": "#EE8A45" if dark else "#D55E00",
        "better": "#2C8FCF" if dark else "#0072B2",
    }


def _verdict_scales() -> dict[str, Any]:
    colours = _colours()
    paint = {
        Verdict.WORSE: colours["worse"],
        Verdict.NO_DIFFERENCE: colours["mark"],
        Verdict.BETTER: colours["better"],
        Verdict.TOO_FEW: colours["mark"],
    }
    words = [_(VERDICT_LABELS[one]) for one in Verdict]
    legend = {"title": None, "orient": "top", "labelColor": colours["gray"], "symbolSize": 70}
    return {
        "color": {
            "field": "verdict",
            "type": "nominal",
            "scale": {"domain": words, "range": [paint[one] for one in Verdict]},
            "legend": legend,
        },
        "shape": {
            "field": "verdict",
            "type": "nominal",
            "scale": {"domain": words, "range": [_SHAPE[one] for one in Verdict]},
            "legend": legend,
        },
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
        **more,
    }


def _draw(values: list[dict[str, Any]], spec: dict[str, Any], alt: str, height: int) -> None:
    whole = {
        "height": height,
        "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
        "view": {"stroke": None},
        **spec,
    }
    st.vega_lite_chart(pa.Table.from_pylist(values), whole, width="stretch", alt=alt)


def _mark(line: Line) -> dict[str, Any]:
    one = line.compared
    return {
        "name": line.name,
        "n": one.n,
        "events": one.events,
        "rate": (one.rate or 0) * 1000,
        "low": one.interval.low * 1000 if one.interval else None,
        "high": one.interval.high * 1000 if one.interval else None,
        "verdict": _(VERDICT_LABELS[one.verdict]),
        "said": line.name if one.verdict in (Verdict.WORSE, Verdict.BETTER) else "",
    }


def _tooltip() -> list[dict[str, Any]]:
    return [
        {"field": "name", "title": _("Channel")},
        {"field": "n", "title": _("Parcels"), "format": ","},
        {"field": "events", "title": _("Harmed"), "format": ","},
        {"field": "rate", "title": _("Per 1,000"), "format": ".2f"},
        {"field": "low", "title": _("Low end"), "format": ".2f"},
        {"field": "high", "title": _("High end"), "format": ".2f"},
        {"field": "verdict", "title": _("Verdict")},
    ]


def _bands(mean: float, least: int, most: int) -> list[dict[str, float]]:
    """The limits of both levels at steps that are even on the logarithm of the number of parcels."""
    low, high = log10(max(least * 0.8, 10)), log10(max(most * 1.3, 100))
    found = []
    for step in range(_STEPS + 1):
        n = round(10 ** (low + (high - low) * step / _STEPS))
        two, three = funnel_limits(mean, n, TWO_SIGMA), funnel_limits(mean, n, THREE_SIGMA)
        found.append(
            {
                "n": n,
                "low2": two.low * 1000,
                "high2": two.high * 1000,
                "low3": three.low * 1000,
                "high3": three.high * 1000,
            }
        )
    return found


def funnel(lines: Sequence[Line], mean: float, alt: str) -> None:
    """Rate over parcels, in the bands that luck alone fills: two standard deviations, and three."""
    told = [line for line in lines if line.compared.n]
    colours, bands = _colours(), _bands(mean, min(x.compared.n for x in told), max(x.compared.n for x in told))
    top = max(max((x.compared.rate or 0) * 1000 for x in told) * 1.2, mean * 2500)
    x = {
        "field": "n",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [bands[0]["n"], bands[-1]["n"]], "nice": False},
        "axis": _axis(_("Parcels (log scale)"), grid=False, tickCount=5, labelOverlap=True),
    }
    y = {"type": "quantitative", "scale": {"domain": [0, top], "clamp": True}, "axis": _axis(_("Per 1,000 parcels"))}

    def area(level: int, opacity: float) -> dict[str, Any]:
        return {
            "data": {"values": bands},
            "mark": {"type": "area", "color": colours["band"], "opacity": opacity, "clip": True},
            "encoding": {"x": x, "y": {"field": f"low{level}", **y}, "y2": {"field": f"high{level}"}},
        }

    _draw(
        [_mark(line) for line in told],
        {
            "layer": [
                area(3, 0.35),
                area(2, 0.55),
                {
                    "data": {"values": [{"mean": mean * 1000}]},
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": colours["gray"]},
                    "encoding": {"y": {"field": "mean", **y}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
                    "encoding": {"x": x, "y": {"field": "rate", **y}, **_verdict_scales(), "tooltip": _tooltip()},
                },
                {
                    "mark": {"type": "text", "align": "right", "dx": -9, "fontSize": 12, "color": colours["text"]},
                    "encoding": {"x": x, "y": {"field": "rate", **y}, "text": {"field": "said"}},
                },
            ]
        },
        alt,
        300,
    )


def forest(lines: Sequence[Line], mean: float, alt: str) -> None:
    """Each rate as a mark on its interval, the mean of all as a dashed line."""
    told = [_mark(line) for line in lines if line.compared.interval is not None]
    colours, scales = _colours(), _verdict_scales()
    for one in scales.values():
        one["legend"] = None
    # One channel of a handful of parcels would push all others into a corner: its bar runs out of the picture.
    sure = [one["high"] for line, one in zip(lines, told, strict=False) if line.compared.verdict is not Verdict.TOO_FEW]
    top = max([*sure, mean * 3000, max(one["rate"] for one in told) * 1.05])
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "axis": _axis("", grid=False, labelLimit=170, labelPadding=6),
    }
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, top], "clamp": True, "nice": False},
        "axis": _axis(_("Per 1,000 parcels, with the 95 % interval"), tickCount=6),
    }
    _draw(
        told,
        {
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 2.5, "clip": True},
                    "encoding": {
                        "y": y,
                        "x": {"field": "low", **x},
                        "x2": {"field": "high"},
                        "color": scales["color"],
                        "tooltip": _tooltip(),
                    },
                },
                {
                    "data": {"values": [{"mean": mean * 1000}]},
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": colours["gray"]},
                    "encoding": {"x": {"field": "mean", **x}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
                    "encoding": {"y": y, "x": {"field": "rate", **x}, **scales, "tooltip": _tooltip()},
                },
            ]
        },
        alt,
        max(ROW * len(told) + 50, 300),
    )


def course(found: Sequence[Month], alt: str) -> None:
    """The share of each month with its limits; months outside them, or that end a run on one side, are marked."""
    told = [one for one in found if one.n]
    chart = p_chart([Group(one.events, one.n) for one in told])
    if chart is None:
        return
    colours = _colours()
    values = [
        {
            "month": month.first.isoformat(),
            "rate": point.share * 1000,
            "low": point.limits.low * 1000,
            "high": point.limits.high * 1000,
            "n": month.n,
            "events": month.events,
            "signal": _("Signal") if point.signal else _("Within luck"),
        }
        for month, point in zip(told, chart.points, strict=True)
    ]
    axis = {**_axis("", grid=False), "format": "%m/%y", "labelOverlap": True, "labelAngle": 0}
    x = {"field": "month", "type": "ordinal", "timeUnit": "yearmonth", "axis": axis}
    y = {"type": "quantitative", "axis": _axis(_("Per 1,000 parcels"))}
    _draw(
        values,
        {
            "layer": [
                {
                    "mark": {"type": "area", "interpolate": "step", "color": colours["band"], "opacity": 0.45},
                    "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
                },
                {
                    "data": {"values": [{"mean": chart.mean * 1000}]},
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": colours["gray"]},
                    "encoding": {"y": {"field": "mean", **y}},
                },
                {
                    "mark": {"type": "line", "color": colours["mark"], "strokeWidth": 1.5},
                    "encoding": {"x": x, "y": {"field": "rate", **y}},
                },
                _months(x, y),
            ]
        },
        alt,
        260,
    )


def _months(x: Mapping[str, Any], y: Mapping[str, Any]) -> dict[str, Any]:
    """The layer of points of `course`: a month each, marked by colour and shape where it is a signal."""
    colours, marks = _colours(), [_("Within luck"), _("Signal")]
    return {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {
            "x": x,
            "y": {"field": "rate", **y},
            "color": {
                "field": "signal",
                "type": "nominal",
                "scale": {"domain": marks, "range": [colours["mark"], colours["worse"]]},
                "legend": {"title": None, "orient": "top", "labelColor": colours["gray"]},
            },
            "shape": {
                "field": "signal",
                "type": "nominal",
                "scale": {"domain": marks, "range": ["circle", "triangle-up"]},
                "legend": {"title": None, "orient": "top", "labelColor": colours["gray"]},
            },
            "tooltip": [
                {"field": "month", "type": "temporal", "timeUnit": "yearmonth", "title": _("Month")},
                {"field": "n", "title": _("Parcels"), "format": ","},
                {"field": "events", "title": _("Harmed"), "format": ","},
                {"field": "rate", "title": _("Per 1,000"), "format": ".2f"},
            ],
        },
    }


def pareto(names: Sequence[str], counts: Sequence[int], alt: str) -> None:
    """Cases by stage, the most first, with the running share of all."""
    colours, total, running = _colours(), sum(counts) or 1, 0
    values = []
    for name, cases in zip(names, counts, strict=True):
        running += cases
        values.append({"name": name, "cases": cases, "said": f"{cases:,} · {running * 100 / total:.0f} %"})
    y = {"field": "name", "type": "nominal", "sort": None, "axis": _axis("", grid=False, labelLimit=150)}
    x = {"field": "cases", "type": "quantitative", "scale": {"domain": [0, max(counts) * 1.25]}}
    axis = _axis(_("Cases, and the running share of all"), tickCount=4)
    _draw(
        values,
        {
            "layer": [
                {
                    "mark": {"type": "bar", "color": colours["better"], "cornerRadius": 2, "height": {"band": 0.6}},
                    "encoding": {"y": y, "x": {**x, "axis": axis}},
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": colours["text"]},
                    "encoding": {"y": y, "x": {**x, "axis": axis}, "text": {"field": "said"}},
                },
            ]
        },
        alt,
        max(ROW * len(values) + 50, 260),
    )


def costs(names: Sequence[str], gross: Sequence[float], net: Sequence[float], title: str, alt: str) -> None:
    """Gross loss per hundred parcels as a pale bar, what is left after recoveries as a slim one on it."""
    colours = _colours()
    words = [_("Gross loss"), _("Net of recoveries")]
    values = [
        {"name": name, "kind": word, "cost": cost}
        for word, row in zip(words, (gross, net), strict=True)
        for name, cost in zip(names, row, strict=True)
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "axis": _axis("", grid=False, labelLimit=170)}
    paint = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": words, "range": [colours["band"], colours["better"]]},
        "legend": {"title": None, "orient": "top", "labelColor": colours["gray"]},
    }
    tooltip = [{"field": "name", "title": _("Channel")}, {"field": "kind"}, {"field": "cost", "format": ",.2f"}]

    def bars(word: str, height: float) -> dict[str, Any]:
        return {
            "transform": [{"filter": {"field": "kind", "equal": word}}],
            "mark": {"type": "bar", "cornerRadius": 2, "height": {"band": height}},
            "encoding": {
                "y": y,
                "x": {"field": "cost", "type": "quantitative", "axis": _axis(title, tickCount=6)},
                "color": paint,
                "tooltip": tooltip,
            },
        }

    _draw(values, {"layer": [bars(words[0], 0.62), bars(words[1], 0.3)]}, alt, max(ROW * len(names) + 80, 260))
