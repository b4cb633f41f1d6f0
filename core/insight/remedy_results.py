"""What remedies bring the shop: the buyer's stars, reviews avoided, buyers who came back, by what was given and how quickly.

A case counts under the first thing its buyer got, and the days from noticing to giving it; cases whose buyer got nothing stand
beside them. What nobody noted is left out of each figure, and below `FEWEST` notes nothing is said. These are what was seen, not
what a remedy caused: who gets a quick refund had a smaller parcel, as a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from scipy.special import stdtrit
from sqlalchemy import Float, case, cast, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.intervals import LEVEL, Interval, interval
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Remedy, ShopResult
from core.models.remedy import RemedyKind, RemedyState

FEWEST = 10
"""Notes below which a figure is not told."""


class Speed(StrEnum):
    """How long after it was noticed the buyer got it."""

    DAY = "day"
    THREE_DAYS = "three_days"
    LATER = "later"


@dataclass(frozen=True)
class Share:
    """So many of `n` that were noted. `between` None: too few to say."""

    events: int
    n: int
    between: Interval | None


@dataclass(frozen=True)
class Stars:
    """The mean of `n` ratings with the interval of the mean; None: too few to say."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Brought:
    """One line: what was given (None: nothing), how quickly, in how many cases, and what came of it."""

    kind: RemedyKind | None
    speed: Speed | None
    cases: int
    stars: Stars
    avoided: Share
    back: Share


@read(Permission.REMEDY_READ)
def remedy_results(session: Session, *, actor: Actor, since: datetime | None = None) -> tuple[Brought, ...]:
    """The lines over the cases noticed since a moment (None: all), by kind and speed; one statement."""
    first, latest = _first(), _latest()
    speed = case(
        (first.c.done_at.is_(None), None),
        (first.c.done_at - Incident.noticed_at <= timedelta(days=1), Speed.DAY.value),
        (first.c.done_at - Incident.noticed_at <= timedelta(days=3), Speed.THREE_DAYS.value),
        else_=Speed.LATER.value,
    )
    rating = cast(latest.c.rating, Float)
    both = first.join(latest, first.c.incident_id == latest.c.incident_id, full=True)
    rows = session.execute(
        select(
            first.c.kind,
            speed,
            func.count(),
            func.count(rating),
            func.avg(rating),
            func.stddev_samp(rating),
            func.count(latest.c.review_avoided),
            func.count().filter(latest.c.review_avoided),
            func.count(latest.c.came_back),
            func.count().filter(latest.c.came_back),
        )
        .select_from(both)
        .join(Incident, Incident.id == func.coalesce(first.c.incident_id, latest.c.incident_id))
        .where(Incident.noticed_at >= since if since is not None else true())
        .group_by(first.c.kind, speed)
    ).all()
    return tuple(sorted((_line(*row) for row in rows), key=_place))


def _first() -> Any:
    """The first thing each buyer got."""
    return (
        select(Remedy.incident_id, Remedy.kind, Remedy.done_at)
        .ext(distinct_on(Remedy.incident_id))
        .where(Remedy.state == RemedyState.DONE)
        .order_by(Remedy.incident_id, Remedy.done_at, Remedy.id)
        .subquery("first")
    )


def _latest() -> Any:
    """The latest note of each case."""
    return (
        select(ShopResult.incident_id, ShopResult.rating, ShopResult.review_avoided, ShopResult.came_back)
        .ext(distinct_on(ShopResult.incident_id))
        .order_by(ShopResult.incident_id, ShopResult.id.desc())
        .subquery("latest")
    )


def _line(
    kind: RemedyKind | None,
    speed: str | None,
    cases: int,
    rated: int,
    mean: float | None,
    spread: float | None,
    reviewed: int,
    avoided: int,
    asked: int,
    back: int,
) -> Brought:
    return Brought(
        kind,
        Speed(speed) if speed is not None else None,
        cases,
        _stars(rated, mean, spread),
        _share(avoided, reviewed),
        _share(back, asked),
    )


def _stars(n: int, mean: float | None, spread: float | None) -> Stars:
    """The mean with Student's interval, kept between one and five stars."""
    if n < FEWEST or mean is None or spread is None:
        return Stars(n, None, None, None)
    reach = float(stdtrit(n - 1, 0.5 + LEVEL / 2)) * spread / n**0.5
    return Stars(n, mean, max(1.0, mean - reach), min(5.0, mean + reach))


def _share(events: int, n: int) -> Share:
    return Share(events, n, interval(events, n) if n >= FEWEST else None)


def _place(one: Brought) -> tuple[int, int]:
    kinds, speeds = [*RemedyKind, None], [None, *Speed]
    return kinds.index(one.kind), speeds.index(one.speed)
