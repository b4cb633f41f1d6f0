"""Parcels that fell silent, before anybody complains.

Two things bring a parcel up: a claim window that runs from acceptance, shipping or the first scan and closes within days
(`windows`), and a silence after which parcels of its channel have rarely arrived (`suspicions`, raised by the sweep from the curves
of `core.insight.silence`). `endings` withdraws the suspicion when the parcel moves or arrives, `taking` makes cases of parcels.
"""

from core.recovery.silent.endings import Arrival, arrivals, withdraw, withdrawn
from core.recovery.silent.parcel import Bounds, Chance, SilentParcel, bounds, line
from core.recovery.silent.reads import set_aside, silent_parcels
from core.recovery.silent.suspicions import raise_suspicions
from core.recovery.silent.taking import take_in_silent
from core.recovery.silent.windows import Range, event_range, ranges

__all__ = [
    "Arrival",
    "Bounds",
    "Chance",
    "Range",
    "SilentParcel",
    "arrivals",
    "bounds",
    "event_range",
    "line",
    "raise_suspicions",
    "ranges",
    "set_aside",
    "silent_parcels",
    "take_in_silent",
    "withdraw",
    "withdrawn",
]
