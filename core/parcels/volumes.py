"""Parcels shipped a month by channel, from files of teams that have no parcel data: reading them, and their import.

Every import's word is kept; of several the newest one's stands, so taking an import away leaves what stood before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.foundation.clock import local_day
from core.foundation.errors import Invalid
from core.foundation.formats import number
from core.foundation.language import N_, _
from core.foundation.permissions import Actor
from core.models import Carrier, ChannelVolume, ImportRun, Shop
from core.parcels.carrier_names import carrier_names
from core.parcels.importers.kinds import MOST_SHOWN, Cells, Into, Notice, Plan, Refused, Rows
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import Unreadable, text_of

FIELDS = ("month", "shop", "market", "carrier", "service", "parcels")
MOST_PARCELS = 100_000_000
MOST_NAMED = 10

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(20\d{2})\s*[-/.年]?\s*(\d{1,2})(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(20\d{2})$", re.ASCII)
_NAMED = re.compile(r"([a-z]{3})[a-z]*\.?[ ,-]*(20\d{2})", re.ASCII)
_COUNT = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+|\d+", re.ASCII)

Key = tuple[int, int, str, date]
"""Shop, carrier, service ("" for none), first day of the month."""


def standing() -> Select[*tuple[Any, ...]]:
    """The figures that stand, as a query: shop_id, carrier_id, service, month, parcels, import_id (inner)."""
    key = (ChannelVolume.shop_id, ChannelVolume.carrier_id, ChannelVolume.service, ChannelVolume.month)
    return (
        select(*key, ChannelVolume.parcels, ChannelVolume.import_id)
        .ext(distinct_on(*key))
        .order_by(*key, ChannelVolume.import_id.desc())
    )


def month_in(text: str) -> date:
    """The month a cell names: 2026-02, 02/2026, 202602, 2026年2月, Feb 2026, or any day of it. Raises `Unreadable`."""
    plain = text.removeprefix("\x1f").strip().lower()
    if found := _YEAR_FIRST.match(plain):
        year, month = int(found[1]), int(found[2])
    elif found := _YEAR_LAST.search(plain):
        year, month = int(found[2]), int(found[1])
    elif (found := _NAMED.match(plain)) and found[1] in _MONTHS:
        year, month = int(found[2]), _MONTHS.index(found[1]) + 1
    else:
        year, month = 0, 0
    if not 1 <= month <= 12:
        raise Unreadable(N_("“{text}” is not a month. Write it like 2026-02."), text=text.removeprefix("\x1f"))
    return date(year, month, 1)


def count_in(text: str) -> int:
    """A number of parcels, with or without separators of thousands. Raises `Unreadable`."""
    plain = text.removeprefix("\x1f").removesuffix(".0")
    digits = re.sub(r"\D", "", plain, flags=re.ASCII)
    if not _COUNT.fullmatch(plain) or int(digits) > MOST_PARCELS:
        raise Unreadable(N_("“{text}” is not a number of parcels."), text=plain)
    return int(digits)


@dataclass
class VolumePlan(Plan):
    """The figures of a file."""

    figures: dict[Key, int] = field(default_factory=dict)

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`. Unchanged figures are written too: they stand when the import before them is taken away."""
        if self.figures:
            session.execute(
                insert(ChannelVolume),
                [
                    {
                        "shop_id": shop, "carrier_id": carrier, "service": service, "month": month, "parcels": parcels,
                        "import_id": run.id,
                    }
                    for (shop, carrier, service, month), parcels in self.figures.items()
                ],
            )  # fmt: skip


