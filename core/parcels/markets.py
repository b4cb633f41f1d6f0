"""The markets a shop can sell in: country, currency and zone, from `core/data/markets.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.foundation.errors import Invalid
from core.foundation.language import _

DATA = Path(__file__).parent.parent / "data" / "markets.toml"


@dataclass(frozen=True)
class Market:
    """One market: ISO 3166 code, English name, ISO 4217 currency, IANA zone, and how its files write things.

    `dates`: the usual order where the year stands last. `buddhist`: years may be counted from the Buddha (2569 is 2026).
    """

    code: str
    name: str
    currency: str
    zone: str
    numbers: tuple[str, ...]
    named: tuple[str, ...]
    signs: tuple[str, ...]
    dates: str = "D/M/Y"
    buddhist: bool = False


@cache
def markets() -> dict[str, Market]:
    """Every market by code, in the order of the file."""
    with DATA.open("rb") as file:
        rows = tomllib.load(file)["markets"]
    return {
        code: Market(
            code,
            row["name"],
            row["currency"],
            row["zone"],
            tuple(row["numbers"]),
            tuple(row["named"]),
            tuple(row["signs"]),
            row.get("dates", "D/M/Y"),
            row.get("buddhist", False),
        )
        for code, row in rows.items()
    }


def market(code: str) -> Market:
    """The market of a code, in whatever case it is typed. Raises `Invalid`."""
    found = markets().get(code.strip().upper())
    if found is None:
        raise Invalid(
            _("Recoup does not know the market “{code}”. It knows {known}.", code=code, known=", ".join(markets())),
            "market",
        )
    return found
