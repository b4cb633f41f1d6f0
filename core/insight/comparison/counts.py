"""Parcels and events per channel and stratum, counted in one statement.

A parcel belongs to the day it was shipped on and is counted once. What went wrong with it is told by its own last status and by
its incidents; an incident closed as “arrived” or “no loss” tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, and_, bindparam, case, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.foundation import clock
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid, Refusal
from core.foundation.language import _
from core.foundation.money import Money
from core.insight.comparison.outcomes import Outcome, band_edges, mature_after
from core.models import Incident, Shipment, Shop
from core.models.incident import IncidentType, Result
from core.models.shipment import ShipmentStatus
from core.money import rates

YEAR = 365


@dataclass(frozen=True)
class Period:
    """Ship dates from `first` to `last`, both included, on the calendar of the reader's zone."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise Invalid(_("The period ends before it starts."), "first")

    @classmethod
    def year_to(cls, last: date) -> Period:
        """The year that ends with a day."""
        return cls(last - timedelta(days=YEAR - 1), last)


@dataclass(frozen=True)
class Scope:
    """Which parcels are compared: their ship dates, shops and markets (none named: all)."""

    period: Period
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Channel:
    """Carrier × service × market. Without a carrier nobody knows who carried."""

    carrier_id: int | None
    service: str | None
    market: str


@dataclass(frozen=True)
class Cell:
    """The parcels of one channel in one value band (0 is the lowest, −1 where the value's currency has no rate).

    `n` of them are old enough to be judged, `events` of these came to harm; `young` are left out.
    """

    channel: Channel
    band: int
    n: int
    events: int
    young: int


def count(
    session: Session, outcomes: Collection[Outcome], scope: Scope, *, zone: str, base_currency: str, now: datetime
) -> list[Cell]:
    """The cells of all channels in the scope (inner: the reads above ask for the right)."""
    if not outcomes:
        raise Invalid(_("Choose at least one outcome."), "outcome")
    judged, band = judged_before(), _band(_edges(session, base_currency, now.date()))
    wrong, joined = harmed(outcomes)
    query = select(
        Shipment.carrier_id,
        Shipment.service,
        Shipment.market,
        band.label("band"),
        func.count().filter(judged).label("n"),
        func.count().filter(and_(judged, wrong)).label("events"),
        func.count().filter(~judged).label("young"),
    )
    if joined is not None:
        query = query.outerjoin(joined, joined.c.shipment_id == Shipment.id)
    query = query.where(*within(scope, outcomes, zone))
    rows = session.execute(
        query.group_by(Shipment.carrier_id, Shipment.service, Shipment.market, band), moments(outcomes, now)
    )
    return [
        Cell(Channel(row.carrier_id, row.service, row.market), row.band, row.n, row.events, row.young) for row in rows
    ]


def moments(outcomes: Collection[Outcome], now: datetime) -> dict[str, datetime]:
    """What the statements name: now, and before when a parcel must have been shipped to be judged (inner)."""
    return {"judged": now - timedelta(days=mature_after(outcomes)), "now": now}


def judged_before() -> ColumnElement[bool]:
    """Whether a parcel is old enough to be judged (inner)."""
    return Shipment.shipped_at < bindparam("judged", type_=UtcDateTime())


def within(scope: Scope, outcomes: Collection[Outcome], zone: str) -> list[ColumnElement[bool]]:
    """Which parcels a scope means (inner)."""
    found: list[ColumnElement[bool]] = [
        Shipment.shipped_at >= clock.start_of_day(scope.period.first, zone),
        Shipment.shipped_at < clock.start_of_day(scope.period.last + timedelta(days=1), zone),
    ]
    if scope.shops:
        found.append(Shipment.shop_id.in_(scope.shops))
    if scope.markets:
        found.append(Shipment.market.in_(scope.markets))
    if set(outcomes) == {Outcome.LATE}:
        # Without a promised date nobody can say whether a parcel was late: it is not counted as one that was not.
        found.append(Shipment.expected_at.is_not(None))
    return found


def harmed(outcomes: Collection[Outcome]) -> tuple[ColumnElement[bool], Any]:
    """Whether a parcel came to harm, and the incidents that tell it, one row a parcel; None: its status tells enough (inner)."""
    told: dict[Outcome, ColumnElement[bool]] = {
        Outcome.LOST: Shipment.status == ShipmentStatus.LOST,
        Outcome.FAILED: or_(
            Shipment.status == ShipmentStatus.FAILED,
            and_(
                Shipment.status.in_([ShipmentStatus.RETURNING, ShipmentStatus.RETURNED]),
                Shipment.delivered_at.is_(None),
            ),
        ),
        Outcome.LATE: func.coalesce(Shipment.delivered_at, bindparam("now", type_=UtcDateTime()))
        > Shipment.expected_at,
        Outcome.RETURNED: Shipment.status.in_([ShipmentStatus.RETURNING, ShipmentStatus.RETURNED]),
    }
    types = [_TYPES[outcome] for outcome in outcomes if outcome in _TYPES]
    by_status = [told[outcome] for outcome in outcomes if outcome in told]
    if not types:
        return or_(*by_status), None
    stands = or_(Incident.result.is_(None), Incident.result.not_in([Result.ARRIVED, Result.NO_LOSS]))
    joined = select(Incident.shipment_id).where(Incident.type.in_(types), stands).distinct().subquery("harmed")
    return or_(joined.c.shipment_id.is_not(None), *by_status), joined


_TYPES = {
    Outcome.LOST: IncidentType.LOST,
    Outcome.DAMAGED: IncidentType.DAMAGED,
    Outcome.MISSING_CONTENTS: IncidentType.MISSING_CONTENTS,
    Outcome.LATE: IncidentType.DELAYED,
}


def _edges(session: Session, base_currency: str, on: date) -> Mapping[str, Sequence[Decimal]]:
    """Per currency of the shops: the band edges in it. A currency without a rate is left out."""
    found: dict[str, Sequence[Decimal]] = {}
    edges = band_edges()
    for currency in session.scalars(select(Shop.currency).distinct()):
        try:
            # One edge is asked for, the others stand to it as in the base currency: a rate is a factor.
            last = rates.convert(session, Money(edges[-1], base_currency), currency, on).money.amount
            found[currency] = [last * edge / edges[-1] for edge in edges]
        except Refusal:
            continue
    return found


def _band(edges: Mapping[str, Sequence[Decimal]]) -> ColumnElement[int]:
    whens = [
        (
            Shipment.currency == currency,
            func.width_bucket(Shipment.value, cast(list(steps), ARRAY(Numeric))),
        )
        for currency, steps in sorted(edges.items())
    ]
    return case(*whens, else_=-1) if whens else case((true(), -1))
