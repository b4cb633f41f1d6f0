"""Cases from before Recoup watched every payer: what registering does today is done for them once, while they are open (inner).

A case registered by an earlier version has no tracking state kept and only one payer's window watched. The sweep finds such
cases by the one thing every newer case has from its first moment: that its tracking state was kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.cases import proof
from core.foundation import database
from core.foundation.audit import AuditEvent
from core.foundation.gate import verb
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Clock, Incident, Shipment, Tag
from core.models.incident import IncidentState, Tier
from core.recovery import rule_cards
from core.recovery.watching import WATCHED, Shelf, one_per_payer, watch_others

OfCase = TypeVar("OfCase", Clock, Claim)

AT_ONCE = 50
"""Cases in one transaction: each takes some hundredths of a second, and somebody may want to work on it."""


@verb(Permission.CLOCK_SWEEP)
def catch_up_all(
    *,
    actor: Actor,
    now: datetime,
    transaction: Callable[[], AbstractContextManager[Session]] = database.transaction,
    stop: Callable[[], bool] = bool,
    most: int | None = None,
) -> int:
    """Catch up on every older open case, some at a time, each time in a transaction of its own; how many it was.

    Ends after about `most` of them: beside people at work a thousand at once would be felt, and the next sweep goes on.

    Safe to run twice at once, and nothing to do once it was done. `stop` is asked between the transactions.
    """
    total = 0
    while not stop():
        with transaction() as session:
            done = catch_up(session, actor=actor, now=now)
        total += done
        if done < AT_ONCE or (most is not None and total >= most):
            break
    return total


def catch_up(session: Session, *, actor: Actor, now: datetime, most: int = AT_ONCE) -> int:
    """Keep the tracking state and watch the windows and the perishing proof of up to `most` older open cases; how many."""
    kept = exists().where(AuditEvent.chain == Incident.id, AuditEvent.tag == Tag.EVIDENCE_FROZEN)
    found = session.scalars(
        select(Incident)
        .where(Incident.state != IncidentState.CLOSED, ~kept)
        .order_by(Incident.id)
        .limit(most)
        # Whoever works on a case now is not kept waiting: it is found again by the next sweep.
        .with_for_update(skip_locked=True, of=Incident)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        return 0
    proof.freeze(session, found, now=now)
    ids = [incident.id for incident in found]
    clocks = select(Clock).where(Clock.incident_id.in_(ids), Clock.kind.in_(WATCHED)).order_by(Clock.id)
    held, asked = (
        _by_case(session.scalars(clocks)),
        _by_case(session.scalars(select(Claim).where(Claim.incident_id.in_(ids)).order_by(Claim.id))),
    )
    shelf = Shelf(session, actor)
    for incident in found:
        watch_others(session, incident, held[incident.id], asked[incident.id], shelf, actor=actor, now=now)
        if incident.tier is not Tier.ABSORB:
            shipment = session.get_one(Shipment, incident.shipment_id)
            facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
            cards = shelf.cards(shipment, incident.type, incident.registered_at.date())
            chosen = one_per_payer(cards, facts, shelf.carrier(shipment.carrier_id), shelf.book)
            proof.start_clocks(session, incident, [one.card for one in chosen], actor=actor, now=now)
    return len(found)


def _by_case(rows: Iterable[OfCase]) -> dict[int, list[OfCase]]:
    found: dict[int, list[OfCase]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(row)
    return found
