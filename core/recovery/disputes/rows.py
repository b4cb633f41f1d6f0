"""Rows of a return export → what it says of each request (inner; no database).

A request stands on one row per item, and again with every newer status. So its rows are put together by return number and status, the
items of each status gathered, and each status is a statement of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.foundation import clock
from core.foundation.language import N_
from core.models.dispute import DisputeStatus, ReturnReason
from core.parcels.importers import values
from core.parcels.importers.kinds import Cells, Notice, Refused, Rows
from core.parcels.importers.tables import fold_words
from core.parcels.importers.values import Unreadable
from core.parcels.markets import Market
from core.recovery.disputes import vocabulary
from core.recovery.disputes.statements import progress_of, told

FIELDS = (
    "return_number",
    "order_number",
    "ordered_at",
    "product_name",
    "parent_sku",
    "variation",
    "sku",
    "unit_price",
    "requested_at",
    "return_status",
    "return_type",
    "returned_quantity",
    "solution",
    "return_reason",
    "return_note",
    "refund_amount",
    "refunded_at",
    "to_warehouse",
    "return_carrier",
    "return_tracking_number",
    "return_tracking_status",
    "return_delivered_at",
    "respond_by",
    "dispute_by",
    "dispute_reason",
    "seller_note",
    "compensation",
    "tracking_number",
    "revised_reason",
)
"""What of a row is read. Everything else is kept with the raw row."""

AT = {name: position for position, name in enumerate(FIELDS)}
AMOUNTS = ("unit_price", "refund_amount", "compensation")
LONGEST = 2_000
"""Characters of a text that are kept: buyers may write long letters."""


@dataclass
class Told:
    """What the file says of one request at one status. `row` is its first row, `rows` are all; `as_of` when it was so, where that is
    told.
    """

    return_number: str
    facts: dict[str, Any]
    rows: list[int]
    as_of: datetime | None = None

    @property
    def row(self) -> int:
        """The row it begins on."""
        return self.rows[0]


@dataclass
class ReturnFile:
    """A file understood. `told` in the order the requests went through their states; `as_of` is the newest moment in it."""

    told: list[Told] = field(default_factory=list)
    refused: dict[int, Refused] = field(default_factory=dict)
    as_of: datetime | None = None
    notices: list[Notice] = field(default_factory=list)


class ReturnReader:
    """Reads the rows of one file in its market's way of writing."""

    def __init__(self, rows: Rows, market: Market, zone: str, language: str) -> None:
        self._rows, self._market, self._language = rows, market, language
        self._zone = ZoneInfo(zone)
        amounts = {values.text_of(cells[AT[name]]) for cells in rows.cells for name in AMOUNTS}
        self._style = values.style_of(amounts, market)
        self._dates = values.Dates((cell for cells in rows.cells for cell in cells), market, self._zone)
        dated = [
            AT[name]
            for name in ("ordered_at", "requested_at", "refunded_at", "return_delivered_at", "respond_by", "dispute_by")
        ]
        self._dates = values.Dates((cells[at] for cells in rows.cells for at in dated), market, self._zone)
        self._newest: datetime | None = None
        self._unknown_status: set[str] = set()
        self._unknown_reason: set[str] = set()
        self._unread_dates: set[str] = set()

    def read(self) -> ReturnFile:
        """Every request. A row that cannot be read takes its whole request with it: half of one has a wrong amount or no date."""
        result = ReturnFile()
        for number, group in self._grouped(result.refused).items():
            at = group[0][0]
            try:
                found = []
                for some in _by_status(group):
                    at = some[0][0]
                    found.append(self._told(number, some))
            except Unreadable as why:
                _refuse(result.refused, group, at, why)
                continue
            result.told += sorted(found, key=lambda one: (progress_of(one.facts), one.row))
        result.as_of = self._newest
        result.notices = self._notices()
        return result

    def _grouped(self, refused: dict[int, Refused]) -> dict[str, list[tuple[int, Cells]]]:
        groups: dict[str, list[tuple[int, Cells]]] = {}
        for row, cells in zip(self._rows.numbers, self._rows.cells, strict=True):
            try:
                number = values.plain_text(cells[0]).upper()
            except Unreadable as why:
                refused[row] = Refused(why.sentence, why.values)
                continue
            if number:
                groups.setdefault(number, []).append((row, cells))
            else:
                refused[row] = Refused(N_("The row has no return number."), {})
        return groups

    def _told(self, number: str, group: Sequence[tuple[int, Cells]]) -> Told:
        first = _first_filled([cells for _row, cells in group])

        def text(name: str) -> str:
            return _words(first[AT[name]])[:LONGEST]

        status, reason = text("return_status"), text("return_reason")
        facts = {
            "order_number": values.plain_text(first[AT["order_number"]]).upper(),
            "tracking_number": values.plain_text(first[AT["tracking_number"]]),
            "kind": vocabulary.kind_of(text("return_type")),
            "validation": vocabulary.validation_of(text("to_warehouse")),
            "solution": vocabulary.solution_of(text("solution")),
            "reason": vocabulary.reason_of(reason, self._language),
            "reason_text": reason,
            "reassessed": vocabulary.reason_of(text("revised_reason"), self._language),
            "reassessed_text": text("revised_reason"),
            "buyer_said": text("return_note"),
            "status": vocabulary.status_of(status),
            "status_text": status,
            "amount": self._amount(first[AT["refund_amount"]]),
            "compensation": self._amount(first[AT["compensation"]]),
            "requested_at": self._moment(first[AT["requested_at"]]),
            "refunded_at": self._past(first[AT["refunded_at"]]),
            "returned_at": self._past(first[AT["return_delivered_at"]]),
            "response_due_at": self._response_due(first, status),
            "return_tracking_number": values.plain_text(first[AT["return_tracking_number"]]),
            "return_carrier_text": text("return_carrier"),
            "return_status_text": text("return_tracking_status"),
            "our_reason": text("dispute_reason"),
            "our_note": text("seller_note"),
            "items": self._items(group),
        }
        self._note_unknown(facts)
        self._past(first[AT["ordered_at"]])
        return Told(number, told(facts), [row for row, _cells in group])

    def _note_unknown(self, facts: dict[str, Any]) -> None:
        if facts["status"] == DisputeStatus.UNKNOWN:
            self._unknown_status.add(facts["status_text"])
        if facts["reason"] == ReturnReason.UNKNOWN:
            self._unknown_reason.add(facts["reason_text"])

    def _items(self, group: Sequence[tuple[int, Cells]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for _row, cells in group:
            name = _words(cells[AT["product_name"]])[:LONGEST]
            sku = _words(cells[AT["sku"]]) or _words(cells[AT["parent_sku"]])
            if not name and not sku:
                continue
            price = self._amount(cells[AT["unit_price"]])
            item = {
                "name": name,
                "sku": sku,
                "variation": _words(cells[AT["variation"]]),
                "quantity": self._quantity(cells[AT["returned_quantity"]]),
                "price": None if price is None else format(price.normalize(), "f"),
            }
            # The same item of the same request stands twice where the file was joined of two.
            if item not in found:
                found.append(item)
        return found

    def _quantity(self, cell: Any) -> int | None:
        text = values.text_of(cell)
        return values.quantity(text, self._style, self._market) if text else None

    def _amount(self, cell: Any) -> Decimal | None:
        text = values.text_of(cell)
        if not text:
            return None
        found = values.amount(text, self._style, self._market)
        # Refunds and compensations come with either sign, by whose money is meant.
        return abs(found)

    def _moment(self, cell: Any) -> datetime | None:
        text = values.text_of(cell)
        if not text:
            return None
        found = self._dates.moment(text)
        self._newest = found if self._newest is None else max(self._newest, found)
        return found

    def _past(self, cell: Any) -> datetime | None:
        """A moment that decides nothing: one that cannot be read is left out, and said."""
        try:
            return self._moment(cell)
        except Unreadable:
            self._unread_dates.add(_words(cell)[:60])
            return None

    def _response_due(self, cells: Cells, status: str) -> datetime | None:
        """By when to answer: the earlier of the file's two columns, else a date in the sentence of the status."""
        given = [self._due(cells[AT[name]]) for name in ("respond_by", "dispute_by")]
        known = [one for one in given if one is not None]
        if known:
            return min(known)
        day = values.date_in(status)
        return None if day is None else clock.end_of_day(day, self._zone.key)

    def _due(self, cell: Any) -> datetime | None:
        """A deadline: a moment; a date alone, or one inside a sentence, lasts until the end of that day where the shop is."""
        text = values.text_of(cell)
        if not text:
            return None
        try:
            found = self._dates.moment(text)
        except Unreadable:
            day = values.date_in(text)
            if day is None:
                raise Unreadable(N_("“{text}” is not a deadline that can be read."), text=text[:60]) from None
            return clock.end_of_day(day, self._zone.key)
        day = found.astimezone(self._zone).date()
        return clock.end_of_day(day, self._zone.key) if found == clock.start_of_day(day, self._zone.key) else found

    def _notices(self) -> list[Notice]:
        said: list[Notice] = []
        for sentence, texts in (
            (
                N_("Recoup does not know these states of returns and kept them as they are: {texts}."),
                self._unknown_status,
            ),
            (N_("Recoup does not know these reasons and offers nothing for them: {texts}."), self._unknown_reason),
            (N_("These dates could not be read and were left out: {texts}."), self._unread_dates),
        ):
            if named := sorted(text for text in texts if text):
                said.append((sentence, {"texts": "; ".join(named[:20])}))
        return said


def _by_status(group: Sequence[tuple[int, Cells]]) -> list[list[tuple[int, Cells]]]:
    """The rows of one request by its status, in the file's order."""
    parts: dict[str, list[tuple[int, Cells]]] = {}
    for row, cells in group:
        parts.setdefault(fold_words(_words(cells[AT["return_status"]])), []).append((row, cells))
    return list(parts.values())


def _first_filled(rows: Sequence[Cells]) -> list[Any]:
    """Of each field the first cell that is not empty: what belongs to the request stands on every row of it, or on its first."""
    return [next((cells[at] for cells in rows if values.text_of(cells[at])), "") for at in range(len(FIELDS))]


def _words(cell: Any) -> str:
    """A cell as plain words: without the line breaks of HTML that reasons come with."""
    text = values.text_of(cell)
    for mark in ("<br>", "<br/>", "<br />", "\x1f"):
        text = text.replace(mark, " ")
    return " ".join(text.split())


def _refuse(refused: dict[int, Refused], group: Sequence[tuple[int, Cells]], at: int, why: Unreadable) -> None:
    for row, _cells in group:
        refused[row] = (
            Refused(why.sentence, why.values)
            if row == at
            else Refused(N_("Row {row} of the same return could not be read."), {"row": str(at)})
        )
