"""One parcel with its cases and disputes: whatever is its buyer's goes out of the record, and each case's chain tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, select, text, update
from sqlalchemy.orm import Session

from core.cases.incidents import search_text
from core.cases.kinds import shows_buyer
from core.foundation import audit, buyers
from core.foundation.audit import AuditEvent
from core.foundation.buyers import BuyerDigest, BuyerFacts, BuyerName
from core.foundation.errors import NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.masking import MASK
from core.foundation.permissions import Actor, Permission
from core.models import (
    Claim,
    Contact,
    Dispute,
    DisputeVersion,
    Evidence,
    GroupMember,
    Incident,
    Payout,
    Redaction,
    Shipment,
    StoredFile,
    Tag,
)
from core.models.contact import Party
from core.models.incident import IncidentState
from core.models.redaction import RedactionWhy
from core.money import ledger
from core.recovery.redaction.days import keeping
from core.recovery.redaction.reach import Reach, holding_files, reached


@dataclass(frozen=True)
class Ids:
    """A parcel, its cases and its disputes, as the conditions of `reach` ask for them."""

    shipments: list[int]
    incidents: list[int]
    disputes: list[int]

    @property
    def parameters(self) -> dict[str, list[int]]:
        """The parameters of a condition."""
        return {"shipments": self.shipments, "incidents": self.incidents, "disputes": self.disputes}


@dataclass(frozen=True)
class Known:
    """What the buyer is called, and numbers that stay whatever they look like."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


@verb(Permission.BUYER_REDACT)
def redact_case(session: Session, reference: str, *, actor: Actor, note: str, now: datetime) -> Redaction:
    """Take a buyer's data out of a case and of everything of its parcel before its days are over, because somebody asked.

    Raises `NotFound`, and `WrongState` while a case of the parcel is open: its work needs the buyer.
    """
    found = session.scalars(select(Incident).where(Incident.reference == reference.strip().upper())).one_or_none()
    if found is None:
        raise NotFound(_("There is no incident {reference}.", reference=reference.strip()[:40]))
    open_ones = session.scalars(
        select(Incident.reference)
        .where(Incident.shipment_id == found.shipment_id, Incident.state != IncidentState.CLOSED)
        .order_by(Incident.id)
    ).all()
    if open_ones:
        raise WrongState(_("Close the cases of this parcel first: {references}.", references=", ".join(open_ones)))
    return take_out(session, found.shipment_id, actor=actor, why=RedactionWhy.ASKED, note=note, days=None, now=now)


def take_out(
    session: Session,
    shipment_id: int,
    *,
    actor: Actor,
    why: RedactionWhy,
    days: int | None,
    now: datetime,
    note: str = "",
) -> Redaction:
    """Redact a parcel that has cases (inner). The bytes of its files go when `clear_files` runs after the commit."""
    ids = _ids(session, shipment_id)
    for incident_id in ids.incidents:
        ledger.lock_incident(session, incident_id)
    known = Known(frozenset(_names(session, ids)), frozenset(_numbers(session, ids)))
    note = buyers.without_buyers(note, known.names, known.numbers)
    made = begin(session, incident_id=ids.incidents[0], actor=actor, why=why, days=days, note=note, now=now)
    counts: Counter[str] = Counter()
    for one in reached():
        counts[one.table.name] += rewrite(session, one, ids.parameters, known)
    counts["files"] = _files(session, ids, now) if keeping().files else 0
    session.execute(update(Shipment).where(Shipment.id == shipment_id).values(redacted_at=now))
    session.execute(update(Dispute).where(Dispute.id.in_(ids.disputes)).values(redacted_at=now))
    made.counts = {name: n for name, n in counts.items() if n}
    session.flush()
    session.expire_all()
    _groups(session, ids, known)
    for incident_id in ids.incidents:
        _chain(session, incident_id, known, made, actor, now)
    return made


