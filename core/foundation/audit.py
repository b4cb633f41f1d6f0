"""The audit trail: one row per change, in the change's own transaction, never changed afterwards.

Rows of one case form a hash chain: each carries the hash of the one before it, so that a row cut out, put in or altered
breaks the chain at a place `check_chain` names. The database itself refuses UPDATE, DELETE and TRUNCATE on the table.

Buyers' data goes out of it all the same, after its days: the words are taken out of `before` and `after`, the hashes stay, and the
event that tells of it (`REDACTED`) carries the digest of every row as it stands since. So a chain says of each row that it is as it was
written, or as a redaction that stands in the chain itself left it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.foundation.buyers import BuyerFacts
from core.foundation.columns import UtcDateTime
from core.foundation.database import Base
from core.foundation.permissions import Actor

GENESIS = bytes(32)
"""What the first row of a chain carries as the hash before it."""

REDACTED = "buyer.redacted"
"""The tag of the event that tells of a redaction; `after["rows"]` holds sequence → digest of the row as it is since, in hex."""


class AuditEvent(Base):
    """One change. `chain` is the case it belongs to (None outside any case), `sequence` its place in that case, from
    1.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("chain", "sequence"),
        Index(None, "subject", "subject_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    tag: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    chain: Mapped[int | None] = mapped_column(BigInteger)
    sequence: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(BuyerFacts)
    after: Mapped[dict[str, Any]] = mapped_column(BuyerFacts)
    previous: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class ChainHead(Base):
    """How long a case's chain ever was, and its last hash. Written by the database itself with every event; only grows.

    It is the witness against a chain that was cut at its end, which nothing inside the chain can tell.
    """

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("length > 0", name="not_empty"),)

    chain: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    length: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)


def plain(value: Any) -> Any:
    """`value` as JSONB gives it back to the letter: decimals, floats and dates as text, moments in UTC.

    JSONB spells numbers anew (1e16, -0.0) and holds no NUL, and a chain whose rows come back spelt otherwise is broken.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        ordinary = value.is_finite() and abs(value.adjusted()) < 40
        return format(value.normalize(), "f") if ordinary else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    return _text(str(value))


def _text(text: str) -> str:
    """`text` without what JSONB refuses: NUL and halves of surrogate pairs, shown as what cannot be shown."""
    return re.sub("[\x00\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def digest(
    previous: bytes,
    *,
    chain: int,
    sequence: int,
    at: datetime,
    person_id: int | None,
    tag: str,
    subject: str,
    subject_id: int | None,
    before: Any,
    after: Any,
) -> bytes:
    """SHA-256 over the previous hash and the row in a fixed spelling (JSON, sorted keys)."""
    row = [chain, sequence, at.astimezone(UTC).isoformat(), person_id, tag, subject, subject_id, before, after]
    return hashlib.sha256(previous + orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).digest()


@dataclass(frozen=True)
class Entry:
    """One row to be written. With `chain`, the case's own row is locked by the caller: that is what orders the chain."""

    tag: StrEnum
    actor: Actor
    now: datetime
    subject: tuple[str, int | None]
    chain: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record(
    session: Session,
    tag: StrEnum,
    *,
    actor: Actor,
    now: datetime,
    subject: tuple[str, int | None],
    chain: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one row. With `chain`, the case's own row must be locked by the caller: that is what orders the chain."""
    return record_many(session, [Entry(tag, actor, now, subject, chain, before, after)])[0]


def record_many(session: Session, entries: Sequence[Entry]) -> list[AuditEvent]:
    """Write rows in their order, those of many cases in one go: two statements however many there are."""
    ends = _ends(session, {one.chain for one in entries if one.chain is not None})
    events = []
    for one in entries:
        event = AuditEvent(
            at=one.now,
            person_id=one.actor.person_id,
            tag=one.tag.value,
            subject=one.subject[0],
            subject_id=one.subject[1],
            chain=one.chain,
            before=plain(one.before or {}),
            after=plain(one.after or {}),
        )
        if one.chain is not None:
            length, event.previous = ends.get(one.chain, (0, GENESIS))
            event.sequence = length + 1
            event.hash = digest_of(event)
            ends[one.chain] = event.sequence, event.hash
        events.append(event)
    session.add_all(events)
    session.flush()
    return events


_WRITE = text(
    "INSERT INTO audit_event (at, person_id, tag, subject, subject_id, chain, sequence, before, after, previous, hash)"
    " SELECT at, person_id, tag, subject, subject_id, chain, sequence, before, after,"
    " decode(previous, 'hex'), decode(hash, 'hex') FROM json_to_recordset(CAST(:rows AS json)) AS"
    " made(at timestamptz, person_id int, tag text, subject text, subject_id bigint, chain bigint, sequence int,"
    " before jsonb, after jsonb, previous text, hash text)"
)


def write_many(session: Session, entries: Sequence[Entry]) -> None:
    """As `record_many`, for thousands of rows that nobody wants to see again, each of a case: as one document."""
    session.flush()
    ends = _ends(session, {one.chain for one in entries if one.chain is not None})
    rows = []
    for one in entries:
        if one.chain is None:
            raise ValueError("a row of no case is written by `record`")
        length, previous = ends.get(one.chain, (0, GENESIS))
        row: dict[str, Any] = {
            "chain": one.chain,
            "sequence": length + 1,
            "at": one.now,
            "person_id": one.actor.person_id,
            "tag": one.tag.value,
            "subject": one.subject[0],
            "subject_id": one.subject[1],
            "before": plain(one.before or {}),
            "after": plain(one.after or {}),
        }
        made = digest(previous, **row)
        ends[one.chain] = length + 1, made
        rows.append({**row, "previous": previous.hex(), "hash": made.hex()})
    if rows:
        session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})


