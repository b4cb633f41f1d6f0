"""The rules of the platform that an answer can rest on: rows of `data/platform_rules.toml`, read once, as frozen values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.language import current
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.rule import Confidence

TABLE = Path(__file__).parents[2] / "data" / "platform_rules.toml"
FALLBACK = "en"


class Topic(StrEnum):
    """What a rule is about."""

    RESPONSE = "response"
    PROOF = "proof"
    REASON = "reason"
    RETURN = "return"
    COMPENSATION = "compensation"


@dataclass(frozen=True)
class PlatformRule:
    """One rule, in our own words by language. Empty `markets`, `reasons`, `pleas`, `carriers`: any.

    `valid_from` is None where its source does not say since when.
    """

    code: str
    topic: Topic
    markets: frozenset[str]
    reasons: frozenset[ReturnReason]
    pleas: frozenset[Plea]
    carriers: frozenset[str]
    words: Mapping[str, str]
    source: str
    checked_on: date
    confidence: Confidence
    valid_from: date | None

    def text(self, language: str) -> str:
        """The rule in a language; in English where it is not told in that one."""
        return self.words.get(language, self.words[FALLBACK])

    @property
    def reading(self) -> str:
        """The rule in the reader's language."""
        return self.text(current())

    def holds(self, market: str, on: date) -> bool:
        """Whether it is a rule of that market on that day."""
        return (not self.markets or market in self.markets) and (self.valid_from is None or self.valid_from <= on)


@cache
def platform_rules() -> Mapping[str, PlatformRule]:
    """Code → rule, in the order of the table."""
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    return {row["code"]: _rule(row, table["checked_on"]) for row in table["rule"]}


_KNOWN = frozenset(
    {"code", "topic", "markets", "reasons", "pleas", "carriers", "source", "checked_on", "confidence", "valid_from"}
)


def _rule(row: Mapping[str, Any], checked_on: date) -> PlatformRule:
    return PlatformRule(
        code=row["code"],
        topic=Topic(row["topic"]),
        markets=frozenset(row.get("markets", ())),
        reasons=frozenset(ReturnReason(one) for one in row.get("reasons", ())),
        pleas=frozenset(Plea(one) for one in row.get("pleas", ())),
        carriers=frozenset(row.get("carriers", ())),
        words={name: text for name, text in row.items() if name not in _KNOWN},
        source=row["source"],
        checked_on=row.get("checked_on", checked_on),
        confidence=Confidence(row["confidence"]),
        valid_from=row.get("valid_from"),
    )


def fitting(
    market: str, reason: ReturnReason | None, plea: Plea, carrier: str | None, on: date
) -> Sequence[PlatformRule]:
    """The rules an answer can rest on: first those that speak of just this, then those of the market, then the general ones."""
    found = [
        one
        for one in platform_rules().values()
        if one.holds(market, on)
        and (not one.reasons or reason in one.reasons)
        and (not one.pleas or plea in one.pleas)
        and (not one.carriers or carrier in one.carriers)
    ]
    order = list(Confidence)
    return sorted(found, key=lambda one: (-_closeness(one), order.index(one.confidence)))


def _closeness(rule: PlatformRule) -> int:
    return 4 * bool(rule.carriers) + 3 * bool(rule.reasons) + 2 * bool(rule.pleas) + bool(rule.markets)


def advised(rules: Sequence[PlatformRule]) -> tuple[str, ...]:
    """The codes an answer begins with: the closest two that are more than one unofficial word; how long goods may be sent back
    says something only where it was too late, so that is a person's to add.
    """
    fit = [
        one for one in rules if one.confidence is not Confidence.LOW and (one.topic is not Topic.RETURN or one.pleas)
    ]
    return tuple(one.code for one in fit)[:2]
