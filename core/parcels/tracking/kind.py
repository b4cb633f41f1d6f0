"""Scans as a kind of file: CSV and workbooks with one scan a row, and the JSON of trackers made a table at the door."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.foundation.errors import WrongState
from core.foundation.formats import moment
from core.foundation.language import N_, _
from core.foundation.masking import mask
from core.foundation.permissions import Actor
from core.models import ImportRun, Incident, IncidentOffer, TrackingAgain, TrackingEvent
from core.models.imports import OfferState
from core.models.tracking import ScanSource, ScanState
from core.parcels.importers.kinds import MOST_SHOWN, Into, Kept, Plan, Refused, Rows, unpack
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import text_of
from core.parcels.tracking import moments
from core.parcels.tracking.known import Known, known_parcels, meant
from core.parcels.tracking.scan import Scan, Told, understand
from core.parcels.tracking.store import OFFERS, add, stored_keys
from core.parcels.tracking.told import retell
from core.parcels.tracking.vocabulary import LABELS, state_of

FIELDS = (
    "tracking_number", "order_number", "event_at", "zone", "event_text", "status_code", "sub_status_code", "place", "source",
)  # fmt: skip
_PEOPLE = ("event_at", "event_text", "place", "status_code", "sub_status_code", "carrier")
_WHOLE = ("tracking_number", "order_number", "zone", "source")
MOST_NAMED = 5


@dataclass
class TrackingPlan(Plan):
    """The scans of a file by parcel."""

    scans: list[tuple[int, Scan]] = field(default_factory=list)

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`."""
        added = add(session, self.scans, actor=actor, import_id=run.id, now=now)
        self.touched = [one.shipment_id for one in added.changes]
        self.counts["offers"] = added.offers
        if added.withdrawn:
            run.undo = {**run.undo, "withdrawn": added.withdrawn}


