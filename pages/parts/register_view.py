"""The register on the screen: its filters, its grid or cards, its export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.cases.words import CAUSE_LABELS, RESULT_LABELS, STAGE_LABELS, STATE_LABELS, TIER_LABELS, TYPE_LABELS
from core.desk.export import export_csv, export_xlsx
from core.desk.register import NOBODY, SORT_LABELS, Case, Choices, Filter, Sort
from core.foundation import formats
from core.foundation.clock import local_day
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.insight.explore import BANDS, NO_RATE, NONE, TOLD_LABELS, BandChoice, Told, band_name, written
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier
from pages.parts import badges, figures, tables, taking, views
from pages.parts import filters as parts
from pages.parts.address import SAVED, Address, Day, Many, Number, One, Record, Text, Words
from pages.parts.badges import Colour
from pages.parts.formats import dotted, figure, gray, line, plain, wait

RARE = (
    "type", "carrier", "owner", "stage", "market", "tier", "shop", "result", "cause", "service", "product", "band", "told",
    "since", "until", "shipped", "shipped_until",
)  # fmt: skip
"""Filters that stand in the popover."""


def address(choices: Choices, me: Actor) -> Address:
    """The filters of the register and their codes."""
    return Address(
        "register",
        {
            "q": Text(),
            "state": Many([one.value for one in IncidentState]),
            "type": Many([one.value for one in IncidentType]),
            "stage": Many([one.value for one in Stage]),
            "carrier": Many(parts.numbers(choices.carriers, NOBODY)),
            "shop": Many(parts.numbers(choices.shops)),
            "market": Many(choices.markets),
            "tier": Many([one.value for one in Tier]),
            "owner": Many(parts.numbers(choices.owners, NOBODY)),
            "result": Many([one.value for one in Result]),
            "cause": Many([*(one.value for one in Cause), NONE]),
            "service": Words(),
            "product": Words(),
            "band": Many([*map(str, range(BANDS)), NONE]),
            "told": One([one.value for one in Told]),
            "since": Day(),
            "until": Day(),
            "shipped": Day(),
            "shipped_until": Day(),
            "sort": One([one.value for one in Sort], Sort.NEWEST.value),
            "page": Number(),
            SAVED: Record(),
        },
        views.preset("register", me),
    )


def filter_of(filters: Address, me: Actor) -> Filter:
    """What the widgets say, as core takes it."""
    places = filters.each("band", lambda code: NO_RATE if code == NONE else int(code))
    return Filter(
        text=filters.value("q") or "",
        states=filters.each("state", IncidentState),
        types=filters.each("type", IncidentType),
        stages=filters.each("stage", Stage),
        carriers=filters.each("carrier", int),
        shops=filters.each("shop", int),
        markets=filters.each("market", str),
        tiers=filters.each("tier", Tier),
        owners=filters.each("owner", int),
        results=filters.each("result", Result),
        since=filters.value("since"),
        until=filters.value("until"),
        causes=filters.each("cause", lambda code: None if code == NONE else Cause(code)),
        services=filters.each("service", str),
        products=filters.each("product", str),
        bands=BandChoice(figures.bands(me), places) if places else None,
        shipped_since=filters.value("shipped"),
        shipped_until=filters.value("shipped_until"),
        told=filters.only("told", Told),
        sort=filters.only("sort", Sort) or Sort.NEWEST,
    )


def codes_of(wanted: Filter) -> dict[str, str]:
    """The address of a filter: what `filter_of` reads back."""
    days = {
        "since": wanted.since,
        "until": wanted.until,
        "shipped": wanted.shipped_since,
        "shipped_until": wanted.shipped_until,
    }
    lists: dict[str, tuple[Any, ...]] = {
        "state": wanted.states,
        "type": wanted.types,
        "stage": wanted.stages,
        "carrier": wanted.carriers,
        "shop": wanted.shops,
        "market": wanted.markets,
        "tier": wanted.tiers,
        "owner": wanted.owners,
        "result": wanted.results,
        "cause": tuple(one or NONE for one in wanted.causes),
        "service": tuple(map(written, wanted.services)),
        "product": tuple(map(written, wanted.products)),
        "band": tuple(NONE if one == NO_RATE else one for one in (wanted.bands.places if wanted.bands else ())),
    }
    found = {name: ",".join(map(str, codes)) for name, codes in lists.items()}
    found |= {name: day.isoformat() for name, day in days.items() if day}
    found |= {"q": wanted.text.strip(), "told": wanted.told or "", "sort": wanted.sort}
    if wanted.sort is Sort.NEWEST:
        del found["sort"]
    return {name: str(code) for name, code in found.items() if code}


def draw_filters(filters: Address, choices: Choices, me: Actor, phone: bool) -> None:
    """Search, the usual filters in a row, the rare ones in a popover, the saved views."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.search(filters, _("Reference, order, tracking number or words"), phone=phone, width=330)
        parts.pills(filters, "state", _("State"), {one.value: _(STATE_LABELS[one]) for one in IncidentState})
        parts.rare(filters, RARE, lambda: _inside(filters, choices, me))
        sorts = {one.value: _(SORT_LABELS[one]) for one in Sort}
        parts.one(filters, "sort", _("Sort by"), sorts, width="stretch" if phone else 190)
        views.draw(filters, me)


