"""The team's own lists of tracking numbers: they fill what order reports do not know of a parcel.

Where a list and the platform's files disagree, the platform's word stands and the disagreement is said; of what only the team knows
(first and last mile, where from, who packed) the newest list's word stands. A parcel nobody knows is entered where the list names its
order.

    facts      what a list may tell of a parcel, and whose word stands
    rows       a row's cells → the facts it tells
    meeting    which stored parcel a row means, what it adds, where the two differ
    words      what is said of a list before it is taken
    plan       what taking it writes
    kind       the list as a kind of file
"""

from core.parcels.tracking_lists.kind import ListKind
from core.parcels.tracking_lists.plan import ListPlan

__all__ = ["ListKind", "ListPlan"]
