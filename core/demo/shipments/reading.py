"""Single parcels out of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.demo import words
from core.demo.shipments.columns import NEVER, STATUSES, Parcels
from core.demo.shipments.numbers import buyer, first_mile, freights, order_number, parcel_number, tracking
from core.parcels.markets import markets


@dataclass(frozen=True, slots=True)
class Item:
    """One item line."""

    sku: str
    name: str
    variation: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel, as a case looks at it: the columns of its row that windows, caps and searches read."""

    id: int
    shop_id: int
    shop: words.ShopPlan
    channel: words.Channel
    carrier_id: int
    market: str
    currency: str
    order_number: str
    parcel_number: str
    tracking_number: str | None
    first_mile_number: str | None
    status: str
    buyer_username: str
    value: Decimal
    freight: Decimal
    insured: Decimal | None
    weight_kg: Decimal
    items: tuple[Item, ...]
    ordered_at: datetime
    paid_at: datetime | None
    accepted_at: datetime | None
    shipped_at: datetime | None
    first_scan_at: datetime | None
    last_scan_at: datetime | None
    expected_at: datetime | None
    delivered_at: datetime | None
    completed_at: datetime | None
    status_changed_at: datetime | None


class Reader:
    """Reads single parcels out of the columns, the same way each time."""

    def __init__(self, made: Parcels, shop_ids: list[int], carrier_ids: dict[str, int]) -> None:
        self.made = made
        self.shop_ids = shop_ids
        self.carrier_ids = carrier_ids

    def __call__(self, place: int) -> Parcel:
        """The parcel at a place of the columns."""
        made = self.made
        shop, channel = words.shops()[made.shop[place]], words.channels()[made.channel[place]]
        number = int(made.number[place])
        items = self.items(place)
        worth = sum((item.price * item.quantity for item in items), Decimal(0))
        kg = _weight(made, place)
        return Parcel(
            id=place + 1,
            shop_id=self.shop_ids[made.shop[place]],
            shop=shop,
            channel=channel,
            carrier_id=self.carrier_ids[channel.carrier],
            market=shop.market,
            currency=markets()[shop.market].currency,
            order_number=order_number(int(made.ordered[place]), number),
            parcel_number=parcel_number(number),
            tracking_number=tracking(channel.shape, number) if made.shipped[place] != NEVER else None,
            first_mile_number=first_mile(number) if channel.cross_border and made.shipped[place] != NEVER else None,
            status=STATUSES[made.status[place]],
            buyer_username=buyer(number),
            value=worth,
            freight=freights(shop.market)[number % 60],
            insured=worth if number % 23 == 0 else None,
            weight_kg=kg,
            items=items,
            ordered_at=_at(made.ordered[place]),
            paid_at=_maybe(made.paid[place]),
            accepted_at=_maybe(made.accepted[place]),
            shipped_at=_maybe(made.shipped[place]),
            first_scan_at=_maybe(made.first_scan[place]),
            last_scan_at=_maybe(made.last_scan[place]),
            expected_at=_maybe(made.expected[place] if made.shipped[place] != NEVER else NEVER),
            delivered_at=_maybe(made.delivered[place]),
            completed_at=_maybe(made.completed[place]),
            status_changed_at=_maybe(made.changed[place]),
        )

    def items(self, place: int) -> tuple[Item, ...]:
        """The item lines of a parcel, in the language of its market."""
        made = self.made
        market = words.shops()[made.shop[place]].market
        language = words.listed(market)
        named = words.words()["variations"][language]
        found = []
        for line in range(made.lines[place]):
            article = int(made.product[place, line])
            variation = int(made.variation[place, line])
            product = words.products()[article]
            found.append(
                Item(
                    f"{product.sku}-{variation + 1}",
                    product.names[language],
                    named[variation],
                    int(made.quantity[place, line]),
                    words.price(article, market, variation),
                )
            )
        return tuple(found)


def _at(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _maybe(seconds: Any) -> datetime | None:
    return None if seconds == NEVER else _at(seconds)


def _weight(made: Parcels, place: int) -> Decimal:
    """Kilograms of goods and box."""
    articles = words.products()
    goods = (articles[made.product[place, n]].kg * int(made.quantity[place, n]) for n in range(made.lines[place]))
    return sum(goods, Decimal("0.150"))
