"""Order reports as a kind of file: Order.all and its sisters, whole tables by COPY."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import UniqueViolation
from sqlalchemy.orm import Session

from core.foundation.errors import Conflict
from core.foundation.formats import amount, moment
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import ImportRun, Shop
from core.parcels.carrier_names import carrier_names
from core.parcels.importers import apply, undoing
from core.parcels.importers.kinds import MOST_SHOWN, Into, Notice, Plan, Rows
from core.parcels.importers.merge import Decision, decide
from core.parcels.importers.orders import FIELDS, OrderFile, Reader, gather
from core.parcels.importers.parcel import Parcel
from core.parcels.importers.recognise import Recognised

MOST_NAMED = 6
"""Orders a sentence names at most."""


@dataclass
class OrderPlan(Plan):
    """Parcels of a file with what is to be done about each."""

    shop: Shop | None = None
    decisions: tuple[Decision, ...] = ()
    fields: frozenset[str] = frozenset()
    as_of: datetime | None = None

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`. Raises `Conflict` where somebody entered one of the parcels meanwhile."""
        if self.shop is None:
            raise RuntimeError("an order file without a shop")
        decisions = list(self.decisions)
        try:
            ids = apply.write(session, self.shop, run, decisions, fields=self.fields, as_of=self.as_of, now=now)
        except UniqueViolation as error:
            raise Conflict(
                _("Somebody entered one of these parcels at the same moment. Import the file again.")
            ) from error
        self.touched = [one.stored.id for one in decisions if one.stored is not None and one.changes]
        run.undo = {"withdrawn": apply.withdraw_offers(session, self.touched)}
        offered = [(ids[id(one)], one.parcel) for one in decisions if one.parcel.offers is not None]
        self.counts["offers"] = apply.offer(session, offered, run, now=now)


class OrderKind:
    """Rows → parcels of one shop."""

    table = "orders"
    fields = FIELDS
    needs_shop = True

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> OrderPlan:
        """See `Kind.plan`."""
        if into.shop is None or into.market is None:
            raise RuntimeError("an order file without a shop")
        gathered = gather(rows)
        read = Reader(found, gathered, into.market, into.zone, carrier_names(session)).read()
        stored = [] if into.is_new else apply.stored_parcels(session, into.shop.id, read.parcels)
        decisions = decide(read.parcels, stored, read.as_of)
        new = sum(1 for one in decisions if one.stored is None)
        updated = sum(1 for one in decisions if one.stored is not None and one.changes)
        offered = [(one.stored.id if one.stored else None, one.parcel) for one in decisions if one.parcel.offers]
        return OrderPlan(
            counts={
                "orders": len(gathered.orders),
                "shipments": len(decisions),
                "new": new,
                "updated": updated,
                "unchanged": len(decisions) - new - updated,
                "offers": apply.offer(session, offered, None, now=now),
            },
            refused=read.refused,
            notices=read.notices,
            conflicts=_conflicts(session, into, decisions),
            shown=_shown(read, into),
            shop=into.shop,
            decisions=tuple(decisions),
            fields=frozenset(found.columns),
            as_of=read.as_of,
        )

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`."""
        undoing.refuse_where_stood_on(session, run)
        return undoing.undo(session, run, now=now)


def _conflicts(session: Session, into: Into, decisions: list[Decision]) -> list[Notice]:
    """Where the file and what is stored disagree: parcels that stay as they are, orders of another shop, another currency."""
    said: list[Notice] = []
    if into.shop is not None and into.market is not None and into.shop.currency != into.market.currency:
        said.append(
            (
                N_(
                    "The amounts of this file are in {theirs}; the shop {shop} counts in {ours}, and they are taken as such."
                ),
                {"theirs": into.market.currency, "shop": into.shop.name, "ours": into.shop.currency},
            )
        )
    fresh = [one.parcel.order_number for one in decisions if one.stored is None]
    for shop, count, example in apply.of_other_shops(session, None if into.is_new else into.shop, fresh):
        said.append(
            (
                N_("The shop {shop} has orders of this file already: {n}, {example} for one. Is it the right shop?"),
                {"n": count, "shop": shop, "example": example},
            )
        )
    if behind := [one.parcel.order_number for one in decisions if one.behind]:
        said.append(
            (
                N_("Left as they are, because what is known of them is newer than this file: {n} ({orders})."),
                {"n": len(behind), "orders": _few(behind)},
            )
        )
    return said


def _few(orders: list[str]) -> str:
    named = list(dict.fromkeys(orders))
    return "; ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")


def _shown(read: OrderFile, into: Into) -> list[dict[str, str]]:
    currency = into.shop.currency if into.shop else ""
    return [_words(one, currency, into.zone) for one in read.parcels[:MOST_SHOWN]]


def _words(parcel: Parcel, currency: str, zone: str) -> dict[str, str]:
    def at(one: datetime | None) -> str:
        return "" if one is None else moment(one, zone, year=True)

    return {
        _("Order number"): parcel.order_number,
        _("Tracking number"): parcel.tracking_number or "",
        _("Status"): parcel.status_text,
        _("Carrier"): parcel.carrier_text or "",
        _("Ordered"): at(parcel.ordered_at),
        _("Shipped"): at(parcel.shipped_at),
        _("Value"): amount(Money(parcel.value, currency)),
        _("Items"): "; ".join(f"{line.quantity} × {line.name}" for line in parcel.lines),
    }


__all__ = ["OrderKind"]
