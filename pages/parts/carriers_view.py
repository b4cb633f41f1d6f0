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
from core.foundation.config import settings
from core.foundation.language import _, _n
from core.foundation.permissions import Actor
from core.insight.comparison import (
    NO_RATE,
    Comparison,
    Month,
    Outcome,
    Period,
    Scope,
    StageLoss,
    Verdict,
    band_edges,
    mature_after,
    minimum,
    outcome_name,
)
from core.insight.control import p_chart
from core.insight.shrinkage import Group
from pages.parts import carriers_charts, charts, measures
from pages.parts import filters as filters_of
from pages.parts.address import Address, Day, Many, One, Words
from pages.parts.carriers_words import (
    Line,
    course_finding,
    forest_finding,
    funnel_finding,
    money_finding,
    outcomes_named,
    per_1000,
    stage_finding,
)
from pages.parts.formats import chosen, plain

PERIODS = {"90": 90, "365": 365, "730": 730}
RARE = ("shop", "market", "band", "product", "origin", "since", "until")
MOST_BARS = 12
"""Channels in a chart of bars: beyond them the table is easier to read."""


def address(choices: Choices) -> Address:
    """The filters of the comparison and their codes."""
    return Address(
        "carriers",
        {
            "what": Many([one.value for one in Outcome]),
            "days": One(list(PERIODS), "365"),
            "shop": Many(filters_of.numbers(choices.shops)),
            "market": Many(choices.markets),
            "band": Many([str(band) for band in _bands()]),
            "product": Words(),
            "origin": Words(),
            "since": Day(),
            "until": Day(),
        },
    )


def outcomes_of(filters: Address) -> tuple[Outcome, ...]:
    """What is compared by; losses when nothing is chosen."""
    return filters.each("what", Outcome) or (Outcome.LOST,)


def scope_of(filters: Address, now: datetime, zone: str) -> Scope:
    """Which parcels: the days chosen, or those typed. Raises `Invalid` for a period that ends before it starts."""
    today = local_day(now, zone)
    last: date = filters.value("until") or today
    days = PERIODS[filters.value("days") or "365"]
    first: date = filters.value("since") or last - timedelta(days=days - 1)
    return Scope(
        Period(first, last),
        shops=filters.each("shop", int),
        markets=filters.each("market", str),
        bands=filters.each("band", int),
        products=filters.each("product", str),
        origins=filters.each("origin", str),
    )


def _bands() -> list[int]:
    """Value bands from the lowest, at the end those whose value nobody knows."""
    return [*range(len(band_edges()) + 1), NO_RATE]


def _band_name(band: int, currency: str) -> str:
    edges = [formats.number(edge, 0) for edge in band_edges()]
    if band == NO_RATE:
        return _("No exchange rate")
    if band == 0:
        return _("Under {currency} {edge}", currency=currency, edge=edges[0])
    if band == len(edges):
        return _("From {currency} {edge}", currency=currency, edge=edges[-1])
    return f"{currency} {edges[band - 1]} – {edges[band]}"


def _inside(filters: Address, choices: Choices, me: Actor) -> None:
    """The filters behind the button: which shops, lanes, values, products, origins and days."""
    currency, known = settings().base_currency, measures.choices(me)
    filters_of.named(filters, "shop", _("Shop"), choices.shops)
    filters_of.markets(filters, choices)
    filters_of.several(filters, "band", _("Value"), {str(band): _band_name(band, currency) for band in _bands()})
    names = dict(known.products)
    st.multiselect(
        _("Product (SKU)"),
        list(dict.fromkeys([*names, *filters.value("product")])),
        key=filters.key("product"),
        format_func=lambda code: f"{code} · {names[code]}" if code in names else code,
        accept_new_options=True,
        help=_("Type a number that is not offered; with * at its end it stands for all that begin so."),
    )
    st.multiselect(
        _("Shipped from (place)"),
        list(dict.fromkeys([*known.origins, *filters.value("origin")])),
        key=filters.key("origin"),
        placeholder=None if known.origins else _("No parcel tells where it was shipped from."),
    )
    with st.container(horizontal=True, gap="small"):
        st.date_input(_("Shipped from"), key=filters.key("since"), width=170)
        st.date_input(_("Shipped until"), key=filters.key("until"), width=170)


