"""How clusters are looked for: core/data/clusters.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.foundation.language import N_, _, current
from core.models.group import Dimension

DATA = Path(__file__).parents[2] / "data" / "clusters.toml"


@dataclass(frozen=True)
class Alarm:
    """When an alarm is raised. `rate` is the chance that one daily look raises any alarm by luck alone."""

    rate: float
    false_alarms: float
    per_days: int
    window_days: int
    block_days: int
    horizons: tuple[int, ...]
    least_cases: int
    least_ratio: float
    handover_days: tuple[int, ...]


@cache
def alarm() -> Alarm:
    """The rules of the alarm."""
    row, handover = _data()["alarm"], _data()["handover"]
    return Alarm(
        # Bonferroni over the looks of the period: they overlap, so the true rate is lower still.
        rate=row["false_alarms"] / row["per_days"],
        false_alarms=row["false_alarms"],
        per_days=row["per_days"],
        window_days=row["window_days"],
        block_days=row["block_days"],
        horizons=tuple(row["horizons"]),
        least_cases=row["least_cases"],
        least_ratio=row["least_ratio"],
        handover_days=tuple(handover["days"]),
    )


def dimension_name(dimension: Dimension) -> str:
    """What a group's cases share, in the reader's language."""
    if dimension is Dimension.MANUAL:
        return _(_BY_HAND)
    row = _data()[dimension.value]
    return str(row.get(current(), row["en"]))


_BY_HAND = N_("Put together by hand")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text("utf-8"))
