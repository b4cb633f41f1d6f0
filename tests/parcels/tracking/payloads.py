"""Payloads in the shapes trackers send them, made by us: nobody's parcel."""

from __future__ import annotations

import json
from typing import Any

NUMBER = "SPXTW00000001A"


def seventeen_event(when: str, description: str, location: str = "", **more: Any) -> dict[str, Any]:
    """One event; `when` with its offset."""
    return {"time_iso": when, "time_utc": None, "description": description, "location": location, "stage": None, **more}


def seventeen_track(
    *events: dict[str, Any], number: str = NUMBER, status: str = "InTransit", **more: Any
) -> dict[str, Any]:
    """One tracking with its events, newest first."""
    sub = more.pop("sub_status", None)
    return {
        "number": number,
        "carrier": 100_000,
        "param": None,
        "tag": None,
        "track_info": {
            "shipping_info": {"recipient_address": {"city": "Nowhere", "street": "1 Nobody Street"}},
            "latest_status": {"status": status, "sub_status": sub, "sub_status_descr": None},
            "latest_event": events[0] if events else None,
            "tracking": {
                "providers": [
                    {
                        "provider": {"key": 100_000, "name": "Test Post", "tel": "+1 800 000 0000"},
                        "events": list(events),
                    }
                ]
            },
        },
        **more,
    }


def seventeen_push(*events: dict[str, Any], **more: Any) -> bytes:
    """A webhook's body."""
    return json.dumps({"event": "TRACKING_UPDATED", "data": seventeen_track(*events, **more)}).encode()


def seventeen_info(*tracks: dict[str, Any], rejected: tuple[str, ...] = ()) -> bytes:
    """An answer of gettrackinfo."""
    refused = [{"number": number, "error": {"code": -18019902, "message": "not registered"}} for number in rejected]
    return json.dumps({"code": 0, "data": {"accepted": list(tracks), "rejected": refused}}).encode()


def checkpoint(when: str, message: str, subtag: str = "", **more: Any) -> dict[str, Any]:
    """One checkpoint of AfterShip."""
    return {
        "slug": "test-post",
        "checkpoint_time": when,
        "message": message,
        "tag": subtag.partition("_")[0] or None,
        "subtag": subtag or None,
        "location": None,
        "city": None,
        "state": None,
        "country_name": None,
        **more,
    }


def aftership_tracking(*checkpoints: dict[str, Any], number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """One tracking of AfterShip."""
    return {
        "id": "abc",
        "tracking_number": number,
        "slug": "test-post",
        "tag": "InTransit",
        "subtag": "InTransit_001",
        "signed_by": "Nobody",
        "checkpoints": list(checkpoints),
        **more,
    }


def aftership(data: Any) -> bytes:
    """An answer of the API."""
    return json.dumps({"meta": {"code": 200}, "data": data}).encode()


def aftership_webhook(tracking: dict[str, Any]) -> bytes:
    """A webhook's body."""
    return json.dumps({"ts": 1, "event": "tracking_update", "event_id": "e", "msg": tracking}).encode()
