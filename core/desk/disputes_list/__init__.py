"""The disputes as a list: by the next moment that cannot be taken back, filtered, counted, exported."""

from core.desk.claims_list import NOBODY
from core.desk.disputes_list.checklists import Checklist, checklists
from core.desk.disputes_list.details import Asked, DisputeDetails, Pressing, dispute_details, pressing
from core.desk.disputes_list.export import disputes_csv, disputes_xlsx
from core.desk.disputes_list.filters import (
    GROUP_LABELS,
    OURS,
    WITHIN_LABELS,
    WRITTEN_LABELS,
    DisputeFilter,
    Group,
    Within,
    Written,
)
from core.desk.disputes_list.reads import (
    COUNTED,
    PAGE,
    DisputePage,
    all_disputes,
    disputes_by_group,
    disputes_count,
    disputes_named,
    disputes_page,
)
from core.desk.disputes_list.rows import DisputeLine

__all__ = [
    "COUNTED",
    "GROUP_LABELS",
    "NOBODY",
    "OURS",
    "PAGE",
    "WITHIN_LABELS",
    "WRITTEN_LABELS",
    "Asked",
    "Checklist",
    "DisputeDetails",
    "DisputeFilter",
    "DisputeLine",
    "DisputePage",
    "Group",
    "Pressing",
    "Within",
    "Written",
    "all_disputes",
    "checklists",
    "dispute_details",
    "disputes_by_group",
    "disputes_count",
    "disputes_csv",
    "disputes_named",
    "disputes_page",
    "disputes_xlsx",
    "pressing",
]
