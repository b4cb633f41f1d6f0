"""Cells → values: amounts in the file's own way of writing, weights, quantities, moments in the shop's zone.

Everything raises `Unreadable` with a sentence marked for translation; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from core.foundation import clock
from core.foundation.language import N_
from core.parcels.markets import Market, markets

BLANK = frozenset({"", "-", "--", "—", "–"})

STYLES: dict[str, tuple[re.Pattern[str], str]] = {
    "1,234.56": (re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?", re.ASCII), ","),
    "1.234,56": (re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d{1,2})?", re.ASCII), "."),
}
"""A way of writing amounts → what it looks like, and what separates its thousands. At most two decimals."""

_NATIVE = "\x1f"
"""Stands before a number that the workbook held as a number: no way of writing applies to it."""

_EXACT = 10**15
_GUARDED = re.compile(r'="(.*)"', re.DOTALL)
_WEIGHT = re.compile(r"(\d{1,7}(?:[.,]\d{1,3})?)\s*(kg|g|gr|gram|grams)?", re.IGNORECASE)
_LARGEST = Decimal("999999999999")
_YEARS = range(2010, 2100)
_BUDDHA = 543
_DATED = re.compile(
    r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?",
    re.ASCII,
)


class Unreadable(Exception):
    """A cell that cannot be read: a sentence for `_()` and its values, so that it can be said in any language later."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values


def text_of(cell: Any) -> str:
    """A cell as text, without the spaces around it and the `="…"` that guards long digits; blank where it holds a dash.

    A number that the workbook held as a number is marked, so that it is read as that number in every market.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text.isalnum():
            return text
        if text.startswith('="') and (guarded := _GUARDED.fullmatch(text)):
            text = guarded[1].strip()
        return "" if text in BLANK else text
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**18:
        return f"{_NATIVE}{int(cell)}"
    return f"{_NATIVE}{cell}"


def plain(text: str) -> str:
    """Text that is no amount. Raises `Unreadable` where Excel rounded long digits: they must stay text."""
    if not text.startswith(_NATIVE):
        return text
    digits = text[1:]
    if not digits.isdigit() or int(digits) >= _EXACT:
        raise Unreadable(
            N_("“{text}” is a number that the workbook has rounded; the export itself has it as text."), text=digits
        )
    return digits


def plain_text(cell: Any) -> str:
    """A cell that holds text, a number written in digits at most: `text_of` and `plain` in one."""
    if type(cell) is str and (text := cell.strip()).isalnum():
        return text  # nearly all are, and each parcel has four
    return plain(text_of(cell))


def style_of(texts: Iterable[str], market: Market) -> str:
    """The way of writing amounts that fits most of the file's amounts; the market's most usual one where several do."""
    bare = [found for text in texts if text and not text.startswith(_NATIVE) and (found := _bare(text, market))]
    fits = {style: sum(1 for text in bare if STYLES[style][0].fullmatch(text)) for style in market.numbers}
    return max(market.numbers, key=lambda style: fits[style])


def _bare(text: str, market: Market) -> str:
    """An amount without its currency: `-R$331,08` → `-331,08`."""
    bare = re.sub(r"[\s\u00a0]", "", text)
    for sign in (*market.signs, "$"):
        bare = bare.replace(sign, "")
    return bare


def amount(text: str, style: str, market: Market) -> Decimal:
    """An amount in the market's currency."""
    if text.startswith(_NATIVE):
        figure = text[1:]
    else:
        figure = _bare(text, market)
        looks, thousands = STYLES[style]
        if not looks.fullmatch(figure):
            raise Unreadable(N_("“{text}” is not an amount as this file writes them."), text=text)
        figure = figure.replace(thousands, "").replace(",", ".")
    try:
        value = Decimal(figure)
    except InvalidOperation:
        raise Unreadable(N_("“{text}” is not an amount."), text=figure) from None
    if not value.is_finite() or abs(value) > _LARGEST:
        raise Unreadable(N_("“{text}” is too large to be an amount."), text=figure)
    return value


