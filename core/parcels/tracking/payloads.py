"""JSON of trackers → scans as they tell them: 17TRACK (push, gettrackinfo) and AfterShip (trackings, checkpoints, webhook).

A payload is recognised by what is in it; envelopes are opened however deep they lie. Nothing of the receiver is read: no name, no
address, no signature. What is JSON and no tracking is refused in a sentence.
"""

from __future__ import annotations

from typing import Any

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import N_, _
from core.parcels.json_text import documents
from core.parcels.tracking.aftership import checkpoints_of, is_checkpoint, is_tracking
from core.parcels.tracking.payload import Payload, dicts, text
from core.parcels.tracking.seventeen import events_of, is_old_track, is_track

LARGEST = 200 * 1024**2
DEEPEST = 6
"""Envelopes around a tracking. Real ones have two or three."""
MOST_NODES = 200_000
MOST_VALUES = 10_000_000
"""Values in all, by the signs between them. A tracking with thirty scans has a thousand."""


def read_payload(data: bytes | str) -> Payload:
    """Every scan of a payload. JSON objects may also stand one to a line. Raises `Invalid` and `TooLarge` with a sentence."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > LARGEST:
        raise TooLarge(_("The file has more than {n} MB. Export a shorter period.", n=LARGEST // 1024**2))
    if sum(map(raw.count, (b"{", b"[", b","))) > MOST_VALUES:
        # Looked at before it is read: what is read takes thirty times the room.
        raise _too_many()
    found = Payload()
    budget = [MOST_NODES]
    for document in documents(raw):
        _walk(document, found, 0, budget)
    if not found.scans and not found.notices:
        if found.old:
            raise Invalid(
                _("This is 17TRACK's old format (version 1). Switch the webhook to version 2.2 or newer in 17TRACK.")
            )
        raise Invalid(_("This JSON holds no scans. Recoup reads what 17TRACK and AfterShip send about trackings."))
    return found


def _too_many() -> TooLarge:
    return TooLarge(_("This file holds more than an export of trackings does. Save fewer of them into one."))


def _walk(node: Any, found: Payload, depth: int, budget: list[int]) -> None:
    """Look for trackings in a document; each is read where it is found and not looked into again."""
    budget[0] -= 1
    if budget[0] < 0:
        raise _too_many()
    if isinstance(node, list):
        if node and all(is_checkpoint(one) for one in dicts(node)) and len(dicts(node)) == len(node):
            found.scans.extend(checkpoints_of({"checkpoints": node}))
            return
        for one in node:
            _walk(one, found, depth, budget)
        return
    if not isinstance(node, dict):
        return
    if node.get("event") == "TRACKING_STOPPED":
        number = text((node.get("data") or {}).get("number")) if isinstance(node.get("data"), dict) else ""
        found.say(N_("17TRACK has stopped following {number}; it tells no scans."), number=number or "?")
        return
    if is_track(node):
        _add(found, text(node.get("number")), list(events_of(node)), N_("17TRACK knows no scans of {number} yet."))
    elif is_tracking(node):
        number = text(node.get("tracking_number"))
        _add(found, number, list(checkpoints_of(node)), N_("AfterShip knows no scans of {number} yet."))
    elif is_old_track(node):
        found.old = True
    elif depth < DEEPEST:
        for refused in dicts(node.get("rejected")):
            number = text(refused.get("number"))
            if number:
                found.say(N_("17TRACK has refused {number}; register it there first."), number=number)
        for name, one in node.items():
            if name != "rejected" and isinstance(one, (dict, list)):
                _walk(one, found, depth + 1, budget)


def _add(found: Payload, number: str, scans: list[Any], nothing: str) -> None:
    found.scans.extend(scans)
    if not scans:
        found.say(nothing, number=number or "?")


__all__ = ["Payload", "read_payload"]