def begin(
    session: Session,
    *,
    incident_id: int | None,
    actor: Actor,
    why: RedactionWhy,
    days: int | None,
    now: datetime,
    note: str = "",
    counts: Mapping[str, int] | None = None,
) -> Redaction:
    """Write down that a redaction takes place, and let this transaction change the words of what otherwise never changes (inner)."""
    made = Redaction(
        incident_id=incident_id,
        at=now,
        person_id=actor.person_id,
        why=why,
        days=days,
        note=note,
        counts=dict(counts or {}),
    )
    session.add(made)
    session.flush()
    session.execute(text("select set_config('recoup.redacting', :number, true)"), {"number": str(made.id)})
    return made


def _ids(session: Session, shipment_id: int) -> Ids:
    incidents = list(
        session.scalars(select(Incident.id).where(Incident.shipment_id == shipment_id).order_by(Incident.id))
    )
    disputes = session.scalars(
        select(Dispute.id).where((Dispute.shipment_id == shipment_id) | Dispute.incident_id.in_(incidents))
    )
    return Ids([shipment_id], incidents, list(disputes))


def _names(session: Session, ids: Ids) -> set[str]:
    """What the parcel's buyer is called anywhere in it."""
    username = session.scalar(select(Shipment.buyer_username).where(Shipment.id == ids.shipments[0]))
    talked = session.scalars(
        select(Contact.name).where(Contact.incident_id.in_(ids.incidents), Contact.party == Party.BUYER)
    )
    names = {one for one in (username, *talked) if one}
    for facts in session.scalars(select(DisputeVersion.facts).where(DisputeVersion.dispute_id.in_(ids.disputes))):
        names |= buyers.own_names(facts)
    events = select(AuditEvent.before, AuditEvent.after).where(AuditEvent.chain.in_(ids.incidents))
    for before, after in session.execute(events):
        names |= buyers.own_names(before) | buyers.own_names(after)
    return names


def _numbers(session: Session, ids: Ids) -> set[str]:
    """The numbers of the parcel, its claims, payouts and disputes."""
    columns = (
        Shipment.order_number, Shipment.parcel_number, Shipment.tracking_number, Shipment.first_mile_number, Shipment.last_mile_number,
    )  # fmt: skip
    found = set(session.execute(select(*columns).where(Shipment.id.in_(ids.shipments))).one())
    found |= set(session.scalars(select(Claim.case_number).where(Claim.incident_id.in_(ids.incidents))))
    paid = select(Payout.reference).join(Claim, Claim.id == Payout.claim_id).where(Claim.incident_id.in_(ids.incidents))
    found |= set(session.scalars(paid))
    numbers = select(Dispute.return_number, Dispute.return_tracking_number).where(Dispute.id.in_(ids.disputes))
    return {one for one in found | {number for row in session.execute(numbers) for number in row} if one}


# --- rows ---------------------------------------------------------------------------------------------------------------


def rewrite(session: Session, of: Reach, ids: Mapping[str, Sequence[int]], known: Known) -> int:
    """Take the buyer out of the rows of one table (inner); how many rows changed."""
    table = of.table.name
    asked = [*of.key, *(column.name for column in of.columns)]
    wheres = [column.info.get("buyer_where") for column in of.columns]
    flags = "".join(f", coalesce({where}, false)" for where in wheres if where)
    rows = session.execute(
        text(f"select {', '.join(asked)}{flags} from {table} where {of.where}"),  # noqa: S608 -- our own names
        {name: value for name, value in ids.items() if f":{name}" in of.where},
    ).all()
    changed = 0
    for row in rows:
        values, mine = row[len(of.key) : len(asked)], iter(row[len(asked) :])
        new = {}
        for column, where, value in zip(of.columns, wheres, values, strict=True):
            named = bool(next(mine)) if where else True
            if (becomes := _gone(column, value, known, named)) != value:
                new[column.name] = becomes
        if new:
            changed += 1
            _set(session, of, dict(zip(of.key, row, strict=False)), new)
    return changed


