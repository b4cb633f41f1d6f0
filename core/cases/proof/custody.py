"""The chain of hands: who added, opened, copied, packed or withdrew which file, told from the case's hash chain, and
checked against everything that can witness it.

A case in the database is checked with `check_case`: its chain against the head the record keeps and the heads its packs
carry, its files against what was written when they came in. What leaves the house is `custody`: the events about the
files of a pack in full, every other event by its hash alone, so that whoever gets it can follow the chain without
reading what is none of their business. `check_log` does that, with nothing but the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.kinds import kind_name
from core.foundation import audit
from core.foundation.audit import GENESIS, AuditEvent, Break, Witness
from core.foundation.errors import NotFound
from core.foundation.files import Store
from core.foundation.formats import clauses, moment
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Evidence, Incident, Pack, Person, StoredFile, Tag

SCHEMA = "recoup.custody/1"

ARRIVALS = (Tag.EVIDENCE_ADDED.value, Tag.EVIDENCE_FROZEN.value, Tag.EVIDENCE_DERIVED.value)
"""The events by which a file comes into a case."""

_KINDS: dict[str, str] = {
    "changed": N_("Event {n} is not as it was written{about}."),
    "missing": N_("Event {n} is missing{about}."),
    "unlinked": N_("Event {n} does not follow the one before it{about}."),
    "cut": N_("Event {n} is missing: the chain was cut before it{about}."),
    "witness": N_("Event {n} is another one than a pack or the record saw{about}."),
}


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold. `event` is the number of an event of the chain, `file` the name of a file; `kind` is
    one of `Break`'s, or `file_changed`, `file_missing`, `unrecorded`, `unkept`, `rewritten`.
    """

    kind: str
    sentence: str
    event: int | None = None
    file: str | None = None


@dataclass(frozen=True)
class CaseCustody:
    """What was looked at in a case, and what does not hold; no findings mean it does."""

    reference: str
    events: int
    files: int
    witnesses: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was."""
        return not self.findings


# --- a case in the database -----------------------------------------------------------------------------------------------


@read(Permission.AUDIT_READ)
def check_case(session: Session, reference: str, store: Store | None, *, actor: Actor) -> CaseCustody:
    """Check one case: every event of its chain, every file it ever held, every pack. `store` None leaves the bytes unread.

    Raises `NotFound`.
    """
    incident = session.scalars(select(Incident).where(Incident.reference == reference.strip().upper())).one_or_none()
    if incident is None:
        raise NotFound(_("There is no incident {reference}.", reference=reference[:40]))
    events = list(
        session.scalars(select(AuditEvent).where(AuditEvent.chain == incident.id).order_by(AuditEvent.sequence))
    )
    seen = witnesses(session, incident.id)
    held = list(session.scalars(select(Evidence).where(Evidence.incident_id == incident.id).order_by(Evidence.id)))
    by_number = {one.sequence or 0: one for one in events}
    broken = audit.breaks(session, incident.id, seen)
    findings = [_broken(one, by_number.get(one.sequence), actor) for one in broken]
    findings += _unmatched(events, held, {one.sequence for one in broken})
    if store is not None:
        findings += _files(store, [(one.sha256, one.name) for one in held if one.removed_at is None])
        findings += _files(store, _packs(session, incident.id))
    return CaseCustody(incident.reference, len(events), len(held), len(seen), tuple(findings))


def witnesses(session: Session, incident_id: int) -> list[Witness]:
    """What the packs of a case say of its chain: every pack was built on a head that was the chain's then (inner)."""
    query = (
        select(Pack.chain_length, Pack.chain_head, Pack.file_name)
        .join(Claim, Claim.id == Pack.claim_id)
        .where(Claim.incident_id == incident_id, Pack.chain_length > 0)
        .order_by(Pack.id)
    )
    return [Witness(*row) for row in session.execute(query)]


def all_witnesses(session: Session) -> dict[int, list[Witness]]:
    """The same of every case in one statement: case → what its packs say (inner)."""
    query = (
        select(Claim.incident_id, Pack.chain_length, Pack.chain_head, Pack.file_name)
        .join(Claim, Claim.id == Pack.claim_id)
        .where(Pack.chain_length > 0)
        .order_by(Pack.id)
    )
    found: dict[int, list[Witness]] = {}
    for row in session.execute(query):
        found.setdefault(row[0], []).append(Witness(row[1], row[2], row[3]))
    return found


