"""Evidence: files put forward in a case. Hashed at the door, never changed, withdrawn rather than deleted."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases import proof
from core.cases.incidents import IncidentAction, move, touch
from core.cases.kinds import kind_name, kinds
from core.foundation import audit, files, pictures, previews, sniff
from core.foundation.errors import Duplicate, Invalid, NotFound, Refusal, WrongState
from core.foundation.formats import moment
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.sniff import Family
from core.models import Claim, Evidence, Incident, Person, StoredFile, Tag
from core.money import ledger

LONGEST_NAME = 160
LONGEST_NOTE = 2_000

# Control and direction marks can make a name look like another one; separators would make it a path.
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


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
    """One file of a case. Sizes in bytes and pixels; `taken_text` is the camera's clock, `taken_at` needs its zone."""

    id: int
    name: str
    kind: str
    note: str
    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    taken_at: datetime | None
    taken_text: str | None
    added_at: datetime
    added_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


@verb(Permission.EVIDENCE_ADD)
def add_evidence(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    name: str,
    data: bytes | BinaryIO,
    kind: str,
    note: str = "",
    now: datetime,
) -> Evidence:
    """Take one file into a case, open or closed. `kind` is a code of the evidence vocabulary; `data` is read from its
    start.

    The file is in the store before the row is written: a row never names a file that is not there. Raises `Invalid` for
    an unknown kind, a file that is not taken, empty or damaged; `TooLarge`; `Duplicate` when the case has it.
    """
    clean = clean_name(name)
    if kind not in kinds():
        raise Invalid(_("Choose what the file shows."), "kind")
    words = _note(note)
    if session.get(Incident, incident_id) is None:
        raise NotFound(_("There is no such incident."))
    stream: BinaryIO = io.BytesIO(data) if isinstance(data, bytes) else data
    examined = sniff.examine(stream, clean)
    facts = _picture_facts(stream, clean) if examined.kind.family is Family.PICTURE else None
    stored = files.store().put(stream, limit=sniff.LIMITS[examined.kind.family])
    if facts is not None and stored.new:
        _prepare(stream, stored.sha256)
    incident = ledger.lock_incident(session, incident_id)
    _not_yet(session, incident_id, stored.sha256, clean, actor)
    session.execute(
        insert(StoredFile)
        .values(sha256=stored.sha256, size=stored.size, media_type=examined.kind.media_type, stored_at=now)
        .on_conflict_do_nothing()
    )
    evidence = Evidence(
        incident_id=incident_id,
        sha256=stored.sha256,
        name=clean,
        kind=kind,
        note=words,
        taken_at=facts.taken_at if facts else None,
        taken_text=facts.taken_text if facts else None,
        width=facts.width if facts else None,
        height=facts.height if facts else None,
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(evidence)
    session.flush()
    after = {
        "name": clean,
        "kind": kind,
        "sha256": stored.sha256,
        "size": stored.size,
        "media_type": examined.kind.media_type,
        "note": words,
    }
    if facts and facts.edited_with:
        after |= {"edited_with": facts.edited_with, "edited_text": facts.edited_text}
    _record(session, Tag.EVIDENCE_ADDED, evidence, actor=actor, now=now, after=after)
    proof.follow(session, incident, kind, actor=actor, now=now)
    move(session, incident, IncidentAction.PROVE, actor=actor, now=now)
    touch(session, incident, now)
    return evidence


def clean_name(name: str) -> str:
    """A file's name as it is kept: no folders, no invisible letters, not too long, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    last = _NOT_IN_NAMES.sub("", last).strip().strip(".") or "file"
    if len(last) <= LONGEST_NAME:
        return last
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 10:
        return last[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def _note(text: str) -> str:
    clean = text.replace("\x00", "").strip()
    if len(clean) > LONGEST_NOTE:
        raise Invalid(_("This is too long: at most {n} characters.", n=LONGEST_NOTE), "note")
    return clean


def _picture_facts(stream: BinaryIO, name: str) -> pictures.Facts:
    data = stream.read()
    stream.seek(0)
    return pictures.facts(data, name)


def _prepare(stream: BinaryIO, sha256: str) -> None:
    stream.seek(0)
    previews.prepare(files.store(), sha256, stream.read())


def _not_yet(session: Session, incident_id: int, sha256: str, name: str, actor: Actor) -> None:
    there = session.scalars(
        select(Evidence).where(
            Evidence.incident_id == incident_id, Evidence.sha256 == sha256, Evidence.withdrawn_at.is_(None)
        )
    ).one_or_none()
    if there is not None:
        raise Duplicate(
            _(
                "“{name}” is in this case already: “{there}”, {kind}, added {moment}. Nothing was added twice.",
                name=name,
                there=there.name,
                kind=kind_name(there.kind),
                moment=moment(there.added_at, actor.zone),
            )
        )


def _record(
    session: Session,
    tag: Tag,
    evidence: Evidence,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("evidence", evidence.id),
        chain=evidence.incident_id,
        before=before,
        after=after,
    )


@verb(Permission.EVIDENCE_WITHDRAW)
def withdraw_evidence(session: Session, evidence_id: int, *, actor: Actor, reason: str, now: datetime) -> Evidence:
    """Take evidence out of a case. The file stays, with who, when and why. A filed claim's receipt cannot go."""
    why = _note(reason)
    if not why:
        raise Invalid(_("Say why it is withdrawn."), "reason")
    evidence = _get(session, evidence_id)
    incident = ledger.lock_incident(session, evidence.incident_id)
    session.refresh(evidence)
    if evidence.withdrawn_at is not None:
        raise WrongState(_("This was withdrawn already."))
    claim = session.scalar(select(Claim.reference).where(Claim.receipt_id == evidence_id).limit(1))
    if claim is not None:
        raise WrongState(_("It is the receipt of claim {reference} and stays.", reference=claim))
    evidence.withdrawn_at, evidence.withdrawn_by, evidence.withdrawn_reason = now, actor.person_id, why
    session.flush()
    before = {"name": evidence.name, "kind": evidence.kind, "sha256": evidence.sha256}
    _record(session, Tag.EVIDENCE_WITHDRAWN, evidence, actor=actor, now=now, before=before, after={"reason": why})
    proof.follow(session, incident, evidence.kind, actor=actor, now=now)
    touch(session, incident, now)
    return evidence


@verb(Permission.EVIDENCE_READ)
def hand_out_evidence(
    session: Session, evidence_id: int, *, actor: Actor, shared: bool = False, now: datetime
) -> OpenedFile:
    """Give a file out and note it in the case's history: the original, or with `shared` the copy for others."""
    evidence = _get(session, evidence_id)
    ledger.lock_incident(session, evidence.incident_id)
    found = _shared(session, evidence) if shared else _original(session, evidence)
    after = {"name": found.name, "kind": evidence.kind, "sha256": found.sha256, "shared": shared}
    _record(session, Tag.EVIDENCE_OPENED, evidence, actor=actor, now=now, after=after)
    return found


@read(Permission.EVIDENCE_READ)
def open_evidence(session: Session, evidence_id: int, *, actor: Actor) -> OpenedFile:
    """The file as it came in, to be shown. Raises `NotFound`. To give it out, `hand_out_evidence` leaves a trace."""
    return _original(session, _get(session, evidence_id))


@read(Permission.EVIDENCE_READ)
def shared_evidence(session: Session, evidence_id: int, *, actor: Actor) -> OpenedFile:
    """The file as others may have it: of a picture a copy without place, device and person, else the file itself."""
    return _shared(session, _get(session, evidence_id))


@read(Permission.EVIDENCE_READ)
def list_evidence(session: Session, incident_id: int, *, actor: Actor, withdrawn: bool = False) -> list[EvidenceItem]:
    """The case's files in the order they came; withdrawn ones only when asked."""
    query = _ITEMS.where(Evidence.incident_id == incident_id)
    if not withdrawn:
        query = query.where(Evidence.withdrawn_at.is_(None))
    return [EvidenceItem(**row._asdict()) for row in session.execute(query)]


@read(Permission.EVIDENCE_READ)
def thumbnails(session: Session, incident_id: int, *, actor: Actor) -> dict[int, bytes]:
    """Evidence id → a small upright JPEG, for the case's pictures that can be shown; withdrawn ones too."""
    store, small = files.store(), {}
    for item in session.execute(_ITEMS.where(Evidence.incident_id == incident_id)):
        if item.media_type.startswith("image/"):
            with suppress(Refusal):  # one picture that is gone must not hide the others
                small[item.id] = previews.thumbnail(store, item.sha256)
    return small


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
        Evidence.taken_at,
        Evidence.taken_text,
        Evidence.added_at,
        Person.name.label("added_by"),
        Evidence.withdrawn_at,
        Evidence.withdrawn_reason,
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