class TrackingKind:
    """Rows → scans of the parcels that carry their numbers, whatever shop they are of."""

    table = "events"
    fields = FIELDS
    needs_shop = False

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> TrackingPlan:
        """See `Kind.plan`. What is kept of the rows has nobody's name or phone in it."""
        rows.kept = [_without_people(kept, found) for kept in rows.kept]
        told = [_told(number, cells) for number, cells in zip(rows.numbers, rows.cells, strict=True)]
        reading = _Reading(session, told, into, now)
        known = stored_keys(session, {(parcel, scan.key) for parcel, scan in reading.scans})
        every = {(parcel, scan.key): scan for parcel, scan in reading.scans}
        new = {pair: scan for pair, scan in every.items() if pair not in known}
        return TrackingPlan(
            counts={
                "events": len(every),
                "shipments": len({parcel for parcel, _key in every}),
                "new": len(new),
                "unchanged": len(every) - len(new),
                "unknown": len(reading.unknown),
                "offers": len(
                    {(parcel, OFFERS[scan.state]) for (parcel, _k), scan in new.items() if scan.state in OFFERS}
                ),
            },
            refused=reading.refused,
            notices=reading.notices(),
            shown=reading.shown,
            scans=reading.scans,
        )

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`. The parcels' own dates become what the scans that are left make of them."""
        _refuse_deletion(session, run)
        gone = session.execute(
            delete(TrackingEvent).where(TrackingEvent.import_id == run.id).returning(TrackingEvent.shipment_id)
        )
        shipments = set(gone.scalars())
        session.execute(delete(TrackingAgain).where(TrackingAgain.later_id == run.id))
        session.execute(delete(IncidentOffer).where(IncidentOffer.import_id == run.id))
        if withdrawn := run.undo.get("withdrawn"):
            reopen = IncidentOffer.id.in_(withdrawn), IncidentOffer.state == OfferState.DISMISSED
            session.execute(update(IncidentOffer).where(*reopen).values(state=OfferState.OPEN))
        return [one.shipment_id for one in retell(session, shipments, now=now)]


def _refuse_deletion(session: Session, run: ImportRun) -> None:
    later = (
        select(ImportRun.file_name)
        .join(TrackingAgain, TrackingAgain.later_id == ImportRun.id)
        .where(TrackingAgain.import_id == run.id, ImportRun.deleted_at.is_(None))
        .order_by(ImportRun.id)
    )
    if names := session.scalars(later.limit(MOST_NAMED)).all():
        raise WrongState(
            _("Later files told scans of this one again. Delete those first: {files}.", files=", ".join(names))
        )
    taken = (
        select(Incident.reference)
        .join(IncidentOffer, IncidentOffer.incident_id == Incident.id)
        .where(IncidentOffer.import_id == run.id)
        .order_by(Incident.id)
    )
    if cases := session.scalars(taken.limit(MOST_NAMED)).all():
        raise WrongState(
            _("Cases were made of what this file told: {cases}. It stays as long as they do.", cases=", ".join(cases))
        )


def _told(number: int, cells: Iterable[object]) -> Told:
    """A row as it tells its scan. A number that the workbook held as one is written out."""
    tracking, order, when, zone, said, status, sub, place, source = [text_of(cell).lstrip("\x1f") for cell in cells]
    origin = _SOURCES.get(re.sub(r"[\W_]", "", source.casefold()), ScanSource.FILE)
    # The kind of a status says more, where Recoup knows it.
    code = sub if sub and (not status or state_of(origin, sub, "") is not ScanState.UNKNOWN) else status
    return Told(tracking, when, said, place, code, origin, order, zone, number)


_SOURCES = {"17track": ScanSource.SEVENTEEN_TRACK, "aftership": ScanSource.AFTERSHIP}


def _without_people(kept: Kept, found: Recognised) -> Kept:
    """Raw rows with people taken out of their words; cells under headings nobody knows are not kept at all."""
    whole = {found.columns[name] for name in _WHOLE if name in found.columns}
    words = {found.columns[name] for name in _PEOPLE if name in found.columns}
    numbers = [found.columns[name] for name in ("tracking_number", "order_number") if name in found.columns]
    lines = []
    for raw in unpack(kept.body).values():
        cells = orjson.loads(raw)
        keep = [str(cells[place]) for place in numbers]
        lines.append(
            orjson.dumps(
                [
                    cell if place in whole else mask(str(cell), keep) if place in words and cell is not None else ""
                    for place, cell in enumerate(cells)
                ]
            )
        )
    return Kept.of(kept.numbers, b"\n".join(lines))


class _Reading:
    """The rows of a file, each understood as scans of the parcels it means."""

    def __init__(self, session: Session, told: list[Told], into: Into, now: datetime) -> None:
        self.scans: list[tuple[int, Scan]] = []
        self.refused: dict[int, Refused] = {}
        self.unknown: set[str] = set()
        self.shown: list[dict[str, str]] = []
        self._now = now
        self._zones: dict[str, ZoneInfo] = {}
        shop = into.shop.id if into.shop is not None and not into.is_new else None
        self._by_tracking = known_parcels(session, {one.number for one in told if one.number}, shop_id=shop)
        rest = {one.order for one in told if one.order and one.number not in self._by_tracking}
        self._by_order = known_parcels(session, rest, orders=True, shop_id=shop)
        self._days_first = not any(moments.month_first(one.when) for one in told)
        self._guessed = self._days_first and moments.either_way(one.when for one in told)
        for one in told:
            self._read(one)

    def _read(self, told: Told) -> None:
        name = told.number or told.order
        if not name:
            self._refuse(told, N_("This row names no parcel."))
            return
        parcels = self._by_tracking.get(told.number) or self._by_order.get(told.order) or []
        if not parcels:
            self.unknown.add(name)
            self._refuse(
                told,
                N_("No parcel with the number {number} is known. Import its order first, then this file again."),
                name,
            )
            return
        try:
            self._take(told, parcels)
        except moments.NoMoment:
            self._refuse(told, N_("“{when}” is not a date and hour of any scan."), when=mask(told.when)[:40])

    def _take(self, told: Told, parcels: list[Known]) -> None:
        """Each parcel reads a local time in its own shop's zone. Raises `NoMoment`."""
        by_zone: dict[str, Scan] = {}
        taken = False
        for zone in {one.zone for one in parcels}:
            by_zone[zone] = understand(told, self._zone(zone), self._now, days_first=self._days_first)
        for zone, scan in by_zone.items():
            for parcel in meant([one for one in parcels if one.zone == zone], scan.at):
                self.scans.append((parcel.id, scan))
                taken = True
            if taken and len(self.shown) < MOST_SHOWN:
                self.shown.append(_shown(told, scan, zone))
        if not taken:
            self._refuse(
                told,
                N_("The parcel {number} was ordered after this scan: an older parcel had the number."),
                told.number,
            )

    def _zone(self, name: str) -> ZoneInfo:
        if name not in self._zones:
            self._zones[name] = ZoneInfo(name)
        return self._zones[name]

    def _refuse(self, told: Told, sentence: str, number: str = "", **values: str) -> None:
        self.refused[told.row] = Refused(sentence, {**({"number": number[:60]} if number else {}), **values})

    def notices(self) -> list[tuple[str, dict[str, object]]]:
        """What is worth knowing beside the refused rows."""
        found: list[tuple[str, dict[str, object]]] = []
        unknown = {scan.text or scan.code or "" for _parcel, scan in self.scans if scan.state is ScanState.UNKNOWN}
        if unknown:
            named = " · ".join(sorted(one[:60] for one in unknown if one)[:MOST_NAMED])
            found.append(
                (
                    N_("{n} different wordings are not known; they count as a sign of life and nothing more: {list}"),
                    {"n": len(unknown), "list": named},
                )
            )
        if not self._days_first:
            found.append((N_("Dates are read as month, then day: one of them cannot be read otherwise."), {}))
        if self._guessed:
            found.append((N_("Dates could stand either way; they are read as day, then month."), {}))
        return found


def _shown(told: Told, scan: Scan, zone: str) -> dict[str, str]:
    return {
        _("Parcel"): told.number or told.order,
        _("When"): moment(scan.at, zone, year=True),
        _("State"): _(LABELS[scan.state]),
        _("Code"): scan.code or "",
        _("Place"): scan.place,
        _("Words"): scan.text,
    }


__all__ = ["TrackingKind"]
