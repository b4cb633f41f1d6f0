"""Shipments: finding a parcel by any of its numbers, and entering one by hand that no file has brought."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Duplicate, Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Shipment, ShipmentLine, Shop, Tag
from core.models.shipment import ShipmentStatus

LONGEST_NUMBER = 60
MOST_FOUND = 20
"""Parcels one number may stand for on a screen; an order of more parcels is told apart by tracking number."""

_NUMBERS = (
    Shipment.order_number,
    Shipment.tracking_number,
    Shipment.first_mile_number,
    Shipment.last_mile_number,
)


@dataclass(frozen=True)
class ShipmentFacts:
    """A parcel as intake shows it. Moments in UTC; `value` in the shop's currency; `items` counts its item lines."""

    id: int
    shop: str
    market: str
    carrier_id: int | None
    carrier: str | None
    service: str | None
    order_number: str
    tracking_number: str | None
    status: ShipmentStatus
    shipped_at: datetime | None
    last_scan_at: datetime | None
    delivered_at: datetime | None
    value: Money
    items: int
    cancel_reason: str | None
    buyer_username: str | None


def folded(number: str) -> str:
    """A number as it is compared: full-width letters made plain, upper case, without spaces and hyphens, and without the
    `="…"` guard of spreadsheets.
    """
    plain = unicodedata.normalize("NFKC", number).strip()
    guarded = re.fullmatch(r'="?(.*?)"?', plain)
    return re.sub(r"[\s\u200b-]", "", guarded[1] if guarded else plain).upper()


def _spellings(number: str) -> list[str]:
    """How the number may be stored: as typed, in capitals, and folded. So hyphens inside a stored number do no harm."""
    typed = number.strip()
    return list(dict.fromkeys(one for one in (typed, typed.upper(), folded(number)) if one))


def _matching(spellings: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(column.in_(spellings) for column in _NUMBERS))


