"""Parts of the rule card's form that hold several of something: documents, further limits, lengths of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name, kinds
from core.foundation.language import _
from core.models.rule import ClockEvent, DayUnit, LimitKind
from core.recovery.rule_cards import LIMIT_LABELS
from core.recovery.window_words import event_name
from pages.parts.formats import plain
from pages.parts.settings_rule_words import UNITS

Key = Callable[[str], str]
MOST_LIMITS = 8


def number(label: str, value: int | None, key: str) -> int | None:
    """A whole number, or nothing."""
    found: int | None = st.number_input(label, value=value, min_value=0, max_value=10_000, step=1, key=key)
    return found


def length(words: str, n: int | None, unit: DayUnit | None, key: str) -> tuple[int | None, DayUnit | None]:
    """A number of days, months or hours with its unit; nothing where there is no number."""
    left, right = st.columns(2)
    with left:
        found = number(words, n, key)
    chosen: DayUnit | None = right.selectbox(
        _("Unit of “{field}”", field=words),
        list(DayUnit),
        index=None if unit is None else list(DayUnit).index(unit),
        format_func=lambda one: _(UNITS[one]),
        placeholder=_("not known"),
        key=f"{key}-unit",
    )
    # A unit alone says nothing, and a number without one is refused by core in words.
    return found, chosen if found is not None else None


def documents(seen: list[dict[str, Any]], key: Key) -> list[dict[str, Any]]:
    """Which documents, how many of each, in which formats, who can get them, and a remark."""
    before = {row["code"]: row for row in seen}
    chosen = st.multiselect(_("Documents"), list(kinds()), list(before), format_func=kind_name, key=key("documents"))
    if not chosen:
        return []
    with st.expander(_("How many, in which formats, from whom")):
        return [_document(before.get(code, {"code": code, "count": 1, "note": ""}), key) for code in chosen]


def _document(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
    code, name = str(seen["code"]), kind_name(seen["code"])
    st.markdown(f"**{plain(name)}**")
    first, second, third = st.columns([1, 1.4, 1.8])
    count = first.number_input(
        _("{document}: how many", document=name),
        value=int(seen.get("count", 1)),
        min_value=1,
        max_value=50,
        key=key(f"document-{code}-count"),
    )
    formats = second.text_input(
        _("{document}: formats", document=name),
        ", ".join(seen.get("formats", ())),
        placeholder=_("any, or: jpg, png"),
        key=key(f"document-{code}-formats"),
    )
    who = third.text_input(
        _("{document}: who can get it", document=name),
        seen.get("who", ""),
        key=key(f"document-{code}-who"),
        max_chars=200,
    )
    note = st.text_input(
        _("{document}: remark", document=name), seen.get("note", ""), key=key(f"document-{code}-note"), max_chars=200
    )
    endings = [one for one in (formats or "").replace(",", " ").split() if one]
    more = {"formats": endings} if endings else {}
    return {
        "code": code,
        "count": int(count),
        "note": note or "",
        **more,
        **({"who": who} if (who or "").strip() else {}),
    }


def limits(seen: list[dict[str, Any]], key: Key) -> list[dict[str, Any]]:
    """What the payer limits beside its window: a trace, documents that may follow, its own form."""
    count = int(
        st.number_input(
            _("Further limits"),
            value=len(seen),
            min_value=0,
            max_value=MOST_LIMITS,
            key=key("limits"),
            help=_("A trace to be asked for first, documents or a form that may follow later."),
        )
    )
    rows = [*seen, *({} for _n in range(count - len(seen)))][:count]
    return [_limit(dict(row), n, key) for n, row in enumerate(rows, 1)]


def _limit(seen: dict[str, Any], n: int, key: Key) -> dict[str, Any]:
    left, right = st.columns(2)
    kind = left.selectbox(
        _("Limit {n}: about", n=n),
        list(LimitKind),
        index=list(LimitKind).index(LimitKind(seen.get("kind", LimitKind.TRACE))),
        format_func=lambda one: _(LIMIT_LABELS[one]),
        key=key(f"limit-{n}-kind"),
    )
    event = right.selectbox(
        _("Limit {n}: counted from", n=n),
        list(ClockEvent),
        index=list(ClockEvent).index(ClockEvent(seen.get("event", ClockEvent.ACCEPTED))),
        format_func=event_name,
        key=key(f"limit-{n}-event"),
    )
    made: dict[str, Any] = {"kind": str(kind), "event": str(event)}
    for end, words in (("not_before", _("Limit {n}: not before", n=n)), ("within", _("Limit {n}: within", n=n))):
        old = seen.get(end)
        found, unit = length(
            words, int(old[0]) if old else None, DayUnit(old[1]) if old else None, key(f"limit-{n}-{end}")
        )
        if found is not None:
            made[end] = [found, str(unit) if unit else None]
    note = st.text_input(_("Limit {n}: remark", n=n), seen.get("note", ""), key=key(f"limit-{n}-note"), max_chars=400)
    return {**made, "note": note or ""}
