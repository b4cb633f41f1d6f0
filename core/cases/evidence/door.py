"""The door: what a file is, what it says of itself, whether anybody can look at it; then into the store (inner).

All of it happens before a case is locked, so that nobody waits for somebody's upload.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO

from core.foundation import files, papers, picture_measures, pictures, previews, sniff, videos
from core.foundation.errors import Refusal
from core.foundation.picture_measures import Measures
from core.foundation.pictures import Facts
from core.foundation.sniff import Family, Kind


@dataclass(frozen=True)
class Taken:
    """A file that is in the store. Pixels the right way up, None where it has none; `unreadable` is a code."""

    sha256: str
    size: int
    kind: Kind
    facts: Facts | None = None
    measures: Measures | None = None
    width: int | None = None
    height: int | None = None
    unreadable: str | None = None


def take_in(stream: BinaryIO, name: str) -> Taken:
    """Examine a file and put it into the store. A refusal leaves the store as it was. Refusals as `sniff.examine` and
    `pictures.facts`.
    """
    examined = sniff.examine(stream, name)
    facts = measures = None
    data = b""
    if examined.kind.family is Family.PICTURE:
        data = stream.read()
        stream.seek(0)
        facts, measures = pictures.facts(data, name), picture_measures.measure(data, name)
    stored = files.store().put(stream, limit=sniff.LIMITS[examined.kind.family])
    taken = Taken(stored.sha256, stored.size, examined.kind)
    if facts is not None:
        if stored.new:
            with suppress(Refusal):  # a copy for the screen is made again when it is asked for
                previews.prepare(files.store(), stored.sha256, data)
        return replace(taken, facts=facts, measures=measures, width=facts.width, height=facts.height)
    return _looked_into(taken)


def _looked_into(taken: Taken) -> Taken:
    """Whether a stored video or paper can be looked at. What cannot is kept all the same, and says so."""
    path = files.store().path(taken.sha256)
    if taken.kind.family is Family.VIDEO:
        film = videos.probe(path, taken.kind.media_type)
        if film.poster is not None:
            previews.keep_poster(files.store(), taken.sha256, film.poster)
        return replace(taken, width=film.width, height=film.height, unreadable=film.unreadable)
    if taken.kind.code == "pdf":
        return replace(taken, unreadable=papers.unreadable(path))
    return taken
