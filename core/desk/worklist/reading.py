"""Reading the worklist: one statement, a dozen rows of each bucket."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.cases import messages
from core.cases.words import payer_said
from core.desk.worklist.rows import CLOCK_KINDS, CODED, Bucket, Kind, Work
from core.desk.worklist.statement import moments, statement
from core.foundation.database import keep_the_plans
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
    keep_the_plans(session)
    rows = session.execute(
        statement(mine, wanted, escalated, tuple(sorted(set(buckets))), min(limit, MOST_ROWS)),
        {**moments(now), "owner": actor.person_id},
    )
    return [_work(row, now) for row in rows]


def _code(kind: Kind, rule: str | None, title: str | None) -> str:
    """What the clock is about, where that is a word of Recoup's own; of a promise, the rule it came from."""
    if kind is Kind.PROMISE:
        return str(rule)
    return (title or "") if kind in CODED else ""


def _words(kind: Kind, stored: str) -> str:
    """Words of Recoup's own as the reader knows them; what others wrote as it is."""
    return messages.promise_said(stored) if kind is Kind.PROMISE else payer_said(stored)


def _work(row: Any, now: datetime) -> Work:
    """One row of the statement, whose columns are taken in their order: half a hundred rows are read on every click."""
    (
        bucket, kind, moment, opens, clock_id, clock_kind, title, zone, rule, escalation, _sure, checked_on,
        payer, approved, paid, claim_currency, promise_by, claim, claim_state, reference, type_, money, currency,
        touched_at, owner_id, owner, carrier, number,
    ) = row  # fmt: skip
    what = CLOCK_KINDS[clock_kind] if clock_kind else Kind(kind)
    return Work(
        bucket=Bucket(bucket),
        kind=what,
        moment=moment,
        opens=opens,
        reference=reference,
        type=type_,
        money=money,
        currency=currency,
        owner_id=owner_id,
        owner=owner,
        carrier=carrier,
        number=number,
        words=_words(what, payer or title or ""),
        clock_id=clock_id,
        claim=claim,
        claim_state=claim_state,
        promise_by=promise_by,
        touched_at=touched_at,
        zone=zone,
        code=_code(what, rule, title),
        approved=approved,
        paid=paid,
        claim_currency=claim_currency,
        escalation=escalation or 0,
        unsure=rule == FALLBACK or (checked_on is not None and is_doubtful(row, now.date())),
    )
