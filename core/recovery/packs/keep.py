"""The rows of a pack: its archive, the parts for its receiver, what was left out; and reading them back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit, files
from core.foundation.language import current
from core.foundation.permissions import Actor
from core.models import Pack, PackPart, Person, StoredFile, Tag
from core.recovery.packs.archive import Made
from core.recovery.packs.facts import PackFacts
from core.recovery.packs.fit import Fitted, Held, Part
from core.recovery.receivers import Receiver

_UNSAFE = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True)
class PartFile:
    """One file for the receiver. It goes with the others of its `sending`; `module` is its place in a form; size in bytes."""

    id: int
    pack_id: int
    number: int
    sending: int
    module: str
    file_name: str
    sha256: str
    size: int
    media_type: str
    holds: tuple[Held, ...]

    @property
    def path(self) -> Path:
        """Where it lies. Raises `NotFound` when it is gone from the store."""
        return files.store().path(self.sha256)


@dataclass(frozen=True)
class PackFile:
    """A built pack. `path` is where its ZIP lies; sizes in bytes. `receiver` is a code of receivers.toml, `since` the
    moment from which on a delta pack holds what is new, `left_out` rows of `number`, `name`, `why`. `removed_at`: its files
    went with the buyer's data.
    """

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
    receiver: str | None
    since: datetime | None
    left_out: tuple[dict[str, Any], ...]
    parts: tuple[PartFile, ...]
    removed_at: datetime | None = None

    @property
    def path(self) -> Path:
        """The ZIP. Raises `NotFound` when it is gone from the store."""
        return files.store().path(self.sha256)

    @property
    def sendings(self) -> int:
        """How many goes its parts are sent in."""
        return max((part.sending for part in self.parts), default=0)


def keep(
    session: Session,
    facts: PackFacts,
    made: Made,
    receiver: Receiver | None,
    fitted: Fitted,
    *,
    actor: Actor,
    now: datetime,
) -> PackFile:
    """Write the rows of a finished pack and its line in the case's history (inner). The files are in the store before."""
    stored = [files.store().put(part.data) for part in fitted.parts]
    _note_files(session, [(made.zip, "application/zip"), (made.pdf, "application/pdf")], now)
    _note_files(session, [(one, part.media_type) for one, part in zip(stored, fitted.parts, strict=True)], now)
    pack = Pack(
        claim_id=facts.claim.id,
        file_name=_file_name(facts),
        zip_sha256=made.zip.sha256,
        pdf_sha256=made.pdf.sha256,
        manifest_digest=made.digest,
        chain_length=facts.chain_length,
        chain_head=facts.chain_head,
        language=current(),
        draft=facts.draft,
        built_at=now,
        built_by=actor.person_id,
        receiver=receiver.code if receiver else None,
        since=facts.since,
        left_out=[{"number": one.number, "name": one.name, "why": one.why} for one in fitted.left_out],
    )
    session.add(pack)
    session.flush()
    parts = [_part_row(pack, part, one) for part, one in zip(fitted.parts, stored, strict=True)]
    session.add_all(parts)
    session.flush()
    _trail(session, pack, parts, facts, actor, now)
    return read_packs(session, Pack.id == pack.id)[0]


def _part_row(pack: Pack, part: Part, stored: files.Stored) -> PackPart:
    return PackPart(
        pack_id=pack.id,
        number=part.number,
        sending=part.sending,
        module=part.module,
        file_name=part.file_name,
        sha256=stored.sha256,
        size=stored.size,
        media_type=part.media_type,
        holds=[held.plain() for held in part.holds],
    )


def _trail(
    session: Session, pack: Pack, parts: Sequence[PackPart], facts: PackFacts, actor: Actor, now: datetime
) -> None:
    """The line in the case's history, by which the pack and each of its parts can be told from any other."""
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
            "receiver": pack.receiver,
            "evidence": [{"id": one.item.id, "sha256": one.item.sha256} for one in facts.exhibits],
            "parts": [{"file_name": one.file_name, "sha256": one.sha256} for one in parts],
        },
    )


def read_packs(session: Session, where: Any) -> list[PackFile]:
    """Packs with their parts, the latest first (inner): two statements."""
    query = (
        select(Pack, StoredFile.size, StoredFile.removed_at, Person.name)
        .join(StoredFile, StoredFile.sha256 == Pack.zip_sha256)
        .outerjoin(Person, Person.id == Pack.built_by)
        .where(where)
        .order_by(Pack.id.desc())
    )
    found = session.execute(query).all()
    parts = _parts(session, [row[0].id for row in found])
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
            receiver=pack.receiver,
            since=pack.since,
            left_out=tuple(pack.left_out),
            parts=tuple(parts[pack.id]),
            removed_at=removed_at,
        )
        for pack, size, removed_at, name in found
    ]


def part_of(row: PackPart) -> PartFile:
    """One row as it is read (inner)."""
    return PartFile(
        id=row.id,
        pack_id=row.pack_id,
        number=row.number,
        sending=row.sending,
        module=row.module,
        file_name=row.file_name,
        sha256=row.sha256,
        size=row.size,
        media_type=row.media_type,
        holds=tuple(Held(one.get("number"), one["what"], one.get("page")) for one in row.holds),
    )


def _parts(session: Session, pack_ids: Sequence[int]) -> dict[int, list[PartFile]]:
    found: dict[int, list[PartFile]] = defaultdict(list)
    if pack_ids:
        query = select(PackPart).where(PackPart.pack_id.in_(pack_ids)).order_by(PackPart.pack_id, PackPart.number)
        for row in session.scalars(query):
            found[row.pack_id].append(part_of(row))
    return found


def _note_files(session: Session, stored: Sequence[tuple[files.Stored, str]], now: datetime) -> None:
    for one, media_type in stored:
        session.execute(
            insert(StoredFile)
            .values(sha256=one.sha256, size=one.size, media_type=media_type, stored_at=now)
            .on_conflict_do_nothing()
        )


def _file_name(facts: PackFacts) -> str:
    payer = _UNSAFE.sub("-", facts.claim.payer_name).strip("-")[:40]
    marks = [facts.claim.reference, payer, "new" if facts.since else "", "draft" if facts.draft else ""]
    return "_".join(filter(None, marks)) + ".zip"
