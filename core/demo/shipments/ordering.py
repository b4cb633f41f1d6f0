"""Two years of orders with their seasons, sent at their channels' own pace; nothing has gone wrong yet but what belongs to every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from core.demo import words
from core.demo.shipments.columns import CODE, DAY, HOUR, MONTHS, NEVER, Column, Parcels
from core.parcels.markets import markets


def make(count: int, now: datetime, rng: np.random.Generator) -> Parcels:
    """`count` parcels ordered in the two years before `now`, nothing gone wrong yet but what belongs to every day."""
    channels, shops = words.channels(), words.shops()
    ordered = _moments(count, now, rng)
    shop = rng.choice(len(shops), count, p=_parts([one.weight for one in shops])).astype(np.int16)
    channel = np.zeros(count, np.int16)
    market_of_shop = np.array([list(markets()).index(one.market) for one in shops])[shop]
    for place, market in enumerate(markets()):
        mine = np.flatnonzero(market_of_shop == place)
        ours = [i for i, one in enumerate(channels) if one.market == market]
        channel[mine] = rng.choice(ours, len(mine), p=_parts([channels[i].share for i in ours]))
    days = np.array([one.days for one in channels])[channel]
    paid = ordered + rng.integers(20, 1800, count)
    shipped = paid + (rng.gamma(2.0, 9.0, count) * HOUR).astype(np.int64)
    accepted = shipped + rng.integers(1 * HOUR, 9 * HOUR, count)
    first_scan = accepted + rng.integers(HOUR // 2, 14 * HOUR, count)
    transit = (rng.gamma(9.0, 1 / 9.0, count) * days * DAY).astype(np.int64)
    delivered = first_scan + transit
    completed = delivered + rng.integers(DAY // 2, 7 * DAY, count)
    made = Parcels(
        now=int(now.timestamp()),
        shop=shop,
        channel=channel,
        ordered=ordered,
        paid=paid,
        shipped=shipped,
        accepted=accepted,
        first_scan=first_scan,
        last_scan=delivered.copy(),
        expected=shipped + ((days * 1.5 + 2) * DAY).astype(np.int64),
        delivered=delivered,
        completed=completed,
        changed=delivered.copy(),
        status=np.full(count, CODE["completed"], np.int8),
        wrong=np.full(count, NEVER, np.int8),
        lines=rng.choice([1, 2, 3], count, p=[0.82, 0.14, 0.04]).astype(np.int8),
        product=rng.integers(0, len(words.products()), (count, 3)).astype(np.int8),
        variation=rng.integers(0, 5, (count, 3)).astype(np.int8),
        quantity=rng.choice([1, 2, 3], (count, 3), p=[0.86, 0.11, 0.03]).astype(np.int8),
        number=rng.integers(0, 2**62, count, dtype=np.int64),
    )
    fate = rng.random(count)
    _never_sent(made, fate < 0.035)
    _came_back(made, (fate >= 0.035) & (fate < 0.058), rng)
    return made


def _parts(weights: list[Any]) -> Column:
    parts = np.array(weights, float)
    return np.asarray(parts / parts.sum())


def _moments(count: int, now: datetime, rng: np.random.Generator) -> Column:
    """Order moments: growing over the two years, high on double days, on pay days and weekends, low at the new year."""
    first = (now - timedelta(days=round(MONTHS * 30.44))).date()
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    weight = np.array([_season(day) * (0.55 + 0.45 * place / len(days)) for place, day in enumerate(days)])
    weight[-1] *= max(0.05, (now.hour * HOUR + now.minute * 60) / DAY)
    day = rng.choice(len(days), count, p=weight / weight.sum())
    hour = np.array([1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 7, 7, 6, 5, 4, 3, 2, 2, 1, 1, 1], float)
    second = rng.choice(24, count, p=hour / hour.sum()) * HOUR + rng.integers(0, HOUR, count)
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    latest = int(now.timestamp()) - 600
    moments = start + day * DAY + second
    # What the last day has not seen yet is put somewhere into it.
    late = moments > latest
    moments[late] = latest - rng.integers(0, DAY // 4, int(late.sum()))
    return np.asarray(np.sort(moments.astype(np.int64)))


def _season(day: date) -> float:
    if day.day == day.month:
        return 5.0 if day.month in (11, 12) else 3.4 if day.month in (6, 9, 10) else 2.4
    if (day.month, day.day) in ((11, 10), (11, 12), (12, 11), (12, 13)):
        return 2.2
    usual = {1: 0.85, 2: 0.75, 11: 1.25, 12: 1.3}.get(day.month, 1.0)
    return usual * (1.25 if 24 <= day.day <= 27 else 1.0) * (1.12 if day.weekday() >= 5 else 1.0)


def _never_sent(made: Parcels, which: Column) -> None:
    """Orders the buyer took back before anything left the house."""
    made.status[which] = CODE["cancelled"]
    for column in (made.shipped, made.accepted, made.first_scan, made.last_scan, made.delivered, made.completed):
        column[which] = NEVER
    made.changed[which] = made.ordered[which] + 5 * HOUR


def _came_back(made: Parcels, which: Column, rng: np.random.Generator) -> None:
    """Parcels nobody took in: back with us, or on their way."""
    made.status[which] = np.where(rng.random(int(which.sum())) < 0.8, CODE["failed"], CODE["returned"])
    made.changed[which] = made.delivered[which] + DAY
    made.last_scan[which] = made.changed[which]
    made.delivered[which] = NEVER
    made.completed[which] = NEVER
