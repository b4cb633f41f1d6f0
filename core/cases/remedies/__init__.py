"""Remedies: what the buyer of a case gets (a new parcel, money, a voucher), who may give it, and what came of it.

Within the proposer's own authority (`core.money.authority`) a remedy is granted at once; above it somebody else approves,
two people where the policy says so. When it was given, its cost stands in the books in place of the goods
(`core.money.giving`). Recoup pays nobody: a person gives it on the platform and says so.
"""

from core.cases.remedies.deciding import answer, approve, ask_back, decline, out_of_reach, withdraw
from core.cases.remedies.desk import Desk, Facts, Waiting, desk, desk_count
from core.cases.remedies.given import mark_given, take_back
from core.cases.remedies.proposing import Preview, preview, propose
from core.cases.remedies.reads import Row, Step, of_case
from core.cases.remedies.results import Result, record_result, result_of
from core.cases.remedies.runs import Run, RunOf, runs
from core.cases.remedies.states import REMEDIES
from core.cases.remedies.suggesting import Suggestion, suggest
from core.cases.remedies.words import ACTION_LABELS, KIND_LABELS, SCOPE_LABELS, STATE_LABELS, over_words, sentence

__all__ = [
    "ACTION_LABELS",
    "KIND_LABELS",
    "REMEDIES",
    "SCOPE_LABELS",
    "STATE_LABELS",
    "Desk",
    "Facts",
    "Preview",
    "Result",
    "Row",
    "Run",
    "RunOf",
    "Step",
    "Suggestion",
    "Waiting",
    "answer",
    "approve",
    "ask_back",
    "decline",
    "desk",
    "desk_count",
    "mark_given",
    "of_case",
    "out_of_reach",
    "over_words",
    "preview",
    "propose",
    "record_result",
    "result_of",
    "runs",
    "sentence",
    "suggest",
    "take_back",
    "withdraw",
]
