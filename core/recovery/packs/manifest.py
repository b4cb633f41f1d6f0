"""The manifest of a pack: every file with its hash, the case's state it was built from, and the digests that hold it together.

Standard library only: whoever receives a pack can check it with this file and Python alone.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

SCHEMA = "recoup.pack/1"
NAME = "manifest.json"
CUSTODY = "custody.json"
"""The chain of hands of the files in the pack (core.cases.proof.custody)."""

SEAL = b"Recoup pack. SHA-256 of everything before these last 64 characters: "
"""How the archive's comment begins; the hash that follows ends the file."""

HASH_LENGTH = 64
_END_LENGTH = 22
CHUNK = 1 << 20


def canonical(value: Any) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(manifest: Mapping[str, Any]) -> str:
    """The manifest's own digest: SHA-256 over all of it but the digest."""
    return hashlib.sha256(canonical({key: value for key, value in manifest.items() if key != "digest"})).hexdigest()


def evidence_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """One digest over all evidence: SHA-256 over each file's number, SHA-256 and size, in order. Printed on the cover."""
    listed = [[row["number"], row["sha256"], row["size"]] for row in rows if row.get("role") == "evidence"]
    return hashlib.sha256(canonical(listed)).hexdigest()


def seal(file: BinaryIO) -> str:
    """Write the seal of a finished archive whose comment is `comment()`; give back the SHA-256 of the whole."""
    digest = _digest_before_seal(file)
    written = digest.hexdigest().encode()
    file.seek(-HASH_LENGTH, 2)
    file.write(written)
    digest.update(written)
    return digest.hexdigest()


def comment() -> bytes:
    """The archive's comment, its seal still to be written."""
    return SEAL + b"0" * HASH_LENGTH


def seal_holds(file: BinaryIO, archive: zipfile.ZipFile) -> bool:
    """Whether every byte of the archive is as it was written.

    An archive without a comment was packed again by some other program: its files can be judged, the bytes around them
    cannot, as long as it ends where archives end.
    """
    if not archive.comment:
        file.seek(-_END_LENGTH, 2)
        return file.read(4) == b"PK\x05\x06"
    if not archive.comment.startswith(SEAL):
        return False
    digest = _digest_before_seal(file)
    file.seek(-HASH_LENGTH, 2)
    return file.read() == digest.hexdigest().encode()


def _digest_before_seal(file: BinaryIO) -> hashlib._Hash:
    digest, rest = hashlib.sha256(), file.seek(0, 2) - HASH_LENGTH
    file.seek(0)
    while rest > 0 and (chunk := file.read(min(CHUNK, rest))):
        digest.update(chunk)
        rest -= len(chunk)
    return digest
