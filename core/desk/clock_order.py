"""The clocks of a case side by side, in the order they matter: the next irreversible moment leads.

1. What is asked of us, by its moment: windows, appeals, proof, traces, documents that are lost once it passes, and questions,
   promises, offers and money that only get later. A payer whose answer or payment is late belongs here: asking is ours.
2. Windows whose end nobody knows, by their opening.
3. What is somebody else's turn and not late yet.
4. What can no longer be saved, paused clocks, and those that are over, the latest first.

At one moment what is lost for good comes before what is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from core.cases.clocks import rules
from core.desk.story import ClockRow
from core.models.clock import ClockKind, ClockState

WAITING = frozenset({ClockKind.ANSWER, ClockKind.PAYMENT})
"""Kinds that are somebody else's turn until their moment has passed."""

OURS, UNENDING, THEIRS, LOST, PAUSED, OVER = range(6)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_order(clocks: Iterable[ClockRow], now: datetime) -> list[ClockRow]:
    """The clocks in the order they matter."""
    return sorted(clocks, key=lambda one: place(one, now))


def place(clock: ClockRow, now: datetime) -> tuple[int, float, bool, int]:
    """Where a clock stands among those of its case; sorts."""
    group = _group(clock, now)
    lasting = not rules().irreversible(clock.kind, clock.rule)
    moment = clock.settled_at if group == OVER else clock.due_at or clock.opens_at
    seconds = ((moment or clock.created_at) - _EPOCH).total_seconds()
    return (group, -seconds if group in (LOST, OVER) else seconds, lasting, clock.id)


def _group(clock: ClockRow, now: datetime) -> int:
    if clock.state is ClockState.PAUSED:
        return PAUSED
    if clock.state is not ClockState.RUNNING:
        return OVER
    if clock.due_at is None:
        return UNENDING
    late = clock.due_at < now
    if clock.kind in WAITING:
        return OURS if late else THEIRS
    return LOST if late and rules().irreversible(clock.kind, clock.rule) else OURS
