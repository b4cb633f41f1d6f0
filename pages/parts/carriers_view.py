"""The comparison on the screen: its filters, and the charts with what they show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import streamlit as st

from core.cases.words import STAGE_LABELS
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
from pages.parts import carriers_charts
from pages.parts.address import Address, Day, Many, One
from pages.parts.carriers_words import (
    Line,
    forest_finding,
    funnel_finding,
    money_finding,
    outcomes_named,
    per_1000,
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
