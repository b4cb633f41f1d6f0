"""Which parcels are compared: over which time, of which shops, lanes, values, products and origins.

The statements of this package ask `within` for the conditions and `banded` for the value band, so that every figure on the
screen stands on the same parcels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, literal, or_, select
from sqlalchemy.orm import Session

from core.foundation import clock
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid, Refusal
from core.foundation.language import _
from core.foundation.money import Money
from core.insight.comparison.outcomes import Outcome, band_edges, mature_after
from core.models import Shipment, ShipmentLine, Shop
from core.money import rates

YEAR = 365
NO_RATE = -1
"""The band of parcels whose currency has no exchange rate."""
ANY_ENDING = "*"
"""At the end of a product's number it stands for whatever follows: all variations of one article."""


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
    """Which parcels are compared; a filter that names nothing lets all through.

    `bands` are value bands from 0, the lowest, in the base currency (`NO_RATE`: their currency has no rate). `products` are
    numbers as the shop writes them (SKU), one with `*` at its end stands for all that begin so; a parcel counts that holds one
    of them. `origins` are the places parcels are shipped from.
    """

    period: Period
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    @property
    def by_parcel(self) -> bool:
        """Whether it asks for what only the parcel itself can tell: monthly volumes cannot answer it."""
        return bool(self.bands or self.products or self.origins)


@dataclass(frozen=True)
class Channel:
    """Carrier × service × market. Without a carrier nobody knows who carried."""

    carrier_id: int | None
    service: str | None
    market: str


Edges = Mapping[str, Sequence[Decimal]]
"""Per currency of the shops: the edges between value bands in it. A currency without a rate is left out."""


def edges(session: Session, base_currency: str, on: date) -> Edges:
    """The edges of all value bands, at the rates of a day (inner)."""
    found: dict[str, Sequence[Decimal]] = {}
    base = band_edges()
    for currency in session.scalars(select(Shop.currency).distinct()):
        try:
            # One edge is asked for, the others stand to it as in the base currency: a rate is a factor.
            last = rates.convert(session, Money(base[-1], base_currency), currency, on).money.amount
            found[currency] = [last * edge / base[-1] for edge in base]
        except Refusal:
            continue
    return found


def banded(known: Edges) -> ColumnElement[int]:
    """A parcel's value band (inner)."""
    # A chain of comparisons: `width_bucket` over arrays takes the planner's parallel plan away, and half as long again.
    whens = [
        (
            Shipment.currency == currency,
            case(*((Shipment.value < step, n) for n, step in enumerate(steps)), else_=len(steps)),
        )
        for currency, steps in sorted(known.items())
    ]
    return case(*whens, else_=NO_RATE) if whens else literal(NO_RATE)


def moments(outcomes: Collection[Outcome], now: datetime) -> dict[str, datetime]:
    """What the statements name: now, and before when a parcel must have been shipped to be judged (inner)."""
    return {"judged": now - timedelta(days=mature_after(outcomes)), "now": now}


def judged_before() -> ColumnElement[bool]:
    """Whether a parcel is old enough to be judged (inner)."""
    return Shipment.shipped_at < bindparam("judged", type_=UtcDateTime())


def within(scope: Scope, outcomes: Collection[Outcome], zone: str, known: Edges) -> list[ColumnElement[bool]]:
    """Which parcels a scope means (inner). `known` are the `edges` its value bands are drawn by."""
    found: list[ColumnElement[bool]] = [
        Shipment.shipped_at >= clock.start_of_day(scope.period.first, zone),
        Shipment.shipped_at < clock.start_of_day(scope.period.last + timedelta(days=1), zone),
        *chosen(scope, known),
    ]
    if set(outcomes) == {Outcome.LATE}:
        # Without a promised date nobody can say whether a parcel was late: it is not counted as one that was not.
        found.append(Shipment.expected_at.is_not(None))
    return found


def chosen(scope: Scope, known: Edges) -> list[ColumnElement[bool]]:
    """Which parcels a scope means, whenever they were shipped (inner)."""
    found: list[ColumnElement[bool]] = []
    if scope.shops:
        found.append(Shipment.shop_id.in_(scope.shops))
    if scope.markets:
        found.append(Shipment.market.in_(scope.markets))
    if scope.bands:
        found.append(banded(known).in_(scope.bands))
    if scope.origins:
        found.append(Shipment.origin.in_(scope.origins))
    if scope.products:
        held = or_(*(_product(one) for one in scope.products))
        found.append(exists(select(ShipmentLine.line).where(ShipmentLine.shipment_id == Shipment.id, held)))
    return found


def _product(text: str) -> ColumnElement[Any]:
    if text.endswith(ANY_ENDING):
        return ShipmentLine.sku.startswith(text.rstrip(ANY_ENDING), autoescape=True)
    return ShipmentLine.sku == text
