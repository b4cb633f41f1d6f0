"""Which stored parcel a file speaks of, and whether it says anything new. No database here.

An order that is exported again may have got its package number meanwhile, or been split; a parcel entered by hand may have nothing but a
tracking number. So a parcel is met by its number first, then by its tracking number, then as the order's parcel without a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.models.shipment import ShipmentStatus
from core.parcels.importers.parcel import Knowledge, Parcel, knowledge
from core.parcels.shipments import folded


@dataclass(slots=True)
class Stored:
    """What the database holds of a parcel, as far as comparing needs it. `digest` is None where it was entered by hand."""

    id: int
    order_number: str
    parcel_number: str
    tracking_number: str | None
    status: ShipmentStatus
    return_status_text: str | None
    moments: tuple[datetime | None, ...]
    source_at: datetime | None
    digest: bytes | None

    def known(self) -> Knowledge | None:
        """How much was known when it was stored; None where no file has told of it yet, so that any file may."""
        if self.digest is None:
            return None
        return knowledge(self.status, self.return_status_text, self.moments, self.source_at)


@dataclass(slots=True)
class Decision:
    """What is to be done with a parcel of the file: `stored` None is new; otherwise it is written only where `changes`.

    `behind`: the file says something else of it, but knows less than is stored, so its word does not count.
    """

    parcel: Parcel
    stored: Stored | None
    changes: bool
    _digest: bytes | None = None

    @property
    def digest(self) -> bytes:
        """The parcel's. That of a new one is compared with nothing and worked out when it is written."""
        if self._digest is None:
            self._digest = self.parcel.digest()
        return self._digest

    @property
    def behind(self) -> bool:
        return self.stored is not None and not self.changes and self.stored.digest != self.digest


def decide(parcels: Iterable[Parcel], stored: Iterable[Stored], as_of: datetime | None) -> list[Decision]:
    """One decision per parcel, in order.

    A file that knows less of a parcel than is stored changes nothing of it; one that knows the same or more, and says something
    else, does. So files may come in any order, and the last word is the newest one's.
    """
    by_order: dict[str, list[Stored]] = {}
    for one in stored:
        by_order.setdefault(one.order_number, []).append(one)
    orphans = {
        order: group[0]
        for order, group in by_order.items()
        if group[0].digest is None and group[0].tracking_number == order
    }
    decisions = []
    for order, group in _by_order(parcels):
        known = by_order.get(order, [])
        for parcel, met in _meet(group, known, orphans) if known or orphans else ((one, None) for one in group):
            if met is None:
                decisions.append(Decision(parcel, None, True))
            else:
                digest = parcel.digest()
                decisions.append(Decision(parcel, met, _says_more(parcel, digest, met, as_of), digest))
    return decisions


def _by_order(parcels: Iterable[Parcel]) -> Iterable[tuple[str, list[Parcel]]]:
    groups: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        groups.setdefault(parcel.order_number, []).append(parcel)
    return groups.items()


def _meet(
    group: list[Parcel], known: list[Stored], orphans: dict[str, Stored]
) -> Iterable[tuple[Parcel, Stored | None]]:
    """Pair the parcels of one order with its stored ones, each stored one once."""
    left = {one.id: one for one in sorted(known, key=lambda one: one.id)}
    met: dict[int, Stored] = {}

    def pair(at: int, one: Stored | None) -> None:
        if one is not None:
            met[at] = one
            left.pop(one.id, None)

    for at, parcel in enumerate(group):
        pair(at, next((one for one in left.values() if one.parcel_number == parcel.parcel_number), None))
    for at, parcel in enumerate(group):
        if at not in met and parcel.tracking_number:
            pair(at, next((one for one in left.values() if one.tracking_number == parcel.tracking_number), None))
            if at not in met:
                pair(at, orphans.pop(folded(parcel.tracking_number), None) if orphans else None)
    for at, parcel in enumerate(group):
        if at not in met:
            pair(at, next((one for one in left.values() if _same_unnumbered(parcel, one)), None))
    return [(parcel, met.get(at)) for at, parcel in enumerate(group)]


def _same_unnumbered(parcel: Parcel, one: Stored) -> bool:
    """Whether one of the two is the order before it was packed: no number, and no other tracking number."""
    if parcel.parcel_number and one.parcel_number:
        return False
    return not (parcel.tracking_number and one.tracking_number)


def _says_more(parcel: Parcel, digest: bytes, stored: Stored, as_of: datetime | None) -> bool:
    if stored.digest == digest:
        return False
    before = stored.known()
    return before is None or knowledge(parcel.status, parcel.return_status_text, parcel.moments, as_of) >= before
