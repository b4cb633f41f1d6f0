"""A chart with its finding as title, the numbers it is drawn from as a table, and all of it to take away: CSV, SVG, PNG.

A chart is written once, for a palette: on the screen that of the viewer's theme, in files the light one. Shape and colour say the
same, so that neither is needed; the colours are Okabe and Ito's, which all kinds of eyes tell apart.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Any, Literal

import pyarrow as pa
import streamlit as st
import vl_convert

from core.desk.export import harmless
from core.foundation import documents
from core.foundation.language import _, current, using
from pages.parts import tables
from pages.parts.formats import plain
from pages.parts.who import on_phone

Spec = dict[str, Any]

TABLE_WIDTH = 700
MOST_ROWS = 8
"""What of a chart's table is seen at once."""
FILE_WIDTH = 880
FILE_SCALE = 2
"""A PNG has twice the points, for slides."""
_LETTERS = 125
"""Letters of the caption in a line of a file."""


@dataclass(frozen=True)
class Palette:
    """The colours of a chart."""

    text: str
    gray: str
    grid: str
    band: str
    mark: str
    worse: str
    better: str


LIGHT = Palette("#0E1420", "#525A68", "#E8EAEF", "#C3CAD6", "#6B7688", "#D55E00", "#0072B2")
DARK = Palette("#E8EBF0", "#A9B1BE", "#2C323C", "#3D4A5C", "#9AA3B1", "#EE8A45", "#2C8FCF")


@dataclass(frozen=True)
class Chart:
    """One chart. `draw` gives the Vega-Lite specification without its data, `rows` are the data and `columns` say which fields
    of a row are told in the table and the CSV, under which heading.

    `name` is the files' name, `alt` what the chart is to those who do not see it, `height` that of the drawing in points.
    """

    name: str
    title: str
    caption: str
    alt: str
    height: int
    rows: Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]
    draw: Callable[[Palette], Spec]


def axis(paint: Palette, title: str, **more: Any) -> Spec:
    """An axis that keeps in the background."""
    return {
        "title": title or None,
        "titleColor": paint.gray,
        "titleFontWeight": "normal",
        "labelColor": paint.gray,
        "gridColor": paint.grid,
        "domain": False,
        "ticks": False,
        # Streamlit's own setting moves the first and the last label off their row.
        "labelFlush": False,
        **more,
    }


def legend(paint: Palette, columns: int = 2) -> Spec:
    """A legend above the chart, narrow enough for a phone."""
    return {"title": None, "orient": "top", "columns": columns, "labelColor": paint.gray, "symbolSize": 70}


def card(chart: Chart) -> None:
    """The chart in its frame, with its numbers and files behind one button."""
    with st.container(border=True):
        st.header(plain(chart.title), anchor=False)
        st.caption(chart.caption)
        spec = {
            "height": chart.height,
            "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
            "view": {"stroke": None},
            **chart.draw(DARK if st.context.theme.type == "dark" else LIGHT),
        }
        st.vega_lite_chart(pa.Table.from_pylist(list(chart.rows)), spec, width="stretch", alt=chart.alt)
        place = st.popover(
            _("Numbers and files"), icon=":material/table_chart:", key=f"chart-{chart.name}", on_change="rerun"
        )
        if place.open:
            with place:
                _take_away(chart)


def _take_away(chart: Chart) -> None:
    columns = {heading: [row.get(field) for row in chart.rows] for field, heading in chart.columns.items()}
    broken = [heading for heading, cells in columns.items() if any(isinstance(cell, float) for cell in cells)]
    config = {heading: st.column_config.NumberColumn(format="%.2f") for heading in broken}
    files: dict[str, tuple[str, Callable[[], bytes]]] = {
        "csv": ("text/csv", in_language(lambda: as_csv(chart))),
        "svg": ("image/svg+xml", in_language(lambda: as_svg(chart))),
        "png": ("image/png", in_language(lambda: as_png(chart))),
    }
    with st.container(width="stretch" if on_phone() else TABLE_WIDTH):
        with st.container(horizontal=True, gap="small"):
            for ending, (kind, made) in files.items():
                st.download_button(
                    ending.upper(),
                    data=made,
                    file_name=f"{chart.name}.{ending}",
                    mime=kind,
                    icon=":material/download:",
                    # A run for each would replace the files while the next one is being asked for.
                    on_click="ignore",
                    key=f"chart-{chart.name}-{ending}",
                )
        numbers(columns, alt=chart.title, config=config, most=MOST_ROWS)


def in_language(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """`make` in the language of whoever looks now. A download is made in a thread of the server's own, which speaks none: a chart's
    marks would not find their words there.
    """
    spoken = current()

    def made() -> bytes:
        with using(spoken):
            return make()

    return made


def numbers(
    columns: Mapping[str, Sequence[Any]], *, alt: str, config: Mapping[str, Any], most: int | None = None
) -> None:
    """Numbers to be read, in a grid of which nothing is chosen; with `most`, more rows than that are scrolled to."""
    rows = max((len(cells) for cells in columns.values()), default=0)
    tall: Literal["content"] | int = "content" if most is None or rows <= most else (most + 1) * tables.ROW_HEIGHT
    st.dataframe(
        pa.table(dict(columns)),
        alt=alt,
        hide_index=True,
        height=tall,
        row_height=tables.ROW_HEIGHT,
        column_config=dict(config),
    )


def as_csv(chart: Chart) -> bytes:
    """The numbers of a chart for a spreadsheet; nothing in it is read as a formula."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(chart.columns.values())
    for row in chart.rows:
        cells = [row.get(field) for field in chart.columns]
        sheet.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()


def as_svg(chart: Chart) -> bytes:
    """The chart with its title and caption as SVG, in the light palette."""
    _fonts()
    return str(vl_convert.vegalite_to_svg(_whole(chart), allowed_base_urls=[])).encode()


def as_png(chart: Chart) -> bytes:
    """The same as PNG."""
    _fonts()
    return bytes(vl_convert.vegalite_to_png(_whole(chart), scale=FILE_SCALE, allowed_base_urls=[]))


def _whole(chart: Chart) -> Spec:
    """The specification with everything in it: nothing is fetched, whatever the data say."""
    title = {
        "text": chart.title,
        "subtitle": wrap(chart.caption, _LETTERS),
        "anchor": "start",
        "fontSize": 18,
        "subtitleFontSize": 12,
        "subtitleColor": LIGHT.gray,
        "color": LIGHT.text,
        "offset": 14,
    }
    return {
        **chart.draw(LIGHT),
        "data": {"values": [dict(row) for row in chart.rows]},
        "title": title,
        "width": FILE_WIDTH,
        "height": chart.height,
        "background": "white",
        "padding": 18,
        "config": {"font": _families(chart), "view": {"stroke": None}},
    }


def _families(chart: Chart) -> str:
    """The fonts, first the one that has the chart's letters: what it lacks is drawn in any font of the machine."""
    said = [chart.title, chart.caption, *(cell for row in chart.rows for cell in row.values() if isinstance(cell, str))]
    chinese = any("\u4e00" <= letter <= "\u9fff" for text in said for letter in text)
    latin, han = "Noto Sans", "Noto Sans SC"
    return f"{han if chinese else latin}, {latin if chinese else han}, Noto Sans Thai, sans-serif"


@cache
def _fonts() -> None:
    """The fonts of the documents, so that files look alike on every machine."""
    vl_convert.register_font_directory(str(documents.FONTS))
