"""The charts of the comparison: funnel, intervals, months, stages, money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from math import log10
from typing import Any

from core.foundation.language import _
from core.insight.comparison import VERDICT_LABELS, Month, Verdict
from core.insight.control import THREE_SIGMA, TWO_SIGMA, funnel_limits
from core.insight.control import Chart as Control
from pages.parts.carriers_words import Line
from pages.parts.charts import Chart, Palette, Spec, axis, legend
from pages.parts.who import on_phone

_SHAPE = {
    Verdict.WORSE: "triangle-up",
    Verdict.NO_DIFFERENCE: "circle",
    Verdict.BETTER: "triangle-down",
    Verdict.TOO_FEW: "cross",
}
_STEPS = 48
ROW = 26
NAME = 170
"""Points for a channel's name beside its bar."""


def _verdict_scales(paint: Palette) -> Spec:
    colours = {
        Verdict.WORSE: paint.worse,
        Verdict.NO_DIFFERENCE: paint.mark,
        Verdict.BETTER: paint.better,
        Verdict.TOO_FEW: paint.mark,
    }
    words = [_(VERDICT_LABELS[one]) for one in Verdict]
    told = {"field": "verdict", "type": "nominal", "legend": legend(paint)}
    return {
        "color": {**told, "scale": {"domain": words, "range": [colours[one] for one in Verdict]}},
        "shape": {**told, "scale": {"domain": words, "range": [_SHAPE[one] for one in Verdict]}},
    }


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


def _columns() -> dict[str, str]:
    return {
        "name": _("Channel"),
        "n": _("Parcels"),
        "events": _("Harmed"),
        "rate": _("Per 1,000"),
        "low": _("Low end"),
        "high": _("High end"),
        "verdict": _("Verdict"),
    }


def _tooltip(columns: Mapping[str, str], counts: Sequence[str]) -> list[Spec]:
    """Everything the table says of a mark; `counts` are whole numbers, `name` and the like are words."""
    words = {"name", "verdict", "month", "signal"}
    return [
        {"field": field, "title": title, **({} if field in words else {"format": "," if field in counts else ",.2f"})}
        for field, title in columns.items()
    ]


