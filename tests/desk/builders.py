"""Builders of what the desk reads: clocks and claims as the rooms below would leave them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from core.models import Claim, Clock, Incident, RuleCard
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.rule import FilingChannel, PayerKind
from tests.factories import NOW, make_rule_card

_number = count(1)


def hours(n: float) -> datetime:
    """So many hours from NOW."""
    return NOW + timedelta(hours=n)


def make_claim(session: Session, incident: Incident, card: RuleCard | None = None, **more: Any) -> Claim:
    card = card or make_rule_card(session)
    values: dict[str, Any] = {
        "reference": f"CL-2026-9{next(_number):04d}",
        "incident_id": incident.id,
        "payer_kind": PayerKind.CARRIER,
        "payer_name": "Ninja Van",
        "channel": FilingChannel.DIRECT,
        "rule_card_id": card.id,
        "state": ClaimState.DRAFT,
        "currency": incident.currency,
        "zone": "Asia/Singapore",
        "demand": Decimal(100),
        "created_at": NOW,
    }
    if more.get("state") not in (None, ClaimState.DRAFT, ClaimState.READY):
        values |= {"case_number": f"NV-{next(_number)}", "submitted_at": NOW - timedelta(days=2)}
    claim = Claim(**{**values, **more})
    session.add(claim)
    session.flush()
    return claim


def make_clock(session: Session, incident: Incident, kind: ClockKind, due_at: datetime | None, **more: Any) -> Clock:
    claim: Claim | None = more.pop("claim", None)
    values: dict[str, Any] = {
        "incident_id": incident.id,
        "claim_id": claim.id if claim else None,
        "owner_id": incident.owner_id,
        "kind": kind,
        "title": claim.payer_name if claim else "call back",
        "rule": "test",
        "zone": "Asia/Singapore",
        "due_at": due_at,
        "created_at": NOW,
    }
    clock = Clock(**{**values, **more})
    session.add(clock)
    moment = clock.due_at or clock.opens_at
    if moment is not None and (incident.next_due_at is None or moment < incident.next_due_at):
        incident.next_due_at, incident.next_clock = moment, kind.value
    if claim is not None and moment is not None:
        claim.next_due_at = min(moment, claim.next_due_at or moment)
    session.flush()
    return clock
