"""Parcels and cases per group and stratum, counted in the database.

Every parcel had the same time to go wrong: only those are counted that were shipped longer than a horizon ago, and of their cases
only those noticed within it. A stratum is a channel within a block of weeks.

A parcel is only set beside others of which the same is known: where packers are noted for lost parcels alone, or scans are pasted
for them alone, every packer and every hub would look like the worst.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, Text

from core.foundation.columns import UtcDateTime
from core.insight.clusters.scan import Candidate
from core.insight.clusters.settings import Alarm
from core.insight.standardise import Stratum
from core.models.group import Dimension
from core.models.incident import IncidentType

TYPES = (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS)
"""What is looked at: delays come in waves of their own."""


@dataclass(frozen=True)
class GroupKey:
    """One group of parcels: what they share, the type of case, within how many days of shipping, and which ship days were looked at.

    `carrier_id` and `market` are set where they are part of it; `first` and `last` are the ship days, of the group itself where
    it is a hand-over, else of the whole window. `value` is the place, the SKU or the packer.
    """

    dimension: Dimension
    type: IncidentType
    value: str
    carrier_id: int | None
    market: str | None
    first: date
    last: date
    horizon: int

    def codes(self) -> dict[str, Any]:
        """What names the group from day to day, as it is stored: without the window, which moves on, and the horizon."""
        found: dict[str, Any] = {"value": self.value, "carrier_id": self.carrier_id, "market": self.market}
        if self.dimension is Dimension.HANDOVER:
            found |= {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return found


@dataclass(frozen=True)
class Counted:
    """The groups of one look, and how many parcels were looked at."""

    candidates: tuple[Candidate[GroupKey], ...]
    parcels: int


_PARCELS = """
    with parcel as (
      select s.id, s.carrier_id, s.service, s.market, s.origin, s.packed_by,
             (s.shipped_at at time zone h.zone)::date as day,
             floor(extract(epoch from :before - s.shipped_at) / 86400 / :block)::int as block, s.shipped_at
      from shipment s join shop h on h.id = s.shop_id
      where s.shipped_at >= :after and s.shipped_at < :before
    ),
    wrong as (
      select p.id, array_agg(distinct i.type::text) as types
      from parcel p join incident i on i.shipment_id = p.id
      where i.type::text = any (:types) and i.noticed_at <= p.shipped_at + :horizon * interval '1 day'
        and (i.result is null or i.result::text not in ('arrived', 'no_loss'))
      group by p.id
    )
"""
_CASES = ", ".join(
    f"count(*) filter (where '{kind.value}' = any (w.types)) as {kind.value}"  # the words are this module's own
    for kind in TYPES
)
_BY_COLUMNS = text(
    f"""
    {_PARCELS}
    select p.carrier_id, p.service, p.market, p.block, p.origin, p.day, p.packed_by,
           grouping(p.origin, p.day, p.packed_by) as lacks, count(*) as n, {_CASES}
    from parcel p left join wrong w on w.id = p.id
    group by grouping sets (
      (p.carrier_id, p.service, p.market, p.block),
      (p.carrier_id, p.service, p.market, p.block, p.origin, p.day),
      (p.carrier_id, p.service, p.market, p.block, p.origin),
      (p.carrier_id, p.service, p.market, p.block, p.packed_by)
    )
    """  # noqa: S608 -- the pieces are this module's own words
)
_BY_MANY = {
    Dimension.PRODUCT: "select distinct l.shipment_id, l.sku as value from parcel q"
    " join shipment_line l on l.shipment_id = q.id where l.sku <> ''",
    Dimension.HUB: "select distinct e.shipment_id, e.place as value from parcel q"
    " join tracking_event e on e.shipment_id = q.id where e.place <> ''",
}
"""A parcel has several of these: the statement gives each once."""


def count(session: Session, rules: Alarm, *, now: datetime) -> Counted:
    """All groups of one look over all horizons (inner)."""
    found: list[Candidate[GroupKey]] = []
    parcels = 0
    for horizon in rules.horizons:
        window = _Window(rules, horizon, now)
        rows = session.execute(_BY_COLUMNS.bindparams(*_TYPED), window.named).all()
        totals = _Totals(row for row in rows if row.lacks == 0b111)
        parcels = max(parcels, totals.parcels)
        found += _handovers([row for row in rows if row.lacks == 0b001], totals, window, rules.handover_days)
        for dimension, column, lacks in ((Dimension.LANE, "origin", 0b011), (Dimension.PACKER, "packed_by", 0b110)):
            known = [row for row in rows if row.lacks == lacks and getattr(row, column)]
            found += _single(dimension, known, column, _Totals(known), window)
        for dimension, which in _BY_MANY.items():
            many = _many(session, which, window)
            known = [row for row in many if row.value]
            found += _single(dimension, known, "value", _Totals(row for row in many if not row.value), window)
    return Counted(tuple(found), parcels)


_TYPED = (
    bindparam("after", type_=UtcDateTime()),
    bindparam("before", type_=UtcDateTime()),
    bindparam("types", type_=ARRAY(Text)),
    bindparam("horizon", type_=Integer),
    bindparam("block", type_=Integer),
)


class _Window:
    """The ship days of one horizon, and the statement's values."""

    def __init__(self, rules: Alarm, horizon: int, now: datetime) -> None:
        self.horizon = horizon
        before = now - timedelta(days=horizon)
        after = before - timedelta(days=rules.window_days)
        self.first, self.last = after.date(), before.date()
        self.named = {
            "after": after,
            "before": before,
            "types": [kind.value for kind in TYPES],
            "horizon": horizon,
            "block": rules.block_days,
        }


