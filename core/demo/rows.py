"""The parcels as lines of COPY text. Made column by column: a million of them in seconds, and the same values as `Reader` gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from core.demo import shipments, words
from core.demo.load import escape
from core.demo.shipments import NEVER, STATUSES, Column, Parcels
from core.parcels.markets import markets

CHUNK = 20_000
NULL = "\\N"
UNPACKED = f"{NULL}\t{NULL}"

SHIPMENT = (
    "id", "shop_id", "carrier_id", "service", "carrier_text", "market", "order_number", "parcel_number", "tracking_number",
    "first_mile_number", "status", "status_text", "cancel_reason", "ordered_at", "paid_at", "accepted_at", "shipped_at",
    "first_scan_at", "last_scan_at", "expected_at", "delivered_at", "completed_at", "status_changed_at", "currency", "value",
    "freight", "insured", "weight_kg", "buyer_username", "origin", "packed_by", "source_at", "created_at", "updated_at", "version",
)  # fmt: skip
LINE = ("shipment_id", "line", "sku", "name", "variation", "quantity", "unit_price", "subtotal")


class Texts:
    """Everything that repeats, written out once."""

    def __init__(
        self, made: Parcels, shop_ids: list[int], carrier_ids: dict[str, int], carrier_names: dict[str, str]
    ) -> None:
        shops, channels, articles = words.shops(), words.channels(), words.products()
        codes = list(markets())
        self.market_of_shop = np.array([codes.index(shop.market) for shop in shops])
        # What shop and channel decide: shop, carrier, service, the platform's name for both, market.
        self.head = {
            (s, c): "\t".join(
                [
                    str(shop_ids[s]),
                    str(carrier_ids[channel.carrier]),
                    escape(channel.service),
                    escape(f"{channel.service}-{carrier_names[channel.carrier]}"),
                    channel.market,
                ]
            )
            for s, shop in enumerate(shops)
            for c, channel in enumerate(channels)
            if shop.market == channel.market
        }
        self.state = {
            (m, s): "\t".join(
                (
                    status,
                    escape(words.status_text(market, status)),
                    escape(words.reason_text(market, status) or "") or NULL,
                )
            )
            for m, market in enumerate(codes)
            for s, status in enumerate(STATUSES)
        }
        self.currency = [market.currency for market in markets().values()]
        self.freight = [[str(one) for one in shipments.freights(market)] for market in codes]
        cents = [[[int(words.price(p, m, v) * 100) for v in range(5)] for m in codes] for p in range(len(articles))]
        self.cents = np.array(cents, np.int64)
        self.grams = np.array([int(article.kg * 1000) for article in articles], np.int64)
        self.line = {
            (m, p, v, q): _line(m, p, v, q)
            for m in codes
            for p in range(len(articles))
            for v in range(5)
            for q in (1, 2, 3)
        }
        self.packed = [
            f"{escape(one['name'])}\t{escape(packer)}"
            for one in words.words()["warehouse"]
            for packer in one["packers"]
        ]
        first = datetime.fromtimestamp(int(made.ordered[0]), UTC).date()
        self.first_day = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 86_400
        days = [f"{first + timedelta(days=n)} " for n in range(1000)]
        clock = [f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}+00" for n in range(86_400)]
        self.days, self.clock = np.array(days, object), np.array(clock, object)
        self.prefix = [f"{first + timedelta(days=n):%y%m%d}" for n in range(1000)]

    def moments(self, seconds: Column) -> list[str]:
        """Moments as Postgres reads them."""
        day, second = np.divmod(seconds, 86_400)
        said = self.days[np.clip(day - self.first_day, 0, 999)] + self.clock[second]
        found: list[str] = np.where(seconds == NEVER, NULL, said).tolist()
        return found


def _line(market: str, article: int, variation: int, quantity: int) -> str:
    language = words.listed(market)
    product, price = words.products()[article], words.price(article, market, variation)
    parts = (
        f"{product.sku}-{variation + 1}",
        product.names[language],
        words.words()["variations"][language][variation],
    )
    return "\t".join([*map(escape, parts), str(quantity), str(price), str(price * quantity)])


def worth(made: Parcels, texts: Texts) -> tuple[Column, Column]:
    """Each parcel's value in hundredths of its currency, and its weight in grams."""
    market = texts.market_of_shop[made.shop]
    cents = texts.cents[made.product, market[:, None], made.variation] * made.quantity
    grams = texts.grams[made.product] * made.quantity
    there = np.arange(3) < made.lines[:, None]
    return np.asarray((cents * there).sum(axis=1)), np.asarray((grams * there).sum(axis=1) + 150)


