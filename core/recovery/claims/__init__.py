"""Claims: a demand on one payer for one incident, from draft to its end. One door for each move.

A claim keeps the version of the rule card it was drafted under, its window and the reasoning. The window is a clock
from the draft on; each move settles the clocks it ends and starts those it brings: the payer's answer, information
asked, an appeal, the payment.
"""

from core.recovery.claims.answers import record_answer
from core.recovery.claims.drafting import draft_claim, edit_claim, set_event
from core.recovery.claims.filing import LONGEST_NUMBER, appeal, back_to_draft, expire, mark_ready, submit, withdraw
from core.recovery.claims.pieces import LONGEST_NOTE, end_clocks, locked, step
from core.recovery.claims.reads import ClaimWindow, claim_offers, list_claims, offers_of, window_of

__all__ = [
    "LONGEST_NOTE",
    "LONGEST_NUMBER",
    "ClaimWindow",
    "appeal",
    "back_to_draft",
    "claim_offers",
    "draft_claim",
    "edit_claim",
    "end_clocks",
    "expire",
    "list_claims",
    "locked",
    "mark_ready",
    "offers_of",
    "record_answer",
    "set_event",
    "step",
    "submit",
    "window_of",
    "withdraw",
]
