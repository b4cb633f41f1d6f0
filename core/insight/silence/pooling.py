"""Whose history answers for a channel: its own where it says enough, else its carrier's in the market, the market's, everybody's.

Which one is asked anew for each day of silence: short silences a service knows from its own parcels, long ones are rarer, and
then the carrier's say more. Each answer names whose it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.insight.silence.curves import Curve, Waits, curve
from core.models.watch import CurveLevel

DATA = Path(__file__).parents[2] / "data" / "watch.toml"
L = CurveLevel


@dataclass(frozen=True)
class Channel:
    """Carrier × service × market, each None where nobody knows or where a wider level names none."""

    carrier_id: int | None
    service: str | None
    market: str | None


@dataclass(frozen=True)
class Terms:
    """What `data/watch.toml` says about history and line. Days, and shares between 0 and 1."""

    history: int
    horizon: int
    remade_after: float
    least: int
    followed: int
    rarely: float
    at_most: float
    earliest: int


@dataclass(frozen=True)
class Answer:
    """One day's answer: the chance with its interval, the number of silences behind it, and whose they are."""

    chance: float
    low: float
    high: float
    told: int
    source: CurveLevel


@dataclass(frozen=True)
class Told:
    """One channel, or a wider level: its own silences, the answer for each day, and after how many days parcels rarely
    arrive (None: the history does not say). `answered` days from the first on have an answer; where there is no line none of them
    is rare, so that no plain threshold may call a parcel silent before they are over.
    """

    level: CurveLevel
    channel: Channel
    waits: Waits
    answers: tuple[Answer | None, ...]
    line: int | None

    @property
    def answered(self) -> int:
        """How many days from 0 on have an answer."""
        return next((day for day, one in enumerate(self.answers) if one is None), len(self.answers))


@lru_cache(maxsize=1)
def terms() -> Terms:
    """The watch's own figures."""
    data = _data()
    history, line = data["history"], data["line"]
    return Terms(
        history["days"],
        history["horizon_days"],
        history["remade_after_hours"],
        line["least"],
        line["followed_days"],
        line["rarely"],
        line["at_most"],
        line["earliest_days"],
    )


def wider(channel: Channel) -> tuple[tuple[CurveLevel, Channel], ...]:
    """A channel and what it is part of, the narrowest first."""
    return (
        (L.SERVICE, channel),
        (L.CARRIER, Channel(channel.carrier_id, None, channel.market)),
        (L.MARKET, Channel(None, None, channel.market)),
        (L.ALL, Channel(None, None, None)),
    )


def pool(waits: Mapping[Channel, Waits], given: Terms) -> list[Told]:
    """The answers of every channel and of every wider level, everybody's last; that one is there without any history too."""
    sums: dict[tuple[CurveLevel, Channel], Waits] = {}
    for channel, own in waits.items():
        for key in wider(channel):
            sums.setdefault(key, Waits.none(given.horizon)).take(own)
    everybody = (L.ALL, Channel(None, None, None))
    sums.setdefault(everybody, Waits.none(given.horizon))
    curves = {key: curve(one, followed=given.followed) for key, one in sums.items()}
    levels = list(L)
    ordered = sorted(sums, key=lambda key: (levels.index(key[0]), str(key[1])))
    return [_told(key, sums[key], curves, given) for key in ordered]


def _told(
    key: tuple[CurveLevel, Channel], own: Waits, curves: Mapping[tuple[CurveLevel, Channel], Curve], given: Terms
) -> Told:
    level, channel = key
    ladder = [one for one in wider(channel) if list(L).index(one[0]) >= list(L).index(level)]
    # A carrier's row widens to its market, not to a service; a market's to everybody.
    rungs = [(one[0], curves[one]) for one in ladder if one in curves]
    answers = tuple(_answer(day, rungs, given) for day in range(given.horizon + 1))
    return Told(level, channel, own, answers, _line(answers, given))


def _answer(day: int, rungs: list[tuple[CurveLevel, Curve]], given: Terms) -> Answer | None:
    """The narrowest level with enough silences that lasted so long and are known a fortnight further, most of them."""
    for level, found in rungs:
        known, lasted = found.known[day], found.lasted[day]
        if known >= given.least and known * 2 >= lasted:
            return Answer(float(found.chance[day]), float(found.low[day]), float(found.high[day]), int(known), level)
    return None


def _line(answers: tuple[Answer | None, ...], given: Terms) -> int | None:
    """The first day from which parcels rarely arrive. A day nobody can answer for ends the search."""
    for day in range(given.earliest, len(answers)):
        found = answers[day]
        if found is None:
            return None
        if found.chance <= given.rarely and found.high <= given.at_most:
            return day
    return None


def plain_days(carrier: str | None, service: str | None, market: str | None) -> int:
    """The plain threshold in days: the row of the data that names most of these. `carrier` is its code."""
    best, named = 0, -1
    for row in _data()["plain"]:
        if not _fits(row, carrier, service, market):
            continue
        count = sum(name in row for name in ("carrier", "service", "market"))
        if count > named:
            best, named = int(row["days"]), count
    return best


def _fits(row: Mapping[str, Any], carrier: str | None, service: str | None, market: str | None) -> bool:
    if "service" in row and not (service or "").casefold().startswith(row["service"].casefold()):
        return False
    return bool(row.get("carrier", carrier) == carrier and row.get("market", market) == market)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text("utf-8"))
