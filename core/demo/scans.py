"""Scans of the parcels with open cases: 17TRACK's answer as somebody saved it this morning, brought in like any file.

They say what the parcels' own dates say: first and last scan stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import case, func, select

from core.demo import words
from core.demo.ground import Ground
from core.demo.scripts import HOURS
from core.models import Claim, Contact, Incident, Shipment, Shop
from core.models.incident import IncidentState
from core.recovery.bringing import bring_in

MOST = 150
"""Parcels in the file. The cases with the most going on come first: those are opened when somebody looks around."""

PLACES = {
    "BR": ("Cajamar, SP", "Curitiba, PR"),
    "ID": ("Jakarta Gateway", "Surabaya DC"),
    "MX": ("Tepotzotlán", "Guadalajara"),
    "MY": ("Shah Alam Hub", "Johor Bahru DC"),
    "PH": ("Cabuyao Sort Center", "Davao Hub"),
    "SG": ("Toh Guan Hub", "Tampines Station"),
    "TH": ("Bang Na Hub", "Chiang Mai DC"),
    "TW": ("桃園轉運中心", "高雄營業所"),
    "VN": ("Kho Củ Chi", "Bưu cục Cầu Giấy"),
}
WAY = (
    ("InTransit_Arrival", "Arrived at sorting facility"),
    ("InTransit_Departure", "Departed from sorting facility"),
    ("InTransit_Arrival", "Arrived at delivery station"),
)
COURIERS = ("Rider Juan Dela Cruz (0917 555 0100) is on the way to deliver", "Out for delivery, courier 0917-555-0199")


def come(base: Ground) -> int:
    """Bring the file in; how many scans it held."""
    found = base.session.execute(_cases()).all()
    if not found:
        return 0
    tracks = [_track(base, shipment, zone) for shipment, zone in found]
    result = bring_in(
        base.session,
        orjson.dumps({"code": 0, "data": {"accepted": tracks, "rejected": []}}),
        actor=base.desk.team.agents[0],
        file_name="17track_gettrackinfo.json",
        now=base.now - 2 * HOURS,
    )
    return result.more.get("events", 0)


def _cases() -> Any:
    """Parcels of open cases: those with a claim to prepare and the most talk first."""
    talk = select(func.count()).where(Contact.incident_id == Incident.id).correlate(Incident).scalar_subquery()
    ready = select(func.count()).where(Claim.incident_id == Incident.id).correlate(Incident).scalar_subquery()
    return (
        select(Shipment, Shop.zone)
        .join(Incident, Incident.shipment_id == Shipment.id)
        .join(Shop, Shop.id == Shipment.shop_id)
        .where(
            Incident.state != IncidentState.CLOSED,
            Shipment.tracking_number.is_not(None),
            Shipment.first_scan_at.is_not(None),
        )
        .order_by(case((ready > 0, 0), else_=1), talk.desc(), Incident.registered_at.desc(), Incident.id)
        .limit(MOST)
    )


def _track(base: Ground, shipment: Shipment, zone: str) -> dict[str, Any]:
    """One tracking as 17TRACK answers it, newest event first."""
    events = sorted(_events(base, shipment, ZoneInfo(zone)), key=lambda one: one["time_utc"], reverse=True)
    return {
        "number": shipment.tracking_number,
        "carrier": 100_000,
        "track_info": {
            "latest_status": {"status": events[0]["stage"] or "InTransit", "sub_status": events[0]["sub_status"]},
            "latest_event": events[0],
            "tracking": {"providers": [{"provider": {"key": 100_000, "name": "Demo"}, "events": events}]},
        },
    }


def _events(base: Ground, shipment: Shipment, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    rng = words.dice(base.seed, shipment.id)
    first, last = shipment.first_scan_at, shipment.last_scan_at or shipment.first_scan_at
    if first is None or last is None:
        return
    last = max(first, last)
    here, there = PLACES.get(shipment.market, ("Hub", "Station"))
    yield _event(first, zone, "InTransit_PickedUp", "Picked up by the carrier", here, "PickedUp")
    for n, (code, said) in enumerate(WAY, 1):
        at = first + (last - first) * (n / (len(WAY) + 1))
        if first < at < last:
            yield _event(at, zone, code, said, here if n < 3 else there)
    end = shipment.delivered_at
    if end is not None and end >= last:
        yield _event(end, zone, "Delivered_Other", "Delivered", there, "Delivered")
    elif last > first:
        tried = rng.random() < 0.5
        code, said = ("OutForDelivery_Other", COURIERS[shipment.id % 2]) if tried else WAY[0]
        yield _event(last, zone, code, said, there)


def _event(at: datetime, zone: ZoneInfo, code: str, said: str, place: str, stage: str | None = None) -> dict[str, Any]:
    exact = at.replace(microsecond=0)
    return {
        "time_iso": exact.astimezone(zone).isoformat(),
        "time_utc": exact.astimezone(UTC).isoformat(),
        "description": said,
        "location": place,
        "stage": stage,
        "sub_status": code,
    }
