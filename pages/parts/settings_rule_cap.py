"""The cap of a rule card, edited with fields: its kind first, then what that kind needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.foundation.language import N_, _
from core.recovery.rule_cards import CAP_CASES

UNKNOWN = ""
KINDS: dict[str, str] = {
    UNKNOWN: N_("not known"),
    "amount": N_("a fixed amount"),
    "value": N_("the value of the goods"),
    "declared": N_("the declared value"),
    "freight": N_("a multiple of the freight"),
    "per_kg": N_("an amount per kg"),
    "share": N_("a share of something"),
    "less": N_("something less a deductible"),
    "lowest": N_("the lowest of several"),
    "highest": N_("the highest of several"),
    "cases": N_("depends on the parcel"),
    "none": N_("nothing is paid"),
}
SIMPLE = ("amount", "value", "declared", "freight", "per_kg")
DEEPEST = 3
Key = Callable[[str], str]


def cap_fields(seen: Mapping[str, Any], key: Key) -> dict[str, Any]:
    """Every field of a cap, drawn with what the form showed first. What is typed is checked by core."""
    return _fields(dict(seen), key, _("Cap"), "cap", 0)


def _fields(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    offered = [kind for kind in KINDS if _fits(kind, depth)]
    shown = seen.get("kind", UNKNOWN)
    # A part has to be something: a whole cap may be unknown.
    start = offered.index(shown) if shown in offered else 0
    kind = st.selectbox(label, offered, index=start, format_func=lambda one: _(KINDS[one]), key=key(path))
    if not kind:
        return {}
    inner = seen if seen.get("kind") == kind else {}
    draw = _DRAWN.get(kind)
    return {"kind": kind, **(draw(inner, key, label, path, depth) if draw else {})}


def _fits(kind: str, depth: int) -> bool:
    if kind == UNKNOWN:
        return depth == 0
    return kind in SIMPLE or depth < DEEPEST


def _amount(seen: dict[str, Any], key: Key, label: str, path: str, _depth: int) -> dict[str, Any]:
    left, right = st.columns(2)
    amount = left.text_input(
        _("{part}: amount", part=label), seen.get("amount", ""), key=key(f"{path}-amount"), placeholder="150"
    )
    currency = right.text_input(
        _("{part}: currency", part=label),
        seen.get("currency", ""),
        key=key(f"{path}-currency"),
        placeholder="SGD",
        help=_("Three letters; XDR is the special drawing right."),
    )
    return {"amount": _figure(amount), "currency": (currency or "").strip().upper()}


def _freight(seen: dict[str, Any], key: Key, label: str, path: str, _depth: int) -> dict[str, Any]:
    times = st.text_input(_("{part}: times the freight", part=label), seen.get("times", ""), key=key(f"{path}-times"))
    return {"times": _figure(times)}


def _share(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    percent = st.text_input(_("{part}: percent", part=label), seen.get("percent", ""), key=key(f"{path}-percent"))
    return {"percent": _figure(percent), "of": _whole(seen, key, label, path, depth)}


def _less(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    """A deductible in percent, as an amount, or both: what is left empty is left out."""
    percent = st.text_input(
        _("{part}: deductible in percent", part=label), seen.get("percent", ""), key=key(f"{path}-percent")
    )
    fixed = _amount(seen, key, _("{part}, deductible", part=label), path, depth)
    said = {"percent": _figure(percent)} if (percent or "").strip() else {}
    if fixed["amount"] or fixed["currency"]:
        said |= fixed
    return {**said, "of": _whole(seen, key, label, path, depth)}


def _whole(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    inside = seen.get("of")
    return _fields(
        dict(inside) if isinstance(inside, Mapping) else {},
        key,
        _("{part}: of what", part=label),
        f"{path}-of",
        depth + 1,
    )


def _several(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    inside = [dict(one) for one in seen.get("of", ())]
    count = st.number_input(
        _("{part}: how many", part=label), value=max(len(inside), 2), min_value=2, max_value=6, key=key(f"{path}-count")
    )
    rows = inside + [{}] * (int(count) - len(inside))
    return {
        "of": [
            _fields(row, key, _("{part}, no. {n}", part=label, n=n), f"{path}-{n}", depth + 1)
            for n, row in enumerate(rows[: int(count)], 1)
        ]
    }


def _cases(seen: dict[str, Any], key: Key, label: str, path: str, depth: int) -> dict[str, Any]:
    before = {one["when"]: dict(one["cap"]) for one in seen.get("cases", ())}
    chosen = st.multiselect(
        _("{part}: in which cases", part=label),
        list(CAP_CASES),
        list(before),
        format_func=lambda one: _(CAP_CASES[one]),
        key=key(f"{path}-cases"),
        help=_("The first case that fits the parcel decides."),
    )
    return {
        "cases": [
            {
                "when": when,
                "cap": _fields(
                    before.get(when, {}),
                    key,
                    _("{part}, {case}", part=label, case=_(CAP_CASES[when])),
                    f"{path}-{when}",
                    depth + 1,
                ),
            }
            for when in chosen
        ]
    }


def _figure(text: str | None) -> str:
    return (text or "").replace(",", "").strip()


_DRAWN: dict[str, Callable[[dict[str, Any], Key, str, str, int], dict[str, Any]]] = {
    "amount": _amount,
    "per_kg": _amount,
    "freight": _freight,
    "share": _share,
    "less": _less,
    "lowest": _several,
    "highest": _several,
    "cases": _cases,
}
