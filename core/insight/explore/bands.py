"""Value bands: what a parcel's goods are worth, drawn in the base currency at the newest rates, and told in each shop's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Numeric, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.insight.comparison.outcomes import band_edges
from core.models import Shipment, Shop
from core.money import rates

NO_RATE = -1
BANDS = len(band_edges()) + 1
"""How many bands there are, beside what has no rate."""


@dataclass(frozen=True)
class Bands:
    """Where the bands begin: in the base `currency`, and per currency that has a rate. `rate_on` is the oldest rate's day."""

    currency: str
    edges: tuple[Decimal, ...]
    of: tuple[tuple[str, tuple[Decimal, ...]], ...]
    rate_on: date | None

    @property
    def places(self) -> tuple[int, ...]:
        """Every band's place: 0 is the lowest, −1 holds what cannot be converted."""
        return (*range(len(self.edges) + 1), NO_RATE)

    def place(self) -> ColumnElement[int]:
        """The band of a parcel."""
        whens = [
            (Shipment.currency == currency, func.width_bucket(Shipment.value, cast(list(steps), ARRAY(Numeric))))
            for currency, steps in self.of
        ]
        return case(*whens, else_=NO_RATE) if whens else literal(NO_RATE)


@dataclass(frozen=True)
class BandChoice:
    """Some of the bands, as a filter holds them."""

    bands: Bands
    places: tuple[int, ...]

    def condition(self) -> ColumnElement[bool]:
        """Whether a parcel lies in one of them."""
        return self.bands.place().in_(self.places)


def draw(session: Session, base_currency: str, on: date, edges: Collection[Decimal] | None = None) -> Bands:
    """The bands at the newest rates of a day. A currency without a rate is left out (inner)."""
    steps = tuple(edges if edges is not None else band_edges())
    found: list[tuple[str, tuple[Decimal, ...]]] = []
    days: list[date] = []
    for currency in session.scalars(select(Shop.currency).distinct().order_by(Shop.currency)):
        try:
            # One edge is asked for, the others stand to it as in the base currency: a rate is a factor.
            last = rates.convert(session, Money(steps[-1], base_currency), currency, on)
        except Refusal:
            continue
        found.append((currency, tuple(last.money.amount * step / steps[-1] for step in steps)))
        days += [last.on_date] if last.on_date else []
    return Bands(base_currency, steps, tuple(found), min(days, default=None))
