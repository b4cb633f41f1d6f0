"""Rule cards: what each payer demands, in versions, with source and doubt, and the window a card gives for a parcel."""

from core.recovery.rule_cards.edits import add_card, edit_card, retire_card
from core.recovery.rule_cards.facts import (
    Facts,
    Start,
    Unknown,
    claim_window,
    clock_event_moment,
    facts_of,
    start_of,
    zone_for,
)
from core.recovery.rule_cards.reads import (
    Card,
    Document,
    card_versions,
    doubts,
    find_cards,
    get_card,
    list_cards,
    payer_of,
    window_text,
)
from core.recovery.rule_cards.seed import load_seed
from core.recovery.rule_cards.terms import CAP_CASES, CAP_KINDS, EDITABLE

__all__ = [
    "CAP_CASES",
    "CAP_KINDS",
    "EDITABLE",
    "Card",
    "Document",
    "Facts",
    "Start",
    "Unknown",
    "add_card",
    "card_versions",
    "claim_window",
    "clock_event_moment",
    "doubts",
    "edit_card",
    "facts_of",
    "find_cards",
    "get_card",
    "list_cards",
    "load_seed",
    "payer_of",
    "retire_card",
    "start_of",
    "window_text",
    "zone_for",
]
