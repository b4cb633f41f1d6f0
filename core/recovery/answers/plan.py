"""How an answer is made and what its words are in each language: `data/answers/*.toml`, read once, as frozen values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.cases.messages import languages
from core.cases.messages.library import folded
from core.foundation.language import current
from core.models.dispute import ReturnReason

FOLDER = Path(__file__).parents[2] / "data" / "answers"
FALLBACK = "en"
CHINESE = "zh-CN"
_UNSPACED = frozenset({"th", "zh-CN", "zh-TW"})


@dataclass(frozen=True)
class FactLine:
    """One line of the facts: its words, the moment it is told at, the kinds of evidence it points to; `needs` the moment, or
    only told with `proof` among the exhibits.
    """

    words: str
    moment: str
    kinds: tuple[str, ...]
    needs: bool
    proof: bool


@dataclass(frozen=True)
class UsualModule:
    """One place of the usual list of proof, where the platform gave none for the case."""

    code: str
    names: Mapping[str, str]
    required: bool
    kinds: tuple[str, ...]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names[current()]


@dataclass(frozen=True)
class Plan:
    """What is the same in every language. `signs`: what stands beside money → currencies it may mean, folded; `times`: words
    that multiply a figure, folded.
    """

    markets: Mapping[str, tuple[str, ...]]
    facts: tuple[FactLine, ...]
    usual: tuple[tuple[frozenset[ReturnReason], tuple[UsualModule, ...]], ...]
    fits: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    signs: Mapping[str, frozenset[str]]
    times: Mapping[str, Decimal]


@dataclass(frozen=True)
class Wording:
    """An answer's words in one language; `day` a CLDR pattern, `locale` a Babel locale, `guard` what is looked for in a text."""

    code: str
    name: str
    locale: str
    day: str
    ref: Mapping[str, Any]
    labels: Mapping[str, str]
    claim: Mapping[str, str]
    reasons: Mapping[str, str]
    solutions: Mapping[str, str]
    facts: Mapping[str, str]
    duties: Mapping[str, str]
    pleas: Mapping[str, str]
    guard: Mapping[str, re.Pattern[str]]
    refers: re.Pattern[str]

    def referring(self, numbers: list[int]) -> str:
        """How exhibits are referred to: `(exhibits 1, 2)`; empty for none."""
        if not numbers:
            return ""
        shown = str(self.ref["comma"]).join(str(one) for one in numbers)
        return str(self.ref["one" if len(numbers) == 1 else "many"]).format(n=shown)


@cache
def plan() -> Plan:
    """The plan, from `plan.toml`."""
    table = _table(FOLDER / "plan.toml")
    return Plan(
        markets={market: tuple(some) for market, some in table["markets"].items()},
        facts=tuple(
            FactLine(
                row["words"],
                row.get("moment", ""),
                tuple(row["kinds"]),
                row.get("needs", False),
                row.get("proof", False),
            )
            for row in table["fact"]
        ),
        usual=tuple((frozenset(map(ReturnReason, row["reasons"])), _modules(row["modules"])) for row in table["usual"]),
        fits=tuple((tuple(map(folded, row["words"])), tuple(row["kinds"])) for row in table["fits"]),
        signs={folded(sign): frozenset(some) for sign, some in table["signs"].items()},
        times={folded(word): Decimal(n) for word, n in table["times"].items()},
    )


@cache
def wordings() -> Mapping[str, Wording]:
    """Every language of answers by its code."""
    found = [_wording(path) for path in sorted(FOLDER.glob("*.toml")) if path.stem != "plan"]
    return {one.code: one for one in found}


def languages_of(market: str) -> tuple[str, ...]:
    """The languages an answer in that market can be written in, the platform's usual one first; English always."""
    usual = plan().markets.get(market, (FALLBACK,))
    return usual if FALLBACK in usual else (*usual, FALLBACK)


def usual_modules(reason: ReturnReason | None) -> tuple[UsualModule, ...]:
    """The usual list of proof for a reason; the last row, for returned goods, fits any."""
    rows = plan().usual
    return next((modules for reasons, modules in rows if reason in reasons), rows[-1][1])


def kinds_for(requirement: str) -> tuple[str, ...]:
    """The kinds of evidence that fill a place of the platform's list, by the words of its requirement; none where they say nothing."""
    said = folded(requirement)
    return next((kinds for words, kinds in plan().fits if any(one in said for one in words)), ())


def _table(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _modules(rows: list[dict[str, Any]]) -> tuple[UsualModule, ...]:
    return tuple(
        UsualModule(row["code"], {"en": row["en"], "zh-CN": row["zh-CN"]}, bool(row["required"]), tuple(row["kinds"]))
        for row in rows
    )


def _wording(path: Path) -> Wording:
    raw = _table(path)
    spoken = languages()[raw["code"]]
    spaced = raw["code"] not in _UNSPACED
    guard = {name: _either(words, spaced=spaced) for name, words in raw["guard"].items()}
    parts = ("labels", "claim", "reasons", "solutions", "facts", "duties", "pleas")
    return Wording(
        code=raw["code"],
        name=spoken.name,
        locale=spoken.locale,
        day=raw["day"],
        ref=raw["ref"],
        guard=guard,
        refers=_refers(raw["ref"]["words"], spaced=spaced),
        **{name: raw[name] for name in parts},
    )


def _either(words: list[str], *, spaced: bool) -> re.Pattern[str]:
    either = "|".join(re.escape(folded(one)) for one in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if spaced else f"(?:{either})")


def _refers(words: list[str], *, spaced: bool) -> re.Pattern[str]:
    """`exhibits 1, 2 and 5–7` in a folded text; the numbers are its first group."""
    either = "|".join(re.escape(folded(one)) for one in sorted(words, key=len, reverse=True))
    between = (
        r"\s*(?:,|、|;|&|\+|-|–|—|and|to|y|e|a|al|dan|hingga|sampai|và|đến|at|hanggang|และ|ถึง|和|及|与|與|至|到)\s*"
    )
    start = r"(?<!\w)" if spaced else ""
    return re.compile(
        rf"{start}(?:{either})\s*(?:no\.?|nos\.?|nº|n\.º|#|số|blg\.?|编号|編號)?\s*(\d+(?:{between}\d+)*)"
    )
