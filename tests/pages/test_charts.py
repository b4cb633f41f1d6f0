"""A chart as files: CSV without formulas, SVG and PNG with title and data, and nothing fetched from anywhere."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import escape

import altair
import pytest
from PIL import Image

from core.foundation.language import _, using
from core.insight.comparison import Cell, Channel, ChannelMoney, Minimum, Month, compare
from core.insight.control import p_chart
from core.insight.shrinkage import Group
from pages.parts import carriers_charts, insights_charts
from pages.parts.carriers_words import course_finding, lines
from pages.parts.charts import DARK, LIGHT, Chart, Palette, as_csv, as_png, as_svg, in_language

NAMES = {1: "=cmd", 2: "Ninja 快递", 3: "J&T <b>"}


def drawn() -> list[Chart]:
    """Every chart of the comparison."""
    cells = [Cell(Channel(n, None, "SG"), 0, 1000, 70 if n == 1 else 20, 0) for n in NAMES]
    money = [ChannelMoney(cells[0].channel, 1200, Decimal("300.5"), Decimal(60), 8, 5, 21.0, 2)]
    found = compare(cells, Minimum(100, 1.0))
    told = lines(found, NAMES, money)
    months = [Month(date(2026, n, 1), 100, 30 if n == 6 else 3) for n in range(1, 9)]
    control = p_chart([Group(one.events, one.n) for one in months])
    assert control is not None
    title = course_finding("J&T", months, control)
    return [
        carriers_charts.funnel(told, 0.03, "Funnel", "said"),
        carriers_charts.forest(told, 0.03, "Intervals", "said"),
        carriers_charts.course(months, control, title, "said"),
        carriers_charts.pareto(["Customs", "Last mile"], [90.5, 9.5], [4, 2], "Gross loss", "Stages", "said"),
        carriers_charts.costs(told, "SGD per 100", "Costs", "said"),
    ]


def test_the_title_of_the_months_names_the_one_that_stands_out() -> None:
    assert drawn()[2].title == "J&T: Jun 2026 was worse than luck explains"


@pytest.mark.parametrize("chart", drawn(), ids=lambda chart: chart.name)
def test_every_chart_can_be_taken_away(chart: Chart) -> None:
    image = Image.open(io.BytesIO(as_png(chart)))
    assert image.format == "PNG" and image.width > 1700
    picture = as_svg(chart).decode()
    assert picture.startswith("<svg") and escape(chart.title) in picture and "said" in picture
    assert "Cannot" not in picture and "NaN" not in picture
    sheet = list(csv.reader(io.StringIO(as_csv(chart).decode("utf-8-sig"))))
    assert sheet[0] == list(chart.columns.values()) and len(sheet) == len(chart.rows) + 1
    assert not any(cell.startswith("=") for row in sheet for cell in row)


@pytest.mark.parametrize("paint", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("chart", drawn(), ids=lambda chart: chart.name)
def test_every_specification_is_one_that_altair_knows(chart: Chart, paint: Palette) -> None:
    """Specifications are drawn as they are, because that takes a quarter of the time; Altair's schema holds them here."""
    values = {"values": [dict(row) for row in chart.rows]}
    altair.LayerChart.from_dict({**chart.draw(paint), "data": values}, validate=True)


def test_words_of_people_are_drawn_as_words() -> None:
    picture = as_svg(replace(drawn()[1], title="<script>alert(1)</script>")).decode()
    assert "<script>" not in picture
    assert "J&amp;T &lt;b&gt;" in picture and "快递" in picture


def test_a_file_speaks_its_readers_language_though_a_thread_of_its_own_makes_it() -> None:
    with using("zh-CN"):
        chart = drawn()[2]
        make = in_language(lambda: as_svg(chart))
        word = _("Signal")
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(make).result().decode()
    assert word != "Signal"
    assert word in made
    assert "Signal" not in made
    # The month that stands out is drawn: its mark found its word.
    assert LIGHT.worse in made.partition("mark-symbol")[2]


def test_chinese_is_set_in_the_font_that_has_it() -> None:
    with using("zh-CN"):
        assert 'font-family="Noto Sans SC,' in as_svg(drawn()[2]).decode()
    assert 'font-family="Noto Sans,' in as_svg(drawn()[2]).decode()


def _light(colour: tuple[float, ...]) -> float:
    """Relative luminance, as WCAG counts it."""
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(written: str) -> tuple[int, ...]:
    return tuple(int(written[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize("dark", [False, True])
def test_the_figures_of_a_heat_map_are_read_on_every_colour_of_its_scale(dark: bool) -> None:
    steps = [_rgb(one) for one in insights_charts._STEPS[1:]]
    scale = list(reversed(steps)) if dark else steps
    turn, strong, faint = insights_charts.INK[dark]
    for n in range(101):
        at = n / 100 * (len(scale) - 1)
        low = min(int(at), len(scale) - 2)
        ground = tuple(a + (b - a) * (at - low) for a, b in zip(scale[low], scale[low + 1], strict=True))
        ink = _rgb(strong if n / 100 > turn else faint)
        bright, dim = sorted((_light(ground), _light(ink)), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (n, ground, ink)