_Stratum = tuple[int | None, str | None, str, int]
"""Carrier, service, market, block."""


def _stratum(row: Any) -> _Stratum:
    return row.carrier_id, row.service, row.market, row.block


class _Totals:
    """Parcels and cases of every stratum: the sums of rows that share no parcel."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._sums: dict[_Stratum, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            sums = self._sums[_stratum(row)]
            sums["n"] += row.n
            for kind in TYPES:
                sums[kind.value] += getattr(row, kind.value)
        self.parcels = sum(sums["n"] for sums in self._sums.values())

    def strata(self, kind: IncidentType, parts: Iterable[Any]) -> tuple[Stratum, ...]:
        """A group's rows, summed up per stratum, each beside its stratum's totals."""
        own: dict[_Stratum, list[int]] = defaultdict(lambda: [0, 0])
        for row in parts:
            mine = own[_stratum(row)]
            mine[0] += getattr(row, kind.value)
            mine[1] += row.n
        return tuple(
            Stratum(events, n, self._sums[key][kind.value], self._sums[key]["n"])
            for key, (events, n) in own.items()
            if self._sums[key][kind.value]
        )


def _candidates(
    keys: Mapping[tuple[Any, ...], list[Any]], totals: _Totals, dimension: Dimension, window: _Window
) -> Iterable[Candidate[GroupKey]]:
    """A candidate per key (value, carrier, market, first, last) and type; groups whose strata have no cases are none."""
    for (value, carrier_id, market, first, last), rows in keys.items():
        for kind in TYPES:
            if strata := totals.strata(kind, rows):
                key = GroupKey(dimension, kind, value, carrier_id, market, first, last, window.horizon)
                yield Candidate(key, strata)


def _single(
    dimension: Dimension, rows: Iterable[Any], column: str, totals: _Totals, window: _Window
) -> Iterable[Candidate[GroupKey]]:
    """Groups of one value each; a lane is a value towards one market."""
    keys: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        market = row.market if dimension is Dimension.LANE else None
        keys[getattr(row, column), None, market, window.first, window.last].append(row)
    return _candidates(keys, totals, dimension, window)


def _handovers(
    rows: Iterable[Any], totals: _Totals, window: _Window, lengths: Iterable[int]
) -> Iterable[Candidate[GroupKey]]:
    """What one carrier was given at one place on one day, and on runs of days."""
    by_day: dict[tuple[int, str], dict[date, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.carrier_id is not None:
            by_day[row.carrier_id, row.origin or ""][row.day].append(row)
    keys: dict[tuple[Any, ...], list[Any]] = {}
    for (carrier_id, origin), days in by_day.items():
        for length in lengths:
            for first in days:
                run = [first + timedelta(days=n) for n in range(length)]
                if length == 1 or run[-1] in days:
                    keys[origin, carrier_id, None, first, run[-1]] = [row for day in run for row in days.get(day, ())]
    return _candidates(keys, totals, Dimension.HANDOVER, window)


def _many(session: Session, which: str, window: _Window) -> list[Any]:
    """Groups a parcel can be in several of, each with its parcels and cases per stratum; value "" are all parcels in any."""
    statement = text(
        f"""
        {_PARCELS},
        named as materialized ({which}),
        pair as (select shipment_id, value from named union all select distinct shipment_id, '' from named)
        select v.value, p.carrier_id, p.service, p.market, p.block, count(*) as n, {_CASES}
        from pair v join parcel p on p.id = v.shipment_id left join wrong w on w.id = p.id
        group by v.value, p.carrier_id, p.service, p.market, p.block
        """  # noqa: S608 -- the pieces are this module's own words
    )
    return list(session.execute(statement.bindparams(*_TYPED), window.named).all())
