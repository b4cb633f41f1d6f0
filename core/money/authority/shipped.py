"""What `data/authority.toml` says: the limits before the team has its own, and what counts as close to a limit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "data" / "authority.toml"


@dataclass(frozen=True)
class Near:
    """What makes a run: `times` remedies within `within`, each at or above `share` of a limit; `share_of_many` of one that many
    remedies fill.
    """

    share: Decimal
    share_of_many: Decimal
    times: int
    within: timedelta


@lru_cache(maxsize=1)
def raw() -> dict[str, Any]:
    """The file as it is written."""
    with FILE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def near() -> Near:
    """What counts as close to a limit."""
    said = raw()["near"]
    return Near(Decimal(said["share"]), Decimal(said["share_of_many"]), said["times"], timedelta(days=said["days"]))


def delay_share() -> Decimal:
    """The share of a late parcel's value that is proposed as a voucher."""
    return Decimal(raw()["proposal"]["delay_share"])
