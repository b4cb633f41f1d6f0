"""The tracking state, frozen into evidence by itself when a case opens: what Recoup knew of the parcel at that moment, as
a text and as a picture of it, in English and Chinese side by side.

Carriers take tracking pages away; what an import had brought is kept here, with the file and row it came from. It says
nothing about the buyer. Where nothing is known it says so, and does not count as proof.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases.proof.faults import NOTHING_KNOWN
from core.cases.words import NOTICED_LABELS
from core.foundation import audit, documents, files
from core.foundation.audit import AuditEvent
from core.foundation.clock import local
from core.foundation.language import LANGUAGES, N_, _, using
from core.foundation.permissions import SYSTEM
from core.models import Carrier, Evidence, ImportRun, Incident, Shipment, ShipmentLine, Shop, StoredFile, Tag
from core.models.shipment import ShipmentStatus
from core.parcels.tracking.reads import ScanRow, newest
from core.parcels.tracking.vocabulary import LABELS, SOURCE_LABELS

KIND = "tracking_snapshot"
AT_ONCE = 25
"""Pictures set in one go: starting for each takes as long again, and all at once would take one processor only."""
MOST_SCANS = 40
"""The newest scans a state shows: more than a parcel that arrives ever has."""
DOTS = 96.0
"""Dots to the inch of the picture: every letter can be read, and setting it costs 8 ms instead of 13."""

STATUS_LABELS: dict[ShipmentStatus, str] = {
    ShipmentStatus.ORDERED: N_("Ordered"),
    ShipmentStatus.SHIPPED: N_("Shipped"),
    ShipmentStatus.DELIVERED: N_("Delivered"),
    ShipmentStatus.COMPLETED: N_("Completed"),
    ShipmentStatus.CANCELLED: N_("Cancelled"),
    ShipmentStatus.FAILED: N_("Delivery failed"),
    ShipmentStatus.LOST: N_("Lost"),
    ShipmentStatus.RETURNING: N_("On its way back"),
    ShipmentStatus.RETURNED: N_("Returned"),
    ShipmentStatus.UNKNOWN: N_("Not known"),
}
_MOMENTS: tuple[tuple[str, str], ...] = (
    ("ordered_at", N_("Ordered")),
    ("paid_at", N_("Paid")),
    ("accepted_at", N_("Accepted by the carrier")),
    ("shipped_at", N_("Shipped")),
    ("first_scan_at", N_("First scan")),
    ("last_scan_at", N_("Last scan")),
    ("expected_at", N_("Expected delivery")),
    ("delivered_at", N_("Delivered")),
    ("completed_at", N_("Completed")),
    ("status_changed_at", N_("Status changed")),
    ("return_due_at", N_("Return due")),
)
_MOVED = ("accepted_at", "shipped_at", "first_scan_at", "last_scan_at", "delivered_at", "status_changed_at")


@dataclass(frozen=True)
class _Known:
    """Everything a state is made of, in one row."""

    incident: Incident
    shipment: Shipment
    zone: str
    carrier: str | None
    run: ImportRun | None
    row: int | None
    scans: tuple[ScanRow, ...] = ()

    @property
    def tracked(self) -> bool:
        """Whether anything is known of the parcel's way."""
        of = self.shipment
        number = of.tracking_number or of.last_mile_number or of.first_mile_number
        moved = any(getattr(of, name) is not None for name in _MOVED)
        return bool(number) and (moved or of.status_text is not None or of.status is not ShipmentStatus.UNKNOWN)


@dataclass(frozen=True)
class _State:
    """A state in words. `digest` is that of what was known, without the moment it was written down."""

    known: _Known
    title: str
    about: str
    state: str
    number: str
    rows: tuple[tuple[str, str], ...]
    note: str
    digest: str

    @property
    def text(self) -> bytes:
        """As a text file."""
        wide = [f"{label}: {value}" for label, value in self.rows]
        return "\n".join([self.title, self.about, "", self.state, self.number, "", *wide, "", self.note, ""]).encode()

    @property
    def page(self) -> dict[str, Any]:
        """As the template reads it."""
        return {
            "known": self.known.tracked,
            "title": self.title,
            "about": self.about,
            "state": self.state,
            "number": self.number,
            "rows": [{"label": label, "value": value} for label, value in self.rows],
            "note": self.note,
        }