def _dashed(paint: Palette, place: str, mean: float, encoding: Spec) -> Spec:
    """A dashed line at the mean of all."""
    return {
        "data": {"values": [{"mean": mean * 1000}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": paint.gray},
        "encoding": {place: {"field": "mean", **encoding}},
    }


def _bands(mean: float, least: int, most: int) -> list[dict[str, float]]:
    """The limits of both levels at steps that are even on the logarithm of the number of parcels."""
    low, high = log10(max(least * 0.8, 1)), log10(max(most * 1.3, 100))
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


def funnel(lines: Sequence[Line], mean: float, title: str, caption: str) -> Chart:
    """Rate over parcels, in the bands that luck alone fills: two standard deviations, and three."""
    told = [line for line in lines if line.compared.n]
    bands = _bands(mean, min(x.compared.n for x in told), max(x.compared.n for x in told))
    top = max(max((x.compared.rate or 0) * 1000 for x in told) * 1.2, mean * 2500)

    def draw(paint: Palette) -> Spec:
        x = {
            "field": "n",
            "type": "quantitative",
            "scale": {"type": "log", "domain": [bands[0]["n"], bands[-1]["n"]], "nice": False},
            "axis": axis(paint, _("Parcels (log scale)"), grid=False, tickCount=5, labelOverlap=True),
        }
        y = {
            "type": "quantitative",
            "scale": {"domain": [0, top], "clamp": True},
            "axis": axis(paint, _("Per 1,000 parcels")),
        }

        def area(level: int, opacity: float) -> Spec:
            return {
                "data": {"values": bands},
                "mark": {"type": "area", "color": paint.band, "opacity": opacity, "clip": True},
                "encoding": {"x": x, "y": {"field": f"low{level}", **y}, "y2": {"field": f"high{level}"}},
            }

        at = {"x": x, "y": {"field": "rate", **y}}
        said = {"type": "text", "align": "right", "dx": -9, "fontSize": 12, "color": paint.text}
        tooltip = _tooltip(_columns(), ("n", "events"))
        points = {"type": "point", "filled": True, "size": 75, "opacity": 1}
        return {
            "layer": [
                area(3, 0.35),
                area(2, 0.55),
                _dashed(paint, "y", mean, y),
                {"mark": points, "encoding": {**at, **_verdict_scales(paint), "tooltip": tooltip}},
                {"mark": said, "encoding": {**at, "text": {"field": "said"}}},
            ]
        }

    alt = _("Rate of each channel over its number of parcels")
    return Chart("carriers-funnel", title, caption, alt, 300, [_mark(line) for line in told], _columns(), draw)


def forest(lines: Sequence[Line], mean: float, title: str, caption: str) -> Chart:
    """Each rate as a mark on its interval, the mean of all as a dashed line."""
    known = [line for line in lines if line.compared.interval is not None]
    told = [_mark(line) for line in known]
    # One channel of a handful of parcels would push all others into a corner: its bar runs out of the picture.
    sure = [one["high"] for line, one in zip(known, told, strict=True) if line.compared.verdict is not Verdict.TOO_FEW]
    top = max([*sure, mean * 3000, max(one["rate"] for one in told) * 1.05])

    def draw(paint: Palette) -> Spec:
        scales = {name: {**one, "legend": None} for name, one in _verdict_scales(paint).items()}
        beside = axis(paint, "", grid=False, labelLimit=NAME, labelPadding=6)
        y = {"field": "name", "type": "nominal", "sort": None, "axis": beside}
        x = {
            "type": "quantitative",
            "scale": {"domain": [0, top], "clamp": True, "nice": False},
            "axis": axis(paint, _("Per 1,000 parcels, with the 95 % interval"), tickCount=6, titleAnchor="end"),
        }
        tooltip = _tooltip(_columns(), ("n", "events"))
        ends = {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "color": scales["color"]}
        at = {"y": y, "x": {"field": "rate", **x}, **scales}
        return {
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 2.5, "clip": True}, "encoding": {**ends, "tooltip": tooltip}},
                _dashed(paint, "x", mean, x),
                {
                    "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
                    "encoding": {**at, "tooltip": tooltip},
                },
            ]
        }

    alt, height = _("Rate of each channel with its interval"), max(ROW * len(told) + 50, 300)
    return Chart("carriers-intervals", title, caption, alt, height, told, _columns(), draw)


