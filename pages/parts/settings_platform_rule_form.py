"""The form of a rule of the platform: one of the team's own, or a new version of any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.foundation import clock, database
from core.foundation.formats import day, listed
from core.foundation.language import _
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.platform_rule import Topic
from core.models.rule import Confidence
from core.parcels import carriers
from core.parcels.markets import markets
from core.recovery import answers
from core.recovery.answers import rules
from core.recovery.disputes.words import REASON_LABELS
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.choices import segments
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.platform_rule_words import label, told
from pages.parts.settings_rule_words import CONFIDENCE
from pages.parts.who import actor, on_phone

Key = Callable[[str], str]


def add() -> None:
    """A rule nobody has yet; its code is made when it is kept."""
    me, form = actor(), "platform-rule-add"
    today = clock.local_day(clock.now(), me.zone)
    blank: dict[str, Any] = dict.fromkeys(LISTS, ()) | {
        "topic": Topic.PROOF,
        "source": "",
        "checked_on": today,
        "valid_from": None,
        "confidence": Confidence.HIGH,
    }
    spots = Spots()
    typed = _fields(form, state.seen(form, blank), spots)
    if st.button(
        _("Add the rule"), type="primary", width="stretch", key=state.widget(form, "save"), icon=":material/add:"
    ) and act(
        lambda session: rules.add_rule(session, actor=me, values=typed, now=clock.now()).code,
        key=state.key(form),
        notice=_("The rule is added: answers can rest on it from now on."),
        spots=spots,
    ):
        dialogs.done()


def edit(code: str) -> None:
    """A new version of a rule, over the newest there is."""
    me, form = actor(), f"platform-rule-edit-{code}"
    with database.reading() as session:
        newest = rules.rule_versions(session, code, actor=me)[0].rule
    today = clock.local_day(clock.now(), me.zone)
    if newest.valid_from is not None and newest.valid_from > today:
        st.info(
            _(
                "Version {n} takes effect on {day}. What you save builds on it.",
                n=newest.version,
                day=day(newest.valid_from, year=True),
            ),
            icon=":material/event_upcoming:",
        )
    seen, spots = state.seen(form, rules.values_of(newest)), Spots()
    typed = _fields(form, seen, spots)
    shown = {name: _teller(name) for name in seen}
    clash = Clash(form, {name: label(name) for name in seen}, shown)
    _left_as_before(seen, typed)
    saved = st.button(
        _("Save as a new version"),
        type="primary",
        width="stretch",
        key=state.widget(form, "save"),
        icon=":material/edit:",
    )
    st.caption(_("Answers that went keep the version they rested on; those being written use the new one."))
    if not saved:
        return
    known, wanted = clash.settle(seen, typed)
    if act(
        lambda session: rules.edit_rule(session, code, actor=me, seen=known, typed=wanted, now=clock.now()).version,
        key=state.key(form),
        notice=lambda version: _("Version {n} is kept.", n=version),
        clash=clash,
        spots=spots,
    ):
        dialogs.done()


def _left_as_before(seen: Mapping[str, Any], typed: Mapping[str, Any]) -> None:
    """Where one language was written anew, which others still say what they said: answers go out in them too."""
    words = [name for name in typed if name.startswith(rules.words_field(""))]
    left = [label(name) for name in words if typed[name] and typed[name] == seen[name]]
    if left and len(left) < len([name for name in words if typed[name]]):
        said = _("Still as before: {languages}. Do they say the same?", languages=listed(left))
        st.markdown(f":orange[:material/translate:] {plain(said)}")


LISTS = ("markets", "reasons", "pleas", "carriers")


def _teller(name: str) -> Callable[[Any], str]:
    return lambda value: told(name, value)


def _fields(form: str, seen: Mapping[str, Any], spots: Spots) -> dict[str, Any]:
    """Every field, drawn with what the form showed first; a language that is not shown is not written."""

    def key(part: str) -> str:
        return state.widget(form, part)

    typed: dict[str, Any] = {
        "topic": segments(
            label("topic"),
            list(Topic),
            key=key("topic"),
            default=seen["topic"],
            words=lambda one: _(answers.TOPIC_LABELS[one]),
        ),
        "markets": _many("markets", list(markets()), seen, key),
    }
    spots.under("topic", "markets")
    typed |= _texts(typed["markets"], seen, key, spots)
    asked = [one for one in ReturnReason if one is not ReturnReason.UNKNOWN]
    typed["reasons"] = _many("reasons", asked, seen, key, REASON_LABELS)
    with database.reading() as session:
        known = [one.code for one in carriers.list_carriers(session, actor=actor(), active=True)]
    left, right = st.columns(2)
    with left:
        typed["pleas"] = _many("pleas", list(Plea), seen, key, answers.PLEA_LABELS)
    with right:
        typed["carriers"] = _many("carriers", known, seen, key)
    spots.under("reasons", "pleas", "carriers")
    return typed | _written(seen, key, spots)


def _many(
    name: str, options: list[Any], seen: Mapping[str, Any], key: Key, words: Mapping[Any, str] | None = None
) -> list[Any]:
    """Several of a list; none means any."""
    kept = list(seen[name])
    return st.multiselect(
        label(name),
        [*options, *(one for one in kept if one not in options)],
        kept,
        format_func=lambda one: _(words[one]) if words else str(one),
        placeholder=told(name, []),
        key=key(name),
    )


def _texts(chosen: list[str], seen: Mapping[str, Any], key: Key, spots: Spots) -> dict[str, str]:
    """The rule in English and Chinese, and in the languages of its markets."""
    wanted = rules.languages_for(chosen)
    typed: dict[str, str] = {}
    for code in wanted[: len(rules.ALWAYS)]:
        typed |= _text(code, seen, key, spots, needed=True)
    others = wanted[len(rules.ALWAYS) :]
    if not others:
        return typed
    names = " · ".join(answers.wordings()[code].name for code in others)
    with st.expander(plain(_("In the languages of its markets: {names}", names=names)), expanded=len(others) < 3):
        for code in others:
            typed |= _text(code, seen, key, spots, needed=False)
    return typed


def _text(code: str, seen: Mapping[str, Any], key: Key, spots: Spots, *, needed: bool) -> dict[str, str]:
    name = rules.words_field(code)
    said = st.text_area(
        label(name),
        seen.get(name, ""),
        key=key(name),
        height=112 if on_phone() else 68,
        max_chars=rules.LONGEST_WORDS,
        placeholder=_("The rule in one sentence, in our own words") if needed else _("Empty: English is used"),
    )
    spots.under(name)
    return {name: said or ""}


def _written(seen: Mapping[str, Any], key: Key, spots: Spots) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "source": st.text_input(
            label("source"),
            seen["source"],
            key=key("source"),
            max_chars=rules.LONGEST_SOURCE,
            placeholder=_("The address of the page, or where else it is written"),
        )
        or ""
    }
    spots.under("source")
    left, middle, right = st.columns(3)
    typed["confidence"] = left.selectbox(
        label("confidence"),
        list(Confidence),
        index=list(Confidence).index(seen["confidence"]),
        format_func=lambda one: _(CONFIDENCE[one][0]),
        key=key("confidence"),
    )
    typed["checked_on"] = middle.date_input(
        label("checked_on"), seen["checked_on"], key=key("checked_on"), format="YYYY-MM-DD"
    )
    typed["valid_from"] = right.date_input(
        label("valid_from"),
        seen["valid_from"],
        key=key("valid_from"),
        format="YYYY-MM-DD",
        help=_("Empty where its source does not say. A day to come: until then the version before it holds."),
    )
    spots.under("confidence", "checked_on", "valid_from")
    return typed
