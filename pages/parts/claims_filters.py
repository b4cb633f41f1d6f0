"""The filters of the claims: their codes in the address, the controls, what core is asked with."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from core.cases.words import payer_said
from core.desk.claim_schedule import CHANNEL_LABELS
from core.desk.claims_list import GROUP_LABELS, MOMENT_LABELS, NOBODY, ClaimChoices, ClaimFilter, Group, Moment
from core.desk.register import Choices
from core.foundation import formats
from core.foundation.config import settings
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.rule import FilingChannel, PayerKind
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.claims.denials import denial_codes
from core.recovery.settlements import Group as Compensation
from pages.parts import filters as parts
from pages.parts import views
from pages.parts.address import SAVED, Address, Day, Many, Number, One, Record, Text

TABLE, BOARD_VIEW, CALENDAR, MONEY = "table", "board", "calendar", "money"
RARE = ("payer", "by", "carrier", "shop", "market", "owner", "raised", "denial", "channel", "least", "most", "day")
"""Filters that stand in the popover."""
LOOK = ("view", SAVED, "month")
"""What of the address is about how the claims are shown, not which."""


def address(choices: Choices, payers: ClaimChoices, me: Actor, *, phone: bool) -> Address:
    """The filters of the claims and their codes."""
    return Address(
        "claims",
        {
            "q": Text(),
            "state": Many([one.value for one in Group]),
            "moment": One([one.value for one in Moment]),
            "payer": Many([one.value for one in PayerKind]),
            "by": Many([_code(name) for name in payers.payers]),
            "carrier": Many(parts.numbers(choices.carriers)),
            "shop": Many(parts.numbers(choices.shops)),
            "market": Many(choices.markets),
            "owner": Many(parts.numbers(choices.owners, NOBODY)),
            "raised": One(("1",)),
            "denial": Many(list(denial_codes())),
            "channel": Many([one.value for one in FilingChannel]),
            "least": Text(),
            "most": Text(),
            "day": Day(),
            "month": Day(),
            "view": One((TABLE, BOARD_VIEW, CALENDAR, MONEY), BOARD_VIEW if phone else TABLE),
            "money": One([one.value for one in Compensation], Compensation.SUGGESTED.value),
            "page": Number(),
            SAVED: Record(),
        },
        views.preset("claims", me),
    )


def _code(name: str) -> str:
    """A payer's name as a code: commas stand between codes."""
    return name.replace("%", "%25").replace(",", "%2C")


def _name(code: str) -> str:
    return code.replace("%2C", ",").replace("%25", "%")


def filter_of(filters: Address) -> ClaimFilter:
    """What the widgets say, as core takes it. An amount that is none does not narrow."""
    return ClaimFilter(
        text=filters.value("q") or "",
        groups=filters.each("state", Group),
        payers=filters.each("payer", PayerKind),
        carriers=filters.each("carrier", int),
        owners=filters.each("owner", int),
        by=filters.each("by", _name),
        shops=filters.each("shop", int),
        markets=filters.each("market", str),
        channels=filters.each("channel", FilingChannel),
        denials=filters.each("denial", str),
        moment=filters.only("moment", Moment),
        raised=filters.value("raised") == "1",
        least=_amount(filters.value("least")),
        most=_amount(filters.value("most")),
        day=filters.value("day"),
    )


def _amount(text: str | None) -> Decimal | None:
    try:
        return Money.parse(text, settings().base_currency).amount if text and text.strip() else None
    except Invalid:
        return None


def draw(
    filters: Address, choices: Choices, payers: ClaimChoices, counts: dict[Group, int], me: Actor, phone: bool
) -> None:
    """Search, states with their counts, the moment, the rare filters in a popover, the saved views."""
    labels = {one.value: f"{_(GROUP_LABELS[one])} {formats.number(counts[one])}" for one in Group}
    moments = {one.value: _(MOMENT_LABELS[one]) for one in Moment}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.search(filters, _("Claim, case, payer's or tracking number"), phone=phone)
        parts.pills(filters, "state", _("State"), labels)
        parts.one(filters, "moment", _("Moment"), moments, none=_("Any moment"), width="stretch" if phone else 170)
        parts.rare(filters, RARE, lambda: _inside(filters, choices, payers))
        views.draw(filters, me)


def _inside(filters: Address, choices: Choices, payers: ClaimChoices) -> None:
    """Everything in the popover."""
    parts.several(filters, "by", _("Payer"), {_code(name): payer_said(name) for name in payers.payers})
    parts.several(filters, "payer", _("Kind of payer"), {one.value: _(PAYER_LABELS[one]) for one in PayerKind})
    parts.named(filters, "carrier", _("Carrier"), choices.carriers)
    parts.named(filters, "owner", _("Owner"), choices.owners, _("no owner"))
    parts.named(filters, "shop", _("Shop"), choices.shops)
    parts.markets(filters, choices)
    parts.several(filters, "channel", _("Channel"), {one.value: _(CHANNEL_LABELS[one]) for one in FilingChannel})
    parts.several(filters, "denial", _("Reason of the denial"), {c: one.name for c, one in denial_codes().items()})
    with st.container(horizontal=True, gap="small"):
        base = settings().base_currency
        st.text_input(_("Value from, {currency}", currency=base), key=filters.key("least"), width=150)
        st.text_input(_("Value up to, {currency}", currency=base), key=filters.key("most"), width=150)
    st.date_input(_("Opens or closes on"), key=filters.key("day"), width=170)
    words = {"1": _("Only what escalated")}
    st.pills(
        _("Escalated"),
        list(words),
        key=filters.key("raised"),
        format_func=words.__getitem__,
        label_visibility="collapsed",
    )
