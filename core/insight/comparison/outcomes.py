"""What channels are compared by, and when a parcel is old enough to be judged: core/data/outcomes.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.errors import Invalid
from core.foundation.language import _, current

DATA = Path(__file__).parents[2] / "data" / "outcomes.toml"


class Outcome(StrEnum):
    """What may go wrong with a parcel."""

    LOST = "lost"
    DAMAGED = "damaged"
    MISSING_CONTENTS = "missing_contents"
    FAILED = "failed"
    LATE = "late"
    RETURNED = "returned"


@dataclass(frozen=True)
class Minimum:
    """Below either of these a channel gets no verdict."""

    parcels: int
    expected_events: float


def outcome_name(outcome: Outcome) -> str:
    """The outcome in the reader's language."""
    row = _data()[outcome.value]
    return str(row.get(current(), row["en"]))


def outcome_of(text: str) -> Outcome:
    """The outcome of that code. Raises `Invalid`, naming the codes there are."""
    try:
        return Outcome(text.strip().lower())
    except ValueError:
        known = ", ".join(outcome.value for outcome in Outcome)
        raise Invalid(
            _("There is no outcome “{outcome}”. Choose of: {known}.", outcome=text, known=known), "outcome"
        ) from None


def mature_after(outcomes: Collection[Outcome]) -> int:
    """After how many days from shipping a parcel can be judged by all of these."""
    return max(int(_data()[outcome.value]["mature_after"]) for outcome in outcomes)


def minimum() -> Minimum:
    """The least a channel must show before it gets a verdict."""
    row = _data()["minimum"]
    return Minimum(int(row["parcels"]), float(row["expected_events"]))


def band_edges() -> tuple[Decimal, ...]:
    """The edges between value bands, rising, in the base currency."""
    return tuple(Decimal(edge) for edge in _data()["bands"]["edges"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text("utf-8"))
