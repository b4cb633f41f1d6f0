"""What the demo is made of: goods, shops, channels, people and the words they use, from the two tables beside this file."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.parcels.markets import markets

_HERE = Path(__file__).parent


def dice(*parts: object) -> random.Random:
    """Chance that comes out the same whenever the parts are the same. For stories and pictures, never for secrets."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311


@cache
def words() -> dict[str, Any]:
    """The table of words."""
    with (_HERE / "words.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _channels() -> dict[str, Any]:
    with (_HERE / "channels.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Product:
    """One article: price in Singapore dollars, weight in kilograms, its name by language."""

    sku: str
    price: Decimal
    kg: Decimal
    fragile: bool
    names: dict[str, str]


@dataclass(frozen=True)
class ShopPlan:
    """One shop: its market, and its part of all parcels."""

    name: str
    market: str
    weight: int


@dataclass(frozen=True)
class Channel:
    """One carrier × service × market: its part of the market's parcels, usual days under way, and rates as fractions."""

    market: str
    carrier: str
    service: str
    share: float
    days: float
    lost: float
    damaged: float
    missing: float
    delayed: float
    shape: str

    @property
    def cross_border(self) -> bool:
        """Whether its parcels cross a border on the way to the buyer."""
        return "International" in self.service


@cache
def products() -> tuple[Product, ...]:
    """Every article."""
    languages = (*_channels()["status"], "zh-Hans")
    return tuple(
        Product(
            row["sku"],
            Decimal(row["price"]),
            Decimal(row["kg"]),
            row["fragile"],
            {language: row[language] for language in languages},
        )
        for row in words()["product"]
    )


@cache
def shops() -> tuple[ShopPlan, ...]:
    """Every shop of the team."""
    return tuple(ShopPlan(row["name"], row["market"], row["weight"]) for row in _channels()["shop"])


@cache
def channels() -> tuple[Channel, ...]:
    """Every channel, market by market."""
    return tuple(
        Channel(market, carrier, service, share, days, lost / 100, damaged / 100, missing / 100, delayed / 100, shape)
        for market, rows in _channels()["channels"].items()
        for carrier, service, share, days, lost, damaged, missing, delayed, shape in rows
    )


def listed(market: str) -> str:
    """The language a market's goods are listed in."""
    language: str = _channels()["languages"][market]["listed"]
    return language


def spoken(market: str) -> list[str]:
    """The languages a market's buyers write in, the more usual more often."""
    found: list[str] = _channels()["languages"][market]["buyers"]
    return found


def status_text(market: str, status: str) -> str:
    """The platform's own word for a status there."""
    text: str = _channels()["status"][listed(market)][status]
    return text


def reason_text(market: str, status: str) -> str | None:
    """The platform's reason for an order that was cancelled, failed or lost."""
    text: str | None = _channels()["reason"][listed(market)].get(status)
    return text


# One Singapore dollar in each currency, rounded as a shop would: only prices are made with it, no amount is converted by it.
_PER_SGD = {
    "SGD": "1", "MYR": "3.3", "THB": "25", "VND": "20400", "PHP": "45", "IDR": "12800", "TWD": "23.6", "BRL": "4.1", "MXN": "14.3",
}  # fmt: skip
_ENDINGS = {"VND": "1000", "IDR": "100", "TWD": "1", "THB": "1", "PHP": "1"}


@cache
def price(product: int, market: str, variation: int) -> Decimal:
    """The price of an article in a market, in its currency, rounded to what is usual there."""
    currency = markets()[market].currency
    factor = Decimal(100 + 4 * variation) / 100
    return rounded(products()[product].price * Decimal(_PER_SGD[currency]) * factor, currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount rounded to what is usual in that currency."""
    step = Decimal(_ENDINGS.get(currency, "0.10"))
    return (amount / step).quantize(Decimal(1)) * step
