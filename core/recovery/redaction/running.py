"""Everything that is past its days, one after the other, each in a transaction of its own; then the bytes of the files that went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.foundation import database, logs, previews
from core.foundation.errors import Refusal
from core.foundation.files import Store
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Evidence, StoredFile
from core.models.redaction import RedactionWhy
from core.recovery.redaction import due, others, parcel

BATCH = 5_000
"""Parcels without a case in one transaction."""
DISPUTES = 200

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass
class Redacted:
    """How many cases' parcels, other parcels, lone disputes and files of rows lost their buyers, how many stored files went; and what
    failed: the kind, its id, why.
    """

    cases: int = 0
    parcels: int = 0
    disputes: int = 0
    imports: int = 0
    files: int = 0
    failed: list[tuple[str, int, str]] = field(default_factory=list)


@verb(Permission.BUYER_REDACT)
def redact_all(
    store: Store,
    days: int,
    *,
    actor: Actor,
    now: datetime,
    dry: bool = False,
    transaction: Transaction = database.transaction,
) -> Redacted:
    """Redact everything that is past its days; `days` hold for shops without days of their own. Safe to run again at any time.

    With `dry` only counts. A parcel that fails is told and left as it was; the others go on.
    """
    report = Redacted()
    with transaction() as session:
        cases, lone, runs = (find(session, days, now) for find in (due.cases, due.disputes, due.old_files))
        if dry:
            parcels = others.count_parcels(session, days, now)
            return Redacted(len(cases), parcels, len(lone), len(runs), 0)
    for shipment_id, its_days in cases:
        report.cases += _one(report, "parcel", shipment_id, transaction, _case(shipment_id, its_days, actor, now))
    for its_days, some in _batches(lone):
        report.disputes += _one(report, "dispute", some[0], transaction, _lone(some, its_days, actor, now))
    while found := _one(report, "parcels", 0, transaction, _parcels(days, actor, now)):
        report.parcels += found
    for run_id, its_days in runs:
        report.imports += _one(report, "import", run_id, transaction, _file(run_id, its_days, actor, now))
    with transaction() as session:
        report.files = clear_files(session, store)
    return report


def clear_files(session: Session, store: Store) -> int:
    """Remove the bytes of files that went with a buyer's data, unless evidence added since needs them (inner); how many were there.

    Asked again every time, so that a crash between the record and the disk leaves nothing behind.
    """
    needed = exists().where(Evidence.sha256 == StoredFile.sha256, Evidence.removed_at.is_(None))
    gone = session.scalars(select(StoredFile.sha256).where(StoredFile.removed_at.is_not(None), ~needed))
    removed = 0
    for sha256 in gone:
        removed += store.remove(sha256)
        previews.forget(store, sha256)
    return removed


def _batches(found: due.Due) -> Iterator[tuple[int, list[int]]]:
    """Disputes that the same days hold for, as many as go in one transaction: what is told of them names their days."""
    by_days: dict[int, list[int]] = {}
    for number, days in found:
        by_days.setdefault(days, []).append(number)
    for days, numbers in by_days.items():
        for start in range(0, len(numbers), DISPUTES):
            yield days, numbers[start : start + DISPUTES]


Work = Callable[[Session], int]


def _case(shipment_id: int, days: int, actor: Actor, now: datetime) -> Work:
    def work(session: Session) -> int:
        parcel.take_out(session, shipment_id, actor=actor, why=RedactionWhy.AGE, days=days, now=now)
        return 1

    return work


def _lone(ids: list[int], days: int, actor: Actor, now: datetime) -> Work:
    return lambda session: others.disputes(session, ids, days, actor=actor, now=now)


def _parcels(days: int, actor: Actor, now: datetime) -> Work:
    return lambda session: others.parcels(session, days, actor=actor, most=BATCH, now=now)


def _file(run_id: int, days: int, actor: Actor, now: datetime) -> Work:
    def work(session: Session) -> int:
        others.raw_rows(session, run_id, days, actor=actor, now=now)
        return 1

    return work


def _one(report: Redacted, kind: str, number: int, transaction: Transaction, work: Work) -> int:
    try:
        with transaction() as session:
            return work(session)
    except Exception as error:
        logs.mishap(error, f"redact: {kind}")
        said = error.message if isinstance(error, Refusal) else _("an error of Recoup; the log has it")
        report.failed.append((kind, number, said))
        return 0
