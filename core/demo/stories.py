"""Which story cases a demo has: every state of a case and of a claim, some of them due today, tomorrow or overdue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.demo import words
from core.demo.lives import Teller
from core.demo.scripts import DAYS, Desk, Life
from core.demo.shipments import DAY, NEVER, TYPES, Parcels, Reader
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, DayUnit

RECENT = 95
"""Days: story cases are about parcels sent since then."""

TRIES = 40
"""Parcels that are tried for one wish before the best so far is taken."""

LATE = 30.0
"""How many days of distance it counts that a duty was missed."""


@dataclass(frozen=True)
class Wish:
    """So many cases whose claim goes this way (`arc`, empty: as it comes) and stops at this turning point (empty: at its end)."""

    count: int
    arc: str
    until: str
    delayed: bool = False


WISHES = (
    Wish(10, "", "registered"),
    Wish(4, "", "registered", delayed=True),
    Wish(14, "approved", "proving"),
    Wish(10, "approved", "draft"),
    Wish(8, "approved", "ready"),
    Wish(10, "approved", "submitted"),
    Wish(9, "approved", "in_review"),
    Wish(7, "approved", "information_asked"),
    Wish(6, "approved", "approved"),
    Wish(4, "partly", "partly_approved"),
    Wish(4, "rejected", "rejected"),
    Wish(4, "appealed", "appealed"),
    Wish(4, "approved", "paid"),
    Wish(3, "expired", "expired"),
    Wish(2, "withdrawn", "withdrawn"),
    Wish(4, "approved", ""),
    Wish(2, "partly", ""),
    Wish(2, "rejected", ""),
    Wish(2, "appealed", ""),
    Wish(1, "expired", ""),
    Wish(1, "withdrawn", ""),
    Wish(3, "", ""),
    Wish(2, "", "", delayed=True),
)

MOST = sum(wish.count for wish in WISHES)


def scaled(total: int) -> list[Wish]:
    """The wishes for about `total` cases; each stays at least once while there is room."""
    part = total / sum(wish.count for wish in WISHES)
    return [Wish(max(1, round(wish.count * part)), wish.arc, wish.until, wish.delayed) for wish in WISHES]


def closing_soon(made: Parcels, reader: Reader, desk: Desk, rng: np.random.Generator) -> list[tuple[int, IncidentType]]:
    """A few parcels whose claim window closes within three days, one for each channel and type where windows are known."""
    found: list[tuple[int, IncidentType]] = []
    for number, _channel in enumerate(words.channels()):
        ours = np.flatnonzero((made.channel == number) & (made.delivered != NEVER) & (made.delivered < made.now - DAY))
        if not len(ours):
            continue
        sample = reader(int(ours[-1]))
        for kind in (IncidentType.LOST, IncidentType.DAMAGED):
            card = next(iter(desk.cards(sample, kind)), None)
            if card is None or card.within is None or card.within_unit is not DayUnit.CALENDAR_DAYS or card.not_before:
                continue
            column = {
                ClockEvent.ACCEPTED: made.accepted,
                ClockEvent.SHIPPED: made.shipped,
                ClockEvent.DELIVERED: made.delivered,
            }.get(card.clock_event)
            if column is None or (kind is IncidentType.LOST and card.clock_event is ClockEvent.DELIVERED):
                continue
            closes = column[ours] + card.within * DAY
            soon = ours[(closes > made.now - DAY // 4) & (closes < made.now + 2 * DAY)]
            place = int(rng.choice(soon)) if len(soon) else NEVER
            if place != NEVER and place not in [one for one, _kind in found]:
                found.append((place, kind))
    return found


def tell(
    desk: Desk,
    reader: Reader,
    places: Iterable[int],
    soon: Iterable[tuple[int, IncidentType]],
    *,
    total: int,
    seed: int,
) -> list[Life]:
    """About `total` lives that make the wishes true, from parcels at `places` (whose `wrong` is set), and those that close soon."""
    made, rng = reader.made, words.dice(seed, "stories")
    found: list[Life] = []
    for number, (place, kind) in enumerate(soon):
        if number < max(2, total // 15):
            until = "draft" if number % 2 else "ready"
            found.append(Teller(desk, reader(place), kind, words.dice(seed, place), arc="approved", until=until).tell())
    left = list(places)
    rng.shuffle(left)
    for wish in scaled(total - len(found)):
        for _n in range(wish.count):
            life = _granted(desk, reader, left, wish, seed)
            if life is not None:
                left.remove(life.parcel.id - 1)
                found.append(life)
    return [life for life in found if life.steps and made.wrong[life.parcel.id - 1] != NEVER]


def _granted(desk: Desk, reader: Reader, left: list[int], wish: Wish, seed: int) -> Life | None:
    """Of the lives that come to what was wished, the one that came there last and is not behind with its duty."""
    fitting = [place for place in left if (TYPES[reader.made.wrong[place]] is IncidentType.DELAYED) == wish.delayed]
    best: tuple[float, Life] | None = None
    for place in fitting[:TRIES]:
        kind = TYPES[reader.made.wrong[place]]
        life = Teller(desk, reader(place), kind, words.dice(seed, place), arc=wish.arc, until=wish.until).tell()
        came = life.reached.startswith("closed") if not wish.until else life.reached == wish.until
        if not came or life.reached_at is None:
            continue
        ago = (desk.now - life.reached_at) / DAYS + (LATE if life.due is not None and life.due < desk.now else 0.0)
        if best is None or ago < best[0]:
            best = ago, life
        # One in ten is taken as it comes, so that some are behind.
        if ago < 1.5 or not wish.until or place % 10 == 0:
            break
    return best[1] if best else None
