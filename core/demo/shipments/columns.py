"""The parcels as columns. All moments are whole seconds since 1970 in UTC; `NEVER` stands for what did not happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.models.incident import IncidentType

NEVER = -1
MONTHS = 24
DAY = 86_400
HOUR = 3_600
TYPES = (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS, IncidentType.DELAYED)
STATUSES = ("ordered", "shipped", "delivered", "completed", "cancelled", "failed", "lost", "returning", "returned")
CODE = {name: place for place, name in enumerate(STATUSES)}

Column = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Parcels:
    """Every parcel, as columns. `wrong` is the place in TYPES of what went wrong, or NEVER."""

    now: int
    shop: Column
    channel: Column
    ordered: Column
    paid: Column
    shipped: Column
    accepted: Column
    first_scan: Column
    last_scan: Column
    expected: Column
    delivered: Column
    completed: Column
    changed: Column
    status: Column
    wrong: Column
    lines: Column
    product: Column
    variation: Column
    quantity: Column
    number: Column

    def __len__(self) -> int:
        return len(self.ordered)
