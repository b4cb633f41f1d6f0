"""Evidence comes in and is withdrawn."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases import photo_advice, proof
from core.cases.evidence.door import Taken, take_in
from core.cases.evidence.names import checked_note, clean_name
from core.cases.incidents import IncidentAction, move, touch
from core.cases.kinds import kind_name, kinds
from core.cases.photo_advice import Found
from core.cases.photo_advice.prints import keep_print
from core.foundation import audit
from core.foundation.errors import Duplicate, Invalid, NotFound, WrongState
from core.foundation.formats import moment
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.sniff import Family
from core.models import Claim, Evidence, Incident, StoredFile, Tag
from core.money import ledger


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

    The file is in the store before the row is written: a row never names a file that is not there. What is noticed about a
    picture is kept as advice, and never a reason to refuse. Raises `Invalid` for an unknown kind, a file that is not taken,
    empty or damaged; `TooLarge`; `Duplicate` when the case has it.
    """
    clean = clean_name(name)
    if kind not in kinds():
        raise Invalid(_("Choose what the file shows."), "kind")
    words = checked_note(note)
    case = session.get(Incident, incident_id)
    if case is None:
        raise NotFound(_("There is no such incident."))
    taken = take_in(io.BytesIO(data) if isinstance(data, bytes) else data, clean)
    advice = _advice(session, case, kind, taken, now)
    incident = ledger.lock_incident(session, incident_id)
    _not_yet(session, incident_id, taken.sha256, clean, actor)
    return enter(session, incident, Entry(clean, kind, words, taken, advice), actor=actor, now=now)


@dataclass(frozen=True)
class Entry:
    """A file about to become evidence. `source` and `how` where it is a copy made from other evidence of the case."""

    name: str
    kind: str
    note: str
    taken: Taken
    advice: list[Found] = field(default_factory=list)
    source: Evidence | None = None
    how: dict[str, Any] | None = None


def enter(session: Session, incident: Incident, entry: Entry, *, actor: Actor, now: datetime) -> Evidence:
    """Write the row, its advice and its trace, and let the case move on (inner). The case is locked."""
    taken, facts = entry.taken, entry.taken.facts
    session.execute(
        insert(StoredFile)
        .values(sha256=taken.sha256, size=taken.size, media_type=taken.kind.media_type, stored_at=now)
        .on_conflict_do_nothing()
    )
    evidence = Evidence(
        incident_id=incident.id,
        sha256=taken.sha256,
        name=entry.name,
        kind=entry.kind,
        note=entry.note,
        taken_at=facts.taken_at if facts else None,
        taken_text=facts.taken_text if facts else None,
        width=taken.width,
        height=taken.height,
        unreadable=taken.unreadable,
        derived_from=entry.source.id if entry.source else None,
        derived_how=entry.how,
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(evidence)
    session.flush()
    if taken.measures is not None:
        keep_print(session, taken.sha256, taken.measures)
    photo_advice.keep(session, evidence, entry.advice, now=now)
    tag = Tag.EVIDENCE_DERIVED if entry.source else Tag.EVIDENCE_ADDED
    _record(session, tag, evidence, actor=actor, now=now, after=_after(entry))
    move(session, incident, IncidentAction.PROVE, actor=actor, now=now)
    touch(session, incident, now)
    proof.follow(session, incident, entry.kind, actor=actor, now=now)
    return evidence


def _after(entry: Entry) -> dict[str, object]:
    """What the trace says of a new file."""
    taken, facts = entry.taken, entry.taken.facts
    after: dict[str, object] = {
        "name": entry.name,
        "kind": entry.kind,
        "sha256": taken.sha256,
        "size": taken.size,
        "media_type": taken.kind.media_type,
        "note": entry.note,
    }
    if facts and facts.edited_with:
        after |= {"edited_with": facts.edited_with, "edited_text": facts.edited_text}
    if taken.unreadable:
        after["unreadable"] = taken.unreadable
    if entry.advice:
        after["advice"] = [found.code.value for found in entry.advice]
    if entry.source:
        after |= {"derived_from": entry.source.id, "source_sha256": entry.source.sha256, "how": entry.how}
    return after


def _advice(session: Session, case: Incident, kind: str, taken: Taken, now: datetime) -> list[Found]:
    """What there is to say about a picture or a video. Papers and tables are used in many cases, rightly."""
    if taken.kind.family not in (Family.PICTURE, Family.VIDEO):
        return []
    return photo_advice.look(
        session, case, kind=kind, sha256=taken.sha256, facts=taken.facts, measures=taken.measures, now=now
    )


def _not_yet(session: Session, incident_id: int, sha256: str, name: str, actor: Actor) -> None:
    there = standing(session, incident_id, sha256)
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


def standing(session: Session, incident_id: int, sha256: str) -> Evidence | None:
    """The standing evidence of a case that is this file (inner)."""
    return session.scalars(
        select(Evidence).where(
            Evidence.incident_id == incident_id, Evidence.sha256 == sha256, Evidence.withdrawn_at.is_(None)
        )
    ).one_or_none()


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
    why = checked_note(reason)
    if not why:
        raise Invalid(_("Say why it is withdrawn."), "reason")
    evidence = session.get(Evidence, evidence_id)
    if evidence is None:
        raise NotFound(_("There is no such evidence."))
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
    touch(session, incident, now)
    proof.follow(session, incident, evidence.kind, actor=actor, now=now)
    return evidence
