"""After how many days a buyer's data goes: `data/privacy.toml`, before it what the installation says, before that the shop."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from core.foundation.config import settings

DATA = Path(__file__).parents[2] / "data" / "privacy.toml"


@dataclass(frozen=True)
class Keeping:
    """What the table says: days from the end of the last case, whether files go too, and where that is from."""

    days: int
    files: bool
    source: str
    confidence: str
    checked_on: date


@cache
def keeping() -> Keeping:
    """The table as shipped."""
    with DATA.open("rb") as file:
        row = tomllib.load(file)
    return Keeping(row["days"], row["files"], row["source"], row["confidence"], row["checked_on"])


def usual_days() -> int:
    """The days that hold for shops that say nothing of their own."""
    return settings().redact_days or keeping().days
