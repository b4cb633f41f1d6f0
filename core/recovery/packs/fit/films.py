"""Films for receivers: whole where they fit, cut and made smaller where films are taken, else stills with time codes."""

from __future__ import annotations

from pathlib import Path

from core.foundation import videos
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.recovery.packs.facts import Exhibit
from core.recovery.packs.fit.pieces import Held, Piece
from core.recovery.receivers import Receiver

STILLS = 12
"""How many stills stand for a film: evenly spread."""


def stills(path: Path, exhibit: Exhibit) -> bytes:
    """A JPEG sheet of stills, each with its time code. Raises `Invalid` for a film nobody can see."""
    item = exhibit.item
    seconds = _seconds(path, exhibit)
    times = videos.spread(seconds, STILLS) if seconds >= 1 else [0.0]
    title = f"{exhibit.number} · {item.name}"
    return videos.contact_sheet(path, item.media_type, times=times, title=title, under=item.sha256).data


def film(path: Path, exhibit: Exhibit, receiver: Receiver, stem: str, module: str, holds: tuple[Held, ...]) -> Piece:
    """The film as it is where it fits, else an MP4 of its beginning, as long and as large as the receiver takes.

    Raises `Invalid` for a film nobody can see, `TooLarge` where even the smallest is too large.
    """
    limits, item = receiver.video, exhibit.item
    if limits is None:
        raise Invalid(_("{receiver} takes no films.", receiver=receiver.name))
    seconds = _seconds(path, exhibit)
    if (
        item.media_type == "video/mp4"
        and "mp4" in limits.types
        and item.size <= limits.max
        and seconds <= limits.seconds
    ):
        return Piece(stem, "mp4", path.read_bytes(), module, holds)
    # A clip that is copied begins and ends where its key pictures lie: room is left for that.
    end = min(seconds or limits.seconds, limits.seconds - 1.0)
    made = videos.clip(path, item.media_type, start=0.0, end=max(0.5, end), limit_bytes=limits.max)
    if made.end - made.start > limits.seconds:
        made = videos.clip(path, item.media_type, start=0.0, end=limits.seconds / 2, limit_bytes=limits.max)
    return Piece(stem, "mp4", made.data, module, holds)


def _seconds(path: Path, exhibit: Exhibit) -> float:
    """How long it is; 0 where it does not tell."""
    found = videos.probe(path, exhibit.item.media_type)
    if found.unreadable:
        raise Invalid(_("The film “{name}” cannot be opened; add stills of it.", name=exhibit.item.name))
    return found.seconds or 0.0
