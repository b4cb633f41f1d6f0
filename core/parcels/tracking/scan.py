"""A scan as it is understood, before it is stored."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.foundation.masking import mask
from core.models.tracking import ScanSource, ScanState
from core.parcels.tracking import moments
from core.parcels.tracking.vocabulary import ENDS, state_of

LONGEST_PLACE = 120
LONGEST_CODE = 60

_EARLIEST_YEAR = 2005
_PLACE = re.compile(r"\s*[【\[]([^】\]]{2,40})[】\]]")


@dataclass(frozen=True, slots=True)
class Told:
    """One scan as a source writes it: nothing is understood yet, and people may stand in it.

    `when` is the source's own text of the moment. `number` and `order` are what names the parcel, "" where nothing does. `row` is where
    it stands: a row of a file, a line of a paste.
    """

    number: str
    when: str
    text: str
    place: str = ""
    code: str = ""
    source: ScanSource = ScanSource.FILE
    order: str = ""
    zone: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan understood: `at` in UTC, `offset` the distance to UTC in minutes as told (None: local time only), nobody's name in it."""

    at: datetime
    offset: int | None
    state: ScanState
    source: ScanSource
    code: str | None
    place: str
    text: str

    @property
    def key(self) -> bytes:
        """What makes it the same scan whoever tells it: its second, and its words (or its code, or its place, where it has none).

        A source that calls its newest scan lost later on, in the same words, tells something new: so an end is part of it.
        """
        words = self.text or self.code or self.place
        plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", words).casefold())
        said = f"{int(self.at.timestamp())}\n{plain}\n{self.state.value if self.state in ENDS else ''}"
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


def understand(
    told: Told, zone: ZoneInfo, now: datetime, *, keep: Collection[str] = (), days_first: bool = True
) -> Scan:
    """The scan in Recoup's words. A time without a zone is local to `told.zone`, else to `zone`. Raises `moments.NoMoment`.

    The state is told from the words as they came; only then are people taken out of them.
    """
    when = moments.read(told.when, _zone(told.zone) or zone, now, days_first=days_first)
    if when.at.year < _EARLIEST_YEAR or when.at > now + timedelta(days=1):
        raise moments.NoMoment
    numbers = (*keep, told.number, told.order)
    place = told.place.strip()
    if not place and (bracket := _PLACE.match(told.text)):
        place = bracket[1]
    clean = mask(place, numbers)[:LONGEST_PLACE]
    return Scan(
        at=when.at,
        offset=when.offset,
        state=state_of(told.source, told.code, told.text),
        source=told.source,
        code=mask(told.code, numbers)[:LONGEST_CODE] or None,
        place="" if "*" in clean and len(clean) <= 4 else clean,
        text=mask(told.text, numbers),
    )


def _zone(name: str) -> ZoneInfo | None:
    """A zone by its IANA name; None for anything else."""
    clean = name.strip()
    if not clean or not re.fullmatch(r"[A-Za-z_]+(?:/[A-Za-z_+\-0-9]+){0,2}", clean):
        return None
    try:
        return ZoneInfo(clean)
    except (KeyError, ValueError, OSError):
        return None


__all__ = ["Scan", "Told", "understand"]
