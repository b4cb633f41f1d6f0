"""What a case's claims offer and lack, worked out from its story: no further statement for a screen drawn on every click.

The verbs ask the database again under lock; these are the same guards over what was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from core.cases.checklist import Need
from core.cases.clocks import stands
from core.cases.proof import count_up
from core.desk.story import ClaimRow, Story
from core.foundation.permissions import Actor
from core.foundation.transitions import Offer
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.recovery.claim_states import CLAIMS, ClaimFacts
from core.recovery.claims.times import OWN

ENDED = frozenset({ClaimState.PAID, ClaimState.CLOSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN})
"""States in which nobody waits for anything any more."""

_NEVER = datetime.max.replace(tzinfo=UTC)

UNFILED = frozenset({ClaimState.DRAFT, ClaimState.READY})
"""States before the payer has it."""


def needs_of(story: Story, claim: ClaimRow) -> tuple[Need, ...]:
    """What the claim's rule card asks for, with what is there and counts, in the card's order."""
    return needs_under(story, claim.documents)


def needs_under(story: Story, documents: Iterable[Any]) -> tuple[Need, ...]:
    """What a card's list asks for, with what is there and counts."""
    return count_up(documents, [one for one in story.evidence if one.withdrawn_at is None])


def facts_of(story: Story, claim: ClaimRow, now: datetime) -> ClaimFacts:
    """What the guards of a claim look at. An appeal's time ends the right to it whether or not its clock still runs; while
    a clock is paused, what is left of its time stays.
    """
    appeals = [
        stands(None, clock.due_at, clock.paused_at, now).due or clock.due_at
        for clock in story.clocks
        if clock.claim_id == claim.id
        and clock.kind is ClockKind.APPEAL
        and clock.rule != OWN
        and clock.state is not ClockState.MET
        and clock.due_at is not None
    ]
    resting = (
        clock.paused_at
        for clock in story.clocks
        if clock.claim_id == claim.id and clock.kind is ClockKind.CLAIM_WINDOW and clock.paused_at is not None
    )
    window = stands(claim.opens_at, claim.due_at, next(resting, None), now)
    return ClaimFacts(
        now=now,
        zone=claim.rule_zone,
        opens_at=window.opens,
        due_at=window.due,
        appeal_due_at=max(appeals, default=None),
        demand=claim.demand,
        gross_loss=story.header.gross,
        paid=claim.paid,
        needs=needs_of(story, claim),
        approved=claim.approved,
        held=claim.surplus,
        case_open=story.header.open,
    )


def offers(story: Story, claim: ClaimRow, *, actor: Actor, now: datetime) -> list[Offer]:
    """The claim's buttons, each with the reason when it is off: what `claims.claim_offers` says, from the story."""
    return CLAIMS.offers(claim.state, actor, facts_of(story, claim, now))


def foremost(story: Story) -> ClaimRow | None:
    """The claim to look at first: the living one with the soonest moment, else the newest."""
    living = [claim for claim in story.claims if claim.state not in ENDED]
    if living:
        return min(living, key=lambda claim: (claim.next_due_at or _NEVER, claim.id))
    return story.claims[-1] if story.claims else None
