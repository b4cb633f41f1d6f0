"""Building a pack: PDF, claim sheet, the untouched files and the manifest, in one archive that stands in the store."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases.checklist import lacking
from core.cases.kinds import kind_name
from core.foundation import audit, files
from core.foundation.errors import Conflict, GuardFailed, NotFound, TooLarge, Unavailable, WrongState
from core.foundation.files import Store
from core.foundation.gate import read, verb
from core.foundation.language import LANGUAGES, _, current, using
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Pack, Person, StoredFile, Tag
from core.models.claim import ClaimState
from core.money import ledger
from core.recovery.packs import manifest
from core.recovery.packs.facts import Exhibit, PackFacts, gather
from core.recovery.packs.paper import paper
from core.recovery.packs.sheet import sheet

LARGEST = 3_000_000_000
"""Bytes of evidence in one pack; beyond it an archive needs extensions that portals cannot read."""

_ENDED = (ClaimState.EXPIRED, ClaimState.WITHDRAWN)
_UNSAFE = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True)
class PackFile:
    """A built pack. `path` is where its ZIP lies; sizes in bytes."""

    id: int
    claim_id: int
    file_name: str
    sha256: str
    size: int
    pdf_sha256: str
    manifest_digest: str
    language: str
    draft: bool
    built_at: datetime
    built_by: str | None

    @property
    def path(self) -> Path:
        """The ZIP. Raises `NotFound` when it is gone from the store."""
        return files.store().path(self.sha256)


@verb(Permission.PACK_BUILD)
def build_pack(
    session: Session, claim_id: int, *, actor: Actor, language: str | None = None, now: datetime
) -> PackFile:
    """Build the pack of a claim in `language` (the reader's, if not given). A draft's pack is marked as one.

    Raises `GuardFailed` naming the documents that are missing once the claim is no draft, `WrongState` for one that ended,
    `Unavailable` when a file of the case is gone or was changed.
    """
    with using(language if language in LANGUAGES else current()):
        store = files.store()
        for _attempt in range(2):
            facts = _facts(session, claim_id, actor, now)
            made = _make(facts, store)
            ledger.lock_incident(session, facts.incident.id)
            if audit.head(session, facts.incident.id) == (facts.chain_length, facts.chain_head):
                return _keep(session, facts, made, actor=actor, now=now)
            # Somebody worked on the case meanwhile. Once more, now with the case locked, so that it cannot happen again.
            session.flush()
            session.expire_all()
    raise Conflict(_("The case changed while the pack was built. Build it again."))


@read(Permission.CLAIM_READ)
def list_packs(session: Session, claim_id: int, *, actor: Actor) -> list[PackFile]:
    """The packs of a claim, latest first."""
    return _packs(session, Pack.claim_id == claim_id)


@read(Permission.CLAIM_READ)
def get_pack(session: Session, pack_id: int, *, actor: Actor) -> PackFile:
    """One pack. Raises `NotFound`. Its `path` is the ZIP; `files.store().read(pack.pdf_sha256)` the PDF alone."""
    found = _packs(session, Pack.id == pack_id)
    if not found:
        raise NotFound(_("There is no such pack."))
    return found[0]


@dataclass(frozen=True)
class _Made:
    """What was built, in the store already."""

    zip: files.Stored
    pdf: files.Stored
    digest: str


def _facts(session: Session, claim_id: int, actor: Actor, now: datetime) -> PackFacts:
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    if claim.state in _ENDED:
        raise WrongState(_("The claim has ended; there is nothing left to file."))
    facts = gather(session, claim_id, actor=actor, draft=claim.state is ClaimState.DRAFT, now=now)
    missing = lacking(facts.needs)
    if missing and not facts.draft:
        names = ", ".join(kind_name(code) for code in missing)
        raise GuardFailed(_("The pack is not complete, still missing: {documents}.", documents=names), missing)
    if sum(exhibit.item.size for exhibit in facts.exhibits) > LARGEST:
        raise TooLarge(
            _("The files of this case are more than {n} GB; withdraw what proves nothing.", n=LARGEST // 10**9)
        )
    return facts


def _make(facts: PackFacts, store: Store) -> _Made:
    """Write the archive into the store, hashing every file on the way."""
    listed: list[dict[str, Any]] = [_entry(exhibit) for exhibit in facts.exhibits]
    digest = manifest.evidence_digest(listed)
    pdf = paper(facts, digest, store)
    papers = [
        (f"{facts.claim.reference}.pdf", pdf, {"role": "document", "media_type": "application/pdf"}),
        (f"{facts.claim.reference}-claim-sheet.xlsx", sheet(facts), {"role": "sheet", "media_type": _XLSX}),
    ]
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
    return _Made(coming.stored, store.put(pdf), about_all["digest"])


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


def _pretty(about: dict[str, Any]) -> bytes:
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


def _keep(session: Session, facts: PackFacts, made: _Made, *, actor: Actor, now: datetime) -> PackFile:
    for stored, media_type in ((made.zip, "application/zip"), (made.pdf, "application/pdf")):
        session.execute(
            insert(StoredFile)
            .values(sha256=stored.sha256, size=stored.size, media_type=media_type, stored_at=now)
            .on_conflict_do_nothing()
        )
    payer = _UNSAFE.sub("-", facts.claim.payer_name).strip("-")[:40]
    parts = [facts.claim.reference, payer, "draft" if facts.draft else ""]
    pack = Pack(
        claim_id=facts.claim.id,
        file_name="_".join(filter(None, parts)) + ".zip",
        zip_sha256=made.zip.sha256,
        pdf_sha256=made.pdf.sha256,
        manifest_digest=made.digest,
        chain_length=facts.chain_length,
        chain_head=facts.chain_head,
        language=current(),
        draft=facts.draft,
        built_at=now,
        built_by=actor.person_id,
    )
    session.add(pack)
    session.flush()
    audit.record(
        session,
        Tag.PACK_BUILT,
        actor=actor,
        now=now,
        subject=("pack", pack.id),
        chain=facts.incident.id,
        after={
            "file_name": pack.file_name,
            "reference": facts.claim.reference,
            "zip_sha256": pack.zip_sha256,
            "pdf_sha256": pack.pdf_sha256,
            "manifest_digest": pack.manifest_digest,
            "chain_length": pack.chain_length,
            "chain_head": pack.chain_head,
            "draft": pack.draft,
            "language": pack.language,
        },
    )
    return _packs(session, Pack.id == pack.id)[0]


def _packs(session: Session, where: Any) -> list[PackFile]:
    query = (
        select(Pack, StoredFile.size, Person.name)
        .join(StoredFile, StoredFile.sha256 == Pack.zip_sha256)
        .outerjoin(Person, Person.id == Pack.built_by)
        .where(where)
        .order_by(Pack.id.desc())
    )
    return [
        PackFile(
            id=pack.id,
            claim_id=pack.claim_id,
            file_name=pack.file_name,
            sha256=pack.zip_sha256,
            size=size,
            pdf_sha256=pack.pdf_sha256,
            manifest_digest=pack.manifest_digest,
            language=pack.language,
            draft=pack.draft,
            built_at=pack.built_at,
            built_by=name,
        )
        for pack, size, name in session.execute(query)
    ]
