"""Putting many unfiled claims away at once whose windows have closed: what `expire` does for one (inner, for the sweep)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.audit import Entry
from core.foundation.permissions import Actor
from core.models import Tag
from core.models.claim import ClaimState
from core.recovery.claim_states import CLAIMS, ClaimAction


@dataclass(frozen=True)
class Unfiled:
    """A claim that was not filed, as it was seen. `simple`: no clock but its window is living."""

    id: int
    version: int
    incident_id: int
    reference: str
    state: ClaimState
    due_at: datetime | None
    simple: bool


_UNFILED = text(
    "SELECT id, version, incident_id, reference, state, due_at,"
    " (SELECT count(*) FROM clock WHERE claim_id = claim.id AND clock.state IN ('running', 'paused')) = 1 AS simple"
    " FROM claim WHERE id = ANY (CAST(:ids AS bigint[])) AND state = ANY (CAST(:states AS text[])) ORDER BY incident_id, id"
)
_EXPIRE = text(
    "UPDATE claim SET state = :target, version = claim.version + 1"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS int[])) AS seen(id, version)"
    " WHERE claim.id = seen.id AND claim.version = seen.version AND claim.due_at < :now RETURNING claim.id"
)
_STEPS = text(
    "INSERT INTO claim_step (claim_id, action, source, target, at, person_id, note)"
    " SELECT id, :action, source, :target, :now, CAST(:person_id AS int), ''"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:sources AS text[])) AS moved(id, source)"
)
_TOUCH = text("UPDATE incident SET touched_at = :now, version = version + 1 WHERE id = ANY (CAST(:ids AS bigint[]))")


def unfiled(session: Session, ids: Sequence[int]) -> list[Unfiled]:
    """Those of the claims that a window's end puts away. Their cases are locked by the caller."""
    if not ids:
        return []
    states = sorted(state.value for state in CLAIMS.row(ClaimAction.EXPIRE).sources)
    return [
        Unfiled(row.id, row.version, row.incident_id, row.reference, ClaimState(row.state), row.due_at, row.simple)
        for row in session.execute(_UNFILED, {"ids": list(ids), "states": states})
    ]


def expire_many(session: Session, claims: Sequence[Unfiled], *, actor: Actor, now: datetime) -> list[Entry]:
    """Put the claims away that are still as they were seen and whose window has closed; what the trail is to say of each.

    The caller settles their window clocks as missed and writes the trail.
    """
    row = CLAIMS.row(ClaimAction.EXPIRE)
    actor.require(row.permission)
    if not claims:
        return []
    target = ClaimState.EXPIRED.value
    seen = {"ids": [one.id for one in claims], "versions": [one.version for one in claims]}
    moved = set(session.scalars(_EXPIRE, {**seen, "target": target, "now": now}))
    done = [one for one in claims if one.id in moved]
    if not done:
        return []
    story = {"ids": [one.id for one in done], "sources": [one.state.value for one in done]}
    given = {"action": row.action, "target": target, "now": now, "person_id": actor.person_id}
    session.execute(_STEPS, {**story, **given})
    session.execute(_TOUCH, {"ids": sorted({one.incident_id for one in done}), "now": now})
    return [
        Entry(
            Tag.CLAIM_MOVED,
            actor,
            now,
            ("claim", one.id),
            one.incident_id,
            {"state": one.state},
            {"reference": one.reference, "state": ClaimState.EXPIRED, "note": ""},
        )
        for one in done
    ]
