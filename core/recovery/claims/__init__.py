"""Claims: a demand on one payer for one incident, from draft to its end. One door for each move.

A claim keeps the version of the rule card it was drafted under, its window and the reasoning. The window is a clock
from the draft on; each move settles the clocks it ends and starts those it brings: the payer's answer, information
asked, an appeal, the payment.
"""

from core.recovery.claims.answers import record_answer
from core.recovery.claims.denials import (
    DenialCode,
    Reversal,
    denial_codes,
    denial_name,
    least_appeals,
    reversal,
    reversals,
)
from core.recovery.claims.drafting import draft_claim, edit_claim, set_event
from core.recovery.claims.filing import (
    LONGEST_NUMBER,
    appeal,
    back_to_draft,
    discard,
    expire,
    mark_ready,
    submit,
    withdraw,
)
from core.recovery.claims.follow_ups import follow_up
from core.recovery.claims.news import News, new_since
from core.recovery.claims.offers import accept_offer, decline_offer, record_offer
from core.recovery.claims.pieces import (
    LONGEST_NOTE,
    await_payment,
    end_clocks,
    locked,
    none_lives,
    settle_clocks,
    step,
    target_of,
)
from core.recovery.claims.reads import ClaimWindow, claim_offers, offers_of, window_of
from core.recovery.claims.times import OWN

__all__ = [
    "LONGEST_NOTE",
    "LONGEST_NUMBER",
    "OWN",
    "ClaimWindow",
    "DenialCode",
    "News",
    "Reversal",
    "accept_offer",
    "appeal",
    "await_payment",
    "back_to_draft",
    "claim_offers",
    "decline_offer",
    "denial_codes",
    "denial_name",
    "discard",
    "draft_claim",
    "edit_claim",
    "end_clocks",
    "expire",
    "follow_up",
    "least_appeals",
    "locked",
    "mark_ready",
    "new_since",
    "none_lives",
    "offers_of",
    "record_answer",
    "record_offer",
    "reversal",
    "reversals",
    "set_event",
    "settle_clocks",
    "step",
    "submit",
    "target_of",
    "window_of",
    "withdraw",
]
