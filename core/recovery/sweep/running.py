"""Running the sweep: batches, what to do when one fails, and only one of several app processes at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation import database, logs
from core.foundation.errors import Refusal
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.recovery.disputes import lapse
from core.recovery.money_tasks import chase_payment, late_payments
from core.recovery.settlements import follow
from core.recovery.silent import raise_suspicions, withdraw
from core.recovery.sweep.batch import Done, apply
from core.recovery.sweep.needs import needs

BATCH = 1_000
LOCK = 0x5265_636F_7570_53
"""The advisory lock of the sweep inside the app: "RecoupS"."""

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass
class Report:
    """How many clocks woke, were escalated, were missed; how many claims were put away with their window; how many parcels are
    newly silent for too long, and how many of those before were heard of again; how many disputes were not answered in time or
    had an offer that lapsed; and the clocks that failed, each with a
    sentence that says why.
    """

    woke: int = 0
    escalated: int = 0
    missed: int = 0
    expired: int = 0
    suspected: int = 0
    withdrawn: int = 0
    lapsed: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)

    def add(self, done: Done) -> None:
        """Count a batch."""
        self.woke += done.woke
        self.escalated += done.escalated
        self.missed += done.missed
        self.expired += done.expired


@verb(Permission.CLOCK_SWEEP)
def sweep(
    *,
    actor: Actor,
    now: datetime,
    transaction: Transaction = database.transaction,
    stop: Callable[[], bool] = bool,
    batch: int = BATCH,
) -> Report:
    """Give every running clock what it needs at `now`. Each batch is a transaction of its own, opened by `transaction`.

    Safe to run twice at once: a case that another holds is left for the end, when we wait for it. A batch that fails is
    halved until the row that fails stands alone; it is logged and told, the others go on. `stop` is asked between batches.
    """
    with transaction() as session:
        ids = [one.id for one in needs(session, now)]
    report, held = Report(), list[int]()
    for start in range(0, len(ids), batch):
        if stop():
            return report
        held += _work(ids[start : start + batch], report, transaction, actor, now, wait=False)
    for one in held:
        if stop():
            break
        _work([one], report, transaction, actor, now, wait=True)
    _chase(report, transaction, stop, actor, now)
    if not stop():
        _lapse(report, transaction, stop, actor, now)
    if not stop():
        _listen(report, transaction, actor, now)
    if not stop():
        _find_money(transaction, actor, now)
    return report


def _lapse(report: Report, transaction: Transaction, stop: Callable[[], bool], actor: Actor, now: datetime) -> None:
    """Disputes whose day to answer has passed, and offers that lapsed. Should it fail, the clocks stand as they were swept."""
    last: int | None = 0
    try:
        while last is not None and not stop():
            with transaction() as session:
                moved, last = lapse(session, actor=actor, now=now, after=last)
            report.lapsed += moved
    except Exception as error:
        if _nothing_works(error):
            raise
        logs.mishap(error, "sweep: disputes")


def _find_money(transaction: Transaction, actor: Actor, now: datetime) -> None:
    """What the lines of imported files may pay, now that claims and parcels have moved. Should it fail, the clocks stand as
    they were swept.
    """
    try:
        with transaction() as session:
            follow(session, actor=actor, now=now)
    except Exception as error:
        if _nothing_works(error):
            raise
        logs.mishap(error, "sweep: compensation")


def _listen(report: Report, transaction: Transaction, actor: Actor, now: datetime) -> None:
    """Parcels that are silent for too long, and those that were and moved or arrived after all. Should it fail, the clocks
    stand as they were swept.
    """
    try:
        with transaction() as session:
            report.withdrawn = withdraw(session, actor=actor, now=now)
        with transaction() as session:
            report.suspected = raise_suspicions(session, actor=actor, now=now)
    except Exception as error:
        if _nothing_works(error):
            raise
        logs.mishap(error, "sweep: silent parcels")


def _chase(report: Report, transaction: Transaction, stop: Callable[[], bool], actor: Actor, now: datetime) -> None:
    """Payments that did not come by their date become tasks, each in a transaction of its own."""
    with transaction() as session:
        ids = late_payments(session, actor=actor, now=now)
    for one in ids:
        if stop():
            return
        try:
            with transaction() as session:
                report.missed += chase_payment(session, one, actor=actor, now=now) is not None
        except Exception as error:
            if _nothing_works(error):
                raise
            report.failed.append((one, _sentence(error, one)))


def _work(
    ids: Sequence[int], report: Report, transaction: Transaction, actor: Actor, now: datetime, *, wait: bool
) -> list[int]:
    """One batch; the clocks of cases that somebody held."""
    try:
        with transaction() as session:
            done = apply(session, ids, actor=actor, now=now, wait=wait)
    except Exception as error:
        if _nothing_works(error):
            raise
        if len(ids) > 1:
            half = len(ids) // 2
            first = _work(ids[:half], report, transaction, actor, now, wait=wait)
            return first + _work(ids[half:], report, transaction, actor, now, wait=wait)
        report.failed.append((ids[0], _sentence(error, ids[0])))
        return []
    report.add(done)
    return done.held


def _nothing_works(error: Exception) -> bool:
    """Whether the database itself is gone, so that no other row would fare better."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or str(state).startswith(("57P", "08", "53"))


def _sentence(error: Exception, clock_id: int) -> str:
    if isinstance(error, Refusal):
        logs.event("sweep: a clock was refused", clock=clock_id, why=error.message)
        return error.message
    mark = logs.mishap(error, "sweep", clock=clock_id)
    return _("Something went wrong with this clock. The log says what, under {mark}.", mark=mark)


@verb(Permission.CLOCK_SWEEP)
def sweep_alone(*, actor: Actor, now: datetime, stop: Callable[[], bool] = bool) -> Report | None:
    """As `sweep`, unless another app process on the same database is at it: then None at once."""
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            return None
        try:
            return sweep(actor=actor, now=now, stop=stop)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
