"""The form of a rule card: a new card, or a new version of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name, kinds
from core.cases.words import TYPE_LABELS
from core.foundation import clock, database
from core.foundation.calendars import calendars
from core.foundation.errors import Invalid
from core.foundation.language import N_, _
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, PayerKind
from core.parcels import carriers
from core.parcels.markets import markets
from core.recovery import rule_cards
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.rule_cards import EDITABLE, Card
from core.recovery.window_words import event_name
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.cap_words import cap_words
from pages.parts.choices import segments
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.who import actor

UNITS: dict[DayUnit, str] = {
    DayUnit.CALENDAR_DAYS: N_("calendar days"),
    DayUnit.BUSINESS_DAYS: N_("working days"),
    DayUnit.MONTHS: N_("months"),
    DayUnit.HOURS: N_("hours"),
}
CHANNELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("directly with the payer"),
    FilingChannel.PLATFORM: N_("through the platform"),
    FilingChannel.FORWARDER: N_("through the forwarder"),
}
CONFIDENCE: dict[Confidence, str] = {
    Confidence.HIGH: N_("official source"),
    Confidence.MEDIUM: N_("second-hand source"),
    Confidence.LOW: N_("single unofficial source"),
}
LABELS: dict[str, str] = {
    "title": N_("Title"),
    "payer_name": N_("Payer"),
    "carrier_code": N_("Carrier"),
    "service": N_("Service"),
    "market": N_("Market"),
    "channel": N_("Filed"),
    "clock_event": N_("Counted from"),
    "not_before": N_("Not before"),
    "not_before_unit": N_("Unit"),
    "within": N_("Within"),
    "within_unit": N_("Unit"),
    "calendar": N_("Calendar of working days"),
    "zone": N_("Time zone"),
    "documents": N_("Documents"),
    "cap": N_("Cap"),
    "answer_days": N_("Answers within"),
    "answer_unit": N_("Unit"),
    "appeal_days": N_("Days for an appeal"),
    "portal": N_("Portal"),
    "form": N_("Form"),
    "source": N_("Source"),
    "confidence": N_("Confidence"),
    "checked_on": N_("Checked on"),
    "valid_from": N_("Valid from"),
    "note": N_("Note"),
}
AMOUNT = '{"kind": "amount", "amount": "150", "currency": "SGD"}'
BLANK: dict[str, Any] = {
    **dict.fromkeys(EDITABLE),
    "title": "",
    "payer_name": "",
    "channel": FilingChannel.DIRECT,
    "clock_event": ClockEvent.ACCEPTED,
    "zone": "Asia/Shanghai",
    "documents": [],
    "cap": {},
    "source": "",
    "confidence": Confidence.MEDIUM,
    "note": "",
}


def values_of(card: Card) -> dict[str, Any]:
    """A card's fields as the form and the verbs take them."""
    return {**{name: getattr(card, name) for name in EDITABLE}, "documents": [asdict(one) for one in card.documents]}


def edit(code: str) -> None:
    """A new version of a card."""
    me, form = actor(), f"rule-edit-{code}"
    with database.reading() as session:
        card = rule_cards.card_versions(session, code, actor=me)[0]
    seen = state.seen(form, values_of(card))
    typed = _fields(form, seen)
    clash = Clash(form, {name: _(words) for name, words in LABELS.items()}, {"cap": cap_words, "documents": _listed})
    if not st.button(_("Save as a new version"), type="primary", width="stretch", key=state.widget(form, "save")):
        return
    known, wanted = clash.settle(seen, typed)

    def write(session: Any) -> int:
        values = {**wanted, "cap": _cap(wanted["cap"])}
        return rule_cards.edit_card(session, code, actor=me, seen=known, typed=values, now=clock.now()).version

    if act(
        write,
        key=state.key(form),
        notice=lambda version: _("Version {n} holds for new cases from now on.", n=version),
        clash=clash,
    ):
        dialogs.done()


def add() -> None:
    """A card nobody has yet."""
    me, form = actor(), "rule-add"
    left, right = st.columns(2)
    code = left.text_input(_("Code"), key=state.widget(form, "code"), placeholder="NINJA-VAN-MY-LOST")
    payer = right.selectbox(
        _("Who pays"),
        list(PayerKind),
        format_func=lambda one: _(PAYER_LABELS[one]),
        key=state.widget(form, "payer_kind"),
    )
    kind = segments(
        _("What went wrong"),
        list(IncidentType),
        key=state.widget(form, "type"),
        default=IncidentType.LOST,
        words=lambda one: _(TYPE_LABELS[one]),
    )
    today = clock.local_day(clock.now(), me.zone)
    typed = _fields(form, {**BLANK, "checked_on": today, "valid_from": today})
    if not st.button(_("Add"), type="primary", width="stretch", key=state.widget(form, "save")):
        return

    def write(session: Any) -> str:
        values = {**typed, "cap": _cap(typed["cap"]), "code": code.strip().upper(), "payer_kind": payer, "type": kind}
        return rule_cards.add_card(session, actor=me, values=values, now=clock.now()).code

    if act(write, key=state.key(form), notice=_("Rule card added.")):
        dialogs.done()


