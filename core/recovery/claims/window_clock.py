"""The clock of an unfiled claim's own window: one shape, whoever starts it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.cases import clocks
from core.foundation.permissions import Actor
from core.models import Claim, Clock, Incident
from core.models.clock import ClockKind


def start_window(
    session: Session,
    incident: Incident,
    claim: Claim,
    rule: tuple[str, int],
    *,
    actor: Actor,
    now: datetime,
    claimed: bool = True,
) -> Clock | None:
    """Start the clock of the window a claim holds, under the card's code and version; None where the claim knows no
    moment. Not `claimed`: the payer's window, watched without a claim (inner).
    """
    if claim.opens_at is None and claim.due_at is None:
        return None
    code, version = rule
    return clocks.start(
        session,
        incident,
        ClockKind.CLAIM_WINDOW,
        actor=actor,
        now=now,
        rule=code,
        rule_version=version,
        zone=claim.zone,
        event_at=claim.event_at,
        opens_at=claim.opens_at,
        due_at=claim.due_at,
        reasoning=list(claim.window_why),
        title=claim.payer_name,
        claim_id=claim.id if claimed else None,
    )