def _ends(session: Session, chains: set[int]) -> dict[int, tuple[int, bytes]]:
    """Length and last hash of each chain; one that has no row yet is left out."""
    last = select(AuditEvent.chain, AuditEvent.sequence, AuditEvent.hash)
    if len(chains) == 1:  # nearly always: straight off the end of the index
        rows = last.where(AuditEvent.chain == next(iter(chains))).order_by(AuditEvent.sequence.desc()).limit(1)
    elif chains:
        rows = last.where(AuditEvent.chain.in_(chains)).ext(distinct_on(AuditEvent.chain))
        rows = rows.order_by(AuditEvent.chain, AuditEvent.sequence.desc())
    else:
        return {}
    return {row[0]: (row[1] or 0, row[2] or GENESIS) for row in session.execute(rows) if row[0] is not None}


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: the case, the place in it, and what is wrong there.

    `changed`: the event is not as it was written; `missing`: there is no event of that number; `unlinked`: it does not
    follow the one before it; `cut`: the chain ends before it although it once was longer; `witness`: it is another event
    than the one a witness saw.
    """

    chain: int
    sequence: int
    kind: str


@dataclass(frozen=True)
class Witness:
    """What somebody outside the chain saw of it: its length then, its last hash in hex, and who (`pack CL-2026-00001`)."""

    length: int
    head: str
    who: str


def check_chain(session: Session, chain: int) -> Break | None:
    """Recompute one case's chain; the first break, None when every row is there and as it was written."""
    return next(iter(breaks(session, chain)), None)


def breaks(session: Session, chain: int, witnesses: Sequence[Witness] = ()) -> list[Break]:
    """Every place where a case's chain does not hold, in order; the chain's own head is always a witness."""
    rows = list(session.scalars(select(AuditEvent).where(AuditEvent.chain == chain).order_by(AuditEvent.sequence)))
    noted = session.get(ChainHead, chain, populate_existing=True)
    seen = [*witnesses, *([Witness(noted.length, noted.head.hex(), "")] if noted else [])]
    return _breaks(chain, rows, seen)


def _breaks(chain: int, rows: Sequence[AuditEvent], seen: Sequence[Witness]) -> list[Break]:
    found: list[Break] = []
    previous, expected = GENESIS, 1
    left = attested((row.sequence or 0, row.tag, row.after) for row in rows)
    for row in rows:
        sequence = row.sequence or 0
        found += [Break(chain, place, "missing") for place in range(expected, sequence)]
        if sequence == expected and row.previous != previous:
            found.append(Break(chain, sequence, "unlinked"))
        elif (now := digest_of(row)) != row.hash and left.get(sequence) != now.hex():
            found.append(Break(chain, sequence, "changed"))
        previous, expected = row.hash or GENESIS, sequence + 1
    longest = max((one.length for one in seen), default=0)
    found += [Break(chain, place, "cut") for place in range(expected, longest + 1)]
    there = {row.sequence: (row.hash or GENESIS).hex() for row in rows}
    broken = {one.sequence for one in found}
    for one in sorted(seen, key=lambda witness: witness.length):
        if one.length in there and there[one.length] != one.head and one.length not in broken:
            found.append(Break(chain, one.length, "witness"))
            broken.add(one.length)
    return sorted(found, key=lambda one: one.sequence)


def attested(events: Iterable[tuple[int, str, Any]]) -> dict[int, str]:
    """What redactions among some events (sequence, tag, after) say of earlier ones: sequence → digest in hex; the latest counts."""
    said: dict[int, str] = {}
    for sequence, tag, after in events:
        rows = after.get("rows") if tag == REDACTED and isinstance(after, Mapping) else None
        if isinstance(rows, Mapping):
            said.update({int(of): str(made) for of, made in rows.items() if str(of).isdigit() and int(of) < sequence})
    return said


def digest_of(row: AuditEvent) -> bytes:
    """The hash a stored row of a chain should carry, on the hash before it that it names."""
    return digest(
        row.previous or b"",
        chain=row.chain or 0,
        sequence=row.sequence or 0,
        at=row.at,
        person_id=row.person_id,
        tag=row.tag,
        subject=row.subject,
        subject_id=row.subject_id,
        before=row.before,
        after=row.after,
    )


def chains(session: Session) -> list[int]:
    """Every case that has a chain, or that the record says had one."""
    known = select(AuditEvent.chain).where(AuditEvent.chain.is_not(None)).union(select(ChainHead.chain))
    return sorted(row[0] for row in session.execute(known) if row[0] is not None)


def head(session: Session, chain: int) -> tuple[int, str]:
    """How long a case's chain is and its last hash in hex: what a pack carries. (0, zeros) for a case without rows."""
    last = session.execute(
        select(AuditEvent.sequence, AuditEvent.hash)
        .where(AuditEvent.chain == chain)
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return 0, GENESIS.hex()
    return last.sequence or 0, (last.hash or GENESIS).hex()
