"""Order reports: rows → parcels.

One order stands on several rows, one per item line, with the order's own facts repeated on each. Rows are first gathered by order and
parcel as raw text (`gather`), then understood in the market's way of writing (`Reader`). Neither touches the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from core.foundation import clock
from core.foundation.language import N_
from core.foundation.money import quantise
from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.carrier_names import CarrierNames
from core.parcels.importers import values
from core.parcels.importers.kinds import Cells, Notice, Refused, Rows, quoted
from core.parcels.importers.parcel import Line, Parcel
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.tables import DateOrder, Reason, failed_of, reason_of, status_of
from core.parcels.importers.values import Unreadable
from core.parcels.markets import Market

S = ShipmentStatus

FIELDS = (
    "order_number",
    "parcel_number",
    "tracking_number",
    "order_status",
    "cancel_reason",
    "return_status",
    "carrier",
    "ordered_at",
    "paid_at",
    "shipped_at",
    "delivered_at",
    "completed_at",
    "cancelled_at",
    "sku",
    "parent_sku",
    "product_name",
    "variation",
    "quantity",
    "deal_price",
    "line_subtotal",
    "line_weight",
    "order_weight",
    "shipping_fee",
    "buyer_username",
    "failed_delivery_status",
    "country",
)
"""What of a row is read. Everything else is kept with the raw row."""

AT = {name: position for position, name in enumerate(FIELDS)}
MOMENTS = ("ordered_at", "paid_at", "shipped_at", "delivered_at", "completed_at")
FAILED_DELIVERY = "Order.failed_delivery"
MAY_HAVE_FAILED = frozenset({S.CANCELLED, S.FAILED, S.UNKNOWN, S.SHIPPED, S.RETURNING})
"""States that a failed delivery may hide behind: the order reads cancelled, the parcel is somewhere."""
ENDED_WITHOUT_DELIVERY = frozenset({S.CANCELLED, S.FAILED, S.LOST})
REACHED = {S.ORDERED: 0, S.SHIPPED: 2, S.DELIVERED: 3, S.COMPLETED: 4}
"""States → which of `MOMENTS` says since when."""

Row = tuple[int, Cells]
T = TypeVar("T")


@dataclass
class Gathered:
    """The rows of a file, by order: `orders` has for each order number its (row number, cells)."""

    orders: dict[str, list[Row]] = field(default_factory=dict)
    refused: dict[int, Refused] = field(default_factory=dict)
    amounts: set[Any] = field(default_factory=set)


def gather(rows: Rows) -> Gathered:
    """Put the rows of one order together; a row without an order number is refused."""
    result = Gathered()
    orders, amounts = result.orders, result.amounts
    amounts_of = itemgetter(AT["deal_price"], AT["line_subtotal"], AT["shipping_fee"])
    for number, cells in zip(rows.numbers, rows.cells, strict=True):
        amounts.update(amounts_of(cells))
        try:
            order = values.plain_text(cells[0]).upper()
        except Unreadable as error:
            result.refused[number] = Refused(error.sentence, error.values)
            continue
        if not order:
            result.refused[number] = Refused(N_("The row has no order number."), {})
        elif (known := orders.get(order)) is None:
            orders[order] = [(number, cells)]
        else:
            known.append((number, cells))
    return result


class _Memo(dict[Any, T]):
    """What a function makes of a cell, worked out once for each: columns repeat themselves a thousand times."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cell: Any) -> T:
        made = self._make(values.text_of(cell))
        self[cell] = made
        return made


