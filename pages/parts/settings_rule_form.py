"""The form of a rule card: a new card, or a new version of one, with what it would touch before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.cases.words import TYPE_LABELS
from core.foundation import clock, database
from core.foundation.calendars import calendars
from core.foundation.formats import day
from core.foundation.language import _
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, FilingChannel, PayerKind, ValueBasis
from core.parcels import carriers
from core.parcels.markets import markets
from core.recovery import moving, receivers, rule_cards
from core.recovery.claim_states import PAYER_LABELS
from core.recovery.rule_cards import EDITABLE
from core.recovery.window_words import event_name
from pages.parts import dialogs, settings_rule_cap, settings_rule_moving, settings_rule_parts, state
from pages.parts.act import act, attempt
from pages.parts.cap_words import cap_words
from pages.parts.choices import segments
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.settings_rule_words import (
    BASES,
    CHANNELS,
    CONFIDENCE,
    documents_words,
    labels,
    limits_words,
)
from pages.parts.who import actor

BLANK: dict[str, Any] = {
    **dict.fromkeys(EDITABLE),
    "title": "",
    "payer_name": "",
    "channel": FilingChannel.DIRECT,
    "clock_event": ClockEvent.ACCEPTED,
    "zone": "Asia/Shanghai",
    "documents": [],
    "cap": {},
    "limits": [],
    "value_basis": ValueBasis.NONE_STATED,
    "source": "",
    "confidence": Confidence.MEDIUM,
    "note": "",
}


def edit(code: str) -> None:
    """A new version of a card. Where it would move dates of running cases, they are listed before it is saved."""
    me, form = actor(), f"rule-edit-{code}"
    with database.reading() as session:
        card = rule_cards.card_versions(session, code, actor=me)[0]
    today = clock.local_day(clock.now(), me.zone)
    if card.scheduled(today):
        st.info(
            _(
                "Version {n} takes effect on {day}. What you save builds on it.",
                n=card.version,
                day=day(card.valid_from),
            ),
            icon=":material/event_upcoming:",
        )
    seen = state.seen(form, card.values())
    typed = _fields(form, seen)
    clash = Clash(form, labels(), {"cap": cap_words, "documents": documents_words, "limits": limits_words})
    look, save = state.widget(form, "look"), state.widget(form, "save")
    # What was pressed is known before the buttons are drawn, so that only one of them leads.
    pressed = bool(st.session_state.get(look) or st.session_state.get(save))
    preview = _preview(code, typed, pressed, form)
    moves = preview is not None and bool(preview.moving)
    with st.container(horizontal=True):
        st.button(_("What would it touch?"), icon=":material/preview:", key=look)
        saved = st.button(_("Save as a new version"), type="secondary" if moves else "primary", key=save)
    if preview is not None:
        settings_rule_moving.touched(preview)
    confirmed = moves and _confirm(form)
    if not (confirmed or (saved and preview is not None and not moves)):
        return
    known, wanted = clash.settle(seen, typed)

    def write(session: Any) -> int:
        return rule_cards.edit_card(session, code, actor=me, seen=known, typed=wanted, now=clock.now()).version

    if act(write, key=state.key(form), notice=_saved, clash=clash):
        state.memory().found.pop(form, None)
        dialogs.done()


def _saved(version: int) -> str:
    return _("Version {n} holds for new cases from the day it says. Running cases keep theirs until moved.", n=version)


def _preview(code: str, typed: Mapping[str, Any], asked: bool, form: str) -> moving.Preview | None:
    """The preview of exactly what is typed now; None while nobody asked for it, or where it was refused."""
    kept = state.memory().found.get(form)
    if asked:
        now = clock.now()

        def read() -> moving.Preview:
            with database.reading() as session:
                return moving.preview(session, code, typed, actor=actor(), now=now)

        found = attempt(read)
        kept = state.memory().found[form] = None if found is None else (repr(typed), found)
    if kept is None or kept[0] != repr(typed):
        return None
    preview: moving.Preview = kept[1]
    return preview


def _confirm(form: str) -> bool:
    st.caption(_("These cases keep the version they were opened under until somebody moves them."))
    return st.button(
        _("Save; running cases keep theirs"), type="primary", icon=":material/check:", key=state.widget(form, "confirm")
    )


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
        values = {**typed, "code": code.strip().upper(), "payer_kind": payer, "type": kind}
        return rule_cards.add_card(session, actor=me, values=values, now=clock.now()).code

    if act(write, key=state.key(form), notice=_("Rule card added.")):
        dialogs.done()


# --- fields ------------------------------------------------------------------------------------------------------------

Key = Callable[[str], str]


def _fields(form: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Every field a version may change, drawn with what the form showed first."""

    def key(part: str) -> str:
        return state.widget(form, part)

    typed = _who(seen, key)
    st.subheader(_("Window"), anchor=False)
    typed |= _window(seen, key)
    typed["limits"] = settings_rule_parts.limits(list(seen["limits"]), key)
    st.subheader(_("What is asked for and paid"), anchor=False)
    typed["documents"] = settings_rule_parts.documents(list(seen["documents"]), key)
    typed["cap"] = settings_rule_cap.cap_fields(seen["cap"] or {}, key)
    typed |= _paid(seen, key)
    st.subheader(_("After filing"), anchor=False)
    for number, unit, words in (
        ("answer_days", "answer_unit", _("Answers within")),
        ("follow_up_days", "follow_up_unit", _("Ask again after")),
        ("appeal_days", "appeal_unit", _("Time for an appeal")),
    ):
        typed[number], typed[unit] = settings_rule_parts.length(words, seen[number], seen[unit], key(number))
    typed["portal"] = st.text_input(_("Portal"), seen["portal"] or "", key=key("portal"))
    typed["form"] = st.text_input(_("Form"), seen["form"] or "", key=key("form"))
    st.subheader(_("Where it is written"), anchor=False)
    return typed | _written(seen, key)


