"""Reading the worklist: one statement, a dozen rows of each bucket."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.desk.worklist.rows import CLOCK_KINDS, CODED, Bucket, Kind, Work
from core.desk.worklist.statement import moments, statement
from core.foundation.database import KEEP_THE_PLAN
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.recovery.disputes.dues import FALLBACK
from core.recovery.rule_cards import is_doubtful

MOST_ROWS = 200
"""Rows of a bucket that one read gives at most."""


@read(Permission.INCIDENT_READ)
def worklist(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    mine: bool = False,
    kinds: Collection[Kind] = (),
    buckets: Collection[Bucket] = tuple(Bucket),
    escalated: bool = False,
    limit: int = 12,
) -> list[Work]:
    """The first `limit` rows of each wanted bucket, in order, in one statement. `mine` keeps the actor's own cases.

    `kinds` empty means all, `escalated` keeps the clocks that went to a lead or manager.
    Ask for one row more than is shown to know whether there are others.
    """
    wanted = frozenset(kinds) or frozenset(Kind)
    if (mine or escalated) and wanted <= {Kind.UNASSIGNED}:
        return []
    # Planning this anew would cost more than running it; its indexes suit every value. Until the transaction ends.
    session.execute(KEEP_THE_PLAN)
    rows = session.execute(
        statement(mine, wanted, escalated, tuple(sorted(set(buckets))), min(limit, MOST_ROWS)),
        {**moments(now), "owner": actor.person_id},
    )
    return [_work(row, now) for row in rows]


def _code(kind: Kind, found: Any) -> str:
    """What the clock is about, where that is a word of Recoup's own; of a promise, the rule it came from."""
    if kind is Kind.PROMISE:
        return str(found.rule)
    return (found.title or "") if kind in CODED else ""


def _work(row: Row[Any], now: datetime) -> Work:
    found: Any = row
    kind = CLOCK_KINDS[found.clock_kind] if found.clock_kind else Kind(found.kind)
    return Work(
        bucket=Bucket(found.bucket),
        kind=kind,
        moment=found.moment,
        opens=found.opens,
        reference=found.reference,
        type=found.type,
        money=found.base_value,
        currency=found.base_currency,
        owner_id=found.owner_id,
        owner=found.owner,
        carrier=found.carrier,
        number=found.number,
        words=found.payer or found.title or "",
        clock_id=found.clock_id,
        claim=found.claim,
        claim_state=found.claim_state,
        promise_by=found.promise_by,
        touched_at=found.touched_at,
        zone=found.zone,
        code=_code(kind, found),
        approved=found.approved,
        paid=found.paid,
        claim_currency=found.claim_currency,
        escalation=found.escalation or 0,
        unsure=found.rule == FALLBACK or (found.checked_on is not None and is_doubtful(found, now.date())),
    )
