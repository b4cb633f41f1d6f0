"""Checking a pack: whether every file in it is the one that was packed. Needs the ZIP alone: no database, no network.

The manifest lists every file with its hash, and carries its own digest; the evidence digest stands in the manifest and in
the PDF; the seal at the archive's end covers every byte before it. Who rewrites all of them consistently makes another
pack: that is told by the SHA-256 of the whole, which the case's history keeps.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.foundation.errors import Invalid, NotFound
from core.foundation.language import _
from core.recovery.packs import manifest

LARGEST_MANIFEST = 20_000_000
_MARK = "evidence-sha256:"

# What opening or reading a damaged archive raises.
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Verdict:
    """What was found. `changed`, `missing` and `added` are paths inside the archive; `problems` are sentences.

    `sha256` is that of the ZIP itself, to be compared with the case's history. `about` is the manifest without its files.
    """

    sha256: str
    checked: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    problems: tuple[str, ...]
    about: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was packed."""
        return not (self.changed or self.missing or self.added or self.problems)


def verify_pack(path: Path) -> Verdict:
    """Check the pack at `path`. Raises `NotFound` without a file, `Invalid` for what is no pack at all."""
    try:
        with path.open("rb") as file:
            return _verify(file, path.name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound(_("There is no file {path}.", path=str(path))) from error


def _verify(file: BinaryIO, name: str) -> Verdict:
    whole = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise Invalid(_("“{name}” is no ZIP archive, or its directory is damaged.", name=name)) from error
    with archive:
        if manifest.NAME not in archive.namelist():
            problem = _("“{name}” has no manifest.json: it is no pack of Recoup, or not all of one.", name=name)
            return Verdict(whole, 0, (), (manifest.NAME,), (), (problem,), {})
        about = _manifest(archive)
        if about is None:
            return Verdict(whole, 0, (manifest.NAME,), (), (), (_("The manifest cannot be read."),), {})
        return _compare(file, archive, about, whole)


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any] | None:
    """The manifest, if it can be read and has the shape of one."""
    try:
        if archive.getinfo(manifest.NAME).file_size > LARGEST_MANIFEST:
            return None
        about = json.loads(archive.read(manifest.NAME))
    except (*_BROKEN, RecursionError):
        return None
    if not isinstance(about, dict) or not isinstance(about.get("files"), list):
        return None
    rows = about["files"]
    shaped = all(
        isinstance(row, dict)
        and isinstance(row.get("path"), str)
        and isinstance(row.get("sha256"), str)
        and isinstance(row.get("size"), int)
        for row in rows
    )
    return about if shaped else None


def _compare(file: BinaryIO, archive: zipfile.ZipFile, about: dict[str, Any], whole: str) -> Verdict:
    listed = {row["path"]: row for row in about["files"]}
    there = Counter(archive.namelist())
    changed = {path for path in listed if path in there and not _same(archive, listed[path])}
    changed |= {path for path, n in there.items() if n > 1}
    problems = []
    if _digest_is_wrong(about):
        changed.add(manifest.NAME)
        problems.append(_("The manifest was changed: it does not have its own digest any more."))
    problems += _inconsistencies(archive, about, len(listed))
    if not changed and not manifest.seal_holds(file, archive):
        problems.append(_("The archive around the files was changed: its seal does not hold."))
    return Verdict(
        sha256=whole,
        checked=len(listed),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(path for path in listed if path not in there)),
        added=tuple(sorted(path for path in there if path not in listed and path != manifest.NAME)),
        problems=tuple(problems),
        about={key: value for key, value in about.items() if key != "files"},
    )


def _same(archive: zipfile.ZipFile, row: Mapping[str, Any]) -> bool:
    """Whether a file's bytes are the listed ones. Reads no more than the listed size."""
    digest, left = hashlib.sha256(), row["size"]
    try:
        if archive.getinfo(row["path"]).file_size != left:
            return False
        with archive.open(row["path"]) as source:
            while left > 0 and (chunk := source.read(min(manifest.CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
    except _BROKEN:
        return False
    return bool(left == 0 and digest.hexdigest() == row["sha256"])


def _digest_is_wrong(about: Mapping[str, Any]) -> bool:
    try:
        return manifest.digest_of(about) != about.get("digest")
    except ValueError:
        return True


def _inconsistencies(archive: zipfile.ZipFile, about: Mapping[str, Any], paths: int) -> list[str]:
    """What does not fit together although each file has its listed hash."""
    found = []
    schema = about.get("schema")
    if schema != manifest.SCHEMA:
        found.append(
            _(
                "The manifest is of another version ({schema}); this Recoup knows {known}.",
                schema=str(schema)[:40],
                known=manifest.SCHEMA,
            )
        )
    if len(about["files"]) != paths:
        found.append(_("The manifest lists a file twice."))
    try:
        evidence = manifest.evidence_digest(about["files"])
    except (KeyError, ValueError):
        evidence = ""
    if evidence != about.get("evidence_digest"):
        found.append(_("The evidence listed is not the evidence that was packed."))
    printed = _printed_digest(archive, about)
    if printed is not None and printed != about.get("evidence_digest"):
        found.append(_("The PDF belongs to other evidence: the digest on its cover is another one."))
    return found


def _printed_digest(archive: zipfile.ZipFile, about: Mapping[str, Any]) -> str | None:
    """The evidence digest that the PDF carries; None where there is no PDF to ask."""
    for row in about["files"]:
        if row.get("role") == "document":
            try:
                content = archive.read(row["path"])
            except (KeyError, *_BROKEN):
                return None
            at = content.find(_MARK.encode())
            start = at + len(_MARK)
            return content[start : start + manifest.HASH_LENGTH].decode("latin-1") if at >= 0 else ""
    return None
