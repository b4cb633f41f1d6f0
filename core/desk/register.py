"""The register: every incident, filtered, sorted and paged in SQL.

A page costs what it shows: its rows come off an index, and rows are only counted up to `COUNTED`, so that a larger
table is not a slower page. Who wants everything exports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from core.desk.search import matches
from core.foundation.clock import start_of_day
from core.foundation.gate import read
from core.foundation.language import N_
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.insight.explore import BandChoice, Told, standing
from core.models import Carrier, Incident, Person, Shipment, Shop
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage, Tier

PAGE = 50
COUNTED = 1_000
"""Rows a page may count, and page through; beyond it, filters and the export lead further."""

NOBODY = 0
"""Stands for "no owner" among the owners of a filter."""


class Sort(StrEnum):
    """The orders the register has an index for. Stable: they stand in addresses."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"
    VALUE = "value"


SORT_LABELS: dict[Sort, str] = {
    Sort.NEWEST: N_("Newest first"),
    Sort.OLDEST: N_("Oldest first"),
    Sort.DUE: N_("Next moment first"),
    Sort.VALUE: N_("Highest value first"),
}


@dataclass(frozen=True)
class Filter:
    """What to show. Empty means everything; several values of one field are alternatives.

    `carriers`, `shops` and `owners` are ids (`NOBODY` for none), `causes` may hold None for cases without one, `services` and
    `products` "" for parcels without one. `since` and `until` are days of registration in the actor's zone,
    `shipped_since` and `shipped_until` of shipping, all inclusive. `told` asks for what came of a case.
    """

    text: str = ""
    states: tuple[IncidentState, ...] = ()
    types: tuple[IncidentType, ...] = ()
    stages: tuple[Stage, ...] = ()
    carriers: tuple[int, ...] = ()
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    owners: tuple[int, ...] = ()
    results: tuple[Result, ...] = ()
    since: date | None = None
    until: date | None = None
    causes: tuple[Cause | None, ...] = ()
    services: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    bands: BandChoice | None = None
    shipped_since: date | None = None
    shipped_until: date | None = None
    told: Told | None = None
    sort: Sort = Sort.NEWEST

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return replace(self, sort=Sort.NEWEST, text=self.text.strip()) == Filter()


@dataclass(frozen=True)
class Case:
    """One row of the register. `value` and `recovered` are in `currency`, the case's; `base` is in the team's."""

    id: int
    reference: str
    type: IncidentType
    stage: Stage
    state: IncidentState
    tier: Tier
    next_due_at: datetime | None
    next_clock: str | None
    carrier: str | None
    number: str
    shop: str
    market: str
    owner: str | None
    result: Result | None
    registered_at: datetime
    currency: str
    value: Decimal
    base_currency: str
    base: Decimal
    recovered: Decimal


@dataclass(frozen=True)
class Page:
    """The rows of one page (numbered from 1) and whether another follows it."""

    rows: tuple[Case, ...]
    number: int
    more: bool
    size: int

    @property
    def counted(self) -> int | None:
        """How many rows there are in all, where this page alone tells."""
        return None if self.more else (self.number - 1) * self.size + len(self.rows)


@dataclass(frozen=True)
class Export:
    """One row as it is exported: more columns than the screen shows, moments in UTC."""

    reference: str
    state: IncidentState
    type: IncidentType
    stage: Stage
    tier: Tier
    noticed_by: NoticedBy
    noticed_at: datetime
    registered_at: datetime
    owner: str | None
    shop: str
    market: str
    carrier: str | None
    order_number: str
    tracking_number: str | None
    next_due_at: datetime | None
    value: Money
    base: Money
    gross: Money
    recovered: Money
    cause: Cause | None
    result: Result | None
    closed_at: datetime | None
    closing_note: str
    buyer_said: str


@dataclass(frozen=True)
class Choices:
    """What the filters offer, as (id or code, name): shops, carriers, people on the team, markets."""

    shops: tuple[tuple[int, str], ...]
    carriers: tuple[tuple[int, str], ...]
    owners: tuple[tuple[int, str], ...]
    markets: tuple[str, ...]


