"""What each kind of clock is: whether its moment comes back, when it goes to the lead, what may pause it.

Rows of `data/escalation.toml`, read once, as frozen values.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from core.models.clock import ClockKind, PauseReason

TABLE = Path(__file__).parents[2] / "data" / "escalation.toml"
OWNER, LEAD, MANAGER = 0, 1, 2
"""Levels of escalation: with whom a clock is."""


@dataclass(frozen=True)
class KindRule:
    """One kind. The three spans count back from its moment (negative: after it)."""

    irreversible: bool
    lead: timedelta
    lead_unowned: timedelta
    manager: timedelta
    pause: tuple[PauseReason, ...]
    why: str


@dataclass(frozen=True)
class Rules:
    """The whole table. `reminders` are rules of clocks we set ourselves, which are never missed."""

    grace: timedelta
    no_end: timedelta
    reminders: frozenset[str]
    kinds: dict[ClockKind, KindRule]

    def irreversible(self, kind: ClockKind, rule: str) -> bool:
        """Whether a clock of this kind and rule is lost once its moment has passed."""
        return self.kinds[kind].irreversible and rule not in self.reminders


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The table, every kind in it."""
    with TABLE.open("rb") as file:
        raw = tomllib.load(file)
    kinds = {
        kind: KindRule(
            irreversible=bool(row["irreversible"]),
            lead=timedelta(hours=row["lead"]),
            lead_unowned=timedelta(hours=row["lead_unowned"]),
            manager=timedelta(hours=row["manager"]),
            pause=tuple(PauseReason(reason) for reason in row["pause"]),
            why=str(row["why"]),
        )
        for kind in ClockKind
        for row in (raw["kinds"][kind.value],)
    }
    return Rules(timedelta(hours=raw["grace"]), timedelta(hours=raw["no_end"]), frozenset(raw["reminders"]), kinds)


def pause_reasons(kind: ClockKind) -> tuple[PauseReason, ...]:
    """The reasons a clock of this kind may be paused for: what a dialog offers."""
    return rules().kinds[kind].pause
