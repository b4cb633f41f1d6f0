"""A calendar's year as a picture: twelve months, each day coloured by what it is."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import streamlit as st
from babel.dates import get_month_names

from core.foundation.formats import day, locale, pair
from core.foundation.language import N_, _
from core.team.calendars import DayOfYear, DayWord, Year

WORDS: dict[DayWord, str] = {
    DayWord.HOLIDAY: N_("holiday"),
    DayWord.MADE_UP: N_("worked in exchange"),
    DayWord.ADDED: N_("added by the team"),
    DayWord.STRUCK: N_("holiday, worked here"),
    DayWord.WORKDAY: N_("worked in exchange, by the team"),
}
# White figures stand on these with more than 4.5:1.
_OFF, _ON, _ADDED = "#0072B2", "#007A58", "#AA4499"
_GROUNDS = {
    DayWord.HOLIDAY: _OFF,
    DayWord.ADDED: _ADDED,
    DayWord.MADE_UP: _ON,
    DayWord.STRUCK: _ON,
    DayWord.WORKDAY: _ON,
}
_CELL = 19


def year_chart(year: Year, *, phone: bool) -> None:
    """Draw the year. Who cannot see it reads the list below it; `alt` says the count."""
    wide = 2 if phone else 4
    rows = _cells(year, wide)
    dark = st.context.theme.type == "dark"
    text, gray, weekend = ("#E8EBF0", "#A9B1BE", "#232932") if dark else ("#0E1420", "#525A68", "#EEF0F3")
    kinds = ["plain", "weekend", *(one.value for one in _GROUNDS)]
    colours = ["transparent", weekend, *_GROUNDS.values()]
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [-0.6, wide * 8 - 1.4], "nice": False}}
    tall = (12 // wide) * 8
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [-0.6, tall - 0.6], "reverse": True, "nice": False},
    }
    shade = {"field": "kind", "type": "nominal", "scale": {"domain": kinds, "range": colours}, "legend": None}
    spec: dict[str, Any] = {
        "height": tall * _CELL,
        "padding": {"left": 2, "right": 2, "top": 0, "bottom": 0},
        "view": {"stroke": None},
        "layer": [
            {
                "transform": [{"filter": "datum.kind !== 'month' && datum.kind !== 'plain'"}],
                "mark": {"type": "square", "size": 330, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": shade, "tooltip": {"field": "told", "type": "nominal"}},
            },
            {
                "transform": [{"filter": "datum.kind !== 'month'"}],
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "said"},
                    "tooltip": {"field": "told", "type": "nominal"},
                    "color": {
                        "condition": [
                            {"test": "datum.kind === 'weekend'", "value": gray},
                            {"test": "datum.kind === 'plain'", "value": text},
                        ],
                        "value": "#FFFFFF",
                    },
                },
            },
            {
                "transform": [{"filter": "datum.kind === 'month'"}],
                "mark": {"type": "text", "align": "left", "dx": -6, "fontSize": 12, "fontWeight": 600, "color": text},
                "encoding": {"x": x, "y": y, "text": {"field": "said"}},
            },
        ],
    }
    off = sum(one.off for one in year.days)
    alt = _(
        "{calendar} {year}: {n} days off beside weekends. They are listed below.",
        calendar=year.code,
        year=year.year,
        n=off,
    )
    st.vega_lite_chart(pa.Table.from_pylist(rows), spec, width="stretch", alt=alt)


def _cells(year: Year, wide: int) -> list[dict[str, Any]]:
    """Every day with its place: months beside each other, weeks from Monday."""
    special = {one.day: one for one in year.days}
    names = get_month_names("wide", context="stand-alone", locale=locale())
    cells: list[dict[str, Any]] = []
    for month in range(1, 13):
        left, top = (month - 1) % wide * 8, (month - 1) // wide * 8
        cells.append({"x": left, "y": top, "kind": "month", "said": names[month], "told": ""})
        first = date(year.year, month, 1)
        for n in range(monthrange(year.year, month)[1]):
            one = first + timedelta(days=n)
            place = first.weekday() + n
            cells.append(
                {
                    "x": left + place % 7,
                    "y": top + 1 + place // 7,
                    "kind": _kind(one, year, special),
                    "said": str(one.day),
                    "told": told(special[one]) if one in special else day(one, year=True),
                }
            )
    return cells


def _kind(one: date, year: Year, special: dict[date, DayOfYear]) -> str:
    if one in special:
        return special[one].word.value
    return "weekend" if one.weekday() in year.weekend else "plain"


def told(one: DayOfYear) -> str:
    """A day in words: its date, what it is, its name. Not escaped."""
    said = pair(day(one.day, year=True), _(WORDS[one.word]))
    return f"{said} ({one.name})" if one.name else said
