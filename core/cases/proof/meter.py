"""What a payer's list asks for, against the files a case holds: which of them count, and why the others do not.

Everything here is plain values: the verbs count what the database holds under lock, the case screen what its story has
read already, and both come to the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.cases.kinds import WHO_LABELS, facts_of
from core.cases.proof.faults import Fault
from core.foundation import sniff
from core.foundation.sniff import Family


class Piece(Protocol):
    """One standing file of a case, as far as lists go. `unreadable` is a code, None for a file that can be read."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...
    @property
    def unreadable(self) -> str | None: ...
    @property
    def derived_from(self) -> int | None: ...


@dataclass(frozen=True)
class Requirement:
    """One line of a payer's list: what, how many, in which formats, how large a picture at least, who can get it."""

    code: str
    count: int = 1
    note: str = ""
    formats: tuple[str, ...] = ()
    least: int = 0
    who: str = ""


@dataclass(frozen=True)
class Need:
    """One line of a payer's list against a case: how many are asked for, and how many files count (`have`).

    `there` is how many stand in the case, whatever they are worth; `faults` says why some do not count; `counted` are the
    ids of those that do.
    """

    code: str
    count: int
    have: int
    note: str
    there: int = 0
    faults: tuple[Fault, ...] = ()
    formats: tuple[str, ...] = ()
    who: str = ""
    counted: tuple[int, ...] = ()

    @property
    def met(self) -> bool:
        """Whether enough are there, readable, and in a format the payer takes."""
        return self.have >= self.count


def requirement(row: Any) -> Requirement:
    """A line of a card, as it is stored (`{"code", "count", "note", "formats", "least", "who"}`) or as the reads give it;
    what the card does not say is as usual for the kind.
    """
    told: Mapping[str, Any] = row if isinstance(row, Mapping) else vars(row)
    usual = facts_of(str(told["code"]))
    return Requirement(
        code=usual.code,
        count=int(told.get("count") or 1),
        note=str(told.get("note") or ""),
        formats=tuple(told.get("formats") or usual.formats),
        least=max(int(told.get("least") or 0), usual.least),
        who=_who(str(told.get("who") or usual.who)),
    )


def _who(said: str) -> str:
    """Who can get it, as a word the screens know where the card says one of those; else in the card's own words."""
    word = said.strip().lower().removeprefix("the ")
    return word if word in WHO_LABELS else said


def union(lists: Iterable[Iterable[Any]]) -> tuple[Requirement, ...]:
    """What all the lists together ask for: each kind once, as often as the longest list wants it.

    Formats are left to the kind: what one payer refuses may do for another.
    """
    found: dict[str, Requirement] = {}
    for rows in lists:
        for row in rows:
            one = requirement(row)
            there = found.get(one.code)
            usual = facts_of(one.code)
            count = max(one.count, there.count if there else 0)
            found[one.code] = Requirement(one.code, count, "", usual.formats, usual.least, usual.who)
    return tuple(found.values())


def count_up(documents: Iterable[Any], pieces: Sequence[Piece]) -> tuple[Need, ...]:
    """The lines of a card, in its order, against the standing files of a case."""
    return tuple(_need(requirement(row), pieces) for row in documents)


def percent(needs: Sequence[Need]) -> int:
    """How full a list is, 0 to 100, cut and never rounded up: 100 only when every line is met. An empty list is full."""
    asked = sum(need.count for need in needs)
    return 100 if not asked else sum(min(need.have, need.count) for need in needs) * 100 // asked


def fits(media_type: str, formats: Sequence[str]) -> bool:
    """Whether a file is in one of the formats, or in one that the pack turns into it (a HEIC photo into a JPEG)."""
    if not formats:
        return True
    found = sniff.BY_MEDIA_TYPE.get(media_type)
    if found is None:
        return False
    wanted = {_ALIASES.get(one, one) for one in formats}
    if found.family.value in wanted or found.code in wanted:
        return True
    if found.family is Family.VIDEO:
        return bool(wanted & _FILMS)
    return (found.family is Family.PICTURE or found.code == "pdf") and bool(wanted & _PAGES)


_ALIASES = {"jpg": "jpeg", "heif": "heic", "m4v": "mp4"}
_FILMS = frozenset(kind.code for kind in sniff.KINDS.values() if kind.family is Family.VIDEO)
_PAGES = frozenset(kind.code for kind in sniff.KINDS.values() if kind.family is Family.PICTURE) | {"pdf"}


def _need(of: Requirement, pieces: Sequence[Piece]) -> Need:
    mine = [piece for piece in pieces if piece.kind == of.code]
    faults: list[Fault] = []
    counted: dict[int, int] = {}
    for piece in mine:
        if (fault := _fault(of, piece)) is not None:
            faults.append(fault)
        else:
            # A copy made of a file proves nothing that the file does not: both together count once.
            counted.setdefault(piece.derived_from or piece.id, piece.id)
    return Need(
        code=of.code,
        count=of.count,
        have=len(counted),
        note=of.note,
        there=len(mine),
        faults=tuple(faults),
        formats=of.formats,
        who=of.who,
        counted=tuple(counted.values()),
    )


def _fault(of: Requirement, piece: Piece) -> Fault | None:
    """Why a file does not count, if it does not."""
    if piece.unreadable:
        return Fault(piece.id, piece.name, "unreadable", piece.unreadable)
    if not fits(piece.media_type, of.formats):
        return Fault(piece.id, piece.name, "format", ",".join(of.formats))
    longest = max(piece.width or 0, piece.height or 0)
    if longest and longest < of.least:
        return Fault(piece.id, piece.name, "small", str(of.least))
    return None
