"""What passes between the steps of fitting: pieces on the way, parts at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.foundation import sniff

_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z-]+")

MEDIA_TYPES = {kind.suffix.removeprefix("."): kind.media_type for kind in sniff.KINDS.values()} | {
    "zip": "application/zip"
}
"""Ending → media type."""


@dataclass(frozen=True)
class Held:
    """What a file holds: an exhibit's number (None for our own papers), its kind of evidence, the page or still."""

    number: int | None
    what: str
    page: int | None = None

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {"number": self.number, "what": self.what} | ({"page": self.page} if self.page else {})


@dataclass(frozen=True)
class Piece:
    """A file on its way: the middle of its name, its ending, its bytes, and where it belongs. Pictures may be joined."""

    stem: str
    ending: str
    data: bytes
    module: str
    holds: tuple[Held, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)

    @property
    def is_picture(self) -> bool:
        """Whether it can stand on a sheet with others."""
        return self.ending in ("jpg", "png")


@dataclass(frozen=True)
class Part:
    """A finished file for the receiver; `sending` of `sendings` it goes with, counted from 1."""

    number: int
    sending: int
    sendings: int
    module: str
    file_name: str
    media_type: str
    data: bytes
    holds: tuple[Held, ...]


@dataclass(frozen=True)
class LeftOut:
    """An exhibit the receiver does not get, and why."""

    number: int
    name: str
    why: str


@dataclass(frozen=True)
class Fitted:
    """All parts, and what was left out."""

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]


def plain_name(text: str) -> str:
    """A piece of a file name in letters every system takes; may come out empty."""
    return _NOT_IN_NAMES.sub("-", text).strip("-")