def freeze(session: Session, incidents: Sequence[Incident], *, now: datetime) -> list[Evidence]:
    """Keep the tracking state of these cases as it is known now, text and picture, by Recoup itself (inner).

    The cases are new or locked by the caller. A case that holds the same state already gets nothing more.
    """
    session.flush()
    found = _known(session, [incident.id for incident in incidents])
    held = _held(session, [incident.id for incident in incidents])
    states = [state for one in found if (state := _state(one, now)).digest not in held.get(one.incident.id, ())]
    parts = [states[start : start + AT_ONCE] for start in range(0, len(states), AT_ONCE)]
    with ThreadPoolExecutor(max_workers=max(1, min(4, os.cpu_count() or 1, len(parts)))) as pool:
        stored = [one for part in pool.map(_store, parts) for one in part]
    return _keep(session, stored, now) if stored else []


def _known(session: Session, ids: Sequence[int]) -> list[_Known]:
    row = (
        select(func.min(ShipmentLine.source_row))
        .where(ShipmentLine.shipment_id == Shipment.id)
        .correlate(Shipment)
        .scalar_subquery()
    )
    query = (
        select(Incident, Shipment, Shop.zone, Carrier.name, ImportRun, row)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Shipment.carrier_id)
        .outerjoin(ImportRun, ImportRun.id == Shipment.import_id)
        .where(Incident.id.in_(ids))
        .order_by(Incident.id)
    )
    rows = [_Known(*one) for one in session.execute(query)]
    scans = newest(session, {one.shipment.id for one in rows}, MOST_SCANS) if rows else {}
    return [replace(one, scans=tuple(scans.get(one.shipment.id, ()))) for one in rows]


