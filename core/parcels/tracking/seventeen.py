"""17TRACK, versions 2 and newer: https://help.17track.net (articles 37471096573337, 37570440168473).

`track_info.tracking.providers[].events[]` are the scans; `latest_status` says of the newest one what the scan itself leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.models.tracking import ScanSource
from core.parcels.tracking.payload import dicts, inside, joined, text
from core.parcels.tracking.scan import Told

SOURCE = ScanSource.SEVENTEEN_TRACK
NO_SCAN = ("notfound", "expired")
"""Statuses that 17TRACK gives for want of news: they say nothing of the newest scan."""


def is_track(node: dict[str, Any]) -> bool:
    """Whether this is one tracking of 17TRACK."""
    return isinstance(node.get("track_info"), dict)


def is_old_track(node: dict[str, Any]) -> bool:
    """Whether this is one tracking in version 1's letters."""
    return isinstance(node.get("track"), dict) and any(name in node["track"] for name in ("z0", "z1", "e"))


def events_of(node: dict[str, Any]) -> Iterator[Told]:
    """The scans of one tracking, as the source has them (newest first)."""
    number = text(node.get("number"))
    info = node["track_info"]
    latest = inside(info, "latest_event")
    status = text(inside(info, "latest_status", "sub_status")) or text(inside(info, "latest_status", "status"))
    events = [
        event for provider in dicts(inside(info, "tracking", "providers")) for event in dicts(provider.get("events"))
    ]
    if isinstance(latest, dict) and _when(latest) and not any(_same(latest, one) for one in events):
        events.insert(0, latest)
    for event in events:
        when = _when(event)
        if not when:
            continue
        code = text(event.get("sub_status")) or text(event.get("stage"))
        newest = isinstance(latest, dict) and _same(latest, event)
        if newest and status and not status.casefold().startswith(NO_SCAN) and _vague(code):
            code = status
        address = event.get("address")
        yield Told(
            number=number,
            when=when,
            text=text(event.get("description")),
            place=text(event.get("location"))
            or joined(*(inside(address, name) for name in ("city", "state", "country"))),
            code=code,
            source=SOURCE,
        )


def _vague(code: str) -> bool:
    """Whether a scan's own code says less than the tracking's status can: none at all, or one of the "other" ones."""
    return not code or code.casefold().endswith("_other")


def _when(event: dict[str, Any]) -> str:
    """The moment: with its zone where it is told, else the local one as the carrier wrote it."""
    exact = text(event.get("time_iso")) or text(event.get("time_utc"))
    if exact:
        return exact
    raw = event.get("time_raw")
    parts = [text(inside(raw, name)) for name in ("date", "time", "timezone")]
    return " ".join(part for part in parts if part)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _when(one) == _when(other) and text(one.get("description")) == text(other.get("description"))


__all__ = ["events_of", "is_old_track", "is_track"]
