"""Until when proof can be had: by a fact of the case and what is known of its kind, unless a person set the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.cases.kinds import Perishes, Since, facts_of
from core.foundation.clock import end_of_day, local_day
from core.foundation.formats import day
from core.foundation.language import N_, _, _n

SINCE_LABELS: dict[Since, str] = {
    Since.PACKED: N_("packing"),
    Since.SHIPPED: N_("shipping"),
    Since.DELIVERED: N_("delivery"),
    Since.NOTICED: N_("the notice"),
}


@dataclass(frozen=True)
class Dates:
    """The moments of a case from which proof perishes, and the zone in which its days are counted: the shop's."""

    zone: str
    noticed_at: datetime
    ordered_at: datetime | None = None
    accepted_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None

    def of(self, since: Since) -> datetime | None:
        """When the fact was. Nobody stores when a parcel was packed: it was before it was shipped. A parcel that was not
        delivered has no box at the buyer's, unless somebody noticed something about it.
        """
        handed_over = [one for one in (self.shipped_at, self.accepted_at) if one is not None]
        if since in (Since.PACKED, Since.SHIPPED):
            return min(handed_over, default=self.ordered_at)
        return self.noticed_at if since is Since.NOTICED else self.delivered_at or self.noticed_at


@dataclass(frozen=True)
class Gone:
    """The last day on which proof can be had. `by_hand`: a person said so; else it is what is typical."""

    on: date
    zone: str
    since: datetime | None
    by_hand: bool
    perishes: Perishes | None

    @property
    def at(self) -> datetime:
        """The end of that day, in UTC."""
        return end_of_day(self.on, self.zone)

    @property
    def why(self) -> str:
        """Where the day comes from, in the reader's language."""
        if self.by_hand:
            return _("Set by the team for this case.")
        if self.perishes is None or self.since is None:
            return ""
        counted = _n(
            "Typically gone {n} day after {fact} ({day}).",
            "Typically gone {n} days after {fact} ({day}).",
            self.perishes.days,
            fact=_(SINCE_LABELS[self.perishes.since]),
            day=day(local_day(self.since, self.zone)),
        )
        return f"{counted} {self.perishes.why}"

    def reasoning(self, needed: int) -> list[dict[str, Any]]:
        """What is kept with the clock: enough to tell it, and to start it again."""
        row: dict[str, Any] = {"kind": "proof", "needed": needed, "on": self.on.isoformat(), "by_hand": self.by_hand}
        if self.perishes is not None and not self.by_hand:
            row |= {
                "days": self.perishes.days,
                "since": self.perishes.since.value,
                "source": self.perishes.source,
                "confidence": self.perishes.confidence,
            }
        return [row]


def gone_of(code: str, dates: Dates, by_hand: Mapping[str, date]) -> Gone | None:
    """When proof of a kind is gone in a case; None for what does not perish, or where nothing says when it begins to."""
    known = facts_of(code).perishes
    since = dates.of(known.since) if known is not None else None
    if code in by_hand:
        return Gone(by_hand[code], dates.zone, since, True, known)
    if known is None or since is None:
        return None
    return Gone(local_day(since, dates.zone) + timedelta(days=known.days), dates.zone, since, False, known)
