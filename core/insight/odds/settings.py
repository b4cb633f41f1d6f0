"""What the odds need before they speak, and what handling costs: core/data/odds.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.money import Money

DATA = Path(__file__).parents[2] / "data" / "odds.toml"


class Way(StrEnum):
    """What can be done about a buyer's request."""

    FIGHT = "fight"
    SETTLE = "settle"
    ACCEPT = "accept"


@dataclass(frozen=True)
class Least:
    """With fewer decided disputes than these nothing is said.

    `own`: of the same reason, market and completeness; `of_class`: of the same completeness; `alone`: of the same three where
    there is nothing to lean on; `calibration`: past disputes for the look back.
    """

    own: int
    of_class: int
    alone: int
    calibration: int


@dataclass(frozen=True)
class Handling:
    """Minutes of work for each way, and what an hour costs."""

    hour: Money
    minutes: dict[Way, int]

    def cost(self, way: Way) -> Money:
        """What one dispute costs us in work, in the currency the hour is told in."""
        return Money(self.hour.amount * self.minutes[way] / Decimal(60), self.hour.currency)


@cache
def least() -> Least:
    """The smallest numbers that are spoken of."""
    row = _data()["least"]
    return Least(row["own"], row["class"], row["alone"], row["calibration"])


@cache
def handling() -> Handling:
    """What an answer costs."""
    row = _data()["handling"]
    hour = Money(Decimal(row["hour"]), row["currency"])
    return Handling(hour, {way: int(row[way.value]) for way in Way})


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text("utf-8"))
