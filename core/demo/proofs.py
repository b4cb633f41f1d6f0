"""The files of the demo's cases: drawn for the case where somebody will look, else one of a few that many cases share."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from core.cases.evidence import door
from core.cases.kinds import kinds
from core.demo import pictures, words
from core.demo.scripts import Life
from core.demo.shipments import Item, Parcel, letters, tracking

VARIANTS = 3
"""Shared files of each kind."""

PHOTOS = frozenset(("label_photo", "outer_box_photo", "inner_packaging_photo", "item_photo", "serial_numbers", "other"))
VIDEOS = frozenset(("packing_video", "unboxing_video"))
SCREENS = frozenset(("order_page", "chat_with_buyer", "tracking_snapshot", "refund_proof"))


@dataclass(frozen=True)
class File:
    """A file to put forward: the name it comes with, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Shared:
    """A shared file that lies in the store, with what the door would have said of it."""

    name: str
    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    unreadable: str | None


class Proofs:
    """Files by case and kind, the same for the same seed. Cases in `own` get files of their own."""

    def __init__(self, seed: int, own: Collection[int] = ()) -> None:
        self.seed = seed
        self.own = frozenset(own)

    def file(self, life: Life, kind: str, variant: int, at: datetime) -> File:
        """The file a step puts forward at that moment."""
        parcel = life.parcel
        if parcel.id not in self.own:
            return self.shared(kind, variant)
        rng = words.dice(self.seed, parcel.id, kind, variant)
        return _draw(kind, rng, parcel, at, f"{at:%Y%m%d}_{rng.randrange(100000, 999999)}")

    def shared(self, kind: str, variant: int) -> File:
        """One of the shared files of a kind: without date and place, as pictures come out of a chat."""
        return _shared(self.seed, kind, variant % VARIANTS)

    def store_shared(self) -> dict[tuple[str, int], Shared]:
        """Put the shared files into the store; (kind, variant) → what the door says of each."""
        found = {}
        for kind in kinds():
            for variant in range(VARIANTS):
                file = self.shared(kind, variant)
                taken = door.take_in(io.BytesIO(file.data), file.name)
                found[kind, variant] = Shared(
                    file.name,
                    taken.sha256,
                    taken.size,
                    taken.kind.media_type,
                    taken.width,
                    taken.height,
                    taken.unreadable,
                )
        return found


@lru_cache(maxsize=256)
def _shared(seed: int, kind: str, place: int) -> File:
    return _draw(kind, words.dice(seed, kind, place), _anybody(place), None, f"{place + 1}")


def _anybody(place: int) -> Parcel:
    shop, channel = words.shops()[place], next(c for c in words.channels() if c.market == words.shops()[place].market)
    number, price = 77_000_000_001 * (place + 3), words.price(place, shop.market, 0)
    article = words.products()[place]
    day = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
    return Parcel(
        id=0, shop_id=0, shop=shop, channel=channel, carrier_id=0, market=shop.market, currency="SGD",
        order_number=f"260105{letters(number, 4)}", parcel_number="", tracking_number=tracking(channel.shape, number),
        first_mile_number=None, status="shipped", buyer_username="buyer", value=price, freight=price, insured=None,
        weight_kg=article.kg, items=(Item(article.sku, article.names["en"], "Black", 1, price),), ordered_at=day, paid_at=day,
        accepted_at=day, shipped_at=day, first_scan_at=day, last_scan_at=day, expected_at=day, delivered_at=None,
        completed_at=None, status_changed_at=day,
    )  # fmt: skip


def _draw(kind: str, rng: random.Random, parcel: Parcel, at: datetime | None, stamp: str) -> File:
    if kind in PHOTOS:
        return File(f"IMG_{stamp}.jpg" if at else f"{kind}_{stamp}.jpg", _photo(kind, rng, parcel, at))
    if kind in VIDEOS:
        return File(f"VID_{stamp}.mp4", pictures.film(rng, number=_number(parcel), lines=_label(parcel)))
    if kind in SCREENS:
        return File(f"Screenshot_{stamp}.png", _screen(kind, rng, parcel))
    if kind == "call_record":
        return File(f"call_{stamp}.txt", f"Call about {parcel.tracking_number}\n0:00 {parcel.shop.name}: …\n".encode())
    return File(f"{kind}_{stamp}.pdf", _PAPERS.get(kind, _notice)(rng, parcel, kind, at or parcel.ordered_at))


