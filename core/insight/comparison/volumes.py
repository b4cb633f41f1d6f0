"""Parcels that are known only as monthly volumes: what teams without parcel data give so that a rate has something to stand on.

What a month's volume says beyond the parcels Recoup knows of that shop and channel is spread evenly over the days of the month:
so a part of a month can lie in the period, and another be too young to judge. Such parcels have no value and no product; a lane
that has some is compared as a whole, not by value bands.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from core.foundation.clock import local_day, start_of_day
from core.insight.comparison.outcomes import Outcome, mature_after
from core.insight.comparison.scope import Channel, Period, Scope
from core.models import Shipment, Shop
from core.parcels import volumes


@dataclass(frozen=True)
class Unseen:
    """Parcels of one channel and month of shipping that only a volume tells: old enough to be judged, and too young."""

    channel: Channel
    month: date
    judged: int
    young: int


def unseen(session: Session, outcomes: Collection[Outcome], scope: Scope, *, zone: str, now: datetime) -> list[Unseen]:
    """What monthly volumes add to the parcels of a scope (inner).

    Nothing where it is asked for what only parcels tell: values, products, origins, or who was late.
    """
    if scope.by_parcel or set(outcomes) == {Outcome.LATE}:
        return []
    told = _told(session, scope)
    if not told:
        return []
    seen = _seen(session, told, zone)
    named = {key for key in told if key[2]}
    judged_until = local_day(now - timedelta(days=mature_after(outcomes)), zone) if outcomes else local_day(now, zone)
    found: dict[tuple[Channel, date], list[int]] = defaultdict(lambda: [0, 0])
    for (shop, carrier, service, month), (market, parcels) in told.items():
        known = sum(
            n
            for (of, by, way, when), n in seen.items()
            # A volume without a service stands for all services of the carrier that have none of their own.
            if (of, by, when) == (shop, carrier, month)
            and (way == service if service else (shop, carrier, way, month) not in named)
        )
        channel = Channel(carrier, service or None, market)
        judged, young = _spread(max(parcels - known, 0), month, scope.period, judged_until)
        found[channel, month][0] += judged
        found[channel, month][1] += young
    return [Unseen(channel, month, *both) for (channel, month), both in found.items() if any(both)]


Key = tuple[int, int, str, date]


def _told(session: Session, scope: Scope) -> dict[Key, tuple[str, int]]:
    """Market and parcels by shop, carrier, service and month, of the months that touch the period."""
    standing = volumes.standing().subquery("standing")
    query = (
        select(standing, Shop.market)
        .join(Shop, Shop.id == standing.c.shop_id)
        .where(standing.c.month >= scope.period.first.replace(day=1), standing.c.month <= scope.period.last)
    )
    if scope.shops:
        query = query.where(standing.c.shop_id.in_(scope.shops))
    if scope.markets:
        query = query.where(Shop.market.in_(scope.markets))
    rows = session.execute(query)
    return {(row.shop_id, row.carrier_id, row.service, row.month): (row.market, row.parcels) for row in rows}


def _seen(session: Session, told: Collection[Key], zone: str) -> dict[Key, int]:
    """How many parcels of the volumes' shops, carriers and months Recoup knows one by one."""
    first, last = min(key[3] for key in told), max(key[3] for key in told)
    month = cast(func.date_trunc("month", func.timezone(zone, Shipment.shipped_at)), Date)
    keys: tuple[Any, ...] = (Shipment.shop_id, Shipment.carrier_id, func.coalesce(Shipment.service, ""), month)
    labels = [key.label(f"key{n}") for n, key in enumerate(keys)]
    rows = session.execute(
        select(*labels, func.count())
        .where(
            Shipment.shop_id.in_({key[0] for key in told}),
            Shipment.carrier_id.in_({key[1] for key in told}),
            Shipment.shipped_at >= start_of_day(first, zone),
            Shipment.shipped_at < start_of_day(_after(last), zone),
        )
        .group_by(*labels)
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _spread(parcels: int, month: date, period: Period, judged_until: date) -> tuple[int, int]:
    """How many of a month's parcels lie in the period: shipped before a day, and from it on."""
    days = monthrange(month.year, month.month)[1]
    first, after = max(month, period.first), min(_after(month), period.last + timedelta(days=1))
    ripe = max((min(after, judged_until) - first).days, 0)
    whole = max((after - first).days, 0)
    judged = round(parcels * ripe / days)
    return judged, round(parcels * whole / days) - judged