@read(Permission.INCIDENT_READ)
def register_page(session: Session, wanted: Filter, *, actor: Actor, page: int = 1, size: int | None = None) -> Page:
    """One page of the register (`PAGE` rows, or `size`), in one statement; none beyond `COUNTED` rows.

    Raises `Invalid` for a query too short.
    """
    size = min(size or PAGE, PAGE)
    number = min(max(page, 1), COUNTED // size)
    rows: Any = session.execute(_page(wanted, actor.zone, size, (number - 1) * size)).all()
    more = len(rows) > size and number * size < COUNTED
    return Page(tuple(Case(*row) for row in rows[:size]), number, more, size)


@read(Permission.INCIDENT_READ)
def register_count(session: Session, wanted: Filter, *, actor: Actor) -> int:
    """How many cases the filter lets through, counted up to `COUNTED` + 1."""
    some = (
        select(literal(1)).select_from(Incident).where(*_conditions(wanted, actor.zone)).limit(COUNTED + 1).subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


@read(Permission.INCIDENT_READ)
def register_choices(session: Session, *, actor: Actor) -> Choices:
    """What the filters offer. Everything that ever was, so that old cases can be found."""
    shops = session.execute(select(Shop.id, Shop.name, Shop.market).order_by(Shop.name)).all()
    carriers = session.execute(select(Carrier.id, Carrier.name).order_by(Carrier.name)).all()
    owners = session.execute(select(Person.id, Person.name).order_by(Person.active.desc(), Person.name)).all()
    return Choices(
        tuple((row.id, row.name) for row in shops),
        tuple((row.id, row.name) for row in carriers),
        tuple((row.id, row.name) for row in owners),
        tuple(sorted({row.market for row in shops})),
    )


@read(Permission.INCIDENT_EXPORT)
def export_rows(session: Session, wanted: Filter, *, actor: Actor) -> Iterator[Export]:
    """Everything the filter lets through, in its order, streamed from the database a few thousand rows at a time."""
    query = _export_columns().where(*_conditions(wanted, actor.zone)).order_by(*_order(wanted.sort))
    rows = session.execute(query, execution_options={"stream_results": True, "yield_per": 2_000})
    for row in rows:
        values = dict(row._mapping)
        currency, base_currency = values.pop("currency"), values.pop("base_currency")
        for name in ("value", "gross", "recovered"):
            values[name] = Money(values[name], currency)
        values["base"] = Money(values["base"], base_currency)
        yield Export(**values)


def _conditions(wanted: Filter, zone: str) -> list[ColumnElement[bool]]:
    found = matches(wanted.text)
    lists: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (Incident.state, wanted.states),
        (Incident.type, wanted.types),
        (Incident.stage, wanted.stages),
        (Incident.shop_id, wanted.shops),
        (Incident.market, wanted.markets),
        (Incident.tier, wanted.tiers),
        (Incident.result, wanted.results),
    )
    # One value is an equality, which an index keeps in order; `in` of several is not.
    found += [field == chosen[0] if len(chosen) == 1 else field.in_(chosen) for field, chosen in lists if chosen]
    if wanted.owners:
        found.append(standing.either(Incident.owner_id, wanted.owners, NOBODY))
    if wanted.carriers:
        found.append(standing.either(Incident.carrier_id, wanted.carriers, NOBODY))
    if wanted.causes:
        found.append(standing.either(Incident.cause, wanted.causes))
    if wanted.told:
        found.append(standing.told(wanted.told))
    if of_parcel := _of_parcel(wanted, zone):
        found.append(Incident.shipment_id.in_(select(Shipment.id).where(*of_parcel)))
    if wanted.since:
        found.append(Incident.registered_at >= start_of_day(wanted.since, zone))
    if wanted.until:
        found.append(Incident.registered_at < start_of_day(wanted.until + timedelta(days=1), zone))
    return found


def _of_parcel(wanted: Filter, zone: str) -> list[ColumnElement[bool]]:
    return standing.parcels(
        services=wanted.services,
        products=wanted.products,
        bands=wanted.bands,
        since=wanted.shipped_since,
        until=wanted.shipped_until,
        zone=zone,
    )


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    match sort:
        case Sort.NEWEST:
            return Incident.registered_at.desc(), Incident.id.desc()
        case Sort.OLDEST:
            return Incident.registered_at.asc(), Incident.id.asc()
        case Sort.DUE:
            return Incident.next_due_at.asc(), Incident.id.asc()
        case Sort.VALUE:
            return Incident.base_value.desc(), Incident.id.desc()


@lru_cache(maxsize=256)
def _page(wanted: Filter, zone: str, size: int, start: int) -> Any:
    """The statement of a page. Kept, because people click more often than they filter, and building costs like asking."""
    order = _order(wanted.sort)
    ids = select(Incident.id.label("id")).where(*_conditions(wanted, zone)).order_by(*order)
    chosen = ids.limit(size + 1).offset(start).subquery()
    return _columns().join(chosen, chosen.c.id == Incident.id).order_by(*order)


@lru_cache(maxsize=1)
def _columns() -> Any:
    return (
        select(
            Incident.id,
            Incident.reference,
            Incident.type,
            Incident.stage,
            Incident.state,
            Incident.tier,
            Incident.next_due_at,
            Incident.next_clock,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Shop.name,
            Incident.market,
            Person.name,
            Incident.result,
            Incident.registered_at,
            Incident.currency,
            Incident.value_at_risk,
            Incident.base_currency,
            Incident.base_value,
            Incident.recovered,
        )
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
    )


@lru_cache(maxsize=1)
def _export_columns() -> Any:
    return (
        select(
            Incident.reference,
            Incident.state,
            Incident.type,
            Incident.stage,
            Incident.tier,
            Incident.noticed_by,
            Incident.noticed_at,
            Incident.registered_at,
            Person.name.label("owner"),
            Shop.name.label("shop"),
            Incident.market,
            func.coalesce(Carrier.name, Shipment.carrier_text).label("carrier"),
            Shipment.order_number,
            Shipment.tracking_number,
            Incident.next_due_at,
            Incident.currency,
            Incident.value_at_risk.label("value"),
            Incident.base_currency,
            Incident.base_value.label("base"),
            Incident.gross_loss.label("gross"),
            Incident.recovered,
            Incident.cause,
            Incident.result,
            Incident.closed_at,
            Incident.closing_note,
            Incident.buyer_said,
        )
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
    )
