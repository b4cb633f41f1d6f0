"""How a script comes about: time passes, steps are written down, promises come due, until the present or the story's end."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.demo.scripts import DAYS, Desk, Life, Step
from core.demo.shipments import Parcel
from core.foundation.permissions import Actor
from core.models.incident import IncidentType

OFFICE = ZoneInfo("Asia/Shanghai")


class EndOfLife(Exception):
    """Not an error: the script has come to the present, or to where its story stops."""


class Script:
    """One life being written. `at` is where it has come to; `until` stops it behind a turning point.

    `promises` are those that are out: when each is settled, which of the talks it was given in, whether it is kept.
    """

    def __init__(self, desk: Desk, parcel: Parcel, type: IncidentType, rng: random.Random, until: str) -> None:
        self.desk, self.parcel, self.rng, self.until = desk, parcel, rng, until
        self.type = type
        self.life = Life(parcel, type)
        self.owner = rng.choice(desk.team.agents)
        self.at = parcel.ordered_at
        self.promises: list[tuple[datetime, int, bool]] = []

    def wait(self, least: float, most: float) -> datetime:
        """Let so many days pass, and wait for office hours."""
        self.at = self.office(self.at + self.rng.uniform(least, most) * DAYS)
        return self.at

    def office(self, at: datetime) -> datetime:
        """The moment itself, if somebody is at work then, or the next morning."""
        local = at.astimezone(OFFICE)
        if 9 <= local.hour < 19:
            return at
        morning = at if local.hour < 9 else at + DAYS
        nine = morning.astimezone(OFFICE).replace(hour=9, minute=0, second=0, microsecond=0)
        return nine.astimezone(at.tzinfo) + timedelta(seconds=self.rng.randrange(7200))

    def do(self, verb: str, *, by: Actor | None = None, **args: Any) -> None:
        """Somebody (the owner, if not said) does this now."""
        self.flush(self.at)
        self._write(self.at, by or self.owner, verb, args)
        self.at += timedelta(seconds=self.rng.randrange(20, 240))

    def _write(self, at: datetime, by: Actor, verb: str, args: dict[str, Any]) -> None:
        if at >= self.desk.now:
            raise EndOfLife
        self.life.steps.append(Step(at, by, verb, args))

    def flush(self, until: datetime) -> None:
        """Settle the promises whose time came before `until`."""
        for due in sorted(one for one in self.promises if one[0] <= until):
            self.promises.remove(due)
            at, promise, kept = due
            if self.life.steps and at <= self.life.steps[-1].at:
                at = self.life.steps[-1].at + timedelta(seconds=30)
            if at < until:
                self._write(at, self.owner, "settle_promise", {"promise": promise, "kept": kept})

    def reach(self, point: str) -> None:
        """Note a turning point; the story may end here."""
        self.life.reached, self.life.reached_at = point, self.life.steps[-1].at
        if point == self.until:
            self.flush(self.desk.now)
            raise EndOfLife
