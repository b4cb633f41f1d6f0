"""Where a dispute stands with us, worked out of our own last move and of what the platform says (pure).

So files may come in any order and be deleted again: the platform moves a dispute on, never back against something newer. Where both
know it equally far, the newer word counts; what the platform once decided, or a person saw decided, is not undone by an earlier state.
"""

from __future__ import annotations

from datetime import datetime

from core.models.dispute import CompensationStatus, Dispute, DisputeState, DisputeStatus, DueBasis, Negotiation

S, P = DisputeState, DisputeStatus

RANK: dict[DisputeState, int] = {
    S.OPENED: 0,
    S.PREPARING: 1,
    S.EXPIRED: 2,
    S.ANSWERED: 3,
    S.JUDGING: 4,
    S.OFFERED: 4,
    S.COUNTERED: 4,
    S.CLOSED: 5,
    S.WON: 6,
    S.PARTLY_WON: 6,
    S.LOST: 6,
    S.SETTLED: 6,
    S.CONCEDED: 6,
    S.WITHDRAWN: 6,
    S.COMPENSATION_REQUESTED: 7,
    S.COMPENSATION_APPROVED: 8,
    S.COMPENSATION_REJECTED: 8,
    S.PAID: 9,
}
"""How far along a dispute is. What may follow on each other in either order stands level."""

TALKS = frozenset({S.OFFERED, S.COUNTERED})
NEWER_COUNTS = TALKS | {S.COMPENSATION_APPROVED, S.COMPENSATION_REJECTED}
"""Told of by the platform level with our own move: the newer of both stands."""

_COMPENSATION = {
    CompensationStatus.REQUESTED: S.COMPENSATION_REQUESTED,
    CompensationStatus.APPROVED: S.COMPENSATION_APPROVED,
    CompensationStatus.REJECTED: S.COMPENSATION_REJECTED,
}
_TALKING = frozenset({P.REQUESTED, P.PROCESSING, P.UNKNOWN, P.JUDGING, P.SELLER_DISPUTE})


def platform_says(dispute: Dispute, now: datetime, *, answered: bool) -> DisputeState:
    """Where it stands by the platform's facts alone. `answered`: the platform has an answer of ours."""
    if (status := dispute.compensation_status) in _COMPENSATION:
        return _COMPENSATION[status]
    if dispute.status is P.CANCELLED:
        return S.WITHDRAWN
    if dispute.status is P.CLOSED:
        return S.LOST if answered and dispute.refunded_at is not None else S.CLOSED
    if dispute.status in (P.ACCEPTED, P.REFUND_PAID):
        return _granted(dispute, now, answered)
    if dispute.status in _TALKING and (talk := _talk(dispute, now)) is not None:
        return talk
    if dispute.status is P.JUDGING:
        return S.JUDGING
    if answered or dispute.status is P.SELLER_DISPUTE:
        return S.ANSWERED
    return S.EXPIRED if _passed(dispute, now) else S.OPENED


def _granted(dispute: Dispute, now: datetime, answered: bool) -> DisputeState:
    """The platform gave the buyer what was asked: against our answer that is lost; else we may object while a day is left."""
    if answered:
        return S.LOST if dispute.status is P.REFUND_PAID else S.ANSWERED
    days = (dispute.response_due_at, dispute.return_due_at, dispute.evidence_due_at, dispute.compensation_due_at)
    if any(day is not None and day > now for day in days):
        return S.OPENED
    return S.EXPIRED if _passed(dispute, now) else S.CLOSED


def _talk(dispute: Dispute, now: datetime) -> DisputeState | None:
    if dispute.negotiation is Negotiation.PENDING_BUYER_RESPOND:
        return S.COUNTERED
    if dispute.negotiation is not Negotiation.PENDING_RESPOND:
        return None
    # An offer whose day has passed waits for nobody.
    return None if dispute.offer_due_at is not None and dispute.offer_due_at <= now else S.OFFERED


def _passed(dispute: Dispute, now: datetime) -> bool:
    """Whether the request's own day to answer is over. The market's usual days end nothing: they only remind."""
    return (
        dispute.response_due_at is not None
        and dispute.response_basis is DueBasis.GIVEN
        and dispute.response_due_at <= now
    )


def stands(
    own: DisputeState | None,
    own_at: datetime | None,
    platform: DisputeState,
    as_of: datetime | None,
    *,
    answered: bool,
) -> DisputeState:
    """Where it stands by both: `own`, the last move of a person as of `own_at`, and what the platform says as of `as_of`.

    `own_at` is None for a move that says nothing of the platform. An answer that is out stays out.
    """
    if own is S.PREPARING and answered:
        own = S.ANSWERED
    if own is None or own is platform:
        return platform
    newer = own_at is None or (as_of is not None and as_of > own_at)
    if platform in TALKS or own is S.WITHDRAWN:
        # A talk that was answered, and a demand that was taken back, are not begun again by what was said before.
        return platform if newer and RANK[platform] >= RANK[own] else own
    if RANK[platform] == RANK[own]:
        return platform if newer and {platform, own} & NEWER_COUNTS else own
    return platform if RANK[platform] > RANK[own] else own