def _number(parcel: Parcel) -> str:
    return parcel.tracking_number or parcel.order_number


def _label(parcel: Parcel) -> list[str]:
    return [parcel.shop.name, parcel.order_number, f"{parcel.weight_kg} kg"]


def _photo(kind: str, rng: random.Random, parcel: Parcel, taken: datetime | None) -> bytes:
    return pictures.photo(kind, rng, number=_number(parcel), lines=_label(parcel), taken=taken, market=parcel.market)


def _screen(kind: str, rng: random.Random, parcel: Parcel) -> bytes:
    goods = [(f"{item.quantity} ×", item.name) for item in parcel.items]
    if kind == "tracking_snapshot":
        scans = [
            ("Last scan", f"{parcel.last_scan_at:%Y-%m-%d %H:%M} sorting hub" if parcel.last_scan_at else "none"),
            ("First scan", f"{parcel.first_scan_at:%Y-%m-%d %H:%M} hub" if parcel.first_scan_at else "none"),
            ("Picked up", f"{parcel.accepted_at:%Y-%m-%d %H:%M}" if parcel.accepted_at else "none"),
        ]
        return pictures.screenshot("Tracking", [("Number", parcel.tracking_number or ""), *scans], rng)
    if kind == "chat_with_buyer":
        said = [(parcel.buyer_username, "…"), (parcel.shop.name, "We are sorry. We look into it at once.")]
        return pictures.screenshot("Chat", [("Order", parcel.order_number), *said], rng)
    total = [("Total", f"{parcel.currency} {parcel.value}")]
    title = "Refund" if kind == "refund_proof" else "Order"
    return pictures.screenshot(title, [("Order", parcel.order_number), *goods, *total], rng)


def _invoice(rng: random.Random, parcel: Parcel, kind: str, at: datetime) -> bytes:
    facts = [
        ("Invoice", f"{at:%y}-{rng.randrange(10_000, 99_999)}"),
        ("Seller", parcel.shop.name),
        ("Order", parcel.order_number),
        ("Date", f"{parcel.ordered_at:%Y-%m-%d}"),
    ]
    rows = [["Article", "Quantity", "Price"]]
    rows += [[item.name, str(item.quantity), f"{parcel.currency} {item.price}"] for item in parcel.items]
    return pictures.paper(
        "Invoice", facts, rows, foot=f"Total {parcel.currency} {parcel.value}. Made for the demo.", at=at
    )


def _waybill(rng: random.Random, parcel: Parcel, kind: str, at: datetime) -> bytes:
    facts = [
        ("Waybill", parcel.tracking_number or ""),
        ("Service", parcel.channel.service),
        ("Sender", parcel.shop.name),
        ("Order", parcel.order_number),
        ("Weight", f"{parcel.weight_kg} kg"),
        ("Accepted", f"{parcel.accepted_at:%Y-%m-%d %H:%M} UTC" if parcel.accepted_at else ""),
    ]
    return pictures.paper("Waybill", facts, [], foot="Copy of the sender. Made for the demo.", at=at)


def _notice(rng: random.Random, parcel: Parcel, kind: str, at: datetime) -> bytes:
    facts = [
        ("Parcel", parcel.tracking_number or ""),
        ("Our reference", f"{parcel.market}-{rng.randrange(10**6, 10**7)}"),
        ("Date", f"{at:%Y-%m-%d}"),
    ]
    said = {
        "carrier_notice": "We searched our network for this parcel and could not find it. We consider it lost.",
        "inspection_report": "Opened in the presence of both parties. The carton is crushed on one side; the goods are damaged.",
        "claim_form": "We ask for compensation of the value stated in the enclosed invoice.",
        "receipt": "We received your claim. Please quote our reference.",
    }.get(kind, "Enclosed as asked.")
    return pictures.paper(kinds()[kind]["en"], facts, [], foot=f"{said} Made for the demo.", at=at)


_PAPERS: dict[str, Callable[[random.Random, Parcel, str, datetime], bytes]] = {
    "proof_of_value": _invoice,
    "waybill_copy": _waybill,
}
