"""What the platform's words on a line of money say, by `data/settlement_kinds.toml`. Unknown words are other money, never a guess."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.models.incident import IncidentType
from core.models.settlement import SettlementKind
from core.parcels.importers.tables import fold_words

DATA = Path(__file__).parents[2] / "data" / "settlement_kinds.toml"

COLUMN = "column"
"""The rule of a line that stands in a column of compensation: its heading says what it is."""


@dataclass(frozen=True)
class Told:
    """What a line is: its kind, the rule that says so, the incident it speaks of where it does."""

    kind: SettlementKind
    rule: str | None = None
    type: IncidentType | None = None


@dataclass(frozen=True)
class Rule:
    """A rule of the data: what the words in `pieces` mean."""

    id: str
    kind: SettlementKind
    type: IncidentType | None
    pieces: re.Pattern[str]


@cache
def _data() -> dict[str, Any]:
    with DATA.open("rb") as file:
        return tomllib.load(file)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules in the order they are asked."""
    data = _data()
    named = [one for one in data["compensation"] if "type" in one]
    plain = [one for one in data["compensation"] if "type" not in one]
    return (
        *(_rule(one, SettlementKind.COMPENSATION) for one in named),
        *(_rule(one, SettlementKind.OTHER) for one in data["other"]),
        *(_rule(one, SettlementKind.COMPENSATION) for one in plain),
        *(_rule(one, SettlementKind.RELEASE) for one in data["release"]),
    )


def _rule(row: dict[str, Any], kind: SettlementKind) -> Rule:
    pieces = [fold_words(piece) for value in row.values() if isinstance(value, list) for piece in value]
    kind_of_loss = IncidentType(row["type"]) if "type" in row else None
    return Rule(row["id"], kind, kind_of_loss, re.compile("|".join(map(_pattern, pieces))))


def _pattern(piece: str) -> str:
    """Latin letters stand for whole words: "coin" is not in "coincidence". Scripts without spaces are searched as they are."""
    words = re.escape(piece)
    return rf"(?<!\w){words}(?!\w)" if re.match(r"[a-zà-ỹ]", piece) else words


def told(words: str, amount: Decimal) -> Told:
    """What a line with these words and this amount is. Compensation that goes out was taken back."""
    folded = fold_words(words)
    rule = next((one for one in rules() if one.pieces.search(folded)), None)
    if rule is None or rule.kind is SettlementKind.OTHER:
        return Told(SettlementKind.OTHER)
    if rule.kind is SettlementKind.RELEASE:
        return Told(SettlementKind.RELEASE)
    return Told(compensation(amount), rule.id, rule.type)


def compensation(amount: Decimal) -> SettlementKind:
    """The kind of a compensation of that amount."""
    return SettlementKind.COMPENSATION if amount > 0 else SettlementKind.TAKEN_BACK


@cache
def _words(table: str, name: str) -> frozenset[str]:
    return frozenset(map(fold_words, _data()[table][name]))


def is_order_row(view_by: str) -> bool | None:
    """Whether a row stands for its whole order; None for a word nobody knows."""
    word = fold_words(view_by)
    if not word or word in _words("rows", "orders"):
        return True
    return False if word in _words("rows", "items") else None


def moved(status: str) -> bool:
    """Whether a line of the wallet with this status is money that moved."""
    word = fold_words(status)
    return word not in _words("status", "waiting") and word not in _words("status", "failed")


def goes_out(direction: str) -> bool:
    """Whether the wallet says that the money went out."""
    return fold_words(direction) in _words("direction", "out")


@cache
def same_money_within() -> timedelta:
    """How far apart two lists may tell one and the same payment."""
    return timedelta(days=_data()["same_money_within_days"])
