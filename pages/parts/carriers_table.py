"""The comparison as a table: verdicts with their numbers, on the screen and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from core.desk.export import harmless
from core.foundation import formats
from core.foundation.language import _
from core.insight.comparison import FEWEST_DECIDED, ChannelMoney, minimum
from pages.parts import charts, tables
from pages.parts.badges import Colour
from pages.parts.carriers_words import (
    COLOURS,
    Line,
    per_1000,
    span,
    success,
    verdict,
)


def draw_table(lines: Sequence[Line], currency: str, phone: bool) -> Line | None:
    """The same numbers as a table. Returns the channel whose row was chosen."""
    least = minimum()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(_("Verdicts"), anchor=False, width="stretch")
            st.download_button(
                _("Download CSV"),
                data=charts.in_language(lambda: table_csv(lines, currency)),
                file_name="carriers.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                key="carriers-csv",
            )
        words = [(verdict(line.compared), COLOURS[line.compared.verdict]) for line in lines]
        columns: dict[str, Sequence[Any]] = {
            _("Market"): [line.compared.channel.market for line in lines],
            _("Carrier and service"): [line.carrier for line in lines],
            _("Verdict"): [tables.chip(word) for word, _colour in words],
            _("Parcels"): [line.compared.n for line in lines],
            _("Harmed"): [line.compared.events for line in lines],
            _("Per 1,000"): [per_1000(line.compared.rate) for line in lines],
            _("95 % interval"): [span(line.compared.interval) for line in lines],
            _("Leaning on all"): [_shrunken(line) for line in lines],
            _("To be expected"): [_ratio(line) for line in lines],
            _("Net / 100, {currency}", currency=currency): [_net(line) for line in lines],
        }
        if not any(line.money for line in lines):
            del columns[_("Net / 100, {currency}", currency=currency)]
        if phone:
            # What decides stands at the left: the rest is a swipe away.
            columns = {
                name: columns.pop(name) for name in (_("Verdict"), _("Carrier and service"), _("Per 1,000"))
            } | columns
        # Above the table, whose own buttons hover there: they would cover the download otherwise.
        st.caption(
            _(
                "A channel is held against the others on its lane with the same values: “to be expected” is its harm over"
                " what their rates would have brought. Of all that are called worse or better, 5 in 100 may be wrong."
                " No verdict below {parcels} parcels or {events} expected.",
                parcels=least.parcels,
                events=formats.number(least.expected_events, 0),
            )
        )
        rows = tables.table(columns, key="carriers-table", alt=_("Verdicts"), config=_config(words, currency))
    return lines[rows[0]] if rows and rows[0] < len(lines) else None


def _config(words: Sequence[tuple[str, Colour]], currency: str) -> dict[str, Any]:
    """How wide each column is. `words` are the verdicts with their colours."""
    return {
        _("Market"): st.column_config.TextColumn(width=58),
        _("Carrier and service"): st.column_config.TextColumn(width=196),
        _("Verdict"): tables.chips(_("Verdict"), words, width=148),
        **{
            name: st.column_config.TextColumn(alignment="right", width=width)
            for name, width in (
                (_("Per 1,000"), 62),
                (_("95 % interval"), 102),
                (_("Leaning on all"), 88),
                (_("To be expected"), 108),
                (_("Net / 100, {currency}", currency=currency), 128),
            )
        },
        _("Parcels"): st.column_config.NumberColumn(format="localized", width=60),
        _("Harmed"): st.column_config.NumberColumn(format="localized", width=58),
    }


def _shrunken(line: Line) -> str:
    found = line.compared.shrunken
    return formats.NOTHING if found is None else per_1000(found.rate)


def _ratio(line: Line) -> str:
    found = line.compared.standardised
    if found is None:
        return formats.NOTHING
    low, high = formats.number(found.low, 1), formats.number(found.high, 1)
    return f"× {formats.number(found.ratio, 2)} ({low} – {high})"


def _net(line: Line) -> str:
    net = line.money.net_per_100 if line.money else None
    return formats.NOTHING if net is None else formats.number(net.quantize(Decimal("0.01")), 2)


def draw_money(lines: Sequence[Line], currency: str) -> None:
    """What each channel cost and what claims brought back: the dearest first."""
    told = [(line, money) for line in lines if (money := line.money) and (money.gross or money.decided)]
    if not told:
        return
    told.sort(key=lambda one: one[1].net, reverse=True)
    sums = [one for _line, one in told]
    places = tables.places(currency)
    columns: dict[str, Sequence[Any]] = {
        _("Channel"): [line.name for line, _sums in told],
        _("Parcels"): [one.parcels for one in sums],
        _("Gross loss"): [float(one.gross) for one in sums],
        _("Recovered"): [float(one.recovered) for one in sums],
        _("Net / 100, {currency}", currency=currency): [_net(line) for line, _sums in told],
        _("Claims decided"): [one.decided for one in sums],
        _("Claims paid"): [success(one) for one in sums],
        _("Days to money"): [_days(one) for one in sums],
        _("Caps that bound"): [one.capped for one in sums],
        _("Cut by caps"): [float(one.cut) for one in sums],
    }
    amounts = (_("Gross loss"), _("Recovered"), _("Cut by caps"))
    right = (_("Net / 100, {currency}", currency=currency), _("Claims paid"), _("Days to money"))
    config: dict[str, Any] = {
        _("Channel"): st.column_config.TextColumn(width=210),
        **{name: st.column_config.NumberColumn(format=places) for name in amounts},
        **{
            name: st.column_config.NumberColumn(format="localized")
            for name in (_("Parcels"), _("Claims decided"), _("Caps that bound"))
        },
        **{name: st.column_config.TextColumn(alignment="right") for name in right},
    }
    with st.container(border=True):
        st.header(_("Losses and claims"), anchor=False)
        charts.numbers(columns, alt=_("Losses and claims"), config=config)
        st.caption(
            _(
                "Amounts in {currency}. “Claims paid” is the share of decided claims that brought something, in percent, with its"
                " 95 % interval, from {fewest} decided claims on; “days to money” the median from filing to the first payment,"
                " with how many were paid; “cut by caps” what liability limits left out of the demands.",
                currency=currency,
                fewest=FEWEST_DECIDED,
            )
        )


def _days(money: ChannelMoney) -> str:
    return formats.NOTHING if money.days is None else f"{formats.number(money.days, 0)} ({formats.number(money.paid)})"


def table_csv(lines: Sequence[Line], currency: str) -> bytes:
    """The table with every number it rests on, for a spreadsheet."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(_headings(currency))
    sheet.writerows(_cells(line) for line in lines)
    return ("\ufeff" + out.getvalue()).encode()


