"""Insights on the screen: what is asked, in the address and in controls."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.cases.words import RESULT_LABELS, STAGE_LABELS, STATE_LABELS, TIER_LABELS, TYPE_LABELS
from core.desk.register import NOBODY, Choices
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.insight.explore import (
    BANDS,
    DAY_LABELS,
    DIMENSION_LABELS,
    MEASURE_LABELS,
    NONE,
    PERIODS,
    RIGHTS,
    USUAL,
    CountedBy,
    Dimension,
    Measure,
)
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier
from pages.parts import filters as parts
from pages.parts import register_view, views
from pages.parts.address import SAVED, Address, Day, Many, One, Record, Words
from pages.parts.formats import chosen

TABLE, BARS, LINES, HEAT = "table", "bars", "lines", "heat"
RARE = (
    "type", "stage", "state", "cause", "tier", "result", "owner", "carrier", "service", "shop", "market", "product", "band",
    "since", "until",
)  # fmt: skip
"""Filters that stand in the popover."""


def address(choices: Choices, me: Actor) -> Address:
    """What is asked, and its codes. They are those `core.insight.explore.question_of` reads."""
    return Address(
        "insights",
        {
            "measure": One([one.value for one in Measure], Measure.INCIDENTS.value),
            "rows": One([one.value for one in Dimension], Dimension.MONTH.value),
            "columns": One([one.value for one in Dimension]),
            "look": One((TABLE, BARS, LINES, HEAT), BARS),
            "by": One([one.value for one in CountedBy], CountedBy.REGISTERED.value),
            "days": One(PERIODS, USUAL),
            "type": Many([one.value for one in IncidentType]),
            "stage": Many([one.value for one in Stage]),
            "state": Many([one.value for one in IncidentState]),
            "cause": Many([*(one.value for one in Cause), NONE]),
            "tier": Many([one.value for one in Tier]),
            "result": Many([one.value for one in Result]),
            "owner": Many(parts.numbers(choices.owners, NOBODY)),
            "carrier": Many(parts.numbers(choices.carriers, NOBODY)),
            "service": Words(),
            "shop": Many(parts.numbers(choices.shops)),
            "market": Many(choices.markets),
            "product": Words(),
            "band": Many([*map(str, range(BANDS)), NONE]),
            "since": Day(),
            "until": Day(),
            SAVED: Record(),
        },
        views.preset("insights", me),
    )


def draw(filters: Address, choices: Choices, me: Actor, phone: bool) -> None:
    """The question in a row, how it is shown in another, the filters in a popover, the saved views."""
    measures = {one.value: _(MEASURE_LABELS[one]) for one in Measure if all(me.may(right) for right in RIGHTS[one])}
    dimensions = {one.value: _(DIMENSION_LABELS[one]) for one in Dimension}
    if phone:
        _choose(filters, "measure", _("What is counted"), measures, phone, 0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if not phone:
            _choose(filters, "measure", _("What is counted"), measures, phone, 210)
        _choose(filters, "rows", _("Divided by"), dimensions, phone, 150)
        _choose(filters, "columns", _("and by"), dimensions, phone, 170, _("nothing else"))
        if not phone:
            _days(filters, phone)
    if phone:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _days(filters, phone)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _looks(filters)
        parts.rare(filters, RARE, lambda: _inside(filters, choices, me))
        views.draw(filters, me)


def _days(filters: Address, phone: bool) -> None:
    """How far back, and by which day. A rate has only the day of shipping: there is nothing to choose."""
    _choose(filters, "days", _("Period"), _periods(), phone, 150)
    if filters.value("measure") != Measure.RATE:
        _choose(filters, "by", _("A case counts"), {one.value: _(DAY_LABELS[one]) for one in CountedBy}, phone, 200)


def _choose(
    filters: Address, name: str, label: str, words: Mapping[str, str], phone: bool, width: int, none: str = ""
) -> None:
    parts.one(filters, name, label, words, none=none, width="stretch" if phone else width, hidden=False)


def _periods() -> dict[str, str]:
    return {
        "30": _("30 days"),
        "90": _("90 days"),
        "365": _("365 days"),
        "730": _("2 years"),
        "month": _("This month"),
        "last": _("Last month"),
        "all": _("All of it"),
    }


def _looks(filters: Address) -> None:
    look = filters.value("look")
    words = {
        BARS: (_("Bars"), "bar_chart"),
        LINES: (_("Lines"), "show_chart"),
        HEAT: (_("Heat map"), "grid_on"),
        TABLE: (_("Table"), "table_rows"),
    }
    st.segmented_control(
        _("Shown as"),
        list(words),
        key=filters.key("look"),
        required=True,
        format_func=lambda code: f":material/{words[code][1]}: " + chosen(words[code][0], code == look),
        label_visibility="collapsed",
    )


def _inside(filters: Address, choices: Choices, me: Actor) -> None:
    """Everything in the popover."""
    parts.several(filters, "type", _("Type"), {one.value: _(TYPE_LABELS[one]) for one in IncidentType})
    parts.named(filters, "carrier", _("Carrier"), choices.carriers, _("Carrier not known"))
    parts.named(filters, "shop", _("Shop"), choices.shops)
    parts.markets(filters, choices)
    parts.named(filters, "owner", _("Owner"), choices.owners, _("no owner"))
    parts.several(filters, "stage", _("Stage"), {one.value: _(STAGE_LABELS[one]) for one in Stage})
    parts.several(filters, "state", _("State"), {one.value: _(STATE_LABELS[one]) for one in IncidentState})
    parts.several(filters, "tier", _("Tier"), {one.value: _(TIER_LABELS[one]) for one in Tier})
    parts.several(filters, "result", _("Result"), {one.value: _(RESULT_LABELS[one]) for one in Result})
    register_view.of_parcels(filters, me)
    with st.container(horizontal=True, gap="small"):
        st.date_input(_("First day"), key=filters.key("since"), width=170)
        st.date_input(_("Last day"), key=filters.key("until"), width=170)