def _fields(form: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Every field a version may change, drawn with what the form showed first."""

    def key(part: str) -> str:
        return state.widget(form, part)

    typed: dict[str, Any] = {
        "title": st.text_input(_("Title"), seen["title"], key=key("title")),
        "payer_name": st.text_input(_("Payer"), seen["payer_name"], key=key("payer_name")),
    }
    left, middle, right = st.columns(3)
    with database.reading() as session:
        codes = [one.code for one in carriers.list_carriers(session, actor=actor())]
    typed["carrier_code"] = _choice(left, _("Carrier"), codes, seen["carrier_code"], key("carrier_code"))
    typed["service"] = middle.text_input(_("Service"), seen["service"] or "", key=key("service"))
    typed["market"] = _choice(right, _("Market"), list(markets()), seen["market"], key("market"))
    left, right = st.columns(2)
    typed["channel"] = left.selectbox(
        _("Filed"),
        list(FilingChannel),
        index=list(FilingChannel).index(seen["channel"]),
        format_func=lambda one: _(CHANNELS[one]),
        key=key("channel"),
    )
    typed["clock_event"] = right.selectbox(
        _("Counted from"),
        list(ClockEvent),
        index=list(ClockEvent).index(seen["clock_event"]),
        format_func=event_name,
        key=key("clock_event"),
    )
    for number, unit, words in (
        ("not_before", "not_before_unit", _("Not before")),
        ("within", "within_unit", _("Within")),
        ("answer_days", "answer_unit", _("Answers within")),
    ):
        typed |= _length(number, unit, words, seen, key)
    left, right = st.columns(2)
    typed["calendar"] = _choice(
        left, _("Calendar of working days"), list(calendars()), seen["calendar"], key("calendar")
    )
    typed["zone"] = right.text_input(_("Time zone"), seen["zone"], key=key("zone"))
    typed["documents"] = _documents(seen["documents"], key)
    typed["cap"] = st.text_area(
        _("Cap, as data"),
        json.dumps(seen["cap"], ensure_ascii=False) if seen["cap"] else "",
        key=key("cap"),
        height=68,
        help=f"{_('Empty: not known. A fixed amount:')} `{AMOUNT}`",
    )
    typed["appeal_days"] = _number(_("Days for an appeal"), seen["appeal_days"], key("appeal_days"))
    typed["portal"] = st.text_input(_("Portal"), seen["portal"] or "", key=key("portal"))
    typed["form"] = st.text_input(_("Form"), seen["form"] or "", key=key("form"))
    typed["source"] = st.text_area(_("Source"), seen["source"], key=key("source"), height=68) or ""
    left, middle, right = st.columns(3)
    typed["confidence"] = left.selectbox(
        _("Confidence"),
        list(Confidence),
        index=list(Confidence).index(seen["confidence"]),
        format_func=lambda one: _(CONFIDENCE[one]),
        key=key("confidence"),
    )
    typed["checked_on"] = middle.date_input(
        _("Checked on"), seen["checked_on"], key=key("checked_on"), format="YYYY-MM-DD"
    )
    typed["valid_from"] = right.date_input(
        _("Valid from"), seen["valid_from"], key=key("valid_from"), format="YYYY-MM-DD"
    )
    typed["note"] = st.text_area(_("Note"), seen["note"], key=key("note"), height=90) or ""
    return typed


def _choice(place: Any, label: str, options: list[str], value: str | None, key: str) -> str | None:
    offered = options if value is None or value in options else [value, *options]
    found: str | None = place.selectbox(
        label, offered, index=None if value is None else offered.index(value), placeholder=_("any"), key=key
    )
    return found


def _number(label: str, value: int | None, key: str) -> int | None:
    found: int | None = st.number_input(label, value=value, min_value=0, max_value=10_000, step=1, key=key)
    return found


def _length(number: str, unit: str, words: str, seen: Mapping[str, Any], key: Any) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        n = _number(words, seen[number], key(number))
    chosen = right.selectbox(
        _("Unit of “{field}”", field=words),
        list(DayUnit),
        index=None if seen[unit] is None else list(DayUnit).index(seen[unit]),
        format_func=lambda one: _(UNITS[one]),
        placeholder=_("not known"),
        key=key(unit),
    )
    # A unit alone says nothing, and a number without one is refused by core in words.
    return {number: n, unit: chosen if n is not None else None}


def _documents(seen: list[dict[str, Any]], key: Any) -> list[dict[str, Any]]:
    """Which documents, and how many of each; remarks of those that were there stay."""
    before = {row["code"]: row for row in seen}
    chosen = st.multiselect(_("Documents"), list(kinds()), list(before), format_func=kind_name, key=key("documents"))
    return [before.get(code, {"code": code, "count": 1, "note": ""}) for code in chosen]


def _listed(rows: list[dict[str, Any]]) -> str:
    return ", ".join(plain(kind_name(row["code"])) for row in rows)


def _cap(text: str | Mapping[str, Any]) -> Any:
    if not isinstance(text, str):
        return text
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        raise Invalid(_("This limit of the payment cannot be understood."), "cap") from None
