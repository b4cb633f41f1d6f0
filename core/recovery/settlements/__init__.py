"""Compensation in the platform's own files: which lines are one, and which claims and disputes they pay.

Lines come in with income, adjustment and wallet files (`files`, `lines`; what their words mean is data, `telling`). What they may pay
is worked out from figures (`pairing`) and stands as suggestions (`suggesting`) until a person decides (`deciding`), or says it without
one (`by_hand`); then it is paid (`booking`) and told in its cases' history (`trail`). A line that fits nothing is not missing money: it
may be claimed later, or its order's file may not have come yet.
"""

from core.recovery.settlements.by_hand import match_by_hand, tell_apart
from core.recovery.settlements.deciding import MOST, ManyDone, accept, accept_many, reject, unmatch
from core.recovery.settlements.files import KINDS, MoneyKind, MoneyPlan
from core.recovery.settlements.reads import (
    GROUP_LABELS,
    OF_MATCHES,
    PAGE,
    Group,
    LineRow,
    MatchRow,
    Overview,
    Target,
    Wanted,
    claims_of_line,
    list_lines,
    list_matches,
    overview,
    reason,
)
from core.recovery.settlements.suggesting import Suggested, follow, look, suggest
from core.recovery.settlements.words import KIND_LABELS, SOURCE_LABELS, WAY_LABELS

__all__ = [
    "GROUP_LABELS",
    "KINDS",
    "KIND_LABELS",
    "MOST",
    "OF_MATCHES",
    "PAGE",
    "SOURCE_LABELS",
    "WAY_LABELS",
    "Group",
    "LineRow",
    "ManyDone",
    "MatchRow",
    "MoneyKind",
    "MoneyPlan",
    "Overview",
    "Suggested",
    "Target",
    "Wanted",
    "accept",
    "accept_many",
    "claims_of_line",
    "follow",
    "list_lines",
    "list_matches",
    "look",
    "match_by_hand",
    "overview",
    "reason",
    "reject",
    "suggest",
    "tell_apart",
    "unmatch",
]
