"""What the words of a return mean, from `core/data/return_*.toml` and `response_days.toml` (inner). Nothing is guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from core.models.dispute import DisputeStatus, RequestKind, ReturnReason, Solution, Validation
from core.models.incident import IncidentType
from core.models.rule import Confidence
from core.parcels.importers.tables import fold_words

DATA = Path(__file__).parents[2] / "data"
NOT_LANGUAGES = frozenset({"means", "offers", "api"})

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Days:
    """How long a seller of a market usually has to answer: `span` from the request on. A stopgap, with its source."""

    market: str
    span: timedelta
    confidence: Confidence
    source: str
    checked_on: date


@dataclass(frozen=True)
class _Pieces:
    """A row: what it means, the codes compared whole, the texts by language; all folded."""

    means: str
    codes: frozenset[str]
    texts: Mapping[str, tuple[str, ...]]


@cache
def _read(name: str) -> dict[str, Any]:
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@cache
def _rows(name: str, table: str) -> tuple[_Pieces, ...]:
    return tuple(
        _Pieces(
            row["means"],
            frozenset(fold_words(code) for code in row.get("api", ())),
            {language: tuple(map(fold_words, some)) for language, some in row.items() if language not in NOT_LANGUAGES},
        )
        for row in _read(name)[table]
    )


@cache
def _offers() -> dict[ReturnReason, IncidentType]:
    return {
        ReturnReason(row["means"]): IncidentType(row["offers"])
        for row in _read("return_reasons.toml")["reason"]
        if "offers" in row
    }


def reason_of(text: str, language: str | None = None) -> ReturnReason | None:
    """What a buyer's reason means; None for an empty cell, `UNKNOWN` for words nobody knows.

    The words of the file's own `language` are asked first: short words mean other things in another one.
    """
    folded = fold_words(text)
    if not folded:
        return None
    rows = _rows("return_reasons.toml", "reason")
    for row in rows:
        if folded in row.codes:
            return ReturnReason(row.means)
    for row in rows:
        if any(piece in folded for piece in row.texts.get(language or "", ())):
            return ReturnReason(row.means)
    for row in rows:
        if any(piece in folded for some in row.texts.values() for piece in some):
            return ReturnReason(row.means)
    return ReturnReason.UNKNOWN


def type_of(reason: ReturnReason | None, reassessed: ReturnReason | None = None) -> IncidentType | None:
    """The incident a request points to: by the reason the platform found, where it looked again; else by the buyer's."""
    found = reassessed if reassessed not in (None, ReturnReason.UNKNOWN) else reason
    return None if found is None else _offers().get(found)


def status_of(text: str) -> DisputeStatus | None:
    """Where a request stands; None for an empty cell, `UNKNOWN` for words nobody knows."""
    if not text.strip():
        return None
    return _begins(text, "status", DisputeStatus) or DisputeStatus.UNKNOWN


def solution_of(text: str) -> Solution | None:
    """What is asked for; None where the words do not say."""
    return _begins(text, "solution", Solution)


def kind_of(text: str) -> RequestKind | None:
    """When it was asked for; None where the words do not say (files mostly say whether the whole order is meant)."""
    return _begins(text, "kind", RequestKind)


def validation_of(text: str) -> Validation | None:
    """Who looks at what comes back; None where the words do not say."""
    return _begins(text, "validation", Validation)


@cache
def _beginnings(table: str) -> tuple[tuple[str, str], ...]:
    rows = _rows("return_words.toml", table)
    found = [(text, row.means) for row in rows for some in (*row.texts.values(), row.codes) for text in some]
    return tuple(sorted(found, key=lambda one: -len(one[0])))


def _begins(text: str, table: str, words: type[Word]) -> Word | None:
    folded = fold_words(text)
    for begins, means in _beginnings(table):
        if folded.startswith(begins):
            return words(means)
    return None


def response_days(market: str, reason: ReturnReason | None = None) -> Days | None:
    """How long a seller of a market usually has to answer such a request; None where nothing is published."""
    table = _read("response_days.toml")
    fitting = [
        row
        for row in table["market"]
        if row["market"] == market and row.get("reason") in (None, reason and reason.value)
    ]
    # A row for this very reason goes before the market's own.
    chosen = max(fitting, key=lambda row: "reason" in row, default=None)
    if chosen is None:
        return None
    return Days(
        market,
        timedelta(days=chosen["days"]),
        Confidence(chosen["confidence"]),
        chosen["source"],
        table["checked_on"],
    )
