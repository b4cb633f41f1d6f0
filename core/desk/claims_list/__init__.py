"""Every claim by state and next clock, searched, filtered and paged in SQL.

Claims that still run come by their next moment, the soonest first; ended ones by their number, the latest first.
"""

from core.desk.claims_list.details import ClaimDetails, ClaimTask, claim_details
from core.desk.claims_list.filters import (
    BOARD,
    GROUP_LABELS,
    GROUPS,
    MOMENT_LABELS,
    NOBODY,
    OVER,
    ClaimFilter,
    Group,
    Moment,
)
from core.desk.claims_list.reads import (
    COUNTED,
    PAGE,
    ClaimChoices,
    ClaimPage,
    claims_board,
    claims_by_group,
    claims_choices,
    claims_count,
    claims_page,
)
from core.desk.claims_list.rows import ClaimLine

__all__ = [
    "BOARD",
    "COUNTED",
    "GROUPS",
    "GROUP_LABELS",
    "MOMENT_LABELS",
    "NOBODY",
    "OVER",
    "PAGE",
    "ClaimChoices",
    "ClaimDetails",
    "ClaimFilter",
    "ClaimLine",
    "ClaimPage",
    "ClaimTask",
    "Group",
    "Moment",
    "claim_details",
    "claims_board",
    "claims_by_group",
    "claims_choices",
    "claims_count",
    "claims_page",
]
