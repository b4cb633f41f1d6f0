"""What a match leaves in the trail of every case it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.permissions import Actor
from core.models import Claim, Dispute, Incident, SettlementMatch, SettlementShare, Tag


def record(
    session: Session,
    tag: Tag,
    match: SettlementMatch,
    shares: Sequence[SettlementShare],
    cases: Mapping[int, Incident],
    actor: Actor,
    now: datetime,
) -> None:
    """A row in the trail of every case the match touches, with what came to it."""
    for incident_id in sorted(cases):
        told = _told(session, shares, incident_id)
        after: dict[str, Any] = {**told, "currency": match.currency, "way": match.way.value}
        if match.note:
            after["note"] = match.note
        audit.record(
            session, tag, actor=actor, now=now, subject=("settlement_match", match.id), chain=incident_id, after=after
        )


def _told(session: Session, shares: Sequence[SettlementShare], incident_id: int) -> dict[str, Any]:
    """What came to a case: how much, for which claim or dispute, by which lines."""
    claimed = dict(session.execute(select(Claim.id, Claim.reference).where(Claim.incident_id == incident_id)).all())
    of_case = select(Dispute.id, Dispute.return_number).where(Dispute.incident_id == incident_id)
    disputed = dict(session.execute(of_case).all())
    mine = [one for one in shares if one.claim_id in claimed or one.dispute_id in disputed]
    names = [claimed[one.claim_id] if one.claim_id in claimed else disputed[one.dispute_id or 0] for one in mine]
    return {
        "reference": ", ".join(dict.fromkeys(names)),
        "amount": sum((one.amount for one in mine), Decimal(0)),
        "lines": [one.line_id for one in mine],
    }
