"""The team's decided disputes, counted by what makes them alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.insight.odds.calibration import Past
from core.insight.odds.model import NONE, Cell, Completeness, Tally
from core.models.dispute import DisputeState, ReturnReason
from core.recovery.answers.plan import usual_modules

S = DisputeState

UPHELD = (S.WON, S.PARTLY_WON, S.COMPENSATION_APPROVED, S.PAID)
REFUSED = (S.LOST, S.COMPENSATION_REJECTED)
"""What the platform decided about our answer. Agreed, conceded, withdrawn, expired: nobody judged it."""


@dataclass(frozen=True)
class Decided:
    """All of them, month by month. `untold` were decided, but what was sent is not known here."""

    past: tuple[Past, ...]
    untold: int

    def tallies(self) -> dict[Cell, Tally]:
        """All months together."""
        found: dict[Cell, Tally] = {}
        for one in self.past:
            found[one.cell] = found.get(one.cell, NONE) + one.tally
        return found


@dataclass(frozen=True)
class Proof:
    """What is shown of what must be: `matched` of `asked` things, `shown` of all. `usual`: the platform named nothing, and the usual
    list of the reason stands for its own.
    """

    asked: int
    matched: int
    shown: int
    usual: bool

    @property
    def completeness(self) -> Completeness:
        """As the odds count it. Where nothing at all must be shown, anything shown is some of it."""
        if self.shown == 0:
            return Completeness.BARE
        return Completeness.COMPLETE if self.asked and self.matched >= self.asked else Completeness.PARTLY


def proof_of(reason: ReturnReason, shown: Collection[str], required: Collection[str] | None) -> Proof:
    """Hold the modules that are shown against those the platform requires, or, where it named none (None), the usual ones."""
    wanted = {one.code for one in usual_modules(reason) if one.required} if required is None else set(required)
    return Proof(len(wanted), len(wanted & set(shown)), len(set(shown)), required is None)


def decided(session: Session, zone: str = "UTC") -> Decided:
    """Count them (inner). Months are of `zone`."""
    values = {
        "zone": zone,
        "upheld": [state.value for state in UPHELD],
        "refused": [state.value for state in REFUSED],
        "unknown": ReturnReason.UNKNOWN.value,
    }
    rows = list(session.execute(_DECIDED, values))
    return Decided(tuple(_past(rows)), sum(row.n for row in rows if row.modules is None))


def _past(rows: Iterable[Any]) -> list[Past]:
    found: dict[tuple[date, date, Cell], Tally] = {}
    for row in rows:
        if row.modules is None:
            continue
        reason = ReturnReason(row.reason)
        cell = Cell(reason, row.market, proof_of(reason, row.modules, row.required).completeness)
        key = (row.answered, row.decided, cell)
        found[key] = found.get(key, NONE) + Tally(row.n, row.upheld, float(row.kept))
    return [Past(*key, tally) for key, tally in found.items()]


# What was shown is everything sent until the decision; what was required is the list under the reason we answered with.
_DECIDED = text("""
with judged as (
    select d.id, coalesce(d.reassessed, d.reason, :unknown) as reason, s.market,
        cast(date_trunc('month', timezone(:zone, d.answered_at)) as date) as answered,
        cast(date_trunc('month', timezone(:zone, d.state_at)) as date) as decided,
        d.state = any(:upheld) as upheld,
        case when d.state = 'won' then 1
            when d.state = 'partly_won' then coalesce(1 - d.refunded / nullif(d.amount, 0), 0.5)
            when d.state = any(:upheld) then coalesce(coalesce(d.paid, d.granted) / nullif(d.amount, 0), 1)
            else 0 end as kept
    from dispute d join shop s on s.id = d.shop_id
    where d.answered_at is not null and d.state = any(:upheld || :refused)
), sent as (
    select p.dispute_id, min(p.reason) as reason,
        coalesce(array_agg(distinct e.shown ->> 'module') filter (where e.shown is not null), '{}') as modules
    from dispute_step p left join lateral jsonb_array_elements(p.exhibits) as e(shown) on true
    where p.by = 'person' and p.action in ('answer', 'send_more', 'request_compensation')
    group by p.dispute_id
), asked as (
    select m.dispute_id,
        coalesce(array_agg(m.number::text order by m.number) filter (where m.required), '{}') as required
    from dispute_module m join sent on sent.dispute_id = m.dispute_id and sent.reason = m.reason
    where m.retired_at is null
    group by m.dispute_id
)
select judged.reason, judged.market, judged.answered, greatest(judged.decided, judged.answered) as decided,
    sent.modules, asked.required, count(*) as n, count(*) filter (where judged.upheld) as upheld,
    sum(least(greatest(judged.kept, 0), 1)) as kept
from judged left join sent on sent.dispute_id = judged.id left join asked on asked.dispute_id = judged.id
group by 1, 2, 3, 4, 5, 6
order by 3, 4, 1, 2, 5, 6
""")
