"""By when the platform asks something of us in a request, and which of it still counts (pure).

The request's own moments always go first. Only where it gives none to answer by does the market's usual time fill the gap, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models.clock import ClockKind, ClockState
from core.models.dispute import (
    CompensationStatus,
    Dispute,
    DisputeState,
    DisputeStatus,
    DueBasis,
    Negotiation,
    ProofStatus,
)
from core.recovery.disputes.statements import Facts
from core.recovery.disputes.vocabulary import response_days

S, K, Z = DisputeStatus, ClockKind, DisputeState

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


_FIGHT = frozenset({Z.OPENED, Z.PREPARING, Z.EXPIRED, Z.ANSWERED, Z.JUDGING, Z.OFFERED, Z.COUNTERED})
STANDS_IN: dict[ClockKind, frozenset[DisputeState]] = {
    # What was answered is settled by the answer itself; should the platform ask again by a later day, that counts anew.
    K.DISPUTE_RESPONSE: _FIGHT,
    # The goods come back whoever was right.
    K.DISPUTE_RETURN: _FIGHT | {Z.PARTLY_WON, Z.LOST, Z.SETTLED, Z.CONCEDED, Z.COMPENSATION_REQUESTED},
    K.DISPUTE_EVIDENCE: _FIGHT | {Z.COMPENSATION_REQUESTED},
    K.DISPUTE_COMPENSATION: _FIGHT | {Z.PARTLY_WON, Z.LOST, Z.SETTLED, Z.CONCEDED},
    K.DISPUTE_OFFER: frozenset({Z.OPENED, Z.PREPARING, Z.OFFERED}),
}
"""Where we stand while a moment still asks something of us."""

_ASKS_NO_MORE: dict[ClockKind, tuple[str, frozenset[Any]]] = {
    K.DISPUTE_EVIDENCE: ("proof_status", frozenset({ProofStatus.NOT_NEEDED, ProofStatus.UPLOADED})),
    K.DISPUTE_COMPENSATION: (
        "compensation_status",
        frozenset(CompensationStatus) - {CompensationStatus.INITIAL_STAGE, CompensationStatus.PENDING_REQUEST},
    ),
    K.DISPUTE_OFFER: ("negotiation", frozenset({Negotiation.TERMINATED, Negotiation.PENDING_BUYER_RESPOND})),
}
"""What the platform says when it waits for us no more."""


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
        if at is not None and counts(kind, dispute):
            fallback = kind is K.DISPUTE_RESPONSE and dispute.response_basis is DueBasis.FALLBACK
            found.append(Due(kind, at, FALLBACK if fallback else PLATFORM, tuple(_why(dispute, market, fallback))))
    return sorted(found, key=lambda one: one.at)


def counts(kind: ClockKind, dispute: Dispute) -> bool:
    """Whether such a moment still asks something of us, by the platform's words and by where we stand."""
    if dispute.status not in COUNTS_IN[kind] or (dispute.state or Z.OPENED) not in STANDS_IN[kind]:
        return False
    name, over = _ASKS_NO_MORE.get(kind, ("", frozenset()))
    return not name or getattr(dispute, name) not in over


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


ANSWERING = frozenset({Z.ANSWERED, Z.JUDGING, Z.COUNTERED, Z.SETTLED, Z.CONCEDED, Z.COMPENSATION_REQUESTED})
"""Where we stand once the platform has something from us."""


def after(kind: ClockKind, dispute: Dispute, *, acted: bool = False) -> ClockState:
    """What becomes of a running clock whose moment no longer counts: met, where we did what it asked (`acted`: just now)."""
    answered = dispute.status is S.SELLER_DISPUTE or dispute.answered_at is not None
    met = {
        K.DISPUTE_RESPONSE: answered and dispute.state in ANSWERING,
        K.DISPUTE_EVIDENCE: dispute.proof_status is ProofStatus.UPLOADED,
        K.DISPUTE_COMPENSATION: dispute.state is Z.COMPENSATION_REQUESTED,
        K.DISPUTE_OFFER: dispute.negotiation is Negotiation.PENDING_BUYER_RESPOND,
    }
    return ClockState.MET if acted or met.get(kind, False) else ClockState.CANCELLED