def _who(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
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
    typed["channel"] = st.selectbox(
        _("Filed"),
        list(FilingChannel),
        index=list(FilingChannel).index(seen["channel"]),
        format_func=lambda one: _(CHANNELS[one]),
        key=key("channel"),
    )
    return typed


def _window(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "clock_event": st.selectbox(
            _("Counted from"),
            list(ClockEvent),
            index=list(ClockEvent).index(seen["clock_event"]),
            format_func=event_name,
            key=key("clock_event"),
        )
    }
    for name, words in (("not_before", _("Not before")), ("within", _("Within"))):
        typed[name], typed[f"{name}_unit"] = settings_rule_parts.length(
            words, seen[name], seen[f"{name}_unit"], key(name)
        )
    left, right = st.columns(2)
    typed["calendar"] = _choice(
        left, _("Calendar of working days"), list(calendars()), seen["calendar"], key("calendar")
    )
    typed["zone"] = right.text_input(_("Time zone"), seen["zone"], key=key("zone"))
    return typed


def _paid(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
    left, right = st.columns(2)
    basis = left.selectbox(
        _("Value reckoned with"),
        list(ValueBasis),
        index=list(ValueBasis).index(seen["value_basis"]),
        format_func=lambda one: _(BASES[one]),
        key=key("value_basis"),
    )
    known = receivers.receivers()
    receiver = right.selectbox(
        _("Receiver of the pack"),
        list(known),
        index=None if seen["receiver"] is None else list(known).index(seen["receiver"]),
        format_func=lambda one: plain(known[one].name),
        placeholder=_("by payer and channel"),
        key=key("receiver"),
    )
    return {"value_basis": basis, "receiver": receiver}


def _written(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "source": st.text_area(_("Source"), seen["source"], key=key("source"), height=68) or "",
    }
    left, middle, right = st.columns(3)
    typed["confidence"] = left.selectbox(
        _("Confidence"),
        list(Confidence),
        index=list(Confidence).index(seen["confidence"]),
        format_func=lambda one: _(CONFIDENCE[one][0]),
        key=key("confidence"),
    )
    typed["checked_on"] = middle.date_input(
        _("Checked on"), seen["checked_on"], key=key("checked_on"), format="YYYY-MM-DD"
    )
    typed["valid_from"] = right.date_input(
        _("Valid from"),
        seen["valid_from"],
        key=key("valid_from"),
        format="YYYY-MM-DD",
        help=_("A day to come: until then the version before it holds."),
    )
    typed["note"] = st.text_area(_("Note"), seen["note"], key=key("note"), height=90) or ""
    return typed


def _choice(place: Any, label: str, options: list[str], value: str | None, key: str) -> str | None:
    offered = options if value is None or value in options else [value, *options]
    found: str | None = place.selectbox(
        label, offered, index=None if value is None else offered.index(value), placeholder=_("any"), key=key
    )
    return found
