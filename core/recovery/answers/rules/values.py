"""A rule of the platform as a frozen value, and those Recoup ships: rows of `data/platform_rules.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.language import current
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.platform_rule import Topic
from core.models.rule import Confidence, Origin

TABLE = Path(__file__).parents[3] / "data" / "platform_rules.toml"
FALLBACK = "en"
ALWAYS = ("en", "zh-CN")
"""The languages every rule is told in."""


@dataclass(frozen=True)
class PlatformRule:
    """One version of one rule, in our own words by language. Empty `markets`, `reasons`, `pleas`, `carriers`: any.

    `valid_from` is None where its source does not say since when. `origin` says whether the words are Recoup's or the team's.
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
    version: int = 1
    origin: Origin = Origin.SEED
    retired: bool = False

    def text(self, language: str) -> str:
        """The rule in a language; in English where it is not told in that one."""
        return self.words.get(language, self.words[FALLBACK])

    @property
    def reading(self) -> str:
        """The rule in the reader's language."""
        return self.text(current())

    def begun(self, on: date) -> bool:
        """Whether it holds already on that day."""
        return self.valid_from is None or self.valid_from <= on

    def serves(self, market: str) -> bool:
        """Whether it is a rule of that market."""
        return not self.markets or market in self.markets

    def due(self, today: date) -> bool:
        """Whether it is long since somebody looked whether it still reads so."""
        return (today - self.checked_on).days > check_again_days()

    def says(self) -> tuple[object, ...]:
        """Everything a version can change, to tell two of them apart."""
        parts = (self.topic, self.markets, self.reasons, self.pleas, self.carriers, dict(self.words))
        return (*parts, self.source, self.checked_on, self.confidence, self.valid_from)


@cache
def _table() -> Mapping[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def check_again_days() -> int:
    """After how many days without a look at its source a rule is due to be checked."""
    return int(_table()["check_again_days"])


@cache
def shipped() -> Mapping[str, PlatformRule]:
    """Code → rule as Recoup ships it, in the order of the table."""
    return {row["code"]: _rule(row, _table()["checked_on"]) for row in _table()["rule"]}


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