def quantity(text: str, style: str, market: Market) -> int:
    """How many pieces."""
    try:
        value = amount(text, style, market)
    except Unreadable:
        value = Decimal(-1)
    if value < 0 or value != value.to_integral_value() or value > 1_000_000:
        raise Unreadable(N_("“{text}” is not a quantity."), text=text.removeprefix(_NATIVE))
    return int(value)


def weight_kg(text: str) -> Decimal | None:
    """Kilograms: `2.300` is 2.3 kg in every market, `500 gr` is 0.5. None for what is no weight; it decides nothing."""
    found = _WEIGHT.fullmatch(text.removeprefix(_NATIVE))
    if found is None:
        return None
    value = Decimal(found[1].replace(",", "."))
    return value if (found[2] or "kg").lower() == "kg" else value / 1000


class Dates:
    """The dates of one file. `cells` are those that may hold dates; they are looked at only where the file writes the year last."""

    def __init__(self, cells: Iterable[Any], market: Market | None, zone: ZoneInfo) -> None:
        self._cells, self._market, self._zone = cells, market, zone

    @cached_property
    def order(self) -> str:
        """`date_order_of` the file."""
        return date_order_of(map(text_of, self._cells), self._market)

    def moment(self, text: str) -> datetime:
        """See `moment`. Raises `Unreadable`."""
        try:
            return moment(text, self._zone)
        except Unreadable:
            return moment(text, self._zone, self.order)


def date_order_of(texts: Iterable[str], market: Market | None) -> str:
    """How the file writes dates whose year stands last: "D/M/Y" or "M/D/Y". A day over 12 tells; without one, the market's way does."""
    days = months = 0
    for text in texts:
        if (found := _DATED.match(text)) and len(found[3]) == 4:
            days += int(found[1]) > 12
            months += int(found[2]) > 12
    if days == months:
        return market.dates if market else "D/M/Y"
    return "D/M/Y" if days > months else "M/D/Y"


def moment(text: str, zone: ZoneInfo, order: str | None = None) -> datetime:
    """A moment of the shop's local time, in UTC; a date alone is that day's first moment.

    Without the file's `order` (`date_order_of`) a date whose year stands last is none: 01/02/2026 may be two days. Where
    people count years from the Buddha, 2569 is understood as 2026.
    """
    try:
        read = datetime.fromisoformat(text.replace("/", "-"))
        bare = len(text) <= 10
    except ValueError:
        read, bare = _written(text, zone, order)
    if read.year not in _YEARS:
        read, bare = _written(text, zone, order)
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    if bare:
        return clock.start_of_day(read.date(), zone.key)
    return read.replace(tzinfo=zone).astimezone(UTC)


def _written(text: str, zone: ZoneInfo, order: str | None) -> tuple[datetime, bool]:
    """A date as people write it, in our own years, and whether it has no time."""
    found = _DATED.fullmatch(text)
    refused = Unreadable(N_("“{text}” is not a date."), text=text.removeprefix(_NATIVE))
    if found is None or (len(found[1]) == 4) == (len(found[3]) == 4):
        raise refused
    if order is None and len(found[1]) != 4:
        raise refused
    if len(found[1]) == 4:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif order == "M/D/Y":
        month, day, year = int(found[1]), int(found[2]), int(found[3])
    else:
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    if zone.key in _buddhist_zones() and year - _BUDDHA in _YEARS:
        # Before anything asks for that day: 29 February 2567 is one of 2024, and there is none in our own 2567.
        year -= _BUDDHA
    if year not in _YEARS:
        raise Unreadable(N_("“{text}” is not a date of any order."), text=text)
    hour, half = int(found[4] or 0), (found[7] or "").upper()
    if half and not 1 <= hour <= 12:
        raise refused
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        read = datetime(year, month, day, hour, int(found[5] or 0), int(found[6] or 0))  # noqa: DTZ001 -- its caller knows the zone
    except ValueError:
        raise refused from None
    return read, found[4] is None


@cache
def _buddhist_zones() -> frozenset[str]:
    return frozenset(one.zone for one in markets().values() if one.buddhist)


def date_in(text: str) -> date | None:
    """The date a sentence carries, as in “… tới ngày 2026-04-03.”; None where it carries none."""
    found = re.search(r"(?<!\d)(\d{4})[-/](\d{2})[-/](\d{2})(?!\d)", text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
