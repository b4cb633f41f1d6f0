"""The door: what is taken, and a sentence for what is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.foundation.sniff.beginnings import sniff
from core.foundation.sniff.kinds import EMPTY, LIMITS, Foreign, Kind


@dataclass(frozen=True)
class Examined:
    """A file that is taken: its kind and its size in bytes."""

    kind: Kind
    size: int


def examine(file: BinaryIO, name: str) -> Examined:
    """The kind and size of a file that may come in. `name` is only used to say which file a refusal speaks of.

    Raises Invalid for what is not taken, empty or broken off, and TooLarge over the limit of its family.
    """
    size = file.seek(0, os.SEEK_END)
    found = sniff(file)
    if size == 0 or found is EMPTY:
        raise Invalid(_("“{name}” is empty. Choose the file again.", name=name))
    if isinstance(found, Foreign):
        raise Invalid(
            _(
                "“{name}” is {found}. Recoup takes photos (JPEG, PNG, WebP, HEIC), videos (MP4, MOV, WebM, 3GP), "
                "PDF, Word, Excel, CSV and text files, and mails (EML, MSG).",
                name=name,
                found=_(found.name),
            )
        )
    limit = LIMITS[found.family]
    if size > limit:
        raise TooLarge(_too_large(name, size, limit))
    if _broken_off(found, file):
        raise broken(name)
    return Examined(found, size)


def broken(name: str) -> Invalid:
    """The sentence for a file that is not whole."""
    return Invalid(_("“{name}” is damaged or broke off while it was sent. Send the file again.", name=name))


def _too_large(name: str, size: int, limit: int) -> str:
    return _(
        "“{name}” has {size} MB; at most {limit} MB are taken. Send a smaller version, or a part of it.",
        name=name,
        size=-(-size // 1_000_000),
        limit=limit // 1_000_000,
    )


def _broken_off(kind: Kind, file: BinaryIO) -> bool:
    """Whether the end is missing, where a kind lets us see it without decoding."""
    try:
        if kind.code in ("mp4", "mov", "3gp"):
            return not _whole_movie(file)
        if kind.code == "pdf":
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            return b"%%EOF" not in file.read()
        return False
    finally:
        file.seek(0)


def _whole_movie(file: BinaryIO) -> bool:
    """Whether all boxes end inside the file and there is an index to play it by."""
    boxes = list(_boxes(file))
    return bool(boxes) and all(whole for _name, whole in boxes) and any(name == b"moov" for name, _whole in boxes)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The top-level boxes: name, and whether all of it is there."""
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at + 8 <= end:
        file.seek(at)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        elif size == 0:
            size = end - at
        if size < 8:  # padding that some recorders leave at the end
            return
        yield header[4:8], at + size <= end
        at += size