def _packs(session: Session, incident_id: int) -> list[tuple[str, str]]:
    query = (
        select(Pack.zip_sha256, Pack.file_name)
        .join(Claim, Claim.id == Pack.claim_id)
        .join(StoredFile, StoredFile.sha256 == Pack.zip_sha256)
        .where(Claim.incident_id == incident_id, StoredFile.removed_at.is_(None))
        .order_by(Pack.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _files(store: Store, named: Iterable[tuple[str, str]]) -> list[Finding]:
    """Files whose bytes are not those that came in, or that are gone; each hash read once."""
    found, looked = [], set()
    for sha256, name in named:
        if sha256 in looked:
            continue
        looked.add(sha256)
        fault = store.verify(sha256)
        if fault == "changed":
            said = _("The file “{name}” was changed: its bytes are not those that came in.", name=name)
            found.append(Finding("file_changed", said, file=name))
        elif fault == "missing":
            said = _("The file “{name}” is missing from the store.", name=name)
            found.append(Finding("file_missing", said, file=name))
    return found


def _broken(one: Break, event: AuditEvent | None, actor: Actor) -> Finding:
    about = "" if event is None else _told(event.tag, event.after, event.before, event.at, actor.zone)
    said = _(_KINDS[one.kind], n=one.sequence, about=about)
    return Finding(one.kind, said, event=one.sequence, file=_name_of(event) if event is not None else None)


def _told(tag: str, after: Mapping[str, Any], before: Mapping[str, Any], at: datetime, zone: str) -> str:
    kind, name = after.get("kind") or before.get("kind"), after.get("name") or before.get("name")
    what = clauses(str(part) for part in (tag, kind_name(str(kind)) if kind and name else None, name) if part)
    return f" ({what}, {moment(at, zone, year=True)})"


def _name_of(event: AuditEvent) -> str | None:
    name = event.after.get("name") or event.before.get("name")
    return str(name) if name and event.subject == "evidence" else None


def _unmatched(events: Sequence[AuditEvent], held: Sequence[Evidence], broken: Collection[int]) -> list[Finding]:
    """Files that no event tells of, events whose file is not kept, and files that are another than was written.

    What an event that is broken itself says is not held against its file.
    """
    mine = [one for one in events if one.subject == "evidence"]
    came = {one.subject_id: one for one in mine if one.tag in ARRIVALS}
    went = {one.subject_id for one in mine if one.tag == Tag.EVIDENCE_WITHDRAWN.value}
    found: list[Finding] = []
    for file in held:
        event = came.pop(file.id, None)
        if event is None:
            said = _("No event tells how the file “{name}” came in: it is missing from the chain.", name=file.name)
            found.append(Finding("unrecorded", said, file=file.name))
        elif event.sequence not in broken and str(event.after.get("sha256")) != file.sha256:
            said = _(
                "The file “{name}” is another than event {n} tells of: its hash was changed in the database.",
                name=file.name,
                n=event.sequence,
            )
            found.append(Finding("rewritten", said, event=event.sequence, file=file.name))
        if file.withdrawn_at is not None and file.id not in went:
            said = _("No event tells who withdrew the file “{name}”.", name=file.name)
            found.append(Finding("unrecorded", said, file=file.name))
        if file.withdrawn_at is None and file.id in went:
            said = _("The file “{name}” was withdrawn by the chain, and stands in the database.", name=file.name)
            found.append(Finding("rewritten", said, file=file.name))
    for event in came.values():
        name = str(event.after.get("name", ""))
        said = _("Event {n} tells of the file “{name}”, which is not in the database.", n=event.sequence, name=name)
        found.append(Finding("unkept", said, event=event.sequence, file=name))
    return found


# --- what leaves the house ------------------------------------------------------------------------------------------------


def custody(
    session: Session, incident_id: int, evidence_ids: Collection[int] | None = None, *, claim: str | None = None
) -> dict[str, Any]:
    """The chain of hands of a case as a pack carries it, ready for JSON (inner: whoever builds the pack asked for rights).

    Events about the files in `evidence_ids` (None: every file) stand in full, and of the packs of `claim` (its
    reference) those built before; every other event by its hash alone. `check_log` checks it, offline.
    """
    rows = session.execute(
        select(AuditEvent, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.person_id)
        .where(AuditEvent.chain == incident_id)
        .order_by(AuditEvent.sequence)
    ).all()
    told = [(one, who) for one, who in rows if _concerns(one, evidence_ids, claim)]
    reference = session.scalar(select(Incident.reference).where(Incident.id == incident_id))
    return {
        "schema": SCHEMA,
        "incident": reference,
        "chain": incident_id,
        "length": len(rows),
        "head": (rows[-1][0].hash or GENESIS).hex() if rows else GENESIS.hex(),
        "hashes": [(one.hash or GENESIS).hex() for one, _who in rows],
        "told": [one.sequence for one, _who in told],
        "events": [_event(one, who) for one, who in told],
    }


def _concerns(event: AuditEvent, evidence_ids: Collection[int] | None, claim: str | None) -> bool:
    if event.tag == audit.REDACTED:
        return True  # without it the events it took a buyer's data out of do not fit their hashes
    if event.subject == "evidence":
        return evidence_ids is None or event.subject_id in evidence_ids
    return claim is not None and event.tag == Tag.PACK_BUILT.value and event.after.get("reference") == claim


def _event(event: AuditEvent, who: str | None) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "person": event.person_id,
        "who": who or "Recoup",
        "tag": event.tag,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "before": event.before,
        "after": event.after,
    }


def check_log(
    log: Any, *, length: int | None = None, head: str | None = None, files: Mapping[str, str] | None = None
) -> list[Finding]:
    """Follow a chain of hands, offline: every event that stands in full against the hashes, the hashes against `length` and
    `head` (the manifest's), and every file in `files` (SHA-256 → its path) against the event by which it came.
    """
    read_log = _shape(log)
    if read_log is None:
        return [Finding("unreadable", _("The chain of hands cannot be read."))]
    hashes, told, events = read_log
    found = [_of_log(number, "missing") for number in told if number not in events]
    found += _in_full(log, hashes, events)
    ends = length if length is not None else log.get("length")
    if isinstance(ends, int):
        found += [_of_log(number, "cut") for number in range(len(hashes) + 1, ends + 1)]
        if len(hashes) > ends:
            said = _("The chain of hands has {n} events, the pack was built on {known}.", n=len(hashes), known=ends)
            found.append(Finding("unlinked", said, event=ends + 1))
    at_end = head if head is not None else log.get("head")
    if hashes and ends == len(hashes) and hashes[-1] != at_end:
        found.append(_of_log(len(hashes), "witness"))
    found += _without_arrival(events.values(), files or {})
    return sorted(found, key=lambda one: one.event or 0)


def _shape(log: Any) -> tuple[list[str], list[int], dict[int, Mapping[str, Any]]] | None:
    """Hashes, the numbers of the events that stand in full, and those events; None for what is no such log."""
    if not isinstance(log, Mapping) or log.get("schema") != SCHEMA or not isinstance(log.get("chain"), int):
        return None
    hashes, told, events = log.get("hashes"), log.get("told"), log.get("events")
    if not isinstance(hashes, list) or not isinstance(told, list) or not isinstance(events, list):
        return None
    if not all(isinstance(one, str) for one in hashes) or not all(isinstance(one, int) for one in told):
        return None
    if not all(isinstance(one, Mapping) and isinstance(one.get("sequence"), int) for one in events):
        return None
    return hashes, told, {one["sequence"]: one for one in events}


def _in_full(log: Mapping[str, Any], hashes: Sequence[str], events: Mapping[int, Mapping[str, Any]]) -> list[Finding]:
    """The events that stand in full against the hashes; one that a redaction changed against what that one, itself whole, says of it."""
    left = audit.attested(
        (number, str(event.get("tag")), event.get("after"))
        for number, event in sorted(events.items())
        if event.get("tag") == audit.REDACTED and _one_event(log, hashes, number, event, {}) is None
    )
    return [one for number, event in sorted(events.items()) if (one := _one_event(log, hashes, number, event, left))]


def _one_event(
    log: Mapping[str, Any], hashes: Sequence[str], number: int, event: Mapping[str, Any], left: Mapping[int, str]
) -> Finding | None:
    if not 1 <= number <= len(hashes):
        return None if number > len(hashes) else _of_log(number, "unlinked", event)
    try:
        previous = bytes.fromhex(hashes[number - 2]) if number > 1 else GENESIS
        again = audit.digest(
            previous,
            chain=log["chain"],
            sequence=number,
            at=datetime.fromisoformat(event["at"]),
            person_id=event["person"],
            tag=event["tag"],
            subject=event["subject"],
            subject_id=event["subject_id"],
            before=event["before"],
            after=event["after"],
        ).hex()
    except (KeyError, ValueError, TypeError):
        return _of_log(number, "changed", event)
    return None if again in (hashes[number - 1], left.get(number)) else _of_log(number, "changed", event)


def _of_log(number: int, kind: str, event: Mapping[str, Any] | None = None) -> Finding:
    parts: list[str] = []
    name = None
    if event is not None:
        after, before = event.get("after"), event.get("before")
        name = next((one.get("name") for one in (after, before) if isinstance(one, Mapping) and one.get("name")), None)
        parts = [str(part) for part in (event.get("tag"), name, event.get("at")) if part]
    about = f" ({', '.join(parts)})" if parts else ""
    return Finding(kind, _(_KINDS[kind], n=number, about=about), number, None if name is None else str(name))


def _without_arrival(events: Iterable[Mapping[str, Any]], files: Mapping[str, str]) -> list[Finding]:
    came = {
        str(one["after"].get("sha256"))
        for one in events
        if one.get("tag") in ARRIVALS and isinstance(one.get("after"), Mapping)
    }
    return [
        Finding("unrecorded", _("No event tells how the file {path} came into the case.", path=path), file=path)
        for sha256, path in files.items()
        if sha256 not in came
    ]
