"""The comparison on the screen: its filters, the charts with what they show, the table of the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from core.cases.words import STAGE_LABELS
from core.desk.export import harmless
from core.desk.register import Choices
from core.foundation import formats
from core.foundation.clock import local_day
from core.foundation.language import _, _n
from core.insight.comparison import (
    Comparison,
    Month,
    Outcome,
    Period,
    Scope,
    StageLoss,
    Verdict,
    mature_after,
    minimum,
    outcome_name,
)
from pages.parts import carriers_charts, tables
from pages.parts.address import Address, Day, Many, One
from pages.parts.carriers_words import (
    COLOURS,
    Line,
    forest_finding,
    funnel_finding,
    money_finding,
    outcomes_named,
    per_1000,
    span,
    verdict,
)
from pages.parts.formats import chosen, plain

PERIODS = {"90": 90, "365": 365, "730": 730}
RARE = ("shop", "market", "since", "until")
MOST_BARS = 12
"""Channels in a chart of bars: beyond them the table is easier to read."""


def address(choices: Choices) -> Address:
    """The filters of the comparison and their codes."""
    return Address(
        "carriers",
        {
            "what": Many([one.value for one in Outcome]),
            "days": One(list(PERIODS), "365"),
            "shop": Many([str(number) for number, _name in choices.shops]),
            "market": Many(choices.markets),
            "since": Day(),
            "until": Day(),
        },
    )


def outcomes_of(filters: Address) -> tuple[Outcome, ...]:
    """What is compared by; losses when nothing is chosen."""
    return tuple(Outcome(code) for code in filters.value("what")) or (Outcome.LOST,)


def scope_of(filters: Address, now: datetime, zone: str) -> Scope:
    """Which parcels: the days chosen, or those typed. Raises `Invalid` for a period that ends before it starts."""
    today = local_day(now, zone)
    last: date = filters.value("until") or today
    days = PERIODS[filters.value("days") or "365"]
    first: date = filters.value("since") or last - timedelta(days=days - 1)
    return Scope(
        Period(first, last),
        shops=tuple(int(code) for code in filters.value("shop")),
        markets=tuple(filters.value("market")),
    )


def draw_filters(filters: Address, choices: Choices) -> None:
    """What and how long in a row, the rest in a popover."""
    picked, days = filters.value("what") or [Outcome.LOST.value], filters.value("days")
    periods = {"90": _("90 days"), "365": _("365 days"), "730": _("2 years")}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.pills(
            _("Compared by"),
            [one.value for one in Outcome],
            selection_mode="multi",
            key=filters.key("what"),
            format_func=lambda code: chosen(outcome_name(Outcome(code)), code in picked),
            label_visibility="collapsed",
        )
        st.segmented_control(
            _("Period"),
            list(periods),
            key=filters.key("days"),
            required=True,
            format_func=lambda code: chosen(periods[code], code == days),
            label_visibility="collapsed",
        )
        rare = st.popover(_("Filters"), icon=":material/tune:", key="carriers-rare", on_change="rerun")
        if rare.open:
            with rare:
                _several(filters, "shop", _("Shop"), {str(number): name for number, name in choices.shops})
                _several(filters, "market", _("Market"), {code: code for code in choices.markets})
                with st.container(horizontal=True, gap="small"):
                    st.date_input(_("Shipped from"), key=filters.key("since"), width=170)
                    st.date_input(_("Shipped until"), key=filters.key("until"), width=170)
        if n := sum(1 for name in RARE if filters.value(name)):
            st.button(
                _n("Clear {n} filter", "Clear {n} filters", n),
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=filters.clear,
                args=("what", "days"),
                key="carriers-clear",
            )


def _several(filters: Address, name: str, label: str, options: dict[str, str]) -> None:
    st.multiselect(label, list(options), key=filters.key(name), format_func=lambda code: options.get(code, code))


def draw_counted(found: Comparison, outcomes: Sequence[Outcome], scope: Scope) -> None:
    """Who was counted and who was left out, in one sentence each."""
    said = _(
        "{n} parcels shipped {first} – {last} are judged, {events} came to harm: {rate} per 1,000.",
        n=formats.number(found.n),
        first=formats.day(scope.period.first, year=True),
        last=formats.day(scope.period.last, year=True),
        events=formats.number(found.events),
        rate=per_1000(found.rate),
    )
    young = _(
        "{young} younger than {days} days are left out.",
        young=formats.number(found.young),
        days=mature_after(outcomes),
    )
    st.caption(f"{said} {young}")


def draw_funnel(lines: Sequence[Line], found: Comparison, outcomes: Sequence[Outcome]) -> None:
    """The funnel with its finding."""
    with st.container(border=True):
        st.header(plain(funnel_finding(lines)), anchor=False)
        st.caption(
            _(
                "{outcome}. Inside the dark band is what luck brings in 95 of 100 cases, inside the pale one in 997 of 1,000."
                " Small volumes swing widely.",
                outcome=outcomes_named(outcomes),
            )
        )
        carriers_charts.funnel(lines, found.rate or 0, _("Rate of each channel over its number of parcels"))


def draw_forest(lines: Sequence[Line], found: Comparison) -> None:
    """The intervals with their finding."""
    with st.container(border=True):
        st.header(plain(forest_finding(lines, found.rate)), anchor=False)
        shown = _most_telling(lines)
        said = _("Sorted by the low end of the interval. A wide bar: not known yet. Dashed: all channels.")
        if len(shown) < len(lines):
            more = len(lines) - len(shown)
            said += " " + _n("{n} more channel is in the table.", "{n} more channels are in the table.", more)
        st.caption(said)
        carriers_charts.forest(shown, found.rate or 0, _("Rate of each channel with its interval"))


def _most_telling(lines: Sequence[Line]) -> list[Line]:
    """The channels for the chart of intervals, in their order: the judged ones, then those that look worst on few parcels."""
    few = [line for line in lines if line.compared.verdict is Verdict.TOO_FEW]
    judged = [line for line in lines if line.compared.verdict is not Verdict.TOO_FEW][:MOST_BARS]
    worst = sorted(few, key=lambda line: line.compared.rate or 0, reverse=True)[: max(MOST_BARS - len(judged), 2)]
    return [line for line in lines if line in judged or line in worst]


def draw_table(lines: Sequence[Line], currency: str, phone: bool) -> Line | None:
    """The same numbers as a table. Returns the channel whose row was chosen."""
    least = minimum()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(_("Verdicts"), anchor=False, width="stretch")
            st.download_button(
                _("Download CSV"),
                data=lambda: table_csv(lines, currency),
                file_name="carriers.csv",
                mime="text/csv",
                icon=":material/download:",
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
            _("Claims paid"): [_success(line) for line in lines],
            _("Net / 100, {currency}", currency=currency): [_net(line) for line in lines],
        }
        if phone:
            # What decides stands at the left: the rest is a swipe away.
            columns = {
                name: columns.pop(name) for name in (_("Verdict"), _("Carrier and service"), _("Per 1,000"))
            } | columns
        rows = tables.table(
            columns,
            key="carriers-table",
            alt=_("Verdicts"),
            config={
                _("Market"): st.column_config.TextColumn(width=58),
                _("Carrier and service"): st.column_config.TextColumn(width=160),
                _("Verdict"): tables.chips(_("Verdict"), words, width=148),
                **{
                    name: st.column_config.TextColumn(alignment="right", width=width)
                    for name, width in (
                        (_("Per 1,000"), 62),
                        (_("95 % interval"), 102),
                        (_("Leaning on all"), 88),
                        (_("To be expected"), 108),
                        (_("Claims paid"), 80),
                        (_("Net / 100, {currency}", currency=currency), 92),
                    )
                },
                _("Parcels"): st.column_config.NumberColumn(format="localized", width=60),
                _("Harmed"): st.column_config.NumberColumn(format="localized", width=58),
            },
        )
        st.caption(
            _(
                "A channel is held against the others on its lane with the same values: “to be expected” is its harm over"
                " what their rates would have brought. Of all that are called worse or better, 5 in 100 may be wrong."
                " No verdict below {parcels} parcels or {events} expected.",
                parcels=least.parcels,
                events=formats.number(least.expected_events, 0),
            )
        )
    return lines[rows[0]] if rows and rows[0] < len(lines) else None


def _shrunken(line: Line) -> str:
    found = line.compared.shrunken
    return formats.NOTHING if found is None else per_1000(found.rate)


def _ratio(line: Line) -> str:
    found = line.compared.standardised
    if found is None:
        return formats.NOTHING
    low, high = formats.number(found.low, 1), formats.number(found.high, 1)
    return f"× {formats.number(found.ratio, 2)} ({low} – {high})"


def _success(line: Line) -> str:
    money = line.money
    if money is None or money.success is None:
        return formats.NOTHING
    return f"{money.granted * 100 / money.decided:.0f} % ({money.decided})"


def _net(line: Line) -> str:
    net = line.money.net_per_100 if line.money else None
    return formats.NOTHING if net is None else formats.number(net.quantize(Decimal("0.01")), 2)


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
        _("Days to money"),
        _("Caps that bound"),
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
        money and money.days,
        money and money.capped,
    ]


def draw_costs(lines: Sequence[Line], currency: str) -> None:
    """What the dearest channels cost, before and after claims."""
    # A handful of parcels with one dear loss would lead the chart by luck alone.
    least = minimum().parcels
    told = [line for line in lines if line.money and line.money.parcels >= least and line.money.gross > 0]
    told.sort(key=lambda line: (line.money and line.money.net_per_100) or Decimal(0), reverse=True)
    told = told[:MOST_BARS]
    if not told:
        return
    with st.container(border=True):
        st.header(plain(money_finding(told, currency)), anchor=False)
        st.caption(
            _(
                "All losses of the parcels shipped in this time, whatever went wrong; the dearest first, from {n} parcels on.",
                n=least,
            )
        )
        carriers_charts.costs(
            [line.name for line in told],
            [float(m.gross * 100 / m.parcels) for line in told if (m := line.money)],
            [float(m.net_per_100 or 0) for line in told if (m := line.money)],
            _("{currency} per 100 parcels", currency=currency),
            _("Gross and net loss of each channel per hundred parcels"),
        )


def draw_course(found: Sequence[Month], of: Line | None) -> None:
    """The months of one channel, or of all, with what stands out."""
    with st.container(border=True):
        title = _("{name}, month by month", name=of.name) if of else _("All channels, month by month")
        st.header(plain(title), anchor=False)
        said = _("By month of shipping. Outside the band, or eight in a row on one side: not luck.")
        st.caption(said if of else f"{said} {_('Choose a row above to see one channel alone.')}")
        if len(found) < 2:
            st.info(_("One month alone shows no course."), icon=":material/show_chart:")
            return
        carriers_charts.course(found, _("Rate of each month with its limits"))


def draw_stages(found: Sequence[StageLoss]) -> None:
    """Where on the way it went wrong."""
    with st.container(border=True):
        if not found:
            st.header(_("Where it goes wrong"), anchor=False)
            st.info(_("No case arose from these parcels."), icon=":material/check_circle:")
            return
        first = found[0]
        share = f"{first.cases * 100 / first.of:.0f} %"
        st.header(
            _("{stage}: {share} of all cases", stage=_(STAGE_LABELS[first.stage]), share=share),
            anchor=False,
        )
        between = f"{first.interval.low * 100:.0f} – {first.interval.high * 100:.0f} %"
        st.caption(
            _n(
                "{n} case by stage, whatever went wrong; 95 % interval of the first: {between}.",
                "{n} cases by stage, whatever went wrong; 95 % interval of the first: {between}.",
                first.of,
                between=between,
            )
        )
        carriers_charts.pareto(
            [_(STAGE_LABELS[one.stage]) for one in found],
            [one.cases for one in found],
            _("Cases by stage, the most first"),
        )
