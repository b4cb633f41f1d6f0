"""The archive of a pack: our paper, the claim sheet, filled forms, the untouched files and the manifest, sealed.

It is the team's own proof of what a pack was made of, and anybody can check it with `verify`; what a receiver takes is
made beside it, in `fit`.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from core.foundation import files
from core.foundation.errors import Unavailable
from core.foundation.files import Store
from core.foundation.language import _, current
from core.recovery.packs import manifest
from core.recovery.packs.facts import Exhibit, PackFacts
from core.recovery.packs.fit import Form
from core.recovery.packs.fit.pieces import MEDIA_TYPES, plain_name
from core.recovery.packs.paper import paper
from core.recovery.packs.sheet import sheet


@dataclass(frozen=True)
class Made:
    """What was built, in the store already; `evidence` is the digest over the evidence, `digest` the manifest's."""

    zip: files.Stored
    pdf: files.Stored
    digest: str
    evidence: str


def make(facts: PackFacts, store: Store, forms: Sequence[Form] = ()) -> Made:
    """Write the archive into the store, hashing every file on the way."""
    listed: list[dict[str, Any]] = [_entry(exhibit) for exhibit in facts.exhibits]
    digest = manifest.evidence_digest(listed)
    pdf = paper(facts, digest, store)
    reference = facts.claim.reference
    papers = [
        (f"{reference}.pdf", pdf, {"role": "document", "media_type": "application/pdf"}),
        (f"{reference}-claim-sheet.xlsx", sheet(facts), {"role": "sheet", "media_type": MEDIA_TYPES["xlsx"]}),
    ]
    for at, form in enumerate(forms, start=1):
        name = f"forms/{at:02d}_{plain_name(form.name)[:40]}.{form.ending}"
        papers.append((name, form.data, {"role": "form", "media_type": MEDIA_TYPES[form.ending]}))
    papers.append((manifest.CUSTODY, _pretty(facts.custody), {"role": "custody", "media_type": "application/json"}))
    with store.incoming() as coming:
        with zipfile.ZipFile(coming.file, "w", zipfile.ZIP_STORED) as archive:
            archive.comment = manifest.comment()
            for path, content, about in papers:
                _write(archive, path, io.BytesIO(content), facts.built_at)
                listed.append({"path": path, **about, "sha256": files.sha256_of(content), "size": len(content)})
            for exhibit in facts.exhibits:
                _write_untouched(archive, exhibit, store, facts.built_at)
            about_all = _manifest(facts, listed, digest)
            _write(archive, manifest.NAME, io.BytesIO(_pretty(about_all)), facts.built_at)
        coming.sha256 = manifest.seal(coming.file)
    return Made(coming.stored, store.put(pdf), about_all["digest"], digest)


def _entry(exhibit: Exhibit) -> dict[str, Any]:
    item = exhibit.item
    return {
        "path": exhibit.path,
        "role": "evidence",
        "number": exhibit.number,
        "kind": item.kind,
        "name": item.name,
        "media_type": item.media_type,
        "sha256": item.sha256,
        "size": item.size,
        "taken": item.taken_text,
        "added_at": item.added_at.isoformat(),
    }


def _manifest(facts: PackFacts, listed: list[dict[str, Any]], evidence_digest: str) -> dict[str, Any]:
    claim, card, incident = facts.claim, facts.card, facts.incident
    about: dict[str, Any] = {
        "schema": manifest.SCHEMA,
        "built_at": facts.built_at.astimezone(UTC).isoformat(),
        "built_by": facts.built_by,
        "language": current(),
        "draft": facts.draft,
        "since": None if facts.since is None else facts.since.astimezone(UTC).isoformat(),
        "incident": {"reference": incident.reference, "type": incident.type.value},
        "claim": {
            "reference": claim.reference,
            "state": claim.state.value,
            "payer_kind": claim.payer_kind.value,
            "payer": claim.payer_name,
            "demand": format(claim.demand.normalize(), "f"),
            "currency": claim.currency,
            "case_number": claim.case_number,
        },
        "rule_card": {"code": card.code, "version": card.version, "title": card.title, "source": card.source},
        "audit_chain": {"length": facts.chain_length, "head": facts.chain_head},
        "files": sorted(listed, key=lambda row: str(row["path"])),
        "evidence_digest": evidence_digest,
    }
    return {**about, "digest": manifest.digest_of(about)}


def _pretty(about: Mapping[str, Any]) -> bytes:
    return (json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _member(path: str, at: datetime) -> zipfile.ZipInfo:
    """A member with the moment of the pack, so that the same pack has the same bytes."""
    member = zipfile.ZipInfo(path, at.astimezone(UTC).timetuple()[:6])
    member.external_attr = 0o100644 << 16
    member.create_system = 3
    return member


def _write(archive: zipfile.ZipFile, path: str, source: BinaryIO, at: datetime) -> str:
    """Copy a file into the archive as it is; its SHA-256."""
    digest = hashlib.sha256()
    with archive.open(_member(path, at), "w") as target:
        for chunk in _chunks(source):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _write_untouched(archive: zipfile.ZipFile, exhibit: Exhibit, store: Store, at: datetime) -> None:
    """Copy evidence out of the store and make sure on the way that it still is what came in."""
    with store.open(exhibit.item.sha256) as source:
        found = _write(archive, exhibit.path, source, at)
    if found != exhibit.item.sha256:
        raise Unavailable(
            _("The file “{name}” in the store is damaged. Bring it back from the backup.", name=exhibit.item.name)
        )


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(files.CHUNK):
        yield chunk
