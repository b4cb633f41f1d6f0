"""Shops: one Shopee shop in one market, with its currency and zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation import audit, clock
from core.foundation.edits import merge
from core.foundation.errors import Duplicate, Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Shop, Tag
from core.parcels.markets import market as market_of

P = Permission

EDITABLE = ("name", "zone", "active", "redact_days")
"""What `edit_shop` changes. Market and currency stay: every shipment of the shop was counted in them."""

LONGEST_NAME = 80

MOST_DAYS = 3_650
"""The longest a shop may keep its buyers' data, in days."""


@dataclass(frozen=True)
class ShopRow:
    """A shop as lists show it: market is an ISO 3166 code, currency ISO 4217, zone an IANA name. `redact_days`: after how many days
    its buyers' data goes, None as everywhere.
    """

    id: int
    name: str
    platform: str
    market: str
    currency: str
    zone: str
    active: bool
    redact_days: int | None = None


@read(P.SHOP_READ)
def list_shops(session: Session, *, actor: Actor, active: bool | None = None) -> list[ShopRow]:
    """Every shop by name, active ones first; only the active or only the closed when asked."""
    query = select(Shop).order_by(Shop.active.desc(), func.lower(Shop.name))
    if active is not None:
        query = query.where(Shop.active.is_(active))
    return [_row(shop) for shop in session.scalars(query)]


@read(P.SHOP_READ)
def get_shop(session: Session, shop_id: int, *, actor: Actor) -> ShopRow:
    """One shop. Raises `NotFound`."""
    return _row(_found(session.get(Shop, shop_id)))


@read(P.SHOP_READ)
def find_shop(session: Session, name: str, *, actor: Actor) -> Shop | None:
    """The shop of that name, in whatever case it is typed; None when there is none."""
    return session.scalars(select(Shop).where(func.lower(Shop.name) == name.strip().lower())).first()


@verb(P.SHOP_EDIT)
def add_shop(
    session: Session,
    *,
    actor: Actor,
    name: str,
    market: str,
    currency: str | None = None,
    zone: str | None = None,
    now: datetime,
) -> Shop:
    """A new shop; currency and zone are the market's unless given. Raises `Invalid`, and `Duplicate` for a taken name."""
    found = market_of(market)
    values = {
        "name": _name(name),
        "market": found.code,
        "currency": _currency(currency or found.currency),
        "zone": clock.zone_of((zone or found.zone).strip()).key,
    }
    _unused(session, values["name"])
    shop = Shop(**values)
    session.add(shop)
    session.flush()
    audit.record(session, Tag.SHOP_ADDED, actor=actor, now=now, subject=("shop", shop.id), after=values)
    return shop


@verb(P.SHOP_EDIT)
def edit_shop(
    session: Session, shop_id: int, *, actor: Actor, seen: Mapping[str, Any], typed: Mapping[str, Any], now: datetime
) -> Shop:
    """Change `EDITABLE` fields. `seen` is what the form showed, `typed` what came back; `Conflict` where both moved one."""
    if unknown := set(typed) - set(EDITABLE):
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    shop = _found(session.get(Shop, shop_id, with_for_update=True, populate_existing=True))
    wanted = dict(typed)
    if "name" in wanted:
        wanted["name"] = _name(wanted["name"])
    if "zone" in wanted:
        wanted["zone"] = clock.zone_of(str(wanted["zone"]).strip()).key
    if "redact_days" in wanted:
        wanted["redact_days"] = _days(wanted["redact_days"])
    changes = merge({name: getattr(shop, name) for name in EDITABLE}, seen, wanted)
    if not changes:
        return shop
    if "name" in changes:
        _unused(session, changes["name"], but=shop.id)
    before = {name: getattr(shop, name) for name in changes}
    for name, value in changes.items():
        setattr(shop, name, value)
    session.flush()
    audit.record(
        session,
        Tag.SHOP_EDITED,
        actor=actor,
        now=now,
        subject=("shop", shop.id),
        before={"shop": shop.name, **before},
        after=changes,
    )
    return shop


def _row(shop: Shop) -> ShopRow:
    return ShopRow(
        shop.id, shop.name, shop.platform, shop.market, shop.currency, shop.zone, shop.active, shop.redact_days
    )


def _found(shop: Shop | None) -> Shop:
    if shop is None:
        raise NotFound(_("There is no such shop."))
    return shop


def _name(text: str) -> str:
    clean = " ".join(text.replace("\x00", "").split())
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise Invalid(_("A shop's name has 1 to {n} characters.", n=LONGEST_NAME), "name")
    return clean


def _days(value: Any) -> int | None:
    if value is None:
        return None
    if not 1 <= int(value) <= MOST_DAYS:
        raise Invalid(_("Days are a whole number from 1 to {n}.", n=MOST_DAYS), "redact_days")
    return int(value)


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        return Money.zero(code).currency
    except (ValueError, LookupError):
        raise Invalid(
            _("“{text}” is not a currency code. Write three letters, like SGD.", text=text), "currency"
        ) from None


def _unused(session: Session, name: str, but: int = 0) -> None:
    taken = session.scalar(select(Shop.name).where(func.lower(Shop.name) == name.lower(), Shop.id != but))
    if taken is not None:
        raise Duplicate(_("There is a shop called {name} already.", name=taken), taken)