def course(told: Sequence[Month], chart: Control, title: str, caption: str) -> Chart:
    """The share of each month with its limits; months outside them, or that end a run on one side, are marked."""
    rows = [
        {
            "month": month.first.isoformat(),
            "n": month.n,
            "events": month.events,
            "rate": point.share * 1000,
            "low": point.limits.low * 1000,
            "high": point.limits.high * 1000,
            "signal": _("Signal") if point.signal else _("Within luck"),
        }
        for month, point in zip(told, chart.points, strict=True)
    ]
    columns = {
        "month": _("Month"),
        "n": _("Parcels"),
        "events": _("Harmed"),
        "rate": _("Per 1,000"),
        "low": _("Lower limit"),
        "high": _("Upper limit"),
        "signal": _("Signal"),
    }

    def draw(paint: Palette) -> Spec:
        below = {**axis(paint, "", grid=False), "format": "%m/%y", "labelOverlap": True, "labelAngle": 0}
        x = {"field": "month", "type": "ordinal", "timeUnit": "yearmonth", "axis": below}
        y = {"type": "quantitative", "axis": axis(paint, _("Per 1,000 parcels"))}
        words = [_("Within luck"), _("Signal")]
        marked = {"field": "signal", "type": "nominal", "legend": legend(paint)}
        month = {"field": "month", "type": "temporal", "timeUnit": "yearmonth", "title": _("Month")}
        others = {field: name for field, name in columns.items() if field != "month"}
        points = {
            "x": x,
            "y": {"field": "rate", **y},
            "color": {**marked, "scale": {"domain": words, "range": [paint.mark, paint.worse]}},
            "shape": {**marked, "scale": {"domain": words, "range": ["circle", "triangle-up"]}},
            "tooltip": [month, *_tooltip(others, ("n", "events"))],
        }
        return {
            "layer": [
                {
                    "mark": {"type": "area", "interpolate": "step", "color": paint.band, "opacity": 0.45},
                    "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
                },
                _dashed(paint, "y", chart.mean, y),
                {
                    "mark": {"type": "line", "color": paint.mark, "strokeWidth": 1.5},
                    "encoding": {"x": x, "y": {"field": "rate", **y}},
                },
                {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": points},
            ]
        }

    return Chart("carriers-months", title, caption, _("Rate of each month with its limits"), 260, rows, columns, draw)


def pareto(
    names: Sequence[str], losses: Sequence[float], cases: Sequence[int], what: str, title: str, caption: str
) -> Chart:
    """Losses by stage, the most first, with the running share of all. `what` says what is lost: amounts, or cases."""
    total, running, rows = sum(losses) or 1, 0.0, []
    for name, loss, count in zip(names, losses, cases, strict=True):
        running += loss
        share = running * 100 / total
        rows.append({"name": name, "loss": loss, "n": count, "share": share, "said": f"{loss:,.0f} · {share:.0f} %"})
    columns = {"name": _("Stage"), "loss": what, "n": _("Cases"), "share": _("Running share, %")}

    def draw(paint: Palette) -> Spec:
        y = {"field": "name", "type": "nominal", "sort": None, "axis": axis(paint, "", grid=False, labelLimit=150)}
        x = {
            "field": "loss",
            "type": "quantitative",
            "scale": {"domain": [0, max([*losses, 1]) * 1.3]},
            "axis": axis(paint, _("{what}, and the running share of all", what=what), tickCount=4),
        }
        bar = {"type": "bar", "color": paint.better, "cornerRadius": 2, "height": {"band": 0.6}}
        said = {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": paint.text}
        tooltip = _tooltip(columns, ("n",))
        return {
            "layer": [
                {"mark": bar, "encoding": {"y": y, "x": x, "tooltip": tooltip}},
                {"mark": said, "encoding": {"y": y, "x": x, "text": {"field": "said"}}},
            ]
        }

    alt, height = _("Losses by stage, the most first"), max(ROW * len(rows) + 50, 260)
    return Chart("carriers-stages", title, caption, alt, height, rows, columns, draw)


def costs(lines: Sequence[Line], per_100: str, title: str, caption: str) -> Chart:
    """Gross loss per hundred parcels as a pale bar, what is left after recoveries as a slim one on it."""
    rows = [
        {
            "name": line.name,
            "n": money.parcels,
            "gross": float(money.gross * 100 / money.parcels),
            "net": float(money.net_per_100 or 0),
        }
        for line in lines
        if (money := line.money)
    ]
    columns = {"name": _("Channel"), "n": _("Parcels"), "gross": _("Gross loss"), "net": _("Net of recoveries")}
    words = [columns["gross"], columns["net"]]
    # Beside the names of channels a phone has room for one word of the legend.
    abreast = 1 if on_phone() else 2

    def draw(paint: Palette) -> Spec:
        y = {"field": "name", "type": "nominal", "sort": None, "axis": axis(paint, "", grid=False, labelLimit=NAME)}
        colours = {"domain": words, "range": [paint.band, paint.better]}

        def bars(field: str, height: float) -> Spec:
            return {
                "transform": [{"calculate": dumps(columns[field]), "as": "part"}],
                "mark": {"type": "bar", "cornerRadius": 2, "height": {"band": height}},
                "encoding": {
                    "y": y,
                    "x": {"field": field, "type": "quantitative", "axis": axis(paint, per_100, tickCount=6)},
                    "color": {"field": "part", "type": "nominal", "scale": colours, "legend": legend(paint, abreast)},
                    "tooltip": _tooltip(columns, ("n",)),
                },
            }

        return {"layer": [bars("gross", 0.62), bars("net", 0.3)]}

    alt, height = _("Gross and net loss of each channel per hundred parcels"), max(ROW * len(rows) + 80, 260)
    return Chart("carriers-costs", title, caption, alt, height, rows, columns, draw)
