"""Rows of income, adjustment and wallet lists → lines of money. Pure: the database is not asked.

A line is told apart from every other by what does not change when the list is exported again, in another language or for an
overlapping period: its list, order, day, amount, and which of the equal ones of that file it is.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.foundation.language import N_
from core.foundation.money import quantise
from core.models.incident import IncidentType
from core.models.settlement import SettlementKind, SettlementSource
from core.parcels.importers import values
from core.parcels.importers.kinds import Cells, Refused, Rows
from core.parcels.importers.values import Unreadable
from core.parcels.markets import Market
from core.recovery.settlements import telling

LONGEST_SAID = 400
_ORDER = re.compile(r"(?<![0-9A-Za-z])\d{6}[0-9A-Z]{8}(?![0-9A-Za-z])")
"""An order's number as it stands in a sentence: six digits of its day and eight letters or digits."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """One line of money as a file tells it, in the market's currency; `told` is the digest that makes it this line."""

    row: int
    source: SettlementSource
    kind: SettlementKind
    rule: str | None
    type: IncidentType | None
    order_number: str | None
    return_number: str | None
    amount: Decimal
    paid_on: date
    said: str
    told: bytes


@dataclass
class Lines:
    """What came of a file: its lines, the rows refused, how many rows were left out because they repeat their order's or because
    their money has not moved.
    """

    lines: list[NewLine] = field(default_factory=list)
    refused: dict[int, Refused] = field(default_factory=dict)
    items: int = 0
    waiting: int = 0


class Reader:
    """Reads one list's rows. `amounts` are the places of its columns of money, which tell how the file writes amounts."""

    def __init__(self, rows: Rows, market: Market, zone: str, amounts: Sequence[int]) -> None:
        self._rows, self._market, self._zone = rows, market, ZoneInfo(zone)
        cells = (values.text_of(row[at]) for row in rows.cells for at in amounts)
        self._style = values.style_of(cells, market)
        self._dates = values.Dates((cell for row in rows.cells for cell in row), market, self._zone)
        self._seen: Counter[tuple[str, ...]] = Counter()
        self.found = Lines()

    def read(self, one: Callable[[Reader, Cells], Iterator[Line]]) -> Lines:
        """Every row by `one`, which gives the lines of a row."""
        for number, cells in zip(self._rows.numbers, self._rows.cells, strict=True):
            try:
                made = [self._made(number, line) for line in one(self, cells)]
            except Unreadable as why:
                self.found.refused[number] = Refused(why.sentence, dict(why.values))
                continue
            self.found.lines.extend(made)
        return self.found

    def amount(self, cell: object) -> Decimal:
        """An amount at the currency's decimals; zero for an empty cell."""
        text = values.text_of(cell)
        return quantise(values.amount(text, self._style, self._market), self._market.currency) if text else Decimal(0)

    def day(self, *cells: object) -> date:
        """The first of these cells that holds a date, as the shop's day."""
        text = next((found for cell in cells if (found := values.text_of(cell))), "")
        if not text:
            raise Unreadable(N_("There is no date in this row."))
        return self._dates.moment(text).astimezone(self._zone).date()

    def _made(self, number: int, line: Line) -> NewLine:
        same = (line.source.value, *line.same, f"{line.amount.normalize():f}")
        self._seen[same] += 1
        told = hashlib.sha256("\x1f".join((*same, str(self._seen[same]))).encode()).digest()
        return NewLine(
            number,
            line.source,
            line.kind,
            line.rule,
            line.type,
            line.order_number,
            line.return_number,
            line.amount,
            line.paid_on,
            line.said[:LONGEST_SAID],
            told,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line before it has its digest: `same` is what it is told apart by, besides list and amount."""

    source: SettlementSource
    kind: SettlementKind
    amount: Decimal
    paid_on: date
    same: tuple[str, ...]
    rule: str | None = None
    type: IncidentType | None = None
    order_number: str | None = None
    return_number: str | None = None
    said: str = ""


INCOME_FIELDS = ("view_by", "order_number", "return_number", "paid_on", "released_amount", "compensation")
ADJUSTMENT_FIELDS = (
    "adjusted_on",
    "adjustment_type",
    "description",
    "adjustment_reason",
    "adjustment_amount",
    "order_number",
    "paid_on",
)
WALLET_FIELDS = (
    "moved_at",
    "transaction_type",
    "description",
    "order_number",
    "direction",
    "wallet_amount",
    "status",
    "balance",
)


def read_income(rows: Rows, market: Market, zone: str, heading: str) -> Lines:
    """An income list: of each order what was released, and of that the compensation. Rows of single items repeat it.

    `heading` is what the file calls the compensation.
    """
    return Reader(rows, market, zone, (4, 5)).read(lambda reader, cells: _income(reader, cells, heading))


def _income(reader: Reader, cells: Cells, heading: str) -> Iterator[Line]:
    view = values.plain_text(cells[0])
    of_order = telling.is_order_row(view)
    if of_order is None:
        raise Unreadable(N_("Recoup does not know what a row of “{text}” stands for."), text=view)
    if not of_order:
        reader.found.items += 1
        return
    order, back = values.plain_text(cells[1]).upper(), values.plain_text(cells[2]).upper() or None
    if not order:
        raise Unreadable(N_("There is no order number in this row."))
    on = reader.day(cells[3])
    same = (order, back or "", on.isoformat())
    released, compensation = reader.amount(cells[4]), reader.amount(cells[5])
    source = SettlementSource.INCOME
    if released or not compensation:
        yield Line(source, SettlementKind.RELEASE, released, on, ("release", *same), None, None, order, back)
    if compensation:
        kind, type = telling.compensation(compensation), telling.told(heading, compensation).type
        told = ("compensation", *same)
        yield Line(source, kind, compensation, on, told, telling.COLUMN, type, order, back, heading)


def read_adjustments(rows: Rows, market: Market, zone: str) -> Lines:
    """The list of adjustments of an income report: money apart from the orders' own, with its reason."""
    return Reader(rows, market, zone, (4,)).read(_adjustment)


def _adjustment(reader: Reader, cells: Cells) -> Iterator[Line]:
    said = _said(cells[1], cells[3], cells[2])
    amount, on = reader.amount(cells[4]), reader.day(cells[6], cells[0])
    if not amount:
        return
    order = _order(cells[5], said)
    yield _worded(SettlementSource.ADJUSTMENT, said, amount, on, (order or "", on.isoformat()), order)


def read_wallet(rows: Rows, market: Market, zone: str) -> Lines:
    """The wallet's transactions. One that waits or failed is no money yet, and comes with a later file."""
    return Reader(rows, market, zone, (5, 7)).read(_transaction)


def _transaction(reader: Reader, cells: Cells) -> Iterator[Line]:
    if not telling.moved(values.plain_text(cells[6])):
        reader.found.waiting += 1
        return
    amount = reader.amount(cells[5])
    if amount > 0 and telling.goes_out(values.plain_text(cells[4])):
        amount = -amount
    if not amount:
        return
    said, at, on = _said(cells[1], cells[2]), values.text_of(cells[0]), reader.day(cells[0])
    order = _order(cells[3], said)
    same = (order or "", at, f"{reader.amount(cells[7]).normalize():f}")
    yield _worded(SettlementSource.WALLET, said, amount, on, same, order, brief=values.plain_text(cells[1]))


def _worded(
    source: SettlementSource,
    said: str,
    amount: Decimal,
    on: date,
    same: tuple[str, ...],
    order: str | None,
    brief: str | None = None,
) -> Line:
    """A line that its words tell the kind of. Of other money only the type is kept: a description may name people."""
    found = telling.told(said, amount)
    keep = said if found.rule else said if brief is None else brief
    return Line(source, found.kind, amount, on, same, found.rule, found.type, order, None, keep)


def _said(*cells: object) -> str:
    """Type, reason and description, each once."""
    texts = [" ".join(values.text_of(cell).removeprefix("\x1f").split()) for cell in cells]
    return " · ".join(dict.fromkeys(text for text in texts if text))


def _order(cell: object, said: str) -> str | None:
    """The order of a line: its own column, or the one order its words name."""
    own = values.plain_text(cell).upper()
    if own:
        return own
    named = set(_ORDER.findall(said))
    return named.pop() if len(named) == 1 else None
