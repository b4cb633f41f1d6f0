"""The fields of a rule as forms and verbs take them, one by one: checked, and told apart language by language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.texts import checked as checked_text
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.platform_rule import Topic
from core.models.rule import Confidence
from core.parcels.markets import markets
from core.recovery.answers.plan import languages_of, wordings
from core.recovery.answers.rules.values import ALWAYS, PlatformRule

LONGEST_WORDS = 400
SHORTEST_WORDS = 8
"""Characters: the guard takes a rule's words as the platform's, so a word or two would hide the same words of our own."""
LONGEST_SOURCE = 500
LISTS = ("markets", "reasons", "pleas", "carriers")
PLAIN = ("topic", *LISTS, "source", "checked_on", "valid_from", "confidence")

E = TypeVar("E", bound=StrEnum)


def words_field(language: str) -> str:
    """The name of the field that holds the rule in a language."""
    return f"words-{language}"


def fields() -> tuple[str, ...]:
    """Every field a version may change."""
    return (*PLAIN, *(words_field(code) for code in wordings()))


def languages_for(chosen: Iterable[str]) -> tuple[str, ...]:
    """The languages a rule of these markets is told in: English and Chinese, then those its markets answer in (none chosen: all)."""
    listed = list(chosen) or list(markets())
    return tuple(dict.fromkeys((*ALWAYS, *(one for market in listed for one in languages_of(market)))))


def values_of(rule: PlatformRule) -> dict[str, Any]:
    """A rule as the fields have it: lists in their usual order, "" for a language it is not told in."""
    return {
        "topic": rule.topic,
        "markets": [one for one in markets() if one in rule.markets],
        "reasons": [one for one in ReturnReason if one in rule.reasons],
        "pleas": [one for one in Plea if one in rule.pleas],
        "carriers": sorted(rule.carriers),
        "source": rule.source,
        "checked_on": rule.checked_on,
        "valid_from": rule.valid_from,
        "confidence": rule.confidence,
        **{words_field(code): rule.words.get(code, "") for code in wordings()},
    }


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises `Invalid` naming the field."""
    known = {
        "topic": _one(Topic, values.get("topic"), "topic"),
        "markets": _markets(values.get("markets") or ()),
        "reasons": _some(ReturnReason, values.get("reasons") or (), "reasons"),
        "pleas": _some(Plea, values.get("pleas") or (), "pleas"),
        "carriers": sorted({str(one) for one in values.get("carriers") or ()}),
        "source": " ".join(checked_text(str(values.get("source") or ""), LONGEST_SOURCE, "source").split()),
        "checked_on": values.get("checked_on"),
        "valid_from": values.get("valid_from"),
        "confidence": _one(Confidence, values.get("confidence"), "confidence"),
    }
    words = {words_field(code): _words(values, code) for code in wordings()}
    if not known["source"]:
        raise Invalid(_("Say where the rule is written."), "source")
    if not isinstance(known["checked_on"], date):
        raise Invalid(_("Say on which day its source was looked at."), "checked_on")
    return {**known, **words}


def spoken(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts by language, without those it is not told in."""
    return {code: text for code in wordings() if (text := str(values[words_field(code)]))}


def _words(values: Mapping[str, Any], code: str) -> str:
    name = words_field(code)
    # An answer has a rule on one line, and the guard looks for it there.
    text = " ".join(checked_text(str(values.get(name) or ""), LONGEST_WORDS, name).split())
    if not text and code in ALWAYS:
        raise Invalid(_("Write the rule in English and in Chinese; other languages fall back to English."), name)
    if text and len(text) < SHORTEST_WORDS:
        raise Invalid(_("Write the whole sentence: at least {n} characters.", n=SHORTEST_WORDS), name)
    return text


def _markets(chosen: Iterable[Any]) -> list[str]:
    wanted = {str(one) for one in chosen}
    if unknown := wanted - set(markets()):
        raise Invalid(_("Recoup knows no market “{code}”.", code=min(unknown)), "markets")
    return [one for one in markets() if one in wanted]


def _one(kind: type[E], value: Any, field: str) -> E:
    try:
        return kind(value)
    except ValueError as error:
        raise Invalid(_("Choose one of the list."), field) from error


def _some(kind: type[E], chosen: Iterable[Any], field: str) -> list[E]:
    wanted = {_one(kind, one, field) for one in chosen}
    return [one for one in kind if one in wanted]
