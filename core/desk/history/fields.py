"""What the sentences of the trail are made of: stored codes, moments, amounts and changed fields in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.cases import words
from core.foundation import formats
from core.foundation.formats import clauses
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.incident import NoticedBy, Stage, Tier

Fields = Mapping[str, Any]

FIELD_LABELS: dict[str, str] = {
    "answers": N_("answers of the form"),
    "stage": N_("stage"),
    "noticed_by": N_("how it was noticed"),
    "buyer_said": N_("the buyer's words"),
    "value_at_risk": N_("value at risk"),
    "tier": N_("tier"),
    "demand": N_("demand"),
    "note": N_("note"),
    "event_at": N_("start of the window"),
    "opens_at": N_("opening of the window"),
    "due_at": N_("end of the window"),
    "rule_version": N_("rule version"),
}

_WORDS: dict[str, tuple[type[StrEnum], Mapping[Any, str]]] = {
    "stage": (Stage, words.STAGE_LABELS),
    "noticed_by": (NoticedBy, words.NOTICED_LABELS),
    "tier": (Tier, words.TIER_LABELS),
}

_LONG = ("answers", "buyer_said", "note")

_MOMENTS = ("event_at", "opens_at", "due_at")


def label(kind: type[StrEnum], labels: Mapping[Any, str], value: Any) -> str:
    """The word for a stored code, or the code itself where it is not known here."""
    if value is None:
        return formats.NOTHING
    try:
        return _(labels[kind(value)])
    except (ValueError, KeyError):
        return str(value)


def moment(value: Any, zone: str) -> str:
    return formats.NOTHING if value is None else formats.moment(datetime.fromisoformat(str(value)), zone, year=True)


def amount(value: Any, currency: Any) -> str:
    if value is None:
        return formats.NOTHING
    figure = Decimal(str(value))
    return formats.amount(Money(figure, str(currency))) if currency else formats.number(figure)


def plainly(after: Fields) -> str:
    return str(next((after[name] for name in ("reference", "name", "title", "code", "text") if after.get(name)), ""))


def _field(name: str, value: Any, currency: Any, zone: str) -> str:
    if name in _WORDS:
        return label(*_WORDS[name], value)
    if name in _MOMENTS:
        return moment(value, zone)
    if name in ("value_at_risk", "demand"):
        return amount(value, currency)
    return str(value if value not in (None, "") else formats.NOTHING)


def edited(before: Fields, after: Fields, zone: str) -> str:
    currency = after.get("currency") or before.get("currency")
    said = []
    for name in sorted(after, key=lambda one: list(FIELD_LABELS).index(one) if one in FIELD_LABELS else 99):
        value = after[name]
        if name in ("reference", "currency") or value == before.get(name):
            continue
        label = _(FIELD_LABELS[name]) if name in FIELD_LABELS else name
        if name in _LONG:
            said.append(label)
            continue
        old = _field(name, before.get(name), currency, zone)
        said.append(f"{label} {old} → {_field(name, value, currency, zone)}")
    return clauses(said)
