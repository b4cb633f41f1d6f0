"""What each row of the trail says of its facts: the money, the days and the words that were kept, and nothing of what was not."""

from __future__ import annotations

from typing import Any

import pytest

from core.desk.history import sentence
from core.models.tags import Tag

CLAIM = {"reference": "CL-7", "currency": "SGD"}
CLOCK = {"kind": "answer", "title": "GDEX"}
DISPUTE = {"return_number": "2611", "currency": "PHP"}
REMEDY = {"kind": "refund", "amount": "12.50", "currency": "SGD"}

TOLD: list[tuple[Tag, dict[str, Any], dict[str, Any], str]] = [
    (Tag.CLAIM_DRAFTED, {}, {**CLAIM, "payer": "GDEX", "demand": "100"}, "Mei drafted claim CL-7 on GDEX, SGD 100.00"),
    (Tag.CLAIM_MOVED, {}, {**CLAIM, "state": "withdrawn"}, "Claim CL-7: withdrawn"),
    (
        Tag.CLAIM_MOVED,
        {},
        {**CLAIM, "state": "withdrawn", "note": "paid by the buyer"},
        "Claim CL-7: withdrawn (paid by the buyer)",
    ),
    (Tag.CLAIM_MOVED, {}, {**CLAIM, "state": "appealed", "text": "see photo 3"}, "Claim CL-7: appealed (see photo 3)"),
    (
        Tag.CLAIM_ANSWERED,
        {},
        {**CLAIM, "state": "rejected", "denial_code": "late", "approved": "0"},
        "Answer to claim CL-7: rejected, Filed too late",
    ),
    (
        Tag.CLAIM_ANSWERED,
        {},
        {**CLAIM, "state": "offered", "offered": "40", "due_at": "2026-11-30T16:00:00+00:00"},
        "Answer to claim CL-7: offer to decide, SGD 40.00, until 1 Dec 2026 00:00",
    ),
    (
        Tag.CLAIM_ANSWERED,
        {},
        {**CLAIM, "state": "partly_approved", "approved": "60", "text": "packing"},
        "Answer to claim CL-7: partly approved (packing), SGD 60.00",
    ),
    (
        Tag.LOSS_POSTED,
        {},
        {"account": "loss.goods", "amount": "100", "currency": "SGD"},
        "Mei posted a loss: Goods SGD 100.00",
    ),
    (
        Tag.LOSS_POSTED,
        {},
        {"account": "loss.goods", "amount": "100", "currency": "SGD", "note": "invoice 5"},
        "Mei posted a loss: Goods SGD 100.00 (invoice 5)",
    ),
    (
        Tag.LOSS_REVERSED,
        {"account": "loss.goods", "amount": "100"},
        {"currency": "SGD"},
        "Mei reversed a loss: Goods SGD 100.00",
    ),
    (
        Tag.LOSS_REVERSED,
        {"account": "loss.goods", "amount": "100"},
        {"currency": "SGD", "note": "twice"},
        "Mei reversed a loss: Goods SGD 100.00 (twice)",
    ),
    (Tag.PAYOUT_RECORDED, {}, {**CLAIM, "amount": "80"}, "Mei recorded a payout: SGD 80.00 for CL-7"),
    (
        Tag.PAYOUT_RECORDED,
        {},
        {**CLAIM, "amount": "80", "owed_back": "30"},
        "Mei recorded a payout: SGD 80.00 for CL-7, of that SGD 30.00 owed back",
    ),
    (
        Tag.PAYOUT_RECORDED,
        {},
        {**CLAIM, "amount": "80", "owed_back_before": True},
        "Mei recorded a payout: SGD 80.00 for CL-7, owed back until now",
    ),
    (
        Tag.PAYOUT_REVERSED,
        {},
        {**CLAIM, "amount": "80", "how": "bounced", "note": "bank"},
        "Mei took back a payout: SGD 80.00 for CL-7, taken back by the payer (bank)",
    ),
    (Tag.SETTLEMENT_MATCHED, {}, {**CLAIM, "amount": "80"}, "Mei matched compensation: SGD 80.00 for CL-7"),
    (
        Tag.SETTLEMENT_UNMATCHED,
        {},
        {**CLAIM, "amount": "80", "note": "another case"},
        "Mei took a match back: SGD 80.00 for CL-7 (another case)",
    ),
    (
        Tag.CLOCK_STARTED,
        {},
        {**CLOCK, "due_at": "2026-11-30T16:00:00+00:00"},
        "Clock started: Payer's answer, GDEX, until 1 Dec 2026 00:00",
    ),
    (
        Tag.CLOCK_STARTED,
        {},
        {**CLOCK, "opens_at": "2026-11-30T16:00:00+00:00"},
        "Clock started: Payer's answer, GDEX, from 1 Dec 2026 00:00",
    ),
    (Tag.CLOCK_SETTLED, {}, {**CLOCK, "state": "met"}, "Clock settled: Payer's answer, GDEX: done in time"),
    (Tag.CLOCK_ESCALATED, {}, {**CLOCK, "escalation": 1}, "Escalated: Payer's answer, GDEX, to the lead"),
    (Tag.CLOCK_ESCALATED, {}, {**CLOCK, "escalation": 2}, "Escalated: Payer's answer, GDEX, to the manager"),
    (
        Tag.CLOCK_MOVED,
        {"due_at": "2026-11-20T16:00:00+00:00"},
        {**CLOCK, "due_at": "2026-11-30T16:00:00+00:00", "opens_at": None},
        "Mei moved the clock: Payer's answer, GDEX: end of the window 21 Nov 2026 00:00 → 1 Dec 2026 00:00",
    ),
    (
        Tag.CLOCK_MOVED,
        {"rule_version": 1},
        {**CLOCK, "rule_version": 2, "reason": "new card"},
        "Mei moved the clock: Payer's answer, GDEX: rule version 1 → 2, new card",
    ),
    (
        Tag.CLOCK_MOVED,
        {"rule_version": None},
        {**CLOCK, "rule_version": 2},
        "Mei moved the clock: Payer's answer, GDEX: rule version — → 2",
    ),
    (Tag.CLOCK_MOVED, {}, {**CLOCK}, "Mei moved the clock: Payer's answer, GDEX"),
    (
        Tag.DISPUTE_UPDATED,
        {},
        {**DISPUTE, "settled": "dispute_response", "done": True},
        "Dispute 2611: Answer to a dispute, done",
    ),
    (
        Tag.DISPUTE_UPDATED,
        {},
        {**DISPUTE, "settled": "dispute_response", "done": False},
        "Dispute 2611: Answer to a dispute, not needed",
    ),
    (
        Tag.DISPUTE_UPDATED,
        {},
        {**DISPUTE, "modules": 1},
        "Dispute 2611: the platform says what it wants proof of, 1 point",
    ),
    (
        Tag.DISPUTE_UPDATED,
        {},
        {**DISPUTE, "modules": 3},
        "Dispute 2611: the platform says what it wants proof of, 3 points",
    ),
    (Tag.DISPUTE_UPDATED, {}, {**DISPUTE, "amount": "250"}, "Dispute 2611: amount PHP 250.00"),
    (Tag.DISPUTE_UPDATED, {}, {**DISPUTE}, "Dispute 2611"),
    (
        Tag.DISPUTE_MOVED,
        {},
        {
            **DISPUTE,
            "state": "offer",
            "figure": "125",
            "due_at": "2026-11-30T16:00:00+00:00",
            "exhibits": 2,
            "reference": "R9",
            "note": "by phone",
        },
        "Mei moved the dispute: 2611: offer, PHP 125.00, by 1 Dec 2026 00:00, 2 exhibits, R9 (by phone)",
    ),
    (Tag.DISPUTE_MOVED, {}, {**DISPUTE, "state": "won"}, "Mei moved the dispute: 2611: Won"),
    (
        Tag.DISPUTE_DRAFTED,
        {},
        {**DISPUTE, "plea": "reject", "exhibits": 1},
        "Mei wrote at the answer to the dispute: 2611: Decline the request, 1 exhibit",
    ),
    (
        Tag.DISPUTE_DRAFTED,
        {},
        {**DISPUTE, "plea": "partial", "figure": "125"},
        "Mei wrote at the answer to the dispute: 2611: Pay back no more than: PHP 125.00",
    ),
    (
        Tag.DISPUTE_DRAFTED,
        {"set_aside": ["a"]},
        {**DISPUTE, "set_aside": ["a", "b"]},
        "Mei wrote at the answer to the dispute: 2611: a finding of the guard may stand",
    ),
    (
        Tag.DISPUTE_DRAFTED,
        {"set_aside": ["a", "b"]},
        {**DISPUTE, "set_aside": ["a"]},
        "Mei wrote at the answer to the dispute: 2611",
    ),
    (Tag.DISPUTE_DRAFTED, {}, {**DISPUTE, "sha256": "x"}, "Mei wrote at the answer to the dispute: 2611: its text"),
    (
        Tag.DISPUTE_DRAFTED,
        {},
        {**DISPUTE, "dropped": True},
        "Mei wrote at the answer to the dispute: 2611: thrown away",
    ),
    (Tag.REMEDY_APPROVED, {}, {**REMEDY, "text": "ok."}, "Mei approved: Refund SGD 12.50 (ok)"),
    (
        Tag.REMEDY_APPROVED,
        {},
        {**REMEDY, "for": "Luo", "one_more": True},
        "Mei approved: Refund SGD 12.50 (in the place of Luo; a second person has to approve)",
    ),
    (Tag.REMEDY_APPROVED, {}, {**REMEDY}, "Mei approved: Refund SGD 12.50"),
    (
        Tag.RESULT_RECORDED,
        {},
        {"rating": 1, "review_avoided": False, "came_back": True},
        "Mei noted how it ended for the shop: 1 star, a bad review, the buyer came back",
    ),
    (
        Tag.RESULT_RECORDED,
        {},
        {"rating": 4, "review_avoided": True, "came_back": False},
        "Mei noted how it ended for the shop: 4 stars, no bad review, the buyer did not come back",
    ),
    (Tag.RESULT_RECORDED, {}, {}, "Mei noted how it ended for the shop:"),
]
"""Tag, what was before, what is now, and how it reads in Shanghai."""


@pytest.mark.parametrize(("tag", "before", "after", "words"), TOLD)
def test_a_row_of_the_trail_says_what_it_holds(
    tag: Tag, before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    assert sentence(tag.value, "Mei", before, after, "Asia/Shanghai").rstrip() == words
