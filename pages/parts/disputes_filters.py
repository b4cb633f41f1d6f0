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
            "shop": Many(parts.numbers(choices.shops)),
            "market": Many(choices.markets),
            "carrier": Many(parts.numbers(choices.carriers)),
            "owner": Many(parts.numbers(choices.owners, NOBODY)),
            "written": One([one.value for one in Written]),
            "mark": Many([STOPGAP, LOOSE]),
            "page": Number(),
            SAVED: Record(),
        },
        views.preset("disputes", me),
    )


def filter_of(filters: Address) -> DisputeFilter:
    """What the widgets say, as core takes it."""
    marks = filters.value("mark")
    return DisputeFilter(
        text=filters.value("q") or "",
        groups=filters.each("group", Group),
        states=filters.each("state", DisputeState),
        reasons=filters.each("reason", ReturnReason),
        kinds=filters.each("kind", RequestKind),
        solutions=filters.each("solution", Solution),
        shops=filters.each("shop", int),
        markets=filters.each("market", str),
        carriers=filters.each("carrier", int),
        owners=filters.each("owner", int),
        within=filters.only("within", Within),
        written=filters.only("written", Written),
        stopgap=STOPGAP in marks,
        loose=LOOSE in marks,
    )


def draw(filters: Address, choices: Choices, counts: dict[Group, int], me: Actor, phone: bool) -> None:
    """Search, groups with their counts, the moment, the rare filters in a popover, the saved views."""
    labels = {one.value: f"{_(GROUP_LABELS[one])} {formats.number(counts[one])}" for one in Group}
    moments = {one.value: _(WITHIN_LABELS[one]) for one in Within}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.search(filters, _("Return, order, tracking, case"), phone=phone, width=250)
        parts.pills(filters, "group", _("Where it stands"), labels)
        parts.one(filters, "within", _("Moment"), moments, none=_("Any moment"), width="stretch" if phone else 170)
        parts.rare(filters, RARE, lambda: _inside(filters, choices))
        views.draw(filters, me)


def _inside(filters: Address, choices: Choices) -> None:
    """Everything in the popover."""
    parts.several(filters, "reason", _("Reason"), {one.value: _(REASON_LABELS[one]) for one in ReturnReason})
    parts.several(filters, "state", _("State"), {one.value: _(STATE_LABELS[one]) for one in DisputeState})
    parts.several(filters, "solution", _("Asked for"), {one.value: _(SOLUTION_LABELS[one]) for one in Solution})
    parts.several(filters, "kind", _("Kind"), {one.value: _(KIND_LABELS[one]).capitalize() for one in RequestKind})
    parts.named(filters, "shop", _("Shop"), choices.shops)
    parts.markets(filters, choices)
    parts.named(filters, "carrier", _("Carrier"), choices.carriers)
    parts.named(filters, "owner", _("Owner"), choices.owners, _("no owner"))
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
