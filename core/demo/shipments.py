"""Two years of parcels, made in columns: orders with their seasons, channels with their own pace, and what went wrong.

All moments are whole seconds since 1970 in UTC; `NEVER` stands for what did not happen. Row i of every column is one parcel,
oldest order first; its id in the database is i + 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from core.demo import words
from core.models.incident import IncidentType
from core.parcels.markets import markets

NEVER = -1
MONTHS = 24
DAY = 86_400
HOUR = 3_600
TYPES = (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS, IncidentType.DELAYED)
STATUSES = ("ordered", "shipped", "delivered", "completed", "cancelled", "failed", "lost", "returning", "returned")
CODE = {name: place for place, name in enumerate(STATUSES)}

Column = np.ndarray[Any, np.dtype[Any]]

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
"""Letters and digits of order and tracking numbers; without I and O, which read like 1 and 0."""


@dataclass
class Parcels:
    """Every parcel, as columns. `wrong` is the place in TYPES of what went wrong, or NEVER; `story` marks the story cases."""

    now: int
    shop: Column
    channel: Column
    ordered: Column
    paid: Column
    shipped: Column
    accepted: Column
    first_scan: Column
    last_scan: Column
    expected: Column
    delivered: Column
    completed: Column
    changed: Column
    status: Column
    wrong: Column
    lines: Column
    product: Column
    variation: Column
    quantity: Column
    number: Column

    def __len__(self) -> int:
        return len(self.ordered)


def make(count: int, now: datetime, rng: np.random.Generator) -> Parcels:
    """`count` parcels ordered in the two years before `now`, nothing gone wrong yet but what belongs to every day."""
    channels, shops = words.channels(), words.shops()
    ordered = _moments(count, now, rng)
    shop = rng.choice(len(shops), count, p=_parts([one.weight for one in shops])).astype(np.int16)
    channel = np.zeros(count, np.int16)
    market_of_shop = np.array([list(markets()).index(one.market) for one in shops])[shop]
    for place, market in enumerate(markets()):
        mine = np.flatnonzero(market_of_shop == place)
        ours = [i for i, one in enumerate(channels) if one.market == market]
        channel[mine] = rng.choice(ours, len(mine), p=_parts([channels[i].share for i in ours]))
    days = np.array([one.days for one in channels])[channel]
    paid = ordered + rng.integers(20, 1800, count)
    shipped = paid + (rng.gamma(2.0, 9.0, count) * HOUR).astype(np.int64)
    accepted = shipped + rng.integers(1 * HOUR, 9 * HOUR, count)
    first_scan = accepted + rng.integers(HOUR // 2, 14 * HOUR, count)
    transit = (rng.gamma(9.0, 1 / 9.0, count) * days * DAY).astype(np.int64)
    delivered = first_scan + transit
    completed = delivered + rng.integers(DAY // 2, 7 * DAY, count)
    made = Parcels(
        now=int(now.timestamp()),
        shop=shop,
        channel=channel,
        ordered=ordered,
        paid=paid,
        shipped=shipped,
        accepted=accepted,
        first_scan=first_scan,
        last_scan=delivered.copy(),
        expected=shipped + ((days * 1.5 + 2) * DAY).astype(np.int64),
        delivered=delivered,
        completed=completed,
        changed=delivered.copy(),
        status=np.full(count, CODE["completed"], np.int8),
        wrong=np.full(count, NEVER, np.int8),
        lines=rng.choice([1, 2, 3], count, p=[0.82, 0.14, 0.04]).astype(np.int8),
        product=rng.integers(0, len(words.products()), (count, 3)).astype(np.int8),
        variation=rng.integers(0, 5, (count, 3)).astype(np.int8),
        quantity=rng.choice([1, 2, 3], (count, 3), p=[0.86, 0.11, 0.03]).astype(np.int8),
        number=rng.integers(0, 2**62, count, dtype=np.int64),
    )
    fate = rng.random(count)
    _never_sent(made, fate < 0.035)
    _came_back(made, (fate >= 0.035) & (fate < 0.058), rng)
    return made


def _parts(weights: list[Any]) -> Column:
    parts = np.array(weights, float)
    return np.asarray(parts / parts.sum())


def _moments(count: int, now: datetime, rng: np.random.Generator) -> Column:
    """Order moments: growing over the two years, high on double days, on pay days and weekends, low at the new year."""
    first = (now - timedelta(days=round(MONTHS * 30.44))).date()
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    weight = np.array([_season(day) * (0.55 + 0.45 * place / len(days)) for place, day in enumerate(days)])
    weight[-1] *= max(0.05, (now.hour * HOUR + now.minute * 60) / DAY)
    day = rng.choice(len(days), count, p=weight / weight.sum())
    hour = np.array([1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 7, 7, 6, 5, 4, 3, 2, 2, 1, 1, 1], float)
    second = rng.choice(24, count, p=hour / hour.sum()) * HOUR + rng.integers(0, HOUR, count)
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    latest = int(now.timestamp()) - 600
    moments = start + day * DAY + second
    # What the last day has not seen yet is put somewhere into it.
    late = moments > latest
    moments[late] = latest - rng.integers(0, DAY // 4, int(late.sum()))
    return np.asarray(np.sort(moments.astype(np.int64)))


def _season(day: date) -> float:
    if day.day == day.month:
        return 5.0 if day.month in (11, 12) else 3.4 if day.month in (6, 9, 10) else 2.4
    if (day.month, day.day) in ((11, 10), (11, 12), (12, 11), (12, 13)):
        return 2.2
    usual = {1: 0.85, 2: 0.75, 11: 1.25, 12: 1.3}.get(day.month, 1.0)
    return usual * (1.25 if 24 <= day.day <= 27 else 1.0) * (1.12 if day.weekday() >= 5 else 1.0)


def _never_sent(made: Parcels, which: Column) -> None:
    """Orders the buyer took back before anything left the house."""
    made.status[which] = CODE["cancelled"]
    for column in (made.shipped, made.accepted, made.first_scan, made.last_scan, made.delivered, made.completed):
        column[which] = NEVER
    made.changed[which] = made.ordered[which] + 5 * HOUR


def _came_back(made: Parcels, which: Column, rng: np.random.Generator) -> None:
    """Parcels nobody took in: back with us, or on their way."""
    made.status[which] = np.where(rng.random(int(which.sum())) < 0.8, CODE["failed"], CODE["returned"])
    made.changed[which] = made.delivered[which] + DAY
    made.last_scan[which] = made.changed[which]
    made.delivered[which] = NEVER
    made.completed[which] = NEVER


def rates() -> Column:
    """Channel × type: the part of parcels that goes wrong so."""
    return np.array([(one.lost, one.damaged, one.missing, one.delayed) for one in words.channels()])


def choose_wrong(made: Parcels, count: int, rng: np.random.Generator, *, recent: int = 90, at_least: int = 0) -> Column:
    """The places of `count` parcels that something happens to, by their channels' rates; what happened is set in `wrong`.

    The rates decide how channels and types compare; how many there are in all is `count`, also where that is more than life
    has. In a small demo parcels of the last `recent` days are taken more often, so that about `at_least` of them are there.
    """
    odds = rates()[made.channel] * np.array([1.0, 1.0, 1.0, 0.35])
    sent, arrived = made.shipped != NEVER, made.delivered != NEVER
    age = made.now - np.where(sent, made.shipped, made.now)
    # Long enough ago that somebody has noticed by now, but for a few.
    odds[:, 0] *= sent & arrived & (age > 11 * DAY)
    odds[:, 1] *= arrived & (made.delivered < made.now - 2 * DAY)
    odds[:, 2] *= arrived & (made.delivered < made.now - 2 * DAY)
    odds[:, 3] *= arrived & (made.expected < made.now - 3 * DAY)
    fresh = age < recent * DAY
    usual = float(odds[fresh].sum() / max(odds.sum(), 1e-12))
    wanted = min(0.75, at_least / max(count, 1))
    if 0 < usual < wanted:
        odds[fresh] *= wanted * (1 - usual) / (usual * (1 - wanted))
    total = odds.sum(axis=1)
    possible = np.flatnonzero(total > 0)
    count = min(count, len(possible))
    # The smallest of exponential draws over their weights: as if drawn one by one without putting back.
    keys = rng.exponential(size=len(possible)) / total[possible]
    chosen = np.sort(possible[np.argpartition(keys, count - 1)[:count]]) if count else possible[:0]
    ladder = np.cumsum(odds[chosen], axis=1)
    made.wrong[chosen] = (rng.random((len(chosen), 1)) * ladder[:, -1:] > ladder).sum(axis=1)
    return np.asarray(chosen)


def let_it_happen(made: Parcels, rng: np.random.Generator, *, soon: Sequence[tuple[int, IncidentType]] = ()) -> None:
    """Make the parcels' moments and states fit what went wrong with them, and everybody's fit the present moment.

    `soon` are more places with what went wrong there.
    """
    for place, kind in soon:
        made.wrong[place] = TYPES.index(kind)
    lost = np.flatnonzero(made.wrong == 0)
    # A third of the losses are parcels that were scanned as delivered and never arrived.
    vanished = lost[rng.random(len(lost)) < 0.68]
    part = rng.uniform(0.05, 0.9, len(vanished))
    made.last_scan[vanished] = (
        made.first_scan[vanished] + part * (made.delivered[vanished] - made.first_scan[vanished])
    ).astype(np.int64)
    made.delivered[vanished] = NEVER
    made.completed[vanished] = NEVER
    declared = made.last_scan[vanished] + rng.integers(6 * DAY, 13 * DAY, len(vanished))
    known = (declared < made.now) & (rng.random(len(vanished)) < 0.75)
    made.changed[vanished] = np.where(known, declared, made.last_scan[vanished])
    made.status[vanished] = np.where(known, CODE["lost"], CODE["shipped"])
    delayed = np.flatnonzero(made.wrong == 3)
    late = made.expected[delayed] + rng.integers(4 * DAY, 16 * DAY, len(delayed))
    arrives = rng.random(len(delayed)) < 0.8
    made.delivered[delayed] = np.where(arrives, late, NEVER)
    made.completed[delayed] = np.where(arrives, late + 2 * DAY, NEVER)
    made.changed[delayed] = np.where(arrives, late, made.accepted[delayed])
    made.last_scan[delayed] = made.first_scan[delayed] + rng.integers(DAY // 4, DAY, len(delayed))
    made.last_scan[delayed[arrives]] = late[arrives]
    made.status[delayed] = np.where(arrives, CODE["completed"], CODE["shipped"])
    hurt = np.flatnonzero((made.wrong == 1) | (made.wrong == 2))
    returning = hurt[rng.random(len(hurt)) < 0.25]
    made.status[returning] = CODE["returning"]
    made.completed[returning] = NEVER
    _up_to_now(made)


def _up_to_now(made: Parcels) -> None:
    """Take back what lies in the future, and the state with it."""
    for column, before in (
        (made.completed, "delivered"),
        (made.delivered, "shipped"),
        (made.shipped, "ordered"),
    ):
        future = column > made.now
        if column is not made.completed:
            made.changed[future] = made.now - HOUR
        stays = (made.status == CODE["cancelled"]) | (made.status == CODE["returning"]) & (before == "delivered")
        made.status[future & ~stays] = CODE[before]
        column[future] = NEVER
    unsent = (made.shipped == NEVER) & (made.paid > made.now)
    made.paid[unsent] = NEVER
    for column in (made.accepted, made.first_scan):
        column[(column > made.now) | (made.shipped == NEVER)] = NEVER
    back = made.changed > made.now
    came = back & ((made.status == CODE["failed"]) | (made.status == CODE["returned"]))
    made.status[came] = np.where(made.shipped[came] == NEVER, CODE["ordered"], CODE["shipped"])
    made.changed[back] = made.now - HOUR
    ahead = (made.last_scan > made.now) | (made.first_scan == NEVER)
    made.last_scan[ahead] = np.where(made.first_scan[ahead] == NEVER, NEVER, made.first_scan[ahead])
    made.changed = np.maximum(made.changed, made.ordered)


# --- one parcel, and its numbers --------------------------------------------------------------------------------------------


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
        kg = weight(made, place)
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


def weight(made: Parcels, place: int) -> Decimal:
    """Kilograms of goods and box."""
    articles = words.products()
    goods = (articles[made.product[place, n]].kg * int(made.quantity[place, n]) for n in range(made.lines[place]))
    return sum(goods, Decimal("0.150"))


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
