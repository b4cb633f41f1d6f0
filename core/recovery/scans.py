"""Scans that a person brings to a case: copied from a tracking page, or a tracker's answer pasted as it is.

What they say of the parcel goes on as with every file: windows follow the dates, a delivery after all becomes a task for every payer
that was asked, and the tracking state of an open case is frozen anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import proof
from core.cases.incidents import touch
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Incident, Shipment, Shop
from core.models.incident import IncidentState
from core.money import ledger
from core.parcels.tracking.pasted import Pasted, read_paste
from core.parcels.tracking.scan import Scan
from core.parcels.tracking.store import add, stored_keys
from core.recovery.money_tasks import follow_arrivals
from core.recovery.silent import withdrawn
from core.recovery.watching import follow_shipments


@dataclass(frozen=True)
class ScansRead:
    """A paste as it is understood for one case. `new` are the scans not known yet, newest first, `known` how many are.

    `zone` is the one in which times without a zone were read. `skipped` are lines that belong to no scan, `refused` moments that cannot
    be; `guessed`: dates that could stand either way were read as day, then month; `others` are numbers of other parcels, left out.
    """

    new: tuple[Scan, ...]
    known: int
    zone: str
    skipped: tuple[str, ...]
    refused: tuple[str, ...]
    guessed: bool
    others: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class ScansAdded:
    """What came of a paste: new scans and known ones, the parcel's facts that changed by them, and the tasks an arrival started."""

    new: int
    known: int
    changed: tuple[str, ...]
    tasks: int


@read(Permission.TRACKING_READ)
def read_scans(
    session: Session, incident_id: int, *, actor: Actor, text: str, zone: str = "", now: datetime
) -> ScansRead:
    """What a paste would add to the case; writes nothing. `zone` (IANA name) is the shop's where it is "".

    Raises `NotFound`, and `Invalid` naming the field where nothing can be read or all of it is of other parcels.
    """
    _incident, shipment, place = _case(session, incident_id, zone)
    pasted = _read(text, shipment, place, now)
    pairs = {(shipment.id, scan.key) for scan in pasted.scans}
    known = {key for _id, key in stored_keys(session, pairs)}
    return ScansRead(
        new=tuple(scan for scan in pasted.scans if scan.key not in known),
        known=len(known),
        zone=place,
        skipped=pasted.skipped,
        refused=pasted.refused,
        guessed=pasted.guessed,
        others=tuple(sorted(pasted.others)),
        notices=pasted.notices,
    )


@verb(Permission.TRACKING_ADD)
def paste_scans(
    session: Session, incident_id: int, *, actor: Actor, text: str, zone: str = "", now: datetime
) -> ScansAdded:
    """Add what a paste tells to the case's parcel. The same again changes nothing. Raises as `read_scans`."""
    incident, shipment, place = _case(session, incident_id, zone)
    pasted = _read(text, shipment, place, now)
    return add_scans(session, incident.id, pasted.scans, actor=actor, now=now)


def add_scans(session: Session, incident_id: int, scans: Sequence[Scan], *, actor: Actor, now: datetime) -> ScansAdded:
    """Add understood scans to the case's parcel, with all that follows (inner, for every door that knows the case)."""
    incident = session.get_one(Incident, incident_id)
    shipment_id = incident.shipment_id
    added = add(session, [(shipment_id, scan) for scan in scans], actor=actor, now=now)
    tasks = 0
    if added.changes:
        follow_shipments(session, [shipment_id], actor=actor, now=now)
        tasks = follow_arrivals(session, [shipment_id], actor=actor, now=now)
        withdrawn(session, [shipment_id], actor=actor, now=now)
    if added.count:
        incident = ledger.lock_incident(session, incident_id)
        if incident.state is not IncidentState.CLOSED:
            proof.freeze(session, [incident], now=now)
        touch(session, incident, now)
    changed = tuple(name for change in added.changes for name in change.after)
    return ScansAdded(added.count, added.known, changed, tasks)


def _case(session: Session, incident_id: int, zone: str) -> tuple[Incident, Shipment, str]:
    query = (
        select(Incident, Shipment, Shop.zone)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Shipment.shop_id)
        .where(Incident.id == incident_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("There is no such incident."))
    incident, shipment, of_shop = found
    return incident, shipment, zone or of_shop


def _read(text: str, shipment: Shipment, zone: str, now: datetime) -> Pasted:
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(_("There is no time zone {zone}.", zone=zone[:60]), "zone") from None
    named = (
        shipment.tracking_number,
        shipment.last_mile_number,
        shipment.first_mile_number,
        shipment.order_number,
        shipment.parcel_number,
    )
    own = tuple(number for number in named if number)
    pasted = read_paste(text, place, now, keep=own)
    if not pasted.scans and pasted.others:
        raise Invalid(
            _(
                "These scans are of {others}, and this parcel is {own}. If it travels under that number too, paste the lines without it.",
                others=", ".join(sorted(pasted.others)[:3]),
                own=own[0],
            ),
            "text",
        )
    if not pasted.scans:
        raise Invalid(_("None of these dates can be a scan's. Check the years and the time zone."), "text")
    return pasted


__all__ = ["ScansAdded", "ScansRead", "add_scans", "paste_scans", "read_scans"]