def _facts(where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    items = select(func.count()).where(ShipmentLine.shipment_id == Shipment.id).correlate(Shipment).scalar_subquery()
    return (
        select(
            Shipment.id,
            Shop.name.label("shop"),
            Shipment.market,
            Shipment.carrier_id,
            Carrier.name.label("carrier"),
            Shipment.service,
            Shipment.order_number,
            Shipment.tracking_number,
            Shipment.status,
            Shipment.shipped_at,
            Shipment.last_scan_at,
            Shipment.delivered_at,
            Shipment.value,
            Shipment.currency,
            items.label("items"),
            Shipment.cancel_reason,
            Shipment.buyer_username,
            Shipment.first_mile_number,
            Shipment.last_mile_number,
        )
        .join(Shop, Shop.id == Shipment.shop_id)
        .outerjoin(Carrier, Carrier.id == Shipment.carrier_id)
        .where(where)
        .order_by(Shipment.id.desc())
    )


def _as_facts(row: Row[Any]) -> ShipmentFacts:
    known = row._asdict()
    names = ShipmentFacts.__dataclass_fields__
    values = {name: value for name, value in known.items() if name in names}
    return ShipmentFacts(**{**values, "value": Money(row.value, row.currency)})


@read(Permission.SHIPMENT_READ)
def find_shipments(session: Session, text: str, *, actor: Actor, limit: int = MOST_FOUND) -> list[ShipmentFacts]:
    """The parcels that carry this order or tracking number, newest first. Case, spaces and hyphens do not matter."""
    spellings = _spellings(text)
    if not spellings or len(text) > LONGEST_NUMBER * 2:
        return []
    return [_as_facts(row) for row in session.execute(_facts(_matching(spellings)).limit(limit))]


@read(Permission.SHIPMENT_READ)
def find_many(session: Session, numbers: Iterable[str], *, actor: Actor) -> dict[str, tuple[ShipmentFacts, ...]]:
    """The parcels of many numbers in one statement: number as given → its parcels, newest first; unknown ones are left out."""
    spelt = {number: _spellings(number) for number in numbers}
    wanted = sorted({one for spellings in spelt.values() for one in spellings})
    if not wanted:
        return {}
    by_number: dict[str, list[ShipmentFacts]] = {}
    for row in session.execute(_facts(_matching(wanted))):
        facts = _as_facts(row)
        carried = {row.order_number, row.tracking_number, row.first_mile_number, row.last_mile_number}
        for number in carried:
            if number is not None:
                by_number.setdefault(number, []).append(facts)
    found: dict[str, tuple[ShipmentFacts, ...]] = {}
    for number, spellings in spelt.items():
        hits = {facts.id: facts for spelling in spellings for facts in by_number.get(spelling, ())}
        if hits:
            found[number] = tuple(hits.values())
    return found


@read(Permission.SHIPMENT_READ)
def shipment_facts(session: Session, shipment_id: int, *, actor: Actor) -> ShipmentFacts:
    """One parcel. Raises `NotFound`."""
    row = session.execute(_facts(Shipment.id == shipment_id)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such shipment."))
    return _as_facts(row)


@verb(Permission.SHIPMENT_ENTER)
def enter_shipment(
    session: Session,
    *,
    actor: Actor,
    shop_id: int,
    carrier_id: int | None = None,
    service: str | None = None,
    order_number: str = "",
    tracking_number: str = "",
    shipped_at: datetime | None = None,
    delivered_at: datetime | None = None,
    value: Money,
    now: datetime,
) -> Shipment:
    """Store a parcel by hand. `value` is in the shop's currency; at least one of the two numbers is given.

    An import that brings the same order later updates this row. Raises `Invalid` naming the field, `Duplicate` when the shop
    has this parcel already.
    """
    shop = session.get(Shop, shop_id)
    if shop is None or not shop.active:
        raise Invalid(_("Choose a shop."), "shop_id")
    order, tracking = folded(order_number), folded(tracking_number)
    _check(order, tracking, shop, value, shipped_at, delivered_at, now)
    carrier = session.get(Carrier, carrier_id) if carrier_id is not None else None
    if carrier_id is not None and carrier is None:
        raise Invalid(_("Choose a carrier."), "carrier_id")
    shipment = Shipment(
        shop_id=shop.id,
        carrier_id=carrier_id,
        service=service,
        market=shop.market,
        # A parcel known only by its tracking number goes by it until an import brings its order.
        order_number=order or tracking,
        tracking_number=tracking or None,
        status=status_by(shipped_at, delivered_at),
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        currency=shop.currency,
        value=value.amount,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(shipment)
    except IntegrityError as taken:
        raise Duplicate(
            _("This shop has a parcel with the order number {number} already.", number=order or tracking)
        ) from taken
    audit.record(
        session,
        Tag.SHIPMENT_ENTERED,
        actor=actor,
        now=now,
        subject=("shipment", shipment.id),
        after={
            "order_number": shipment.order_number,
            "tracking_number": shipment.tracking_number,
            "shop_id": shop.id,
            "carrier": carrier.name if carrier else None,
            "value": value.amount,
            "currency": value.currency,
        },
    )
    return shipment


def status_by(shipped_at: datetime | None, delivered_at: datetime | None) -> ShipmentStatus:
    """Where a parcel is of which nobody but us knows: as far as its dates tell (inner)."""
    if delivered_at is not None:
        return ShipmentStatus.DELIVERED
    return ShipmentStatus.SHIPPED if shipped_at is not None else ShipmentStatus.UNKNOWN


def _check(
    order: str,
    tracking: str,
    shop: Shop,
    value: Money,
    shipped_at: datetime | None,
    delivered_at: datetime | None,
    now: datetime,
) -> None:
    if not order and not tracking:
        raise Invalid(_("Write the order number or the tracking number."), "order_number")
    for field, number in (("order_number", order), ("tracking_number", tracking)):
        if len(number) > LONGEST_NUMBER or not number.isprintable():
            raise Invalid(_("A number has at most {n} letters and digits.", n=LONGEST_NUMBER), field)
    if value.currency != shop.currency:
        raise Invalid(_("This shop sells in {currency}; write the value in it.", currency=shop.currency), "value")
    if shipped_at is not None and shipped_at > now:
        raise Invalid(_("The parcel cannot have been shipped in the future."), "shipped_at")
    if delivered_at is not None and (delivered_at > now or (shipped_at is not None and delivered_at < shipped_at)):
        raise Invalid(_("The delivery lies after the shipping and not in the future."), "delivered_at")
