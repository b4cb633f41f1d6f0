"""Proof: what each payer wants to see, what of it a case holds and can be read, until when the rest can be had, the
tracking state frozen when a case opens, and who handled which file.

`gap` is the meter, per payer. `start_clocks`, `follow` and `set_gone_on` keep the clocks of what perishes. `freeze` keeps
the tracking state. `custody` and `check_case` are the chain of hands.
"""

from core.cases.proof.custody import CaseCustody, Finding, all_witnesses, check_case, check_log, custody, witnesses
from core.cases.proof.faults import Fault, unreadable_words
from core.cases.proof.gaps import Gap, Item, gap, gap_of
from core.cases.proof.meter import Need, Piece, Requirement, count_up, fits, percent, requirement, union
from core.cases.proof.perishing import Dates, Gone, gone_of
from core.cases.proof.pieces import Held, pieces_of
from core.cases.proof.tasks import (
    Task,
    days_set,
    first_tasks,
    follow,
    follow_dates,
    set_gone_on,
    start_clocks,
)
from core.cases.proof.tracking import freeze

__all__ = [
    "CaseCustody",
    "Dates",
    "Fault",
    "Finding",
    "Gap",
    "Gone",
    "Held",
    "Item",
    "Need",
    "Piece",
    "Requirement",
    "Task",
    "all_witnesses",
    "check_case",
    "check_log",
    "count_up",
    "custody",
    "days_set",
    "first_tasks",
    "fits",
    "follow",
    "follow_dates",
    "freeze",
    "gap",
    "gap_of",
    "gone_of",
    "percent",
    "pieces_of",
    "requirement",
    "set_gone_on",
    "start_clocks",
    "union",
    "unreadable_words",
    "witnesses",
]
