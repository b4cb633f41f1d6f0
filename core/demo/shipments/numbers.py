"""Numbers, names and prices that follow from a parcel's own number: the same ones wherever they are asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from core.demo import words
from core.demo.shipments.columns import HOUR
from core.parcels.markets import markets

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
"""Letters and digits of order and tracking numbers; without I and O, which read like 1 and 0."""

_PAIRS = tuple(one + two for one in LETTERS for two in LETTERS)


def order_number(ordered: int, number: int) -> str:
    """Six digits of the day in UTC+8, then eight letters and digits."""
    day = datetime.fromtimestamp(ordered + 8 * HOUR, UTC)
    return f"{day:%y%m%d}" + letters(number, 4)


def letters(number: int, pairs: int) -> str:
    """So many pairs of capital letters and digits out of a number."""
    found = ""
    for _place in range(pairs):
        number, left = divmod(number, len(_PAIRS))
        found += _PAIRS[left]
    return found


def parcel_number(number: int) -> str:
    """The platform's own number of the parcel: nineteen digits."""
    return f"58{number % 10**17:017d}"


def first_mile(number: int) -> str:
    """What the collecting carrier in China calls a cross-border parcel."""
    return f"SF{number % 10**13:013d}"


def buyer(number: int) -> str:
    """A buyer's user name, belonging to nobody."""
    return "buyer_" + letters(number // 7, 5).lower()


@cache
def freights(market: str) -> tuple[Decimal, ...]:
    """What parcels cost to send in a market, in its currency: sixty prices from cheap to dear."""
    usual = words.price(2, market, 0)
    return tuple(words.rounded(usual * (40 + n) / 100, markets()[market].currency) for n in range(60))


def tracking(shape: str, number: int) -> str:
    """A number of the channel's shape: # a digit, @ a capital letter or digit."""
    left = number ^ 0x5DEECE66D
    found = []
    for kind, length in _runs(shape):
        if kind == "#":
            left, digits = divmod(left, 10**length)
            found.append(f"{digits:0{length}d}")
        elif kind == "@":
            found.append(letters(left, (length + 1) // 2)[:length])
            left //= 7**length
        else:
            found.append(kind)
    return "".join(found)


@cache
def _runs(shape: str) -> tuple[tuple[str, int], ...]:
    """A shape as runs: a sign and how often, or a text that stands as it is."""
    return tuple((run[0] if run[0] in "#@" else run, len(run)) for run in re.findall(r"#+|@+|[^#@]+", shape))
