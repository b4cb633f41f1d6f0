"""Checking a pack: whether every file in it is the one that was packed. Needs the ZIP alone: no database, no network.

`against_case` goes on where the case's database is at hand: the chain there against what the pack saw of it.

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

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import proof
from core.cases.proof import Finding
from core.foundation import audit
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.foundation.zips import BROKEN
from core.models import Incident
from core.recovery.packs import manifest

LARGEST_MANIFEST = 20_000_000
_MARK = "evidence-sha256:"
_AGAINST = {
    "cut": N_("Event {n}, which the pack saw, is missing from the case: its chain was cut."),
    "witness": N_("Event {n} of the case is another one than the pack saw."),
}


@dataclass(frozen=True)
class Verdict:
    """What was found. `changed`, `missing` and `added` are paths inside the archive; `problems` are sentences.

    `events` is what does not hold of the chain of hands, event by event.
    `sha256` is that of the ZIP itself, to be compared with the case's history. `about` is the manifest without its files.
    """

    sha256: str
    checked: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    problems: tuple[str, ...]
    about: Mapping[str, Any]
    events: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was packed."""
        return not (self.changed or self.missing or self.added or self.problems or self.events)


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
    except BROKEN as error:
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
    except (*BROKEN, RecursionError):
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
        events=tuple(_hands(archive, about)),
    )


def _hands(archive: zipfile.ZipFile, about: Mapping[str, Any]) -> list[Finding]:
    """The chain of hands against the manifest's head; a pack of an older Recoup carries none."""
    rows = [row for row in about["files"] if row.get("role") == "custody"]
    if not rows:
        return []
    try:
        log = json.loads(archive.read(rows[0]["path"]))
    except KeyError:
        return []  # that it is missing is said where the files are
    except (*BROKEN, RecursionError):
        log = None
    chain = about.get("audit_chain")
    length, head = (chain.get("length"), chain.get("head")) if isinstance(chain, dict) else (None, None)
    files = {row["sha256"]: row["path"] for row in about["files"] if row.get("role") == "evidence"}
    return proof.check_log(
        log,
        length=length if isinstance(length, int) else None,
        head=head if isinstance(head, str) else None,
        files=files,
    )


@read(Permission.AUDIT_READ)
def against_case(session: Session, verdict: Verdict, *, actor: Actor) -> list[str]:
    """What the case in the database says differently from the pack: its chain at the event the pack was built on, and
    everything `check_case` finds. Sentences; none means both say the same. Raises `NotFound` for a pack of another house.
    """
    told, chain = verdict.about.get("incident"), verdict.about.get("audit_chain")
    reference = str(told.get("reference", "")) if isinstance(told, Mapping) else ""
    incident_id = session.scalar(select(Incident.id).where(Incident.reference == reference))
    if incident_id is None:
        raise NotFound(_("The case {reference} of this pack is not in the database.", reference=reference or "?"))
    found = [one.sentence for one in proof.check_case(session, reference, None, actor=actor).findings]
    if isinstance(chain, Mapping) and isinstance(chain.get("length"), int) and isinstance(chain.get("head"), str):
        seen = audit.Witness(chain["length"], chain["head"], "pack")
        mine = {(one.sequence, one.kind) for one in audit.breaks(session, incident_id, [seen])}
        known = {(one.sequence, one.kind) for one in audit.breaks(session, incident_id)}
        for sequence, kind in sorted(one for one in mine - known if one[1] in _AGAINST):
            found.append(_(_AGAINST[kind], n=sequence))
    return list(dict.fromkeys(found))


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
    except BROKEN:
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
            except (KeyError, *BROKEN):
                return None
            at = content.find(_MARK.encode())
            start = at + len(_MARK)
            return content[start : start + manifest.HASH_LENGTH].decode("latin-1") if at >= 0 else ""
    return None
