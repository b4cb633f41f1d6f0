"""The team's own lists of tracking numbers: they fill what order reports do not know of a parcel.

Where a list and the platform's files disagree, the platform's word stands and the disagreement is said; of what only the team knows
(first and last mile, where from, who packed) the newest list's word stands. A parcel nobody knows is entered where the list names its
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.errors import UniqueViolation
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.foundation.errors import Conflict
from core.foundation.formats import moment as moment_words
from core.foundation.language import N_, _
from core.foundation.permissions import Actor
from core.models import ImportRun, Shop
from core.models.shipment import ShipmentStatus
from core.parcels.carrier_names import carrier_names
from core.parcels.importers import undoing
from core.parcels.importers.copying import copy, cursor_of, line, moment
from core.parcels.importers.kinds import MOST_SHOWN, Cells, Into, Notice, Plan, Refused, Rows
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import Dates, Unreadable, plain_text, text_of, weight_kg
from core.parcels.shipments import LONGEST_NUMBER, folded

FIELDS = (
    "order_number", "parcel_number", "tracking_number", "first_mile_number", "last_mile_number", "carrier", "service", "shipped_at",
    "delivered_at", "origin", "packed_by", "weight", "shop",
)  # fmt: skip

OURS = ("first_mile_number", "last_mile_number", "origin", "packed_by")
"""What only the team knows: the newest list's word stands."""
THEIRS = ("tracking_number", "carrier_id", "service", "shipped_at", "delivered_at", "weight_kg")
"""What the platform tells too: a list fills it where it is missing."""
FACTS = (*THEIRS, *OURS)
LONGEST_PLACE = 200
MOST_NAMED = 5

_FIND = text(
    f"""
    select id, shop_id, order_number, parcel_number, {", ".join(FACTS)} from shipment
    where (order_number = any(:orders) or tracking_number = any(:numbers) or first_mile_number = any(:numbers)
           or last_mile_number = any(:numbers)) and (cast(:shop as int) is null or shop_id = :shop)
    order by id
    """  # noqa: S608
).bindparams(bindparam("orders", type_=ARRAY(Text)), bindparam("numbers", type_=ARRAY(Text)))


@dataclass(slots=True)
class _Told:
    """One row understood: which parcel, and its facts by column."""

    at: int
    order: str
    parcel: str
    shop_id: int | None
    facts: dict[str, Any]


