"""Small copies of stored pictures, and stills of stored videos, kept so that they are made once. The folder may be emptied
at any time.

They lie beside the store, by the hash of the original and the copy's use; nothing else refers to them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from core.foundation import pictures, videos
from core.foundation.errors import NotFound, Refusal
from core.foundation.files import Store
from core.foundation.language import _

# The number in each name grows when the way it is made changes, so that old copies are not used again.
_MAKERS: dict[str, Callable[[bytes], bytes]] = {
    "thumb1": pictures.thumbnail,
    "print1": pictures.for_print,
}


def thumbnail(store: Store, sha256: str) -> bytes:
    """A JPEG of a stored picture, at most 320 pixels wide and high, upright. Refusals as in `pictures`."""
    return _copy(store, sha256, "thumb1")


def printed(store: Store, sha256: str) -> bytes:
    """A JPEG of a stored picture for documents, at most 1000 pixels wide and high, upright."""
    return _copy(store, sha256, "print1")


def prepare(store: Store, sha256: str, data: bytes) -> None:
    """Make the copies of a picture that has just come in, so that nobody waits for them later."""
    for name in _MAKERS:
        _make(store, sha256, name, data)


def poster(store: Store, sha256: str, media_type: str) -> bytes:
    """A JPEG of a stored video, at most 320 pixels wide and high. NotFound for one that nobody can look at."""
    path = store.path(sha256)
    with suppress(OSError):
        return _place(store, sha256, "poster1").read_bytes()
    film = videos.probe(path, media_type)
    if film.poster is None:
        raise NotFound(_("This file has no small picture."))
    return keep_poster(store, sha256, film.poster)


def keep_poster(store: Store, sha256: str, still: bytes) -> bytes:
    """Keep a still of a video, made small, so that nobody waits for it later."""
    copy = pictures.thumbnail(still)
    _keep(_place(store, sha256, "poster1"), copy)
    return copy


def printed_many(store: Store, hashes: Iterable[str]) -> list[bytes | None]:
    """`printed` for many pictures, in their order, None for one that cannot be shown; decoding uses all processors."""

    def one(sha256: str) -> bytes | None:
        try:
            return printed(store, sha256)
        except Refusal:
            return None

    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(one, list(hashes)))


def _copy(store: Store, sha256: str, name: str) -> bytes:
    store.path(sha256)  # a copy is only shown while its original is there
    with suppress(OSError):
        return _place(store, sha256, name).read_bytes()
    return _make(store, sha256, name, store.read(sha256))


def _make(store: Store, sha256: str, name: str, data: bytes) -> bytes:
    copy = _MAKERS[name](data)
    _keep(_place(store, sha256, name), copy)
    return copy


def _keep(place: Path, copy: bytes) -> None:
    part = place.with_name(f"{token_hex(8)}.part")
    with suppress(OSError):  # a full disk must not keep a picture from being shown
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(copy)
            os.replace(part, place)
        except OSError:
            part.unlink(missing_ok=True)


def _place(store: Store, sha256: str, name: str) -> Path:
    return store.root.parent / "previews" / sha256[:2] / f"{sha256}-{name}.jpg"


def forget(store: Store, sha256: str) -> None:
    """Take away every copy made of a file that is gone."""
    folder = _place(store, sha256, "any").parent
    for copy in folder.glob(f"{sha256}-*.jpg"):
        with suppress(OSError):
            copy.unlink()
