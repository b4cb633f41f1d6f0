"""By when the platform asks something of us in a request, and which of it still counts (pure).

The request's own moments always go first. Only where it gives none to answer by does the market's usual time fill the gap, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models.clock import ClockKind, ClockState
from core.models.dispute import Dispute, DisputeStatus, DueBasis
from core.recovery.disputes.statements import Facts
from core.recovery.disputes.vocabulary import response_days

S, K = DisputeStatus, ClockKind

FALLBACK = "response_days"
PLATFORM = "platform"
"""The `rule` of a dispute's clock: the market's usual days, or the request's own moment."""

OPEN = frozenset({S.REQUESTED, S.PROCESSING, S.UNKNOWN})
ENDED = frozenset({S.CANCELLED, S.CLOSED})

COLUMNS: dict[ClockKind, str] = {
    K.DISPUTE_RESPONSE: "response_due_at",
    K.DISPUTE_RETURN: "return_due_at",
    K.DISPUTE_EVIDENCE: "evidence_due_at",
    K.DISPUTE_COMPENSATION: "compensation_due_at",
    K.DISPUTE_OFFER: "offer_due_at",
}
"""Each kind of clock and the column its moment stands in."""

COUNTS_IN: dict[ClockKind, frozenset[DisputeStatus]] = {
    # Where the platform granted or paid at once, answering is asking for the money back; under judgement nothing is asked.
    K.DISPUTE_RESPONSE: OPEN | {S.ACCEPTED, S.REFUND_PAID},
    K.DISPUTE_RETURN: OPEN | {S.ACCEPTED},
    K.DISPUTE_EVIDENCE: OPEN | {S.ACCEPTED, S.JUDGING, S.SELLER_DISPUTE},
    K.DISPUTE_COMPENSATION: frozenset(S) - ENDED,
    K.DISPUTE_OFFER: OPEN,
}
"""The states in which a moment still asks something of us."""


@dataclass(frozen=True)
class Due:
    """One moment that counts: which clock, when (UTC), and why, as clocks keep their reasons."""

    kind: ClockKind
    at: datetime
    rule: str
    why: tuple[dict[str, Any], ...]


def response_due(facts: Facts, market: str) -> tuple[datetime | None, DueBasis | None]:
    """By when to answer: the request's own moment, else the market's usual days from the request, while it waits for us."""
    given = facts.get("response_due_at")
    if given is not None:
        return given, DueBasis.GIVEN
    requested, status = facts.get("requested_at"), facts.get("status", S.REQUESTED)
    if requested is None or status not in (S.REQUESTED, S.UNKNOWN):
        return None, None
    days = response_days(market, facts.get("reason"))
    return (None, None) if days is None else (requested + days.span, DueBasis.FALLBACK)


def dues(dispute: Dispute, market: str) -> list[Due]:
    """The moments that count as the request stands, the soonest first."""
    found = []
    for kind, column in COLUMNS.items():
        at = getattr(dispute, column)
        if at is not None and dispute.status in COUNTS_IN[kind]:
            fallback = kind is K.DISPUTE_RESPONSE and dispute.response_basis is DueBasis.FALLBACK
            found.append(Due(kind, at, FALLBACK if fallback else PLATFORM, tuple(_why(dispute, market, fallback))))
    return sorted(found, key=lambda one: one.at)


def _why(dispute: Dispute, market: str, fallback: bool) -> list[dict[str, Any]]:
    if not fallback:
        return [{"kind": "dispute_given"}]
    days = response_days(market, dispute.reason)
    if days is None or dispute.requested_at is None:
        return []
    return [
        {
            "kind": "dispute_fallback",
            "market": market,
            "days": days.span.days,
            "at": dispute.requested_at.isoformat(),
            "confidence": days.confidence.value,
            "source": days.source,
            "checked_on": days.checked_on.isoformat(),
        }
    ]


def next_due(dispute: Dispute, market: str, now: datetime) -> datetime | None:
    """The soonest moment that counts and is still to come."""
    return next((one.at for one in dues(dispute, market) if one.at > now), None)


def after(kind: ClockKind, status: DisputeStatus) -> ClockState:
    """What becomes of a running clock whose moment no longer counts: answered, where the platform has our answer."""
    answered = kind is K.DISPUTE_RESPONSE and status is S.SELLER_DISPUTE
    return ClockState.MET if answered else ClockState.CANCELLED
