"""The filters of the disputes: their codes in the address, the controls, what core is asked with."""

from __future__ import annotations

import streamlit as st

from core.desk.disputes_list import (
    GROUP_LABELS,
    NOBODY,
    WITHIN_LABELS,
    WRITTEN_LABELS,
    DisputeFilter,
    Group,
    Within,
    Written,
)
from core.desk.register import Choices
from core.foundation import formats
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.models.dispute import DisputeState, RequestKind, ReturnReason, Solution
from core.recovery.disputes import STATE_LABELS
from core.recovery.disputes.words import KIND_LABELS, REASON_LABELS, SOLUTION_LABELS
from pages.parts import filters as parts
from pages.parts import views
from pages.parts.address import SAVED, Address, Many, Number, One, Record, Text
from pages.parts.formats import chosen

RARE = ("reason", "state", "kind", "solution", "shop", "market", "carrier", "owner", "written", "mark")
"""Filters that stand in the popover."""
LOOK = (SAVED,)
"""What of the address is about how the disputes are shown, not which."""
STOPGAP, LOOSE = "stopgap", "loose"


def address(choices: Choices, me: Actor) -> Address:
    """The filters of the disputes and their codes."""
    return Address(
        "disputes",
        {
            "q": Text(),
            "group": Many([one.value for one in Group]),
            "within": One([one.value for one in Within]),
            "reason": Many([one.value for one in ReturnReason]),
            "state": Many([one.value for one in DisputeState]),
            "kind": Many([one.value for one in RequestKind]),
            "solution": Many([one.value for one in Solution]),
            "shop": Many([str(number) for number, _name in choices.shops]),
            "market": Many(choices.markets),
            "carrier": Many([str(number) for number, _name in choices.carriers]),
            "owner": Many([str(NOBODY), *(str(number) for number, _name in choices.owners)]),
            "written": One([one.value for one in Written]),
            "mark": Many([STOPGAP, LOOSE]),
            "page": Number(),
            SAVED: Record(),
        },
        views.preset("disputes", me),
    )


def filter_of(filters: Address) -> DisputeFilter:
    """What the widgets say, as core takes it."""
    value = filters.value
    return DisputeFilter(
        text=value("q") or "",
        groups=tuple(Group(code) for code in value("group")),
        states=tuple(DisputeState(code) for code in value("state")),
        reasons=tuple(ReturnReason(code) for code in value("reason")),
        kinds=tuple(RequestKind(code) for code in value("kind")),
        solutions=tuple(Solution(code) for code in value("solution")),
        shops=tuple(int(code) for code in value("shop")),
        markets=tuple(value("market")),
        carriers=tuple(int(code) for code in value("carrier")),
        owners=tuple(int(code) for code in value("owner")),
        within=Within(value("within")) if value("within") else None,
        written=Written(value("written")) if value("written") else None,
        stopgap=STOPGAP in value("mark"),
        loose=LOOSE in value("mark"),
    )


def draw(filters: Address, choices: Choices, counts: dict[Group, int], me: Actor, phone: bool) -> None:
    """Search, groups with their counts, the moment, the rare filters in a popover, the saved views."""
    labels = {one.value: f"{_(GROUP_LABELS[one])} {formats.number(counts[one])}" for one in Group}
    moments = {one.value: _(WITHIN_LABELS[one]) for one in Within}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.search(filters, _("Return, order, tracking, case"), phone=phone, width=250)
        parts.pills(filters, "group", _("Where it stands"), labels)
        st.selectbox(
            _("Moment"),
            list(moments),
            key=filters.key("within"),
            format_func=moments.__getitem__,
            placeholder=_("Any moment"),
            label_visibility="collapsed",
            width="stretch" if phone else 150,
        )
        parts.rare(filters, RARE, lambda: _inside(filters, choices))
        views.draw(filters, me)


def _inside(filters: Address, choices: Choices) -> None:
    """Everything in the popover."""
    owners = {str(NOBODY): _("no owner"), **{str(number): name for number, name in choices.owners}}
    parts.several(filters, "reason", _("Reason"), {one.value: _(REASON_LABELS[one]) for one in ReturnReason})
    parts.several(filters, "state", _("State"), {one.value: _(STATE_LABELS[one]) for one in DisputeState})
    parts.several(filters, "solution", _("Asked for"), {one.value: _(SOLUTION_LABELS[one]) for one in Solution})
    parts.several(filters, "kind", _("Kind"), {one.value: _(KIND_LABELS[one]).capitalize() for one in RequestKind})
    parts.several(filters, "shop", _("Shop"), {str(number): name for number, name in choices.shops})
    parts.several(filters, "market", _("Market"), {code: code for code in choices.markets})
    parts.several(filters, "carrier", _("Carrier"), {str(number): name for number, name in choices.carriers})
    parts.several(filters, "owner", _("Owner"), owners)
    written = {one.value: _(WRITTEN_LABELS[one]) for one in Written}
    st.pills(
        _("Answer"),
        list(written),
        key=filters.key("written"),
        format_func=lambda code: chosen(written[code], code == filters.value("written")),
    )
    marks = {LOOSE: _("Belongs to no case"), STOPGAP: _("Only the market's usual day")}
    st.pills(
        _("Only"),
        list(marks),
        selection_mode="multi",
        key=filters.key("mark"),
        format_func=lambda code: chosen(marks[code], code in filters.value("mark")),
    )
