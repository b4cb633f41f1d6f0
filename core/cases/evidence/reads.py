"""Evidence is shown, listed and handed out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.kinds import shows_buyer
from core.foundation import audit, files, pictures, previews, sniff
from core.foundation.clock import local_day
from core.foundation.errors import NotAllowed, NotFound, Refusal
from core.foundation.formats import day
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Evidence, Person, StoredFile, Tag
from core.money import ledger


@dataclass(frozen=True)
class OpenedFile:
    """A file to hand over. `copy` is set where it is not a stored file but a copy made of one, which has no `path`."""

    name: str
    media_type: str
    sha256: str
    copy: bytes | None = None

    @property
    def data(self) -> bytes:
        """All its bytes. Raises `NotFound` when the file is gone from the store."""
        return self.copy if self.copy is not None else files.store().read(self.sha256)

    @property
    def path(self) -> Path | None:
        """Where it lies in the store, so that a long video need not be read whole. Raises `NotFound` when it is gone."""
        return None if self.copy is not None else files.store().path(self.sha256)


@dataclass(frozen=True)
class EvidenceItem:
    """One file of a case. Sizes in bytes and pixels; `taken_text` is the camera's clock, `taken_at` needs its zone.
    `unreadable` is a code; a copy names its source in `derived_from` and says in `derived_how` how it was made.
    """

    id: int
    name: str
    kind: str
    note: str
    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    unreadable: str | None
    derived_from: int | None
    derived_how: Mapping[str, Any] | None
    taken_at: datetime | None
    taken_text: str | None
    added_at: datetime
    added_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    removed_at: datetime | None


def may_see(kind: str, actor: Actor) -> bool:
    """Whether files of a kind are for this actor: many show who the buyer is."""
    return actor.may(Permission.BUYER_READ) or not shows_buyer(kind)


@verb(Permission.EVIDENCE_READ)
def hand_out_evidence(
    session: Session, evidence_id: int, *, actor: Actor, shared: bool = False, now: datetime
) -> OpenedFile:
    """Give a file out and note it in the case's history: the original, or with `shared` the copy for others."""
    evidence = _openable(session, evidence_id, actor)
    ledger.lock_incident(session, evidence.incident_id)
    found = _shared(session, evidence) if shared else _original(session, evidence)
    after = {"name": found.name, "kind": evidence.kind, "sha256": found.sha256, "shared": shared}
    audit.record(
        session,
        Tag.EVIDENCE_OPENED,
        actor=actor,
        now=now,
        subject=("evidence", evidence.id),
        chain=evidence.incident_id,
        after=after,
    )
    return found


@read(Permission.EVIDENCE_READ)
def open_evidence(session: Session, evidence_id: int, *, actor: Actor) -> OpenedFile:
    """The file as it came in, to be shown. Raises `NotFound`, and `NotAllowed` where it shows a buyer this actor may not see.

    To give it out, `hand_out_evidence` leaves a trace.
    """
    return _original(session, _openable(session, evidence_id, actor))


@read(Permission.EVIDENCE_READ)
def shared_evidence(session: Session, evidence_id: int, *, actor: Actor) -> OpenedFile:
    """The file as others may have it: of a picture a copy without place, device and person, else the file itself."""
    return _shared(session, _openable(session, evidence_id, actor))


@read(Permission.EVIDENCE_READ)
def list_evidence(session: Session, incident_id: int, *, actor: Actor, withdrawn: bool = False) -> list[EvidenceItem]:
    """The case's files in the order they came; withdrawn ones, and those gone with the buyer's data, only when asked."""
    query = _ITEMS.where(Evidence.incident_id == incident_id)
    if not withdrawn:
        query = query.where(Evidence.withdrawn_at.is_(None), Evidence.removed_at.is_(None))
    return [EvidenceItem(**row._asdict()) for row in session.execute(query)]


@read(Permission.EVIDENCE_READ)
def thumbnails(session: Session, incident_id: int, *, actor: Actor) -> dict[int, bytes]:
    """Evidence id → a small upright JPEG, for the case's pictures and videos that can be shown; withdrawn ones too."""
    small = {}
    for item in session.execute(_ITEMS.where(Evidence.incident_id == incident_id)):
        if not may_see(item.kind, actor) or item.removed_at is not None:
            continue
        with suppress(Refusal):  # one picture that is gone must not hide the others
            small[item.id] = _small(item.sha256, item.media_type, item.unreadable)
    return small


@read(Permission.EVIDENCE_READ)
def small_picture(session: Session, evidence_id: int, *, actor: Actor) -> bytes:
    """A small upright JPEG of a picture, or of a video's poster. Raises `NotFound` where there is none."""
    evidence = _openable(session, evidence_id, actor)
    return _small(evidence.sha256, _original(session, evidence).media_type, evidence.unreadable)


def _small(sha256: str, media_type: str, unreadable: str | None) -> bytes:
    if media_type.startswith("image/"):
        return previews.thumbnail(files.store(), sha256)
    if media_type.startswith("video/") and unreadable is None:
        return previews.poster(files.store(), sha256, media_type)
    raise NotFound(_("This file has no small picture."))


_ITEMS = (
    select(
        Evidence.id,
        Evidence.name,
        Evidence.kind,
        Evidence.note,
        Evidence.sha256,
        StoredFile.size,
        StoredFile.media_type,
        Evidence.width,
        Evidence.height,
        Evidence.unreadable,
        Evidence.derived_from,
        Evidence.derived_how,
        Evidence.taken_at,
        Evidence.taken_text,
        Evidence.added_at,
        Person.name.label("added_by"),
        Evidence.withdrawn_at,
        Evidence.withdrawn_reason,
        Evidence.removed_at,
    )
    .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
    .outerjoin(Person, Person.id == Evidence.added_by)
    .order_by(Evidence.added_at, Evidence.id)
)


def _get(session: Session, evidence_id: int) -> Evidence:
    found = session.get(Evidence, evidence_id)
    if found is None:
        raise NotFound(_("There is no such evidence."))
    return found


def _openable(session: Session, evidence_id: int, actor: Actor) -> Evidence:
    """The evidence, where its file is there and for this actor. Raises `NotFound`, `NotAllowed`."""
    found = _get(session, evidence_id)
    if not may_see(found.kind, actor):
        raise NotAllowed(
            _("This file shows who the buyer is, and you may not see buyers' names. Ask an admin if you need to.")
        )
    if found.removed_at is not None:
        on = day(local_day(found.removed_at, actor.zone), year=True)
        raise NotFound(_("This file showed the buyer and was removed with the buyer's data on {day}.", day=on))
    return found


def _original(session: Session, evidence: Evidence) -> OpenedFile:
    media_type = session.get_one(StoredFile, evidence.sha256).media_type
    return OpenedFile(evidence.name, media_type, evidence.sha256)


def _shared(session: Session, evidence: Evidence) -> OpenedFile:
    original = _original(session, evidence)
    if not original.media_type.startswith("image/"):
        return original
    copy = pictures.shared_copy(original.data)
    kind = sniff.KINDS["png" if copy.startswith(b"\x89PNG") else "jpeg"]
    stem = original.name.rpartition(".")[0] or original.name
    return OpenedFile(stem + kind.suffix, kind.media_type, files.sha256_of(copy), copy)
