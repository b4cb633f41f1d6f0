"""The arithmetic of clocks, without a database: pausing, moving, waking, escalating.

Everything is exact: pauses are lengths of real time, so shifting a moment knows no zones and no daylight saving.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cases.clocks.kinds import LEAD, MANAGER, OWNER, rules
from core.foundation.clock import utc
from core.models.clock import ClockKind

NO_TIME = timedelta(0)


@dataclass(frozen=True)
class Moments:
    """When a clock opens and when it is due, both UTC; at least one is known. `held`: the sum of its finished pauses,
    which is part of both moments already.
    """

    opens: datetime | None
    due: datetime | None
    held: timedelta = NO_TIME

    def shifted(self, by: timedelta) -> Moments:
        """Both ends later by `by`, which was time on hold."""
        return Moments(self.opens and self.opens + by, self.due and self.due + by, self.held + by)


def resumed(clock: Moments, paused_at: datetime, now: datetime) -> Moments:
    """After a pause from `paused_at` until `now`: what was left before it is left after it. A clock of a machine that
    runs behind makes no pause negative.
    """
    # Two moments of one zone are subtracted by their wall clocks, an hour wrong across a clock change: UTC has none.
    return clock.shifted(max(utc(now) - utc(paused_at), NO_TIME))


def stands(opens: datetime | None, due: datetime | None, paused_at: datetime | None, now: datetime) -> Moments:
    """When a clock opens and is due as it stands at `now`: while it is paused, both go on with the time."""
    plain = Moments(opens, due)
    return plain if paused_at is None else resumed(plain, paused_at, now)


def replaced(computed_opens: datetime | None, computed_due: datetime | None, held: timedelta) -> Moments:
    """Moments computed anew, under another rule or from another fact, with all past pauses kept."""
    return Moments(computed_opens, computed_due).shifted(held)


def quiet_until(now: datetime, due: datetime | None) -> datetime:
    """Until when a clock that woke, was resumed or moved just now does not escalate: the grace, or half of what is left
    where that is less.
    """
    grace = rules().grace
    now = utc(now)
    return now + (grace if due is None else max(min(grace, (due - now) / 2), NO_TIME))


def level(kind: ClockKind, opens: datetime | None, due: datetime | None, *, owned: bool, now: datetime) -> int:
    """With whom a running clock should be by its moment alone: 0 its owner, 1 the lead, 2 the manager.

    One that has not opened yet is asleep and stays with its owner.
    """
    rule, moment = rules().kinds[kind], due or (opens and opens + rules().no_end)
    if moment is None or (opens is not None and opens > now):
        return OWNER
    if now >= moment - rule.manager:
        return MANAGER
    return LEAD if now >= moment - (rule.lead if owned else rule.lead_unowned) else OWNER