class _Totals(dict[tuple[Decimal, int], Decimal]):
    """Price times quantity at the currency's decimals, worked out once for each pair."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def __missing__(self, pair: tuple[Decimal, int]) -> Decimal:
        total = quantise(pair[0] * pair[1], self._currency)
        self[pair] = total
        return total


@dataclass
class OrderFile:
    """A file understood: its parcels in file order, what was refused, the newest moment in it, and what is worth saying."""

    parcels: list[Parcel]
    refused: dict[int, Refused]
    as_of: datetime | None
    notices: list[Notice]


class Reader:
    """Understands gathered rows in one market's way of writing, with the team's names of carriers."""

    def __init__(
        self, found: Recognised, gathered: Gathered, market: Market, zone: str, carriers: CarrierNames
    ) -> None:
        self._found = found
        self._gathered = gathered
        self._market = market
        self._zone = zone
        place = ZoneInfo(zone)
        self._style = values.style_of(map(values.text_of, gathered.amounts), market)
        self._amount: _Memo[Decimal | None] = _Memo(
            lambda text: values.amount(text, self._style, market) if text else None
        )
        self._quantity = _Memo(lambda text: values.quantity(text, self._style, market))
        self._weight = _Memo(values.weight_kg)
        at = [AT[name] for name in MOMENTS]
        dates = values.Dates(
            (cells[one] for rows in gathered.orders.values() for _number, cells in rows for one in at), market, place
        )
        self._moment: _Memo[datetime | None] = _Memo(lambda text: dates.moment(text) if text else None)
        self._text: _Memo[str | None] = _Memo(lambda text: values.plain(text) or None)
        self._carrier = _Memo(carriers.resolve)
        self._status = _Memo(lambda text: (text, status_of(text), self._due_in(text)))
        self._reason: _Memo[Reason | None] = _Memo(lambda text: reason_of(text) if text else None)
        self._carriers = carriers
        self._total = _Totals(market.currency)
        self._date_orders = [
            (rule, MOMENTS.index(rule.earlier), MOMENTS.index(rule.later)) for rule in found.table.sequences
        ]
        self._out_of_order: dict[DateOrder, int] = {}
        self._cancelled_yet_completed = 0

    def read(self) -> OrderFile:
        """Every order as parcels. A row that cannot be read takes its whole order with it: half an order has a wrong value."""
        refused = dict(self._gathered.refused)
        parcels: list[Parcel] = []
        for order, rows in self._gathered.orders.items():
            row = rows[0]
            try:
                made = []
                for parcel_number, part in _parts(rows):
                    row = part[0]
                    made.append(self._parcel(order, parcel_number, part, whole=len(part) == len(rows)))
                parcels.extend(made)
            except _RowError as error:
                self._refuse(refused, rows, error.row, error.why)
            except Unreadable as why:
                self._refuse(refused, rows, row[0], why)
        as_of = max((moment for one in parcels for moment in one.moments if moment is not None), default=None)
        return OrderFile(parcels, refused, as_of, self._notices())

    @staticmethod
    def _refuse(refused: dict[int, Refused], rows: list[Row], at: int, why: Unreadable) -> None:
        for number, _cells in rows:
            refused[number] = (
                Refused(why.sentence, why.values)
                if number == at
                else Refused(N_("Row {row} of the same order could not be read."), {"row": str(at)})
            )

    def _parcel(self, order: str, parcel_number: str, part: list[Row], *, whole: bool) -> Parcel:
        cells = part[0][1] if len(part) == 1 else _first_filled(part)
        lines = [self._line(number, row) for number, row in part]
        status_text, status, return_due_at = self._status[cells[3]]
        offers = None
        if status is S.CANCELLED and (said := self._reason[cells[4]]) is not None:
            status, offers = said.becomes, said.offers
        if status in MAY_HAVE_FAILED and (failed := self._failed(cells[AT["failed_delivery_status"]])) is not None:
            # Nobody has it: neither buyer nor seller. Where it came back, its owner has it.
            status, offers = failed, None if failed is S.RETURNED else IncidentType.LOST
        ordered_at, paid_at, shipped_at, delivered_at, completed_at = moments = self._dates(cells, status)
        carrier_id, service = self._carrier[cells[6]]
        return Parcel(
            order_number=order,
            parcel_number=parcel_number,
            tracking_number=values.plain_text(cells[2]) or None,
            carrier_id=carrier_id,
            service=service,
            carrier_text=self._text[cells[6]],
            status=status,
            status_text=status_text,
            return_status_text=self._text[cells[5]],
            cancel_reason=self._text[cells[4]],
            ordered_at=ordered_at,
            paid_at=paid_at,
            shipped_at=shipped_at,
            delivered_at=delivered_at,
            completed_at=completed_at,
            status_changed_at=self._moment[cells[12]]
            if status in ENDED_WITHOUT_DELIVERY
            else moments[REACHED[status]]
            if status in REACHED
            else None,
            return_due_at=return_due_at,
            value=lines[0].subtotal if len(lines) == 1 else sum((line.subtotal for line in lines), Decimal(0)),
            freight=self._amount[cells[22]] if whole else None,
            weight_kg=self._weigh(part, cells[21], whole=whole),
            buyer_username=values.plain_text(cells[23]) or None,
            offers=offers,
            lines=lines,
            rows=[number for number, _row in part],
        )

    def _failed(self, cell: Any) -> ShipmentStatus | None:
        """What became of a delivery that failed; None where it did not. A report of failed deliveries holds nothing else."""
        text = values.text_of(cell)
        has_column = "failed_delivery_status" in self._found.columns
        return failed_of(text) if text or (self._found.report == FAILED_DELIVERY and not has_column) else None

    def _line(self, number: int, cells: Cells) -> Line:
        try:
            quantity = self._quantity[cells[17]]
            price, subtotal = self._amount[cells[18]], self._amount[cells[19]]
            if price is None:
                if subtotal is None or not quantity:
                    raise Unreadable(N_("The row has no price."))
                price = subtotal / quantity
            if price < 0:
                raise Unreadable(N_("“{text}” is not a price."), text=str(price))
            text = self._text
            return Line(
                text[cells[13]] or text[cells[14]],
                text[cells[15]] or "",
                text[cells[16]],
                quantity,
                price,
                self._total[price, quantity],
                number,
            )
        except Unreadable as why:
            raise _RowError(number, why) from why

    def _dates(self, cells: Cells, status: ShipmentStatus) -> tuple[datetime | None, ...]:
        """Ordered, paid, shipped, delivered, completed, without those that contradict each other or the status."""
        moment = self._moment
        found = (moment[cells[7]], moment[cells[8]], moment[cells[9]], moment[cells[10]], moment[cells[11]])
        distrusted: set[str] = set()
        for rule, earlier_at, later_at in self._date_orders:
            earlier, later = found[earlier_at], found[later_at]
            if earlier is not None and later is not None and later < earlier:
                distrusted.update(rule.distrust)
                self._out_of_order[rule] = self._out_of_order.get(rule, 0) + 1
        if status in ENDED_WITHOUT_DELIVERY and found[4] is not None and "completed_at" not in distrusted:
            distrusted.add("completed_at")
            self._cancelled_yet_completed += 1
        if not distrusted:
            return found
        return tuple(None if name in distrusted else one for name, one in zip(MOMENTS, found, strict=True))

    def _weigh(self, part: list[Row], of_order: Any, *, whole: bool) -> Decimal | None:
        """The sum of the lines' weights; the order's own where a line has none and the order is one parcel."""
        weights = [self._weight[cells[20]] for _number, cells in part]
        known = [weight for weight in weights if weight is not None]
        if len(known) < len(weights):
            total = self._weight[of_order] if whole else None
        else:
            total = known[0] if len(known) == 1 else sum(known, Decimal(0))
        return total if total is not None and total < 10_000_000 else None

    def _due_in(self, status_text: str) -> datetime | None:
        day = values.date_in(status_text)
        return None if day is None else clock.end_of_day(day, self._zone)

    def _notices(self) -> list[Notice]:
        said: list[Notice] = []
        heading = {name: self._found.headings[position].strip() for name, position in self._found.columns.items()}
        for rule, times in self._out_of_order.items():
            said.append(
                (
                    N_(
                        "In {n} parcels “{later}” lies before “{earlier}”. These dates were not taken: the columns seem to stand"
                        " under the wrong headings."
                    ),
                    {"n": times, "later": heading[rule.later], "earlier": heading[rule.earlier]},
                )
            )
        if self._cancelled_yet_completed:
            said.append(
                (
                    N_("{n} cancelled orders have a date under “{heading}”. It was not taken."),
                    {"n": self._cancelled_yet_completed, "heading": heading["completed_at"]},
                )
            )
        for sentence, texts in (
            (
                N_("Recoup does not know these order statuses and kept them as they are: {texts}."),
                {text for text, status, _due in self._status.values() if status is S.UNKNOWN},
            ),
            (
                N_("Recoup does not know who carries these: {texts}. Add the spelling to a carrier in Settings."),
                {values.text_of(cell) for cell in self._carrier if not self._carriers.knows(values.text_of(cell))},
            ),
        ):
            if named := sorted(text for text in texts if text):
                said.append((sentence, {"texts": "; ".join(map(quoted, named[:20]))}))
        return said


class _RowError(Exception):
    """One row of a parcel cannot be read."""

    def __init__(self, row: int, why: Unreadable) -> None:
        super().__init__(row)
        self.row = row
        self.why = why


def _parts(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of an order by parcel, with each parcel's number.

    A package number names a parcel. Where there is none, or one stands with several tracking numbers, the tracking number does. Rows
    without either belong to the order's only parcel, or are one parcel that is not packed yet.
    """
    plain = values.plain_text
    if len(rows) == 1:
        return [(plain(rows[0][1][1]), rows)]
    named = [(plain(cells[1]), plain(cells[2])) for _number, cells in rows]
    if len(set(named)) == 1:
        return [(named[0][0], rows)]
    trackings: dict[str, set[str]] = {}
    for package, tracking in named:
        trackings.setdefault(package, set()).update([tracking] if tracking else [])
    parts: dict[str, list[Row]] = {}
    for (package, tracking), row in zip(named, rows, strict=True):
        if not package and tracking and len(trackings) > 1:
            # The package number is missing on one row of a parcel that has it on another.
            package = next((one for one, known in trackings.items() if one and tracking in known), "")
        if len(trackings[package]) > 1:
            package = tracking or package
        parts.setdefault(package, []).append(row)
    return list(parts.items())


def _first_filled(part: list[Row]) -> Cells:
    """The order's own facts: each from the first row that has it. Nearly always they are the same on every row."""
    first = part[0][1]
    facts = _ORDER_FACTS(first)
    if all(_ORDER_FACTS(cells) == facts for _number, cells in part):
        return first
    size = len(part)
    return [
        column[0]
        if column.count(column[0]) == size or values.text_of(column[0])
        else next((cell for cell in column if values.text_of(cell)), "")
        for column in zip(*(cells for _number, cells in part), strict=True)
    ]


_ORDER_FACTS = itemgetter(*range(13), AT["order_weight"], AT["shipping_fee"], AT["buyer_username"])