def _inside(filters: Address, choices: Choices, me: Actor) -> None:
    """Everything in the popover."""
    parts.several(filters, "type", _("Type"), {one.value: _(TYPE_LABELS[one]) for one in IncidentType})
    parts.named(filters, "carrier", _("Carrier"), choices.carriers, _("Carrier not known"))
    parts.named(filters, "owner", _("Owner"), choices.owners, _("no owner"))
    parts.several(filters, "stage", _("Stage"), {one.value: _(STAGE_LABELS[one]) for one in Stage})
    parts.named(filters, "shop", _("Shop"), choices.shops)
    parts.markets(filters, choices)
    parts.several(filters, "tier", _("Tier"), {one.value: _(TIER_LABELS[one]) for one in Tier})
    parts.several(filters, "result", _("Result"), {one.value: _(RESULT_LABELS[one]) for one in Result})
    of_parcels(filters, me)
    told = {one.value: _(TOLD_LABELS[one]) for one in Told}
    parts.one(filters, "told", _("Only cases"), told, none=_("all of them"), hidden=False)
    with st.container(horizontal=True, gap="small"):
        st.date_input(_("Registered from"), key=filters.key("since"), width=170)
        st.date_input(_("Registered until"), key=filters.key("until"), width=170)
    with st.container(horizontal=True, gap="small"):
        st.date_input(_("Shipped from"), key=filters.key("shipped"), width=170)
        st.date_input(_("Shipped until"), key=filters.key("shipped_until"), width=170)


def of_parcels(filters: Address, me: Actor) -> None:
    """What is asked of the cause and of the parcel, the same here and where managers ask."""
    causes = {NONE: _("No cause yet"), **{one.value: _(CAUSE_LABELS[one]) for one in Cause}}
    bands = figures.bands(me)
    places = {code: band_name(bands, code) for code in (*map(str, range(BANDS)), NONE)}
    parts.several(filters, "cause", _("Cause"), causes)
    parts.texts(filters, "service", _("Service"), figures.services(me), _("Service not known"))
    parts.texts(filters, "product", _("Product"), (), _("Product not known"))
    parts.several(filters, "band", _("Value band"), places)


def draw_table(rows: Sequence[Case], now: datetime, *, zone: str, key: str) -> int | None:
    """The page as a grid; the place of the chosen row."""
    base = rows[0].base_currency
    clocks = [(_next(row, now), _colour(row, now)) for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "next": [tables.chip(word) for word, _ground in clocks],
        "reference": [row.reference for row in rows],
        "state": [tables.chip(_(STATE_LABELS[row.state])) for row in rows],
        "type": [_(TYPE_LABELS[row.type]) for row in rows],
        "carrier": [tables.text(row.carrier) for row in rows],
        "number": [row.number for row in rows],
        "value": [float(row.base) for row in rows],
        "recovered": [_recovered(row) for row in rows],
        "owner": [tables.text(row.owner) for row in rows],
        "registered": [formats.day(local_day(row.registered_at, zone), year=True) for row in rows],
        "stage": [_(STAGE_LABELS[row.stage]) for row in rows],
        "shop": [row.shop for row in rows],
    }
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    config = {
        "next": tables.chips(_("Next clock"), clocks, width=104),
        "reference": text(_("Case"), width=118),
        "state": tables.chips(
            _("State"), [(_(STATE_LABELS[one]), badges.CASE_COLOURS[one][0]) for one in IncidentState], width=92
        ),
        "type": text(_("Type"), width=112),
        "stage": text(_("Stage"), width=90),
        "carrier": text(_("Carrier"), width=100),
        "number": text(_("Number"), width=140),
        "shop": text(_("Shop"), width=120),
        "value": number(_("Value, {currency}", currency=base), format=tables.places(base), width=88),
        "recovered": text(_("Recovered"), width=92, alignment="right"),
        "owner": text(_("Owner"), width=96),
        "registered": text(_("Registered"), width=98),
    }
    chosen = tables.table(
        columns,
        key=key,
        alt=_n("Register, {n} case", "Register, {n} cases", len(rows)),
        config=config,
    )
    return chosen[0] if chosen and chosen[0] < len(rows) else None


def _next(row: Case, now: datetime) -> str:
    return wait(row.next_due_at, now) if row.state is not IncidentState.CLOSED else formats.NOTHING


def _colour(row: Case, now: datetime) -> Colour:
    return "gray" if row.state is IncidentState.CLOSED else badges.urgency(row.next_due_at, now)


def _recovered(row: Case) -> str:
    return formats.amount(Money(row.recovered, row.currency)) if row.recovered else formats.NOTHING


def draw_cards(rows: Sequence[Case], now: datetime) -> int | None:
    """The page on a phone: a card per case; the place of the one that was pressed."""
    pressed = None
    for place, row in enumerate(rows):
        with st.container(border=True, horizontal=True, wrap=False, vertical_alignment="bottom", gap="small"):
            mark = badges.due(row.next_due_at, now) if row.next_due_at and row.state is not IncidentState.CLOSED else ""
            kind = dotted(plain(_(TYPE_LABELS[row.type])), plain(_(STAGE_LABELS[row.stage])))
            facts = gray(dotted(line(row.carrier or "", 24), plain(row.number), line(row.owner or "", 20)))
            st.markdown(
                f"**{plain(row.reference)}** {badges.case_state(row.state)} {mark}  \n{kind}  \n{facts}",
                width="stretch",
            )
            with st.container(width=112, gap="small"):
                st.markdown(figure(Money(row.base, row.base_currency)), text_alignment="right")
                if st.button(_("Open"), key=f"register-open-{row.id}", width="stretch"):
                    pressed = place
    return pressed


def draw_export(wanted: Filter, me: Actor) -> None:
    """The two files of everything the filter lets through."""
    taking.popover(
        "register",
        me,
        lambda session, out: export_xlsx(session, wanted, out, actor=me),
        lambda session, out: export_csv(session, wanted, out, actor=me),
    )
