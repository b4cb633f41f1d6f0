"""A list of tracking numbers as a kind of file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.foundation.permissions import Actor
from core.models import ImportRun
from core.parcels.importers import undoing
from core.parcels.importers.kinds import MOST_SHOWN, Into, Notice, Refused, Rows
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import Unreadable
from core.parcels.tracking_lists.facts import FIELDS, Listed
from core.parcels.tracking_lists.meeting import Stored, added, differing
from core.parcels.tracking_lists.plan import ListPlan
from core.parcels.tracking_lists.rows import RowReader
from core.parcels.tracking_lists.words import difference, more_differences, notices, shown

MOST_NAMED = 5


class ListKind:
    """Rows → parcels that are known, by their order and tracking numbers, and those that are not."""

    table = "tracking"
    fields = FIELDS
    needs_shop = False

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> ListPlan:
        """See `Kind.plan`."""
        return _Reading(session, rows, into, now).plan()

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`."""
        undoing.refuse_where_stood_on(session, run)
        return undoing.undo(session, run, now=now)


class _Reading:
    """One list against what is stored."""

    def __init__(self, session: Session, rows: Rows, into: Into, now: datetime) -> None:
        self._reader = RowReader(session, rows, into, now)
        self._zone = into.zone
        self._refused: dict[int, Refused] = {}
        self._told = self._readable(rows)
        self._stored = Stored(session, self._told, into.shop.id if into.shop else None)
        self._known: dict[int, None] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._fresh: dict[tuple[int, str, str], Listed] = {}
        self._unknown = 0
        self._differ: list[Notice] = []
        self._differing = 0

    def plan(self) -> ListPlan:
        """Each row with the parcel it means, is entered as, or is refused for."""
        for one in self._told:
            try:
                met = self._stored.meet(one)
            except Unreadable as why:
                self._refused[one.at] = Refused(why.sentence, why.values)
                continue
            if met is not None:
                self._meets(one, met)
            elif one.order and one.shop_id is not None:
                self._fresh.setdefault((one.shop_id, one.order, one.parcel), one)
            else:
                self._unknown += 1
        return ListPlan(
            counts={
                "shipments": len(self._known) + len(self._fresh),
                "new": len(self._fresh),
                "updated": len(self._changed),
                "unchanged": len(self._known) - len(self._changed),
                "unknown": self._unknown,
            },
            refused=self._refused,
            notices=notices(self._unknown, self._reader.strange),
            conflicts=self._conflicts(),
            shown=[shown(one, self._zone) for one in self._told[:MOST_SHOWN]],
            changed=self._changed,
            known=tuple(self._known),
            fresh=tuple(self._fresh.values()),
            shops=self._reader.shops,
        )

    def _readable(self, rows: Rows) -> list[Listed]:
        told = []
        for at, cells in zip(rows.numbers, rows.cells, strict=True):
            try:
                told.append(self._reader.read(at, cells))
            except Unreadable as why:
                self._refused[at] = Refused(why.sentence, why.values)
        return told

    def _meets(self, one: Listed, met: Any) -> None:
        self._known[met.id] = None
        if more := added(one, met):
            self._changed[met.id] = {**self._changed.get(met.id, {}), **more}
        for name in differing(one, met):
            self._differing += 1
            if len(self._differ) < MOST_NAMED:
                self._differ.append(difference(one, met, name, self._zone))

    def _conflicts(self) -> list[Notice]:
        rest = self._differing - len(self._differ)
        return [*self._differ, more_differences(rest)] if rest else self._differ
