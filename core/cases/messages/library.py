"""What ships with Recoup: the languages written to buyers, their texts, and what each situation must have.

Rows of `data/messages/*.toml`, read once, as frozen values.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.models.message import Situation

FOLDER = Path(__file__).parents[2] / "data" / "messages"
FALLBACK = "en"
"""The language used where a text is missing in the one that was wanted."""
UNSPACED = frozenset({"th", "zh-CN", "zh-TW"})
_SCRIPTS = (("th", re.compile(r"[\u0e00-\u0e7f]")), ("zh", re.compile(r"[\u4e00-\u9fff]")))


class Promise(StrEnum):
    """What the moment named in a message stands for.

    WORD: we write again by then; the next message keeps it. DEED: we do something by then; a person settles it. BUYER: we
    asked for something and wait for it.
    """

    WORD = "word"
    DEED = "deed"
    BUYER = "buyer"


@dataclass(frozen=True)
class Rule:
    """One situation: how many days from today its moment is offered (None: it names none), whose promise that is, what a
    text must have (`sorry`, `step`, `date`), whether it names money.
    """

    days: int | None
    promise: Promise | None
    needs: tuple[str, ...]
    amount: bool


@dataclass(frozen=True)
class Words:
    """A language's own list of words, found whole (inside a run of letters only where words are not spaced)."""

    pattern: re.Pattern[str]

    def first(self, text: str) -> re.Match[str] | None:
        """Where one of them stands first in a `folded` text."""
        return self.pattern.search(text)


@dataclass(frozen=True)
class Language:
    """One language. `name` in its own words, `locale` a Babel locale, `day` a CLDR pattern, `texts` by situation."""

    code: str
    name: str
    locale: str
    day: str
    version: int
    sorry: Words
    blame: Words
    step: Words
    units: Words
    when: Words
    common: Words
    texts: dict[Situation, str]


def folded(text: str) -> str:
    """Text as word lists are compared with it: one way of writing each letter, small, straight quotes, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2018", "'")
    return re.sub(r"\s+", " ", plain)


@cache
def languages() -> dict[str, Language]:
    """Every language by its code; English first, then in the order of their codes."""
    found = [_language(path) for path in sorted(FOLDER.glob("*.toml")) if path.stem != "situations"]
    return {one.code: one for one in sorted(found, key=lambda one: (one.code != FALLBACK, one.code))}


@cache
def rules() -> dict[Situation, Rule]:
    """Every situation, in the order of a case."""
    rows = _table(FOLDER / "situations.toml")["situations"]
    return {one: _rule(rows[one.value]) for one in Situation}


@cache
def market_languages(market: str) -> tuple[str, ...]:
    """The languages buyers of a market (ISO 3166 code) usually write, most usual first; English for a market not listed."""
    return tuple(_table(FOLDER / "situations.toml")["markets"].get(market, (FALLBACK,)))


def recognised(said: str, market: str) -> str | None:
    """The language a buyer wrote in, where it can be told: by its script, else by the words that market's and the other
    languages use most. None for a few words that could be anything.
    """
    text = folded(said)
    for code, script in _SCRIPTS:
        if len(script.findall(text)) >= 2:
            return code if code == "th" else _chinese(text, market)
    counts = {
        code: len(set(one.common.pattern.findall(text))) for code, one in languages().items() if code not in UNSPACED
    }
    best = max(counts.values())
    leading = [code for code, n in counts.items() if n == best]
    if best < 2:
        return None
    near = [code for code in market_languages(market) if code in leading]
    if near:
        return near[0]
    return leading[0] if len(leading) == 1 else None


def _chinese(text: str, market: str) -> str:
    """Traditional where its own words say so, or where the market writes it and none says otherwise."""
    counts = {code: len(set(languages()[code].common.pattern.findall(text))) for code in ("zh-CN", "zh-TW")}
    if counts["zh-CN"] == counts["zh-TW"]:
        return "zh-TW" if "zh-TW" in market_languages(market) else "zh-CN"
    return max(counts, key=lambda code: counts[code])


def _table(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rule(row: dict[str, Any]) -> Rule:
    promise = Promise(row["promise"]) if "promise" in row else None
    return Rule(row.get("days"), promise, tuple(row["needs"]), bool(row.get("amount")))


def _language(path: Path) -> Language:
    raw = _table(path)
    code = raw["code"]
    lists = {
        name: _words(raw["words"][name], spaced=code not in UNSPACED)
        for name in ("sorry", "blame", "step", "units", "when", "common")
    }
    texts = {Situation(name): text.strip() for name, text in raw["texts"].items()}
    return Language(code, raw["name"], raw["locale"], raw["day"], raw["version"], texts=texts, **lists)


def _words(listed: list[str], *, spaced: bool) -> Words:
    either = "|".join(re.escape(folded(one)) for one in sorted(listed, key=len, reverse=True))
    return Words(re.compile(rf"(?<!\w)(?:{either})(?!\w)" if spaced else f"(?:{either})"))