def _gone(column: Column[Any], value: Any, known: Known, named: bool) -> Any:
    """What a column of a buyer holds once it is redacted. A name that is not the buyer's own (`named` false) stays."""
    if value in (None, "", [], {}):
        return value
    kind = column.type
    if isinstance(kind, BuyerName):
        return (None if column.nullable else MASK) if named else value
    if isinstance(kind, BuyerDigest):
        return ""
    own = getattr(kind, "own", False)
    if isinstance(kind, BuyerFacts):
        return [] if own else buyers.redacted_facts(value, known.names, known.numbers)
    return MASK if own else buyers.without_buyers(value, known.names, known.numbers)


def _set(session: Session, of: Reach, key: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    json = {column.name for column in of.columns if isinstance(column.type, BuyerFacts)}
    sets = ", ".join(f"{name} = cast(:{name} as jsonb)" if name in json else f"{name} = :{name}" for name in new)
    values = {name: orjson.dumps(value).decode() if name in json else value for name, value in new.items()}
    picked = " and ".join(f"{name} = :key_{name}" for name in key)
    session.execute(
        text(f"update {of.table.name} set {sets} where {picked}"),  # noqa: S608 -- our own names
        {**values, **{f"key_{name}": value for name, value in key.items()}},
    )


# --- files --------------------------------------------------------------------------------------------------------------


def _files(session: Session, ids: Ids, now: datetime) -> int:
    """Mark the files that show the buyer as removed, but for bytes that another parcel's evidence needs; how many there are."""
    mine = session.scalars(
        select(Evidence).where(Evidence.incident_id.in_(ids.incidents), Evidence.removed_at.is_(None))
    ).all()
    gone = {one.sha256 for one in mine if shows_buyer(one.kind)}
    session.execute(
        update(Evidence).where(Evidence.id.in_([one.id for one in mine if one.sha256 in gone])).values(removed_at=now)
    )
    for table, column, where in holding_files():
        asked = {name: value for name, value in ids.parameters.items() if f":{name}" in where}
        gone |= set(session.scalars(text(f"select {column} from {table} where {where}"), asked))  # noqa: S608 -- our own names
    needed = set(
        session.scalars(select(Evidence.sha256).where(Evidence.sha256.in_(gone), Evidence.removed_at.is_(None)))
    )
    session.execute(
        update(StoredFile)
        .where(StoredFile.sha256.in_(gone - needed), StoredFile.removed_at.is_(None))
        .values(removed_at=now)
    )
    return len(gone)


# --- the chain ----------------------------------------------------------------------------------------------------------


def _groups(session: Session, ids: Ids, known: Known) -> None:
    """Take the buyer out of what groups of these cases were closed with: told in the group's own trail, which is of no chain."""
    groups = select(GroupMember.group_id).where(GroupMember.incident_id.in_(ids.incidents))
    closed = select(AuditEvent).where(
        AuditEvent.subject == "group",
        AuditEvent.subject_id.in_(groups),
        AuditEvent.tag == Tag.GROUP_CLOSED,
        AuditEvent.chain.is_(None),
    )
    for event in session.scalars(closed):
        event.after = buyers.redacted_facts(event.after, known.names, known.numbers)
    session.flush()


def _chain(
    session: Session,
    incident_id: int,
    known: Known,
    made: Redaction,
    actor: Actor,
    now: datetime,
) -> None:
    """Take the buyer out of a case's events; the event that tells of it carries the digest of each as it stands since."""
    left: dict[str, str] = {}
    events = select(AuditEvent).where(AuditEvent.chain == incident_id).order_by(AuditEvent.sequence)
    for event in session.scalars(events):
        before, after = (buyers.redacted_facts(one, known.names, known.numbers) for one in (event.before, event.after))
        if (before, after) != (event.before, event.after):
            event.before, event.after = before, after
            left[str(event.sequence)] = audit.digest_of(event).hex()
    session.flush()
    audit.record(
        session,
        Tag.BUYER_REDACTED,
        actor=actor,
        now=now,
        subject=("redaction", made.id),
        chain=incident_id,
        after={"rows": left, "why": made.why, "days": made.days, "note": made.note, "counts": made.counts},
    )
    incident = session.get_one(Incident, incident_id)
    shipment = session.get_one(Shipment, incident.shipment_id)
    incident.search_text = search_text(session, incident, shipment)
    session.flush()