@dataclass
class ListPlan(Plan):
    """Known parcels with what they become, and parcels to enter."""

    changed: dict[int, dict[str, Any]] = field(default_factory=dict)
    known: tuple[int, ...] = ()
    fresh: tuple[_Told, ...] = ()
    shops: dict[int, Shop] = field(default_factory=dict)

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`. Raises `Conflict` where somebody entered one of the parcels meanwhile."""
        run_id = run.id
        cursor = cursor_of(session)
        if self.changed:
            self._update(session, run_id, now)
        drawn = text("select nextval(pg_get_serial_sequence('shipment', 'id')) from generate_series(1, :n)")
        made = list(session.execute(drawn, {"n": len(self.fresh)}).scalars()) if self.fresh else []
        columns = "id, shop_id, market, currency, order_number, parcel_number, status, value, import_id, created_at, updated_at, version"
        try:
            copy(
                cursor,
                f"copy shipment ({columns}, accepted_at, {', '.join(FACTS)}) from stdin",
                (self._fresh(one, shipment, run_id, now) for one, shipment in zip(self.fresh, made, strict=True)),
            )
        except UniqueViolation as error:
            raise Conflict(
                _("Somebody entered one of these parcels at the same moment. Import the file again.")
            ) from error
        self.touched = list(self.changed)
        session.expire_all()
        undoing.told(session, run, made=made, known=self.known)

    def _update(self, session: Session, run_id: int, now: datetime) -> None:
        cursor = cursor_of(session)
        cursor.execute("drop table if exists listed_parcel")
        cursor.execute(
            f"create temporary table listed_parcel on commit drop as select id, accepted_at, status, {', '.join(FACTS)}"  # noqa: S608
            " from shipment limit 0"
        )
        names = ("accepted_at", "status", *FACTS)
        copy(
            cursor,
            f"copy listed_parcel (id, {', '.join(names)}) from stdin",
            (line([shipment, *(_cell(facts.get(name)) for name in names)]) for shipment, facts in self.changed.items()),
        )
        # What came in while the list was read is there now: the platform's word stands, of the team's own the list's.
        cursor.execute("select s.id from shipment s join listed_parcel c on c.id = s.id order by s.id for update of s")
        become = {
            name: f"coalesce(c.{name}, s.{name})" if name in OURS else f"coalesce(s.{name}, c.{name})" for name in names
        }
        undoing.note(cursor, run_id, "listed_parcel", become)
        cursor.execute(
            f"update shipment s set {', '.join(f'{name} = {value}' for name, value in become.items())}, updated_at = %s,"  # noqa: S608
            " version = version + 1 from listed_parcel c where s.id = c.id",
            (now,),
        )

    def _fresh(self, one: _Told, shipment: int, run_id: int, now: datetime) -> str:
        shop = self.shops[one.shop_id or 0]
        status = (
            ShipmentStatus.DELIVERED
            if one.facts.get("delivered_at")
            else ShipmentStatus.SHIPPED
            if one.facts.get("shipped_at")
            else ShipmentStatus.UNKNOWN
        )
        head = [shipment, shop.id, shop.market, shop.currency, one.order, one.parcel, status.value, 0, run_id]
        shipped = moment(one.facts.get("shipped_at"))
        return line([*head, moment(now), moment(now), 1, shipped, *(_cell(one.facts.get(name)) for name in FACTS)])


class ListKind:
    """Rows → parcels that are known, by their order and tracking numbers, and those that are not."""

    table = "tracking"
    fields = FIELDS
    needs_shop = False

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> ListPlan:
        """See `Kind.plan`."""
        return _Reading(session, rows, into, now).plan()

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`."""
        undoing.refuse_where_stood_on(session, run)
        return undoing.undo(session, run, now=now)


class _Reading:
    """The rows of a list against what is stored."""

    def __init__(self, session: Session, rows: Rows, into: Into, now: datetime) -> None:
        self._session, self._into, self._now = session, into, now
        self._names = carrier_names(session)
        self._shops = {shop.name.lower(): shop for shop in session.scalars(select(Shop))}
        self._zones = {shop.id: ZoneInfo(shop.zone) for shop in self._shops.values()}
        self._dates: dict[str, Dates] = {}
        self._rows = rows
        self._strange: set[str] = set()
        self.refused: dict[int, Refused] = {}
        self._disagree: list[Notice] = []
        self._disagreeing = 0

    def plan(self) -> ListPlan:
        told: list[_Told] = []
        for at, cells in zip(self._rows.numbers, self._rows.cells, strict=True):
            try:
                told.append(self._row(at, cells))
            except Unreadable as why:
                self.refused[at] = Refused(why.sentence, why.values)
        stored = self._stored(told)
        changed: dict[int, dict[str, Any]] = {}
        known: dict[int, None] = {}
        fresh: dict[tuple[int, str, str], _Told] = {}
        unknown = 0
        for one in told:
            met = self._meet(one, stored)
            if met is not None:
                known[met.id] = None
                if more := self._more(one, met):
                    changed[met.id] = {**changed.get(met.id, {}), **more}
            elif one.order and one.shop_id is not None:
                fresh.setdefault((one.shop_id, one.order, one.parcel), one)
            elif one.at not in self.refused:
                unknown += 1
        return ListPlan(
            counts={
                "shipments": len(known) + len(fresh),
                "new": len(fresh),
                "updated": len(changed),
                "unchanged": len(known) - len(changed),
                "unknown": unknown,
            },
            refused=self.refused,
            notices=self._notices(unknown),
            conflicts=self._conflicts(),
            shown=[self._words(one) for one in told[:MOST_SHOWN]],
            changed=changed,
            known=tuple(known),
            fresh=tuple(fresh.values()),
            shops={shop.id: shop for shop in self._shops.values()},
        )

    def _row(self, at: int, cells: Cells) -> _Told:
        cell = dict(zip(FIELDS, cells, strict=True))
        order, parcel = plain_text(cell["order_number"]).upper(), plain_text(cell["parcel_number"])
        facts: dict[str, Any] = {
            name: folded(plain_text(cell[name])) or None
            for name in ("tracking_number", "first_mile_number", "last_mile_number")
        }
        numbers = [
            order,
            parcel,
            *(facts[name] or "" for name in ("tracking_number", "first_mile_number", "last_mile_number")),
        ]
        if too_long := next((one for one in numbers if len(one) > LONGEST_NUMBER or not one.isprintable()), None):
            raise Unreadable(N_("“{text}” is too long to be a number of a parcel."), text=too_long[:80])
        if not any(numbers):
            raise Unreadable(N_("The row has neither an order number nor a tracking number."))
        shop = self._shop(text_of(cell["shop"]))
        zone = self._zones[shop.id] if shop is not None else ZoneInfo(self._into.zone)
        carrier = text_of(cell["carrier"])
        facts["carrier_id"], service = self._names.resolve(carrier)
        if carrier and not self._names.knows(carrier):
            self._strange.add(carrier.removeprefix("\x1f"))
        facts["service"] = plain_text(cell["service"]) or service
        for name in ("shipped_at", "delivered_at"):
            facts[name] = self._moment(text_of(cell[name]), zone)
        facts["weight_kg"] = weight_kg(written) if (written := text_of(cell["weight"])) else None
        for name in ("origin", "packed_by"):
            facts[name] = " ".join(plain_text(cell[name]).split())[:LONGEST_PLACE] or None
        return _Told(at, order, parcel, shop.id if shop else None, {k: v for k, v in facts.items() if v is not None})

    def _shop(self, name: str) -> Shop | None:
        if not name:
            return self._into.shop
        if (shop := self._shops.get(name.lower())) is None:
            raise Unreadable(N_("There is no shop called “{text}”."), text=name.removeprefix("\x1f"))
        return shop

    def _moment(self, written: str, zone: ZoneInfo) -> datetime | None:
        if not written:
            return None
        dates = self._dates.get(zone.key)
        if dates is None:
            at = (FIELDS.index("shipped_at"), FIELDS.index("delivered_at"))
            cells = [cells[one] for cells in self._rows.cells for one in at]
            dates = self._dates[zone.key] = Dates(cells, self._into.market, zone)
        found = dates.moment(written)
        if found > self._now:
            raise Unreadable(N_("“{text}” lies in the future."), text=written.removeprefix("\x1f"))
        return found

    def _stored(self, told: Sequence[_Told]) -> dict[str, list[Any]]:
        """Stored parcels by each of their numbers."""
        numbers = {
            one.facts[name]
            for one in told
            for name in ("tracking_number", "first_mile_number", "last_mile_number")
            if name in one.facts
        }
        rows = self._session.execute(
            _FIND,
            {
                "orders": list({one.order for one in told if one.order} | numbers),
                "numbers": list(numbers),
                "shop": self._into.shop.id if self._into.shop else None,
            },
        )
        found: dict[str, list[Any]] = {}
        for row in rows:
            for number in {row.order_number, row.tracking_number, row.first_mile_number, row.last_mile_number} - {None}:
                found.setdefault(number, []).append(row)
        return found

    def _meet(self, one: _Told, stored: dict[str, list[Any]]) -> Any | None:
        """The stored parcel a row means: by its order and package, then its tracking number, then as the order's only parcel."""
        tracking = one.facts.get("tracking_number")
        mine = [row for row in stored.get(one.order, ()) if one.shop_id in (None, row.shop_id)] if one.order else []
        named = [row for row in mine if one.parcel and row.parcel_number == one.parcel]
        tracked = [row for row in mine if tracking and row.tracking_number == tracking]
        if named or tracked:
            return (named or tracked)[0]
        if len(mine) == 1 and not (tracking and mine[0].tracking_number) and not (one.parcel and mine[0].parcel_number):
            return mine[0]
        if len(mine) == 1 and not one.parcel:
            return mine[0]  # another tracking number for the same parcel: said, and the platform's stands
        if one.order:
            if len(mine) > 1:
                self.refused[one.at] = Refused(
                    N_("The order {order} has several parcels, and none of them this tracking number."),
                    {"order": one.order},
                )
            return None
        for name in ("tracking_number", "last_mile_number", "first_mile_number"):
            met = {row.id: row for row in stored.get(one.facts.get(name, ""), ())}
            if len(met) == 1:
                return next(iter(met.values()))
            if met:
                self.refused[one.at] = Refused(
                    N_("Several parcels have the number {number}. Add their order numbers."),
                    {"number": one.facts[name]},
                )
                return None
        return None

    def _more(self, one: _Told, met: Any) -> dict[str, Any]:
        """What the row adds to the stored parcel."""
        more: dict[str, Any] = {}
        for name, value in one.facts.items():
            known = getattr(met, name)
            if known is None or (name in OURS and known != value):
                more[name] = value
            elif name in THEIRS and not _same(name, known, value):
                self._disagreeing += 1
                if len(self._disagree) < MOST_NAMED:
                    self._disagree.append(self._disagreement(one, met, name, known, value))
        if "shipped_at" in more:
            more["accepted_at"] = more["shipped_at"]
        return more

    def _disagreement(self, one: _Told, met: Any, name: str, known: Any, value: Any) -> Notice:
        def word(item: Any) -> str:
            if isinstance(item, datetime):
                return moment_words(item, self._into.zone, year=True)
            return str(item)

        if name == "carrier_id":
            return N_("{order}: another carrier is known than the list names. What is known stands."), {
                "order": met.order_number
            }
        return (
            N_("{order}: {known} is known, the list says {said}. What is known stands."),
            {"order": met.order_number, "known": word(known), "said": word(value)},
        )

    def _conflicts(self) -> list[Notice]:
        if self._disagreeing > len(self._disagree):
            rest = self._disagreeing - len(self._disagree)
            return [*self._disagree, (N_("And {n} more facts differ from those known."), {"n": rest})]
        return self._disagree

    def _notices(self, unknown: int) -> list[Notice]:
        said: list[Notice] = []
        if unknown:
            said.append(
                (
                    N_("{n} rows name parcels nobody knows. With an order number and a shop they would be entered."),
                    {"n": unknown},
                )
            )
        if self._strange:
            said.append(
                (
                    N_("Recoup does not know who carries these: {texts}. Add the spelling to a carrier in Settings."),
                    {"texts": "; ".join(sorted(self._strange)[:20])},
                )
            )
        return said

    def _words(self, one: _Told) -> dict[str, str]:
        facts = one.facts
        at = {
            name: moment_words(facts[name], self._into.zone, year=True) if name in facts else ""
            for name in ("shipped_at", "delivered_at")
        }
        return {
            _("Order number"): one.order,
            _("Tracking number"): facts.get("tracking_number", ""),
            _("First mile"): facts.get("first_mile_number", ""),
            _("Last mile"): facts.get("last_mile_number", ""),
            _("Service"): facts.get("service", ""),
            _("Handed over"): at["shipped_at"],
            _("Delivered"): at["delivered_at"],
            _("Warehouse or place"): facts.get("origin", ""),
            _("Packed by"): facts.get("packed_by", ""),
        }


def _same(name: str, known: object, value: object) -> bool:
    if isinstance(known, datetime) and isinstance(value, datetime):
        # A list has days where the platform has minutes.
        return abs((known - value).total_seconds()) < 36 * 3600
    if name == "tracking_number":
        return folded(str(known)) == value
    return known == value


def _cell(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value


__all__ = ["ListKind"]