def _headings(currency: str) -> list[str]:
    return [
        _("Market"),
        _("Carrier and service"),
        _("Verdict"),
        _("Parcels"),
        _("Harmed"),
        _("Too young"),
        _("Rate"),
        _("Low end"),
        _("High end"),
        _("Rate leaning on all"),
        _("Expected"),
        _("Ratio to expected"),
        _("Ratio, low end"),
        _("Ratio, high end"),
        _("False-discovery rate"),
        _("Gross loss, {currency}", currency=currency),
        _("Recovered, {currency}", currency=currency),
        _("Net / 100, {currency}", currency=currency),
        _("Claims decided"),
        _("Claims paid"),
        _("Share paid, low end"),
        _("Share paid, high end"),
        _("Days to money"),
        _("Caps that bound"),
        _("Cut by caps, {currency}", currency=currency),
    ]


def _cells(line: Line) -> list[Any]:
    one, money = line.compared, line.money
    interval, shrunken, standard = one.interval, one.shrunken, one.standardised
    return [
        one.channel.market,
        harmless(line.carrier),
        verdict(one),
        one.n,
        one.events,
        one.young,
        one.rate,
        interval and interval.low,
        interval and interval.high,
        shrunken and shrunken.rate,
        standard and standard.expected,
        standard and standard.ratio,
        standard and standard.low,
        standard and standard.high,
        one.adjusted,
        money and money.gross.quantize(Decimal("0.01")),
        money and money.recovered.quantize(Decimal("0.01")),
        money and money.net_per_100 and money.net_per_100.quantize(Decimal("0.01")),
        money and money.decided,
        money and money.granted,
        money and money.success and money.success.low,
        money and money.success and money.success.high,
        money and money.days,
        money and money.capped,
        money and money.cut.quantize(Decimal("0.01")),
    ]
