"""One silent parcel as it is shown, and the watch's own figures."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from core.foundation.money import Money
from core.models.watch import CurveLevel

DATA = Path(__file__).parents[2] / "data" / "watch.toml"

HEARD = "greatest(s.accepted_at, s.shipped_at, s.first_scan_at, s.last_scan_at, s.status_changed_at)"
"""When a parcel `s` was last heard of, in SQL."""
UNDERWAY = "s.delivered_at is null and s.status::text = any ('{shipped,failed,lost,unknown,returning}'::text[])"
"""Which parcels are on their way, spelt as the index over them is."""


@dataclass(frozen=True)
class Bounds:
    """What `data/watch.toml` says: the horizon, how long a parcel has to be silent, and the most that are looked at."""

    closes_within: timedelta
    silent_for: timedelta
    most: int


@dataclass(frozen=True)
class Line:
    """From when on silence alone is a reason to look, in days: never before `earliest`, `plain` where nothing is known of the
    channel, and after `horizon` nobody waits any more.
    """

    earliest: int
    plain: int
    horizon: int


@dataclass(frozen=True)
class Chance:
    """How likely a parcel still arrives, from `low` to `high`, as `told` silences of `source` say that lasted as long."""

    share: float
    low: float
    high: float
    told: int
    source: CurveLevel


@dataclass(frozen=True)
class SilentParcel:
    """One parcel nobody has asked about yet. `payer` closes its window at `due_at` (counted in `zone`), the soonest of those that
    are open; without `due_at` none is known, or all are closed (`window_closed`). `doubtful` where the rule is unsure or old.
    `silent_since` is the last that was heard of it, `value` is in the shop's currency. `line_day`: after so many days without a scan
    its channel's parcels rarely arrived (`plain`: by the threshold of the data, the history says too little); None where it
    is not past it. `chance` is None where there is not enough history.
    """

    shipment_id: int
    number: str
    carrier: str | None
    market: str
    value: Money
    payer: str
    due_at: datetime | None
    zone: str
    silent_since: datetime
    rule: str
    rule_version: int | None
    doubtful: bool
    opens_at: datetime | None = None
    window_closed: bool = False
    line_day: int | None = None
    plain: bool = False
    chance: Chance | None = None


@lru_cache(maxsize=1)
def bounds() -> Bounds:
    """The watch's own figures on windows."""
    with DATA.open("rb") as file:
        row = tomllib.load(file)["parcels"]
    return Bounds(timedelta(days=row["closes_within_days"]), timedelta(days=row["silent_days"]), row["most"])


@lru_cache(maxsize=1)
def line() -> Line:
    """The watch's own figures on silence alone."""
    with DATA.open("rb") as file:
        data = tomllib.load(file)
    plain = next(row["days"] for row in data["plain"] if set(row) == {"days"})
    return Line(data["line"]["earliest_days"], plain, data["history"]["horizon_days"])
