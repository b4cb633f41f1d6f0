"""What can be asked: measures, dimensions, and the filters between them. Codes are stable: they stand in addresses and views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.foundation.errors import Invalid
from core.foundation.language import N_, _
from core.foundation.permissions import Permission
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier


class Measure(StrEnum):
    """What is counted."""

    INCIDENTS = "incidents"
    RATE = "rate"
    GROSS = "gross"
    RECOVERED = "recovered"
    NET = "net"
    SUCCESS = "success"
    DAYS = "days"
    FIRST = "first"


class Dimension(StrEnum):
    """What it is counted by."""

    MONTH = "month"
    WEEK = "week"
    SHOP = "shop"
    MARKET = "market"
    CARRIER = "carrier"
    SERVICE = "service"
    TYPE = "type"
    STAGE = "stage"
    CAUSE = "cause"
    TIER = "tier"
    OWNER = "owner"
    PRODUCT = "product"
    BAND = "band"


class CountedBy(StrEnum):
    """The day a case belongs to: when it was registered, or when its parcel was shipped."""

    REGISTERED = "registered"
    SHIPPED = "shipped"


MEASURE_LABELS: dict[Measure, str] = {
    Measure.INCIDENTS: N_("Incidents"),
    Measure.RATE: N_("Rate per 1,000 parcels"),
    Measure.GROSS: N_("Gross loss"),
    Measure.RECOVERED: N_("Recovered"),
    Measure.NET: N_("Net loss"),
    Measure.SUCCESS: N_("Claim success"),
    Measure.DAYS: N_("Days to money"),
    Measure.FIRST: N_("Time to first action"),
}
MEASURE_SENTENCES: dict[Measure, str] = {
    Measure.INCIDENTS: N_("Every case counts, open or closed, whatever came of it."),
    Measure.RATE: N_("Parcels with a case per 1,000 shipped, by the day they were shipped."),
    Measure.GROSS: N_("What the cases' losses come to in the ledger, before anything came back."),
    Measure.RECOVERED: N_("What payers paid, as far as it counts against the losses."),
    Measure.NET: N_("Gross loss less what was recovered."),
    Measure.SUCCESS: N_("Of the claims that were filed and decided, the share that brought something."),
    Measure.DAYS: N_("Half of the paid claims took no longer than this from filing to the first money."),
    Measure.FIRST: N_(
        "In half of the cases no more hours passed from registering to the first contact, evidence, claim, comment or closing."
    ),
}
DIMENSION_LABELS: dict[Dimension, str] = {
    Dimension.MONTH: N_("Month"),
    Dimension.WEEK: N_("Week"),
    Dimension.SHOP: N_("Shop"),
    Dimension.MARKET: N_("Market"),
    Dimension.CARRIER: N_("Carrier"),
    Dimension.SERVICE: N_("Service"),
    Dimension.TYPE: N_("Type"),
    Dimension.STAGE: N_("Stage"),
    Dimension.CAUSE: N_("Cause"),
    Dimension.TIER: N_("Tier"),
    Dimension.OWNER: N_("Owner"),
    Dimension.PRODUCT: N_("Product"),
    Dimension.BAND: N_("Value band"),
}
DAY_LABELS: dict[CountedBy, str] = {
    CountedBy.REGISTERED: N_("when registered"),
    CountedBy.SHIPPED: N_("when its parcel was shipped"),
}

MONEY = frozenset({Measure.GROSS, Measure.RECOVERED, Measure.NET})
"""Measures that are amounts in the base currency."""
SHARES = frozenset({Measure.RATE, Measure.SUCCESS})
"""Measures that are shares: k out of n, with an interval."""
SUMS = MONEY | {Measure.INCIDENTS}
"""Measures whose parts may be put together; the others are rates and middles, which may not."""
TIMES = frozenset({Dimension.MONTH, Dimension.WEEK})
OF_PARCELS = TIMES | {
    Dimension.SHOP,
    Dimension.MARKET,
    Dimension.CARRIER,
    Dimension.SERVICE,
    Dimension.PRODUCT,
    Dimension.BAND,
}
"""What a parcel without any case has as well: only these divide the parcels a rate stands on."""

RIGHTS: dict[Measure, tuple[Permission, ...]] = {
    Measure.INCIDENTS: (),
    Measure.RATE: (Permission.SHIPMENT_READ,),
    Measure.GROSS: (Permission.LEDGER_READ,),
    Measure.RECOVERED: (Permission.LEDGER_READ,),
    Measure.NET: (Permission.LEDGER_READ,),
    Measure.SUCCESS: (Permission.CLAIM_READ,),
    Measure.DAYS: (Permission.CLAIM_READ, Permission.LEDGER_READ),
    Measure.FIRST: (),
}
"""What a measure asks for beyond the right to see incidents."""


@dataclass(frozen=True)
class Narrow:
    """Which cases. Empty means all; several values of one field are alternatives.

    `carriers` and `owners` are ids (0: none), `services` and `products` texts ("": none), `causes` may hold None for cases
    without one, `bands` are places of value bands from 0, −1 where the value's currency has no rate. `since` and `until` are days,
    both included, in the asker's zone.
    """

    types: tuple[IncidentType, ...] = ()
    stages: tuple[Stage, ...] = ()
    states: tuple[IncidentState, ...] = ()
    causes: tuple[Cause | None, ...] = ()
    tiers: tuple[Tier, ...] = ()
    results: tuple[Result, ...] = ()
    owners: tuple[int, ...] = ()
    carriers: tuple[int, ...] = ()
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None


ALL_OF_IT = Narrow()


@dataclass(frozen=True)
class Question:
    """One measure by one or two dimensions. Raises `Invalid` for the same dimension twice, or a period that ends before it
    starts."""

    measure: Measure
    rows: Dimension
    columns: Dimension | None = None
    by: CountedBy = CountedBy.REGISTERED
    narrow: Narrow = ALL_OF_IT

    def __post_init__(self) -> None:
        if self.rows is self.columns:
            raise Invalid(_("Choose two different things to divide by."), "columns")
        since, until = self.narrow.since, self.narrow.until
        if since and until and since > until:
            raise Invalid(_("The period ends before it starts."), "since")

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The one or two it is divided by."""
        return (self.rows,) if self.columns is None else (self.rows, self.columns)

    @property
    def day(self) -> CountedBy:
        """The day that counts. A rate has to stand on the day of shipping, the only one that all its parcels have."""
        return CountedBy.SHIPPED if self.measure is Measure.RATE else self.by
