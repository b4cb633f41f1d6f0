"""One batch of clocks in one transaction: lock the cases, look again, change what still needs it, write the trail (inner)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from core.cases.clocks.moments import quiet_until
from core.foundation.audit import Entry, write_many
from core.foundation.permissions import Actor
from core.models import Clock, Incident, Tag
from core.models.clock import ClockKind, ClockState
from core.recovery.claims import expire
from core.recovery.claims.expiring import expire_many, unfiled
from core.recovery.sweep.needs import Need, Needy, needs


@dataclass
class Done:
    """How many clocks of a batch were changed how, how many claims were put away, and which clocks somebody else held."""

    woke: int = 0
    escalated: int = 0
    missed: int = 0
    expired: int = 0
    held: list[int] = field(default_factory=list)


# Each changes a row only if it is still as it was seen: the same version, and running.
_WAKE = text(
    "UPDATE clock SET woke_at = :now, quiet_until = seen.quiet, version = clock.version + 1"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS int[]), CAST(:quiet AS timestamptz[]))"
    " AS seen(id, version, quiet)"
    " WHERE clock.id = seen.id AND clock.version = seen.version AND clock.state = 'running' RETURNING clock.id"
)
_ESCALATE = text(
    "UPDATE clock SET escalation = seen.level, escalated_at = :now, version = clock.version + 1"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS int[]), CAST(:levels AS smallint[]))"
    " AS seen(id, version, level)"
    " WHERE clock.id = seen.id AND clock.version = seen.version AND clock.state = 'running' RETURNING clock.id"
)
_MISS = text(
    "UPDATE clock SET state = 'missed', settled_at = :now, version = clock.version + 1"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS int[])) AS seen(id, version)"
    " WHERE clock.id = seen.id AND clock.version = seen.version AND clock.state = 'running' RETURNING clock.id"
)
_NEXT_OF_CASES = text(
    "UPDATE incident SET next_due_at = soonest.at, next_clock = soonest.kind, version = version + 1"
    " FROM unnest(CAST(:ids AS bigint[])) AS wanted(id) LEFT JOIN LATERAL ("
    "   SELECT coalesce(due_at, opens_at) AS at, kind FROM clock WHERE incident_id = wanted.id AND state = 'running'"
    "   ORDER BY 1, CASE WHEN kind = 'claim_window' THEN 0 ELSE 1 END, clock.id LIMIT 1"
    " ) AS soonest ON true WHERE incident.id = wanted.id"
    " AND (incident.next_due_at, incident.next_clock) IS DISTINCT FROM (soonest.at, soonest.kind)"
)
_NEXT_OF_CLAIMS = text(
    "UPDATE claim SET next_due_at = soonest.at, version = version + 1"
    " FROM unnest(CAST(:ids AS bigint[])) AS wanted(id) LEFT JOIN LATERAL ("
    "   SELECT min(coalesce(due_at, opens_at)) AS at FROM clock WHERE claim_id = wanted.id AND state = 'running'"
    " ) AS soonest ON true WHERE claim.id = wanted.id AND claim.next_due_at IS DISTINCT FROM soonest.at"
)


def apply(session: Session, ids: Sequence[int], *, actor: Actor, now: datetime, wait: bool) -> Done:
    """Give the clocks among `ids` what they need now. Cases that somebody else holds are left, unless we `wait`."""
    cases = select(Clock.incident_id).where(Clock.id.in_(ids))
    locking = select(Incident.id).where(Incident.id.in_(cases)).order_by(Incident.id)
    free = set(session.scalars(locking.with_for_update(skip_locked=not wait)))
    seen = needs(session, now, ids)
    done = Done(held=[one.id for one in seen if one.incident_id not in free])
    mine = [one for one in seen if one.incident_id in free]
    changes: list[Entry] = []
    _wake([one for one in mine if one.need is Need.WAKE], session, actor, now, done, changes)
    _escalate([one for one in mine if one.need is Need.ESCALATE], session, actor, now, done, changes)
    lost = [one for one in mine if one.need is Need.MISS]
    apart = _expire(lost, session, actor, now, done, changes)
    one_by_one = {one.id for one in apart}
    gone = _miss([one for one in lost if one.id not in one_by_one], session, actor, now, done, changes)
    write_many(session, changes)
    _follow(session, gone)
    for one in apart:
        _by_the_door(session, one, actor, now, done)
    return done


def _changed(
    session: Session, statement: TextClause, some: Sequence[Needy], now: datetime, **more: object
) -> list[Needy]:
    if not some:
        return []
    given = {"ids": [one.id for one in some], "versions": [one.version for one in some], "now": now, **more}
    found = set(session.scalars(statement, given))
    return [one for one in some if one.id in found]


def _wake(some: list[Needy], session: Session, actor: Actor, now: datetime, done: Done, changes: list[Entry]) -> None:
    quiet = [quiet_until(now, one.due_at) for one in some]
    for one in _changed(session, _WAKE, some, now, quiet=quiet):
        done.woke += 1
        changes.append(_entry(Tag.CLOCK_WOKE, one, actor, now, {}, {"opens_at": one.opens_at, "due_at": one.due_at}))


def _escalate(
    some: list[Needy], session: Session, actor: Actor, now: datetime, done: Done, changes: list[Entry]
) -> None:
    for one in _changed(session, _ESCALATE, some, now, levels=[one.level for one in some]):
        done.escalated += 1
        before, after = {"escalation": one.escalation}, {"escalation": one.level, "due_at": one.due_at}
        changes.append(_entry(Tag.CLOCK_ESCALATED, one, actor, now, before, after))


def _expire(
    lost: Sequence[Needy], session: Session, actor: Actor, now: datetime, done: Done, changes: list[Entry]
) -> list[Needy]:
    """Put away the unfiled claims whose window closed. Those that are not of the simple kind are given back, to go through
    the claims' own door one by one.
    """
    windows = {one.claim_id: one for one in lost if one.kind is ClockKind.CLAIM_WINDOW and one.claim_id is not None}
    found = unfiled(session, sorted(windows))
    simple = [one for one in found if one.simple and one.due_at is not None and one.due_at < now]
    written = expire_many(session, simple, actor=actor, now=now)
    done.expired += len(written)
    changes += written
    put_away = {one.id for one in simple}
    return [windows[one.id] for one in found if one.id not in put_away]


def _miss(
    some: list[Needy], session: Session, actor: Actor, now: datetime, done: Done, changes: list[Entry]
) -> list[Needy]:
    gone = _changed(session, _MISS, some, now)
    done.missed += len(gone)
    for one in gone:
        changes.append(
            _entry(Tag.CLOCK_SETTLED, one, actor, now, {"state": ClockState.RUNNING}, {"state": ClockState.MISSED})
        )
    return gone


def _follow(session: Session, gone: Sequence[Needy]) -> None:
    """Bring the next moments of cases and claims in line with what still runs."""
    if not gone:
        return
    session.execute(_NEXT_OF_CASES, {"ids": sorted({one.incident_id for one in gone})})
    claims = sorted({one.claim_id for one in gone if one.claim_id is not None})
    if claims:
        session.execute(_NEXT_OF_CLAIMS, {"ids": claims})


def _by_the_door(session: Session, one: Needy, actor: Actor, now: datetime, done: Done) -> None:
    if one.claim_id is None:
        return
    expire(session, one.claim_id, actor=actor, now=now)
    done.expired += 1
    done.missed += 1


def _entry(
    tag: Tag, one: Needy, actor: Actor, now: datetime, before: Mapping[str, object], after: Mapping[str, object]
) -> Entry:
    told = {"kind": one.kind, "title": one.title, **after}
    return Entry(tag, actor, now, ("clock", one.id), one.incident_id, before, told)
