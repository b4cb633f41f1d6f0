"""What a script of a case is made of, and what its teller needs to know of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.demo.shipments import Parcel
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.incident import IncidentType, Tier
from core.recovery.rule_cards import Card

HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does: the verb's name and arguments, as both players know them."""

    at: datetime
    by: Actor
    verb: str
    args: dict[str, Any]


@dataclass(slots=True)
class Life:
    """The script of one case. `reached` names the last turning point that took place, `reached_at` its moment.

    `due` is the moment the team's own next duty falls on: the end of the window, or of the time for information asked.
    """

    parcel: Parcel
    type: IncidentType
    steps: list[Step] = field(default_factory=list)
    reached: str = ""
    reached_at: datetime | None = None
    due: datetime | None = None

    @property
    def registered_at(self) -> datetime:
        """When it begins."""
        return self.steps[0].at


@dataclass(frozen=True)
class Team:
    """Who does what: the agents in turn, the lead, and the manager who answers for the carriers."""

    agents: Sequence[Actor]
    lead: Actor
    manager: Actor


@dataclass(frozen=True)
class Desk:
    """What a life needs to know of the world: the team, the cards that fit, the tier and cap a value gets, and the present."""

    team: Team
    now: datetime
    cards: Callable[[Parcel, IncidentType], Sequence[Card]]
    tier: Callable[[Money], Tier]
    cap: Callable[[Parcel, Card, bool], Money | None]
