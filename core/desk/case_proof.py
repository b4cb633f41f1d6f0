"""Every payer's own list of proof for a case, side by side, worked out from its story: before a claim is drafted by the
cards that apply, after it by the claim's own version of the card. No further statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.cases.proof import Dates, Gap, Gone, Item, count_up, gone_of, percent
from core.cases.proof.tasks import RULE
from core.desk.case_claims import ENDED
from core.desk.story import ClaimRow, ClockRow, Story
from core.foundation.clock import local_day
from core.models.clock import ClockKind, ClockState
from core.models.rule import PayerKind
from core.recovery.rule_cards import Card

_STANDING = (ClockState.RUNNING, ClockState.PAUSED, ClockState.MISSED)


@dataclass(frozen=True)
class PayerProof:
    """One payer's list in a case. `claim` is its claim where one is drafted; `key` tells payers apart, and is stable."""

    key: str
    claim: ClaimRow | None
    gap: Gap


def case_proof(story: Story, cards: Iterable[tuple[str, Card]]) -> list[PayerProof]:
    """The payers of a case with their lists: claims first, in their order, then the cards that apply and are not claimed.

    `cards` are payers by name with the card they would be asked under, in the order to ask them. A claim that has ended
    stands only where its payer has no other.
    """
    dates, told = _dates(story), _clocks(story)
    pieces = [one for one in story.evidence if one.withdrawn_at is None]

    def gap(kind: PayerKind, name: str, documents: Any) -> Gap:
        needs = count_up(documents, pieces)
        items = tuple(Item(need, _gone(need.code, dates, told)) for need in needs)
        return Gap(kind, name, items, percent(needs))

    found: dict[str, PayerProof] = {}
    for claim in sorted(story.claims, key=lambda one: (one.state in ENDED, one.id)):
        if claim.payer_name not in found:
            key = f"claim-{claim.id}"
            found[claim.payer_name] = PayerProof(key, claim, gap(claim.payer_kind, claim.payer_name, claim.documents))
    for name, card in cards:
        if name not in found:
            found[name] = PayerProof(f"card-{card.id}", None, gap(card.payer_kind, name, card.documents))
    return list(found.values())


def missing_kinds(found: Sequence[PayerProof]) -> list[str]:
    """The kinds any payer still lacks, each once, in the order of the payers and of the days they are gone."""
    return list(dict.fromkeys(item.need.code for one in found for item in one.gap.missing))


def gone_in(story: Story, kind: str) -> Gone | None:
    """Until when proof of one kind can be had in the case."""
    return _gone(kind, _dates(story), _clocks(story))


def _dates(story: Story) -> Dates:
    of = story.header
    return Dates(
        zone=of.shop_zone,
        noticed_at=of.noticed_at,
        accepted_at=of.accepted_at,
        shipped_at=of.shipped_at,
        delivered_at=of.delivered_at,
    )


def _clocks(story: Story) -> dict[str, ClockRow]:
    """Kind → the latest clock of proof that says something about it: running, paused or missed."""
    mine = [one for one in story.clocks if one.kind is ClockKind.PROOF and one.rule == RULE and one.due_at is not None]
    return {one.title: one for one in sorted(mine, key=lambda one: one.id) if one.state in _STANDING}


def _gone(kind: str, dates: Dates, told: Mapping[str, ClockRow]) -> Gone | None:
    typical = gone_of(kind, dates, {})
    clock = told.get(kind)
    if clock is None or clock.due_at is None:
        return typical
    by_hand = any(isinstance(row, Mapping) and row.get("by_hand") for row in clock.reasoning)
    on: date = local_day(clock.due_at, clock.zone)
    return Gone(on, clock.zone, clock.event_at, by_hand, typical.perishes if typical else None)
