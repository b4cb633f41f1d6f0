"""Several claims of one payer prepared, filed or followed up at once, each through the door of the single claim.

Every row stands alone: what is refused is undone to where that row began, told in a sentence, and the others stay. A page
takes long lists in portions (`portions`), each its own transaction under its own submission key.
"""

from core.recovery.bulk.filing import follow_up_many, look_ahead, submit_many
from core.recovery.bulk.report import (
    MOST,
    OUTCOME_LABELS,
    PORTION,
    Ahead,
    Outcome,
    Receipt,
    Report,
    Row,
    Start,
    portions,
)
from core.recovery.bulk.starting import prepare_many, start_many

__all__ = [
    "MOST",
    "OUTCOME_LABELS",
    "PORTION",
    "Ahead",
    "Outcome",
    "Receipt",
    "Report",
    "Row",
    "Start",
    "follow_up_many",
    "look_ahead",
    "portions",
    "prepare_many",
    "start_many",
    "submit_many",
]