def _held(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    """Which states each case holds already, by their digest; what was withdrawn is not held."""
    query = (
        select(AuditEvent.chain, AuditEvent.after["digest"].astext)
        .join(Evidence, Evidence.id == AuditEvent.subject_id)
        .where(
            AuditEvent.chain.in_(ids),
            AuditEvent.tag == Tag.EVIDENCE_FROZEN.value,
            Evidence.withdrawn_at.is_(None),
        )
    )
    found: dict[int, set[str]] = {}
    for chain, digest in session.execute(query):
        found.setdefault(chain, set()).add(digest)
    return found


@dataclass(frozen=True)
class _File:
    """A file of a state that lies in the store."""

    state: _State
    name: str
    media_type: str
    stored: files.Stored
    width: int | None = None
    height: int | None = None


def _store(states: Sequence[_State]) -> list[_File]:
    """Set the pictures of some states and put them into the store with their texts. Knows no database: runs beside it."""
    found: list[_File] = []
    store = files.store()
    pictures = documents.images("tracking", {"pages": [state.page for state in states]}, {}, dots=DOTS)
    for state, picture in zip(states, pictures, strict=True):
        stem = _stem(state.known)
        width, height = _size(picture)
        found.append(_File(state, f"{stem}.png", "image/png", store.put(picture), width, height))
        found.append(_File(state, f"{stem}.txt", "text/plain", store.put(state.text)))
    return found


def _keep(session: Session, found: Sequence[_File], now: datetime) -> list[Evidence]:
    """The rows of files that lie in the store already: a row never names a file that is not there."""
    values = {
        one.stored.sha256: {
            "sha256": one.stored.sha256,
            "size": one.stored.size,
            "media_type": one.media_type,
            "stored_at": now,
        }
        for one in found
    }
    session.execute(insert(StoredFile).on_conflict_do_nothing(), list(values.values()))
    rows = [
        Evidence(
            incident_id=one.state.known.incident.id,
            sha256=one.stored.sha256,
            name=one.name,
            kind=KIND,
            note="",
            width=one.width,
            height=one.height,
            unreadable=None if one.state.known.tracked else NOTHING_KNOWN,
            added_at=now,
            added_by=None,
        )
        for one in found
    ]
    session.add_all(rows)
    session.flush()
    audit.record_many(session, [_entry(row, one, now) for row, one in zip(rows, found, strict=True)])
    return rows


def _entry(row: Evidence, of: _File, now: datetime) -> audit.Entry:
    after = {
        "name": row.name,
        "kind": KIND,
        "sha256": row.sha256,
        "size": of.stored.size,
        "media_type": of.media_type,
        "tracked": of.state.known.tracked,
        "digest": of.state.digest,
    }
    return audit.Entry(Tag.EVIDENCE_FROZEN, SYSTEM, now, ("evidence", row.id), row.incident_id, None, after)


def _stem(known: _Known) -> str:
    number = known.shipment.tracking_number or known.shipment.order_number
    return "tracking-state-" + re.sub(r"[^0-9A-Za-z]+", "-", number)[:60].strip("-")


def _size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, as its header says."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


# --- words ----------------------------------------------------------------------------------------------------------------


def _both(message: str, **values: Any) -> str:
    """The sentence in every language, side by side; once where they are the same."""
    said = []
    for language in LANGUAGES:
        with using(language):
            said.append(_(message, **values))
    return " / ".join(dict.fromkeys(said))


def _moment(moment: datetime, zone: str) -> str:
    """A moment nobody can misread: in the zone, with its offset, and in UTC."""
    there = local(moment, zone)
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} {zone} (UTC{offset[:3]}:{offset[3:]}) = {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _state(known: _Known, now: datetime) -> _State:
    of, zone = known.shipment, known.zone
    rows = [*_parcel(known), *_moments(known), *_scans(known), *_source(known)]
    digest = hashlib.sha256(orjson.dumps([known.tracked, of.status, rows])).hexdigest()
    noticed = _moment(known.incident.noticed_at, zone)
    rows += [
        (_both(N_("Noticed")), noticed),
        (_both(N_("Noticed by")), _both(NOTICED_LABELS[known.incident.noticed_by])),
        (_both(N_("Frozen at")), _moment(now, zone)),
    ]
    number = of.tracking_number or of.last_mile_number or of.first_mile_number
    return _State(
        known=known,
        title=_both(N_("Tracking state")),
        about=f"{known.incident.reference} · {_carrier(known)}",
        state=_both(STATUS_LABELS[of.status]) if known.tracked else _both(N_("No tracking is known.")),
        number=number or _both(N_("no tracking number")),
        rows=tuple(rows),
        note=_both(
            N_(
                "Written by Recoup by itself from what it knew when the case was opened. What a source said stands as it came."
            )
        ),
        digest=digest,
    )


def _carrier(known: _Known) -> str:
    named = known.carrier or known.shipment.carrier_text or _both(N_("carrier not known"))
    return " · ".join(filter(None, (named, known.shipment.service, known.shipment.market)))


def _parcel(known: _Known) -> list[tuple[str, str]]:
    of = known.shipment
    told = (
        (N_("Order number"), of.order_number),
        (N_("Package"), of.parcel_number),
        (N_("Tracking number"), of.tracking_number),
        (N_("First-mile number"), of.first_mile_number),
        (N_("Last-mile number"), of.last_mile_number),
        (N_("Carrier"), known.carrier),
        (N_("Carrier, as the source writes it"), of.carrier_text),
        (N_("Service"), of.service),
        (N_("Status, as the source writes it"), of.status_text),
        (N_("Return status, as the source writes it"), of.return_status_text),
        (N_("Reason, as the source writes it"), of.cancel_reason),
    )
    return [(_both(label), str(value)) for label, value in told if value]


def _moments(known: _Known) -> list[tuple[str, str]]:
    found = [(label, getattr(known.shipment, name)) for name, label in _MOMENTS]
    return [(_both(label), _moment(at, known.zone)) for label, at in found if at is not None]


def _scans(known: _Known) -> list[tuple[str, str]]:
    """The newest scans, each with the moment as its source told it, its state, the source's own code, place and words."""
    label = _both(N_("Scan"))
    rows = []
    for scan in known.scans:
        told = dict.fromkeys(
            (_both(LABELS[scan.state]), scan.code, scan.place, scan.text, _both(SOURCE_LABELS[scan.source]))
        )
        rows.append((label, " · ".join([_scanned(scan, known.zone), *filter(None, told)])))
    return rows


def _scanned(scan: ScanRow, zone: str) -> str:
    """A scan's moment at its own distance to UTC; where its source told none, in the shop's zone."""
    if scan.offset is None:
        return _moment(scan.at, zone)
    there = scan.at.astimezone(timezone(timedelta(minutes=scan.offset)))
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:]}) = {scan.at:%Y-%m-%d %H:%M} UTC"


def _source(known: _Known) -> list[tuple[str, str]]:
    """Where it comes from, and as of when."""
    of, run = known.shipment, known.run
    if run is None:
        return [
            (_both(N_("Source")), _both(N_("entered by hand"))),
            (_both(N_("Entered")), _moment(of.created_at, known.zone)),
        ]
    row = "" if known.row is None else " · " + _both(N_("row {n}"), n=known.row)
    as_of = of.source_at or run.at
    return [
        (_both(N_("Source")), f"{run.file_name}{row}"),
        (_both(N_("SHA-256 of the file")), run.sha256.hex()),
        (_both(N_("Imported")), _moment(run.at, known.zone)),
        (_both(N_("Known as of")), _moment(as_of, known.zone)),
    ]
