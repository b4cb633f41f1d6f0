"""Which running clocks need something now, in one statement, by the table of kinds (inner)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.cases.clocks import rules
from core.models.clock import ClockKind


class Need(StrEnum):
    """What the time did to a clock."""

    MISS = "miss"
    WAKE = "wake"
    ESCALATE = "escalate"


@dataclass(frozen=True)
class Needy:
    """A clock as it was seen, what it needs, and with whom it should be by its moment (`level`)."""

    id: int
    version: int
    incident_id: int
    claim_id: int | None
    kind: ClockKind
    title: str
    opens_at: datetime | None
    due_at: datetime | None
    escalation: int
    need: Need
    level: int


# Agrees with `moments.level` and `moments.quiet_until`, which a test holds it to. A clock gets one thing at a time: what is
# lost is not woken or escalated any more, and what woke just now is left in peace.
_STATEMENT = """
SELECT * FROM (
    SELECT c.id, c.version, c.incident_id, c.claim_id, c.kind, c.title, c.opens_at, c.due_at, c.escalation, t.level,
        CASE
            WHEN r.irreversible AND c.rule <> ALL (CAST(:reminders AS text[])) AND c.due_at < :now THEN 'miss'
            WHEN c.opens_at <= :now AND c.woke_at IS NULL THEN 'wake'
            WHEN (c.opens_at IS NULL OR c.opens_at <= :now) AND (c.quiet_until IS NULL OR c.quiet_until <= :now)
                AND t.level > c.escalation THEN 'escalate'
        END AS need
    FROM clock c
    JOIN unnest(CAST(:kinds AS text[]), CAST(:irreversible AS boolean[]), CAST(:lead AS interval[]),
        CAST(:lead_unowned AS interval[]), CAST(:manager AS interval[]))
        AS r(kind, irreversible, lead, lead_unowned, manager) ON r.kind = c.kind
    CROSS JOIN LATERAL (SELECT coalesce(c.due_at, c.opens_at + CAST(:no_end AS interval)) AS at) AS m
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN :now >= m.at - r.manager THEN 2
            WHEN :now >= m.at - CASE WHEN c.owner_id IS NULL THEN r.lead_unowned ELSE r.lead END THEN 1
            ELSE 0
        END AS level
    ) AS t
    WHERE c.state = 'running' {which}
) AS seen
WHERE need IS NOT NULL
ORDER BY incident_id, id
"""
_ALL = text(_STATEMENT.format(which=""))
_SOME = text(_STATEMENT.format(which="AND c.id = ANY (CAST(:ids AS bigint[]))"))


def needs(session: Session, now: datetime, ids: Sequence[int] | None = None) -> list[Needy]:
    """The clocks that need something at `now`, of all or of `ids`, in the order of their cases."""
    given: dict[str, Any] = {"now": now, **_table()}
    found = session.execute(_ALL, given) if ids is None else session.execute(_SOME, {**given, "ids": list(ids)})
    return [
        Needy(
            id=row.id,
            version=row.version,
            incident_id=row.incident_id,
            claim_id=row.claim_id,
            kind=ClockKind(row.kind),
            title=row.title,
            opens_at=row.opens_at,
            due_at=row.due_at,
            escalation=row.escalation,
            need=Need(row.need),
            level=row.level,
        )
        for row in found
    ]


def _table() -> dict[str, Any]:
    table = rules()
    each = table.kinds.values()
    return {
        "kinds": [kind.value for kind in table.kinds],
        "irreversible": [one.irreversible for one in each],
        "lead": [one.lead for one in each],
        "lead_unowned": [one.lead_unowned for one in each],
        "manager": [one.manager for one in each],
        "no_end": table.no_end,
        "reminders": sorted(table.reminders),
    }
