"""Rule cards: what each payer demands, in versions, with source and doubt, and the window a card gives for a parcel."""

from core.recovery.rule_cards.edits import add_card, edit_card, retire_card
from core.recovery.rule_cards.facts import (
    Facts,
    Further,
    Start,
    Unknown,
    claim_window,
    clock_event_moment,
    facts_of,
    further,
    start_of,
    zone_for,
)
from core.recovery.rule_cards.limit_terms import LIMIT_LABELS
from core.recovery.rule_cards.reads import (
    Card,
    Document,
    card_versions,
    doubts,
    doubts_for,
    find_cards,
    get_card,
    is_doubtful,
    is_in_force,
    list_cards,
    payer_of,
    valid_on,
    window_text,
)
from core.recovery.rule_cards.seed import load_seed
from core.recovery.rule_cards.terms import CAP_CASES, CAP_KINDS, EDITABLE

__all__ = [
    "CAP_CASES",
    "CAP_KINDS",
    "EDITABLE",
    "LIMIT_LABELS",
    "Card",
    "Document",
    "Facts",
    "Further",
    "Start",
    "Unknown",
    "add_card",
    "card_versions",
    "claim_window",
    "clock_event_moment",
    "doubts",
    "doubts_for",
    "edit_card",
    "facts_of",
    "find_cards",
    "further",
    "get_card",
    "is_doubtful",
    "is_in_force",
    "list_cards",
    "load_seed",
    "payer_of",
    "retire_card",
    "start_of",
    "valid_on",
    "window_text",
    "zone_for",
]
