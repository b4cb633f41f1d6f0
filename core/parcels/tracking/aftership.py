"""AfterShip: trackings, lists of them, last checkpoints, bare checkpoints, and the webhook around any of these.

https://www.aftership.com/docs/tracking. The tag tells the status, the subtag what kind of it. `signed_by` and addresses are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.models.tracking import ScanSource
from core.parcels.tracking.payload import dicts, joined, text
from core.parcels.tracking.scan import Told

SOURCE = ScanSource.AFTERSHIP


def is_tracking(node: dict[str, Any]) -> bool:
    """Whether this is one tracking of AfterShip, with all its checkpoints or the last one."""
    return "tracking_number" in node and ("checkpoints" in node or "checkpoint" in node or "subtag" in node)


def is_checkpoint(node: Any) -> bool:
    """Whether this is a checkpoint by itself."""
    return isinstance(node, dict) and bool(text(node.get("checkpoint_time"))) and ("message" in node or "tag" in node)


def checkpoints_of(node: dict[str, Any]) -> Iterator[Told]:
    """The scans of one tracking, or of a bare list of checkpoints (which name no parcel)."""
    last = node.get("checkpoint")
    checkpoints = dicts(node.get("checkpoints")) or ([last] if isinstance(last, dict) else [])
    for one in checkpoints:
        when = text(one.get("checkpoint_time"))
        if not when:
            continue
        yield Told(
            number=text(node.get("tracking_number")),
            when=when,
            text=text(one.get("message")),
            place=text(one.get("location"))
            or joined(
                one.get("city"),
                one.get("state"),
                one.get("country_region_name") or one.get("country_name") or one.get("country_iso3"),
            ),
            code=text(one.get("subtag")) or text(one.get("tag")),
            source=SOURCE,
            order=text(node.get("order_id")),
        )


__all__ = ["checkpoints_of", "is_checkpoint", "is_tracking"]
