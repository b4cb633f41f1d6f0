"""The vocabulary of evidence: codes rule cards ask for, the names people read, and what is known of each kind. Rows of
`data/evidence_kinds.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.foundation.language import N_, current

TABLE = Path(__file__).parent.parent / "data" / "evidence_kinds.toml"

WHO_LABELS: dict[str, str] = {
    "warehouse": N_("our warehouse can get it"),
    "buyer": N_("the buyer can get it"),
    "office": N_("the office can get it"),
    "carrier": N_("the carrier gives it"),
    "platform": N_("the platform gives it"),
}
"""Who can get a piece of evidence, as a card or the table of kinds names them."""


class Since(StrEnum):
    """The fact from which the days of proof are counted."""

    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    NOTICED = "noticed"


@dataclass(frozen=True)
class Perishes:
    """When proof of a kind is typically gone: `days` after a fact. `confidence` H, M or L, as rule cards have it."""

    days: int
    since: Since
    source: str
    confidence: str
    words: tuple[tuple[str, str], ...]

    @property
    def why(self) -> str:
        """Why it perishes, in the reader's language."""
        return dict(self.words)[current()]


@dataclass(frozen=True)
class KindFacts:
    """What is known of one kind. No `formats`: any will do. `least`: pixels on the longer side of a picture."""

    code: str
    who: str
    formats: tuple[str, ...]
    least: int
    perishes: Perishes | None


@lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, Any]]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def kinds() -> dict[str, dict[str, str]]:
    """Code → `{"en", "zh-CN", "who"}`, in the order they are offered."""
    return {code: {name: row[name] for name in ("en", "zh-CN", "who")} for code, row in _rows().items()}


@lru_cache(maxsize=128)
def facts_of(code: str) -> KindFacts:
    """What is known of a kind; nothing, for a code that is not in the table."""
    row = _rows().get(code, {})
    gone = row.get("gone")
    return KindFacts(
        code=code,
        who=row.get("who", ""),
        formats=tuple(row.get("formats", ())),
        least=int(row.get("least", 0)),
        perishes=None
        if gone is None
        else Perishes(
            int(gone["days"]),
            Since(gone["since"]),
            gone["source"],
            gone["confidence"],
            (("en", gone["en"]), ("zh-CN", gone["zh-CN"])),
        ),
    )


def kind_name(code: str) -> str:
    """The name of an evidence kind in the reader's language; an unknown code is shown as it is."""
    row = kinds().get(code)
    return code if row is None else row[current()]


def shows_buyer(code: str) -> bool:
    """Whether files of a kind show who the buyer is; one that is not in the table may."""
    row = _rows().get(code)
    return row is None or bool(row.get("shows_buyer", False))