def shipment_chunks(made: Parcels, texts: Texts, written: str) -> Iterator[bytes]:
    """The rows of `shipment` in SHIPMENT's order. `written` is the moment they are said to have come in."""
    cents, grams = worth(made, texts)
    for start in range(0, len(made), CHUNK):
        part = slice(start, start + CHUNK)
        yield "".join(
            _shipments(made, texts, part, start + 1, cents[part].tolist(), grams[part].tolist(), written)
        ).encode()


def _shipments(
    made: Parcels, texts: Texts, part: slice, first_id: int, cents: list[int], grams: list[int], written: str
) -> Iterator[str]:
    sent = (made.shipped[part] != NEVER).tolist()
    market = texts.market_of_shop[made.shop[part]].tolist()
    order_day = ((made.ordered[part] + 8 * 3600) // 86_400 - texts.first_day).tolist()
    expected = np.where(made.shipped[part] != NEVER, made.expected[part], NEVER)
    times = [
        texts.moments(column)
        for column in (
            made.ordered[part], made.paid[part], made.accepted[part], made.shipped[part], made.first_scan[part],
            made.last_scan[part], expected, made.delivered[part], made.completed[part], made.changed[part],
        )
    ]  # fmt: skip
    channels = words.channels()
    columns = (
        made.shop[part].tolist(), made.channel[part].tolist(), market, order_day, made.number[part].tolist(), sent,
        made.status[part].tolist(), map("\t".join, zip(*times, strict=True)), cents, grams,
    )  # fmt: skip
    for n, (shop, channel, m, day, number, went, status, moments, cent, gram) in enumerate(
        zip(*columns, strict=True), start=first_id
    ):
        form = channels[channel]
        value = f"{cent // 100}.{cent % 100:02d}"
        yield (
            f"{n}\t{texts.head[shop, channel]}\t{texts.prefix[day]}{shipments.letters(number, 4)}\t58{number % 10**17:017d}\t"
            f"{shipments.tracking(form.shape, number) if went else NULL}\t"
            f"{shipments.first_mile(number) if went and form.cross_border else NULL}\t{texts.state[m, status]}\t{moments}\t"
            f"{texts.currency[m]}\t{value}\t{texts.freight[m][number % 60]}\t{value if number % 23 == 0 else NULL}\t"
            f"{gram // 1000}.{gram % 1000:03d}\t{shipments.buyer(number)}\t"
            f"{texts.packed[number % len(texts.packed)] if went else UNPACKED}\t{written}\t{written}\t{written}\t1\n"
        )


def line_chunks(made: Parcels, texts: Texts) -> Iterator[bytes]:
    """The rows of `shipment_line` in LINE's order."""
    codes = list(markets())
    for start in range(0, len(made), CHUNK):
        part = slice(start, start + CHUNK)
        market = texts.market_of_shop[made.shop[part]].tolist()
        columns = (
            market,
            made.lines[part].tolist(),
            made.product[part].tolist(),
            made.variation[part].tolist(),
            made.quantity[part].tolist(),
        )
        yield "".join(
            f"{n}\t{line + 1}\t{texts.line[codes[m], product[line], variation[line], quantity[line]]}\n"
            for n, (m, lines, product, variation, quantity) in enumerate(zip(*columns, strict=True), start=start + 1)
            for line in range(lines)
        ).encode()


def money(cents: int) -> Decimal:
    """Hundredths as an amount."""
    return Decimal(cents) / 100