def draw_filters(filters: Address, choices: Choices, me: Actor) -> None:
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
        filters_of.rare(filters, RARE, lambda: _inside(filters, choices, me))


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
    st.caption(f"{said} {young} {_by_volume(found)}".rstrip())


def _by_volume(found: Comparison) -> str:
    """What is known only as monthly volumes, and what that means."""
    if not found.unseen:
        return ""
    return _(
        "{n} of all parcels are known only as monthly volumes, spread evenly over their months; on those lanes ({lanes})"
        " channels are compared without regard to value.",
        n=formats.number(found.unseen),
        lanes=formats.listed(found.lanes),
    )


def draw_funnel(lines: Sequence[Line], found: Comparison, outcomes: Sequence[Outcome]) -> None:
    """The funnel with its finding."""
    said = _(
        "{outcome}. Inside the dark band is what luck brings in 95 of 100 cases, inside the pale one in 997 of 1,000."
        " Small volumes swing widely.",
        outcome=outcomes_named(outcomes),
    )
    charts.card(carriers_charts.funnel(lines, found.rate or 0, funnel_finding(lines), said))


def draw_forest(lines: Sequence[Line], found: Comparison) -> None:
    """The intervals with their finding."""
    shown = _most_telling(lines)
    said = _("Sorted by the low end of the interval. A wide bar: not known yet. Dashed: all channels.")
    if len(shown) < len(lines):
        more = len(lines) - len(shown)
        said += " " + _n("{n} more channel is in the table.", "{n} more channels are in the table.", more)
    charts.card(carriers_charts.forest(shown, found.rate or 0, forest_finding(shown, found.rate), said))


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
    said = _(
        "All losses of the parcels shipped in this time, whatever went wrong; the dearest first, from {n} parcels on.",
        n=least,
    )
    per_100 = _("{currency} per 100 parcels", currency=currency)
    charts.card(carriers_charts.costs(told, per_100, money_finding(told, currency), said))


def draw_course(found: Sequence[Month], of: Line | None) -> None:
    """The months of one channel, or of all, with what stands out."""
    name = of.name if of else _("All channels")
    chart = p_chart([Group(one.events, one.n) for one in found])
    if len(found) < 2 or chart is None:
        with st.container(border=True):
            st.header(plain(_("{name}, month by month", name=name)), anchor=False)
            st.info(_("One month alone shows no course."), icon=":material/show_chart:")
        return
    said = _("By month of shipping. Outside the band, or eight in a row on one side: not luck.")
    said = said if of else f"{said} {_('Choose a row above to see one channel alone.')}"
    charts.card(carriers_charts.course(found, chart, course_finding(name, found, chart), said))


def draw_stages(found: Sequence[StageLoss], of: Line | None, currency: str) -> None:
    """Where on the way it went wrong: in money for who may see it, else in cases."""
    if not found:
        with st.container(border=True):
            st.header(_("Where it goes wrong"), anchor=False)
            st.info(_("No case arose from these parcels."), icon=":material/check_circle:")
        return
    most = max(found, key=lambda one: one.cases)
    between = f"{most.interval.low * 100:.0f} – {most.interval.high * 100:.0f} %"
    said = _n(
        "{name}: {n} case by stage, whatever went wrong; {stage} had {between} of them (95 % interval).",
        "{name}: {n} cases by stage, whatever went wrong; {stage} had {between} of them (95 % interval).",
        most.of,
        name=of.name if of else _("All channels"),
        stage=_(STAGE_LABELS[most.stage]),
        between=between,
    )
    in_money = any(one.gross for one in found)
    what = _("Gross loss, {currency}", currency=currency) if in_money else _("Cases")
    losses = [float(one.gross or 0) if in_money else float(one.cases) for one in found]
    names = [_(STAGE_LABELS[one.stage]) for one in found]
    cases = [one.cases for one in found]
    charts.card(carriers_charts.pareto(names, losses, cases, what, stage_finding(found), said))
