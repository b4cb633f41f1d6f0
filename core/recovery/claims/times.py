"""Reminders of our own, for what a payer gives no time for: rows of `data/claim_times.toml` (inner)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.models.rule import DayUnit
from core.recovery.windows import Span

TABLE = Path(__file__).parents[2] / "data" / "claim_times.toml"

OWN = "own"
"""The `rule` of a clock that rests on no payer's word: a reminder of our own."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def own(name: str) -> Span:
    """Our own time for `answer`, `follow_up`, `payment` or `offer`."""
    n, unit = _table()[name]
    return Span(int(n), DayUnit(unit))


def for_money(code: str) -> Span:
    """Our own time for a task about money, by its code."""
    n, unit = _table()["money"][code]
    return Span(int(n), DayUnit(unit))