class VolumeKind:
    """Rows → parcels by month and channel. The shop is the row's, else the one given."""

    table = "volumes"
    fields = FIELDS
    needs_shop = False

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> VolumePlan:
        """See `Kind.plan`. Raises `Invalid` where neither the file nor the person names a shop."""
        if "shop" not in found.columns and into.shop is None:
            raise Invalid(_("Choose the shop these parcels were of, or add a column “Shop” to the file."), "shop")
        reading = _Reading(session, into, now)
        for at, cells in zip(rows.numbers, rows.cells, strict=True):
            reading.take(at, cells)
        known = {
            (row.shop_id, row.carrier_id, row.service, row.month): row.parcels for row in session.execute(standing())
        }
        new = sum(1 for key in reading.figures if key not in known)
        moved = {key: known[key] for key, count in reading.figures.items() if key in known and known[key] != count}
        return VolumePlan(
            counts={
                "months": len({key[3] for key in reading.figures}),
                "new": new,
                "updated": len(moved),
                "unchanged": len(reading.figures) - new - len(moved),
            },
            refused=reading.refused,
            conflicts=reading.conflicts(moved),
            shown=reading.shown(),
            figures=reading.figures,
        )

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`. Nothing stands on a figure: the one said before it stands again."""
        session.execute(delete(ChannelVolume).where(ChannelVolume.import_id == run.id))
        return []


class _Reading:
    """The rows of a file as they are understood."""

    def __init__(self, session: Session, into: Into, now: datetime) -> None:
        self.figures: dict[Key, int] = {}
        self.refused: dict[int, Refused] = {}
        self._into, self._now = into, now
        self._rows: dict[Key, int] = {}
        self._shops = {name.lower(): (shop_id, name) for shop_id, name in session.execute(select(Shop.id, Shop.name))}
        self._names = carrier_names(session)
        self._carriers = dict(session.execute(select(Carrier.id, Carrier.name)).all())
        self._shop_names = dict(self._shops.values())

    def take(self, at: int, cells: Cells) -> None:
        try:
            key, parcels = self._row(cells)
        except Unreadable as why:
            self.refused[at] = Refused(why.sentence, why.values)
            return
        if key in self.figures:
            self.refused[at] = Refused(
                N_("Row {row} has the same month, shop, carrier and service."), {"row": str(self._rows[key])}
            )
            return
        self.figures[key] = parcels
        self._rows[key] = at

    def _row(self, cells: Cells) -> tuple[Key, int]:
        month_text, shop_text, _market, carrier_text, service_text, count = map(text_of, cells)
        month = month_in(month_text)
        if month > local_day(self._now, self._into.zone):
            raise Unreadable(N_("“{text}” lies in the future."), text=month_text.removeprefix("\x1f"))
        carrier, service = self._names.resolve(carrier_text)
        if carrier is None:
            raise Unreadable(
                N_("Recoup does not know the carrier “{text}”. Add the spelling to a carrier in Settings."),
                text=carrier_text.removeprefix("\x1f"),
            )
        return (self._shop(shop_text), carrier, service_text or service or "", month), count_in(count)

    def _shop(self, text: str) -> int:
        if not text and self._into.shop is not None:
            return self._into.shop.id
        if (known := self._shops.get(text.lower())) is None:
            raise Unreadable(N_("There is no shop called “{text}”."), text=text)
        return known[0]

    def _said(self, key: Key) -> str:
        shop, carrier, service, month = key
        return ", ".join(
            part for part in (self._shop_names[shop], self._carriers[carrier], service, f"{month:%Y-%m}") if part
        )

    def conflicts(self, moved: Mapping[Key, int]) -> list[Notice]:
        """Figures that differ from those that stand; the file's will."""
        said: list[Notice] = [
            (
                N_("{what}: {old} parcels are known, the file says {new}. The file's figure will stand."),
                {"what": self._said(key), "old": old, "new": self.figures[key]},
            )
            for key, old in list(moved.items())[:MOST_NAMED]
        ]
        if len(moved) > MOST_NAMED:
            said.append((N_("And {n} more figures differ from those known."), {"n": len(moved) - MOST_NAMED}))
        return said

    def shown(self) -> list[dict[str, str]]:
        """The first rows as they are understood."""
        return [
            {
                _("Month"): f"{month:%Y-%m}",
                _("Shop"): self._shop_names[shop],
                _("Carrier"): self._carriers[carrier],
                _("Service"): service,
                _("Parcels"): number(count),
            }
            for (shop, carrier, service, month), count in list(self.figures.items())[:MOST_SHOWN]
        ]


__all__ = ["VolumeKind", "month_in", "standing"]
