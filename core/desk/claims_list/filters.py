"""What may be asked of the claims, and the conditions it becomes: pills, moments, people, places, amounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, or_, select, union_all

from core.desk.search import LONGEST, matches, reference
from core.foundation.clock import start_of_day
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid
from core.foundation.language import N_
from core.models import Claim, Clock, Incident
from core.models.claim import ClaimState
from core.models.rule import FilingChannel, PayerKind

S = ClaimState

NOBODY = 0
"""Stands for "no owner" among the owners of a filter."""


class Group(StrEnum):
    """The pills and the columns of the board: states that ask for the same. Stable: they stand in addresses."""

    PREPARE = "prepare"
    FILED = "filed"
    ASKED = "asked"
    OFFER = "offer"
    DENIED = "denied"
    PAID = "paid"
    ENDED = "ended"


GROUPS: dict[Group, tuple[ClaimState, ...]] = {
    Group.PREPARE: (S.DRAFT, S.READY),
    Group.FILED: (S.SUBMITTED, S.IN_REVIEW, S.APPEALED),
    Group.ASKED: (S.INFORMATION_ASKED,),
    Group.OFFER: (S.OFFERED, S.APPROVED, S.PARTLY_APPROVED),
    Group.DENIED: (S.REJECTED,),
    Group.PAID: (S.PAID,),
    Group.ENDED: (S.CLOSED, S.EXPIRED, S.WITHDRAWN),
}
GROUP_LABELS: dict[Group, str] = {
    Group.PREPARE: N_("To file"),
    Group.FILED: N_("Filed"),
    Group.ASKED: N_("More asked"),
    Group.OFFER: N_("Offered or approved"),
    Group.DENIED: N_("Denied"),
    Group.PAID: N_("Paid"),
    Group.ENDED: N_("Ended"),
}
BOARD = (Group.PREPARE, Group.FILED, Group.ASKED, Group.OFFER, Group.DENIED, Group.PAID)
"""The six columns of the board, left to right."""

OVER = frozenset({S.PAID, S.CLOSED, S.EXPIRED, S.WITHDRAWN})
"""States in which nothing more is due."""


class Moment(StrEnum):
    """Where a claim's next clock stands. Stable: they stand in addresses."""

    LATE = "late"
    DAY = "24h"
    THREE = "3d"
    WEEK = "7d"
    SLEEPING = "sleeping"
    PAUSED = "paused"


MOMENT_LABELS: dict[Moment, str] = {
    Moment.LATE: N_("Late"),
    Moment.DAY: N_("Due in 24 hours"),
    Moment.THREE: N_("Due in 3 days"),
    Moment.WEEK: N_("Due in 7 days"),
    Moment.SLEEPING: N_("Not open yet"),
    Moment.PAUSED: N_("Paused"),
}
_AHEAD = {Moment.DAY: timedelta(days=1), Moment.THREE: timedelta(days=3), Moment.WEEK: timedelta(days=7)}


@dataclass(frozen=True)
class ClaimFilter:
    """What to show. No group means every claim that still runs; several values of one field are alternatives.

    `carriers`, `owners` (`NOBODY` for none) and `shops` are ids, `by` payers' names, `denials` denial codes. `least` and
    `most` are the case's value in the team's base currency. `day` is a day in the actor's zone on which a clock of the
    claim opens or closes.
    """

    text: str = ""
    groups: tuple[Group, ...] = ()
    payers: tuple[PayerKind, ...] = ()
    carriers: tuple[int, ...] = ()
    owners: tuple[int, ...] = ()
    by: tuple[str, ...] = ()
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()
    channels: tuple[FilingChannel, ...] = ()
    denials: tuple[str, ...] = ()
    moment: Moment | None = None
    raised: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    day: date | None = None

    @property
    def empty(self) -> bool:
        """Whether it lets every running claim through."""
        return replace(self, text=self.text.strip()) == ClaimFilter()

    @property
    def states(self) -> tuple[ClaimState, ...]:
        """The states that are let through; without a group or a query only those that still run."""
        chosen = tuple(state for group in self.groups for state in GROUPS[group])
        return chosen or (() if self.text.strip() else tuple(state for state in ClaimState if state not in OVER))

    @property
    def over(self) -> bool:
        """Whether only ended claims are let through."""
        return bool(self.states) and OVER.issuperset(self.states)

    @property
    def needs_case(self) -> bool:
        """Whether it asks for something that stands with the case and not with the claim."""
        amounts = self.least is not None or self.most is not None
        return bool(self.carriers or self.owners or self.shops or self.markets or amounts)


def moments(wanted: ClaimFilter, now: datetime) -> dict[str, datetime]:
    """The values of the parameters that stand for time in `conditions`: statements are kept, moments are not."""
    return {"now": now, "until": now + _AHEAD.get(wanted.moment or Moment.LATE, timedelta())}


def conditions(wanted: ClaimFilter, zone: str) -> list[ColumnElement[bool]]:
    """The filter in SQL, over `Claim`, and `Incident` where `needs_case`. Days are days in `zone`."""
    lists: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (Claim.state, wanted.states),
        (Claim.payer_kind, wanted.payers),
        (Claim.payer_name, wanted.by),
        (Claim.channel, wanted.channels),
        (Claim.denial_code, wanted.denials),
    )
    # One value is an equality, which an index keeps in order; `in` of several is not.
    found = [one_of(field, chosen) for field, chosen in lists if chosen]
    if wanted.moment is not None:
        found.append(_at(wanted.moment))
    if wanted.raised:
        found.append(_has(Clock.state == literal_column("'running'"), Clock.escalation > literal_column("0")))
    if wanted.day is not None:
        found.append(_on(wanted.day, zone))
    if wanted.needs_case and wanted.states and not OVER.intersection(wanted.states):
        # A case is not closed while one of its claims runs; this is what open cases' indexes ask for.
        found.append(Incident.state != literal_column("'closed'"))
    return found + of_case(wanted) + _searched(wanted.text)


def of_case(wanted: ClaimFilter) -> list[ColumnElement[bool]]:
    """What of the filter is about the case, over `Incident`."""
    lists: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (Incident.carrier_id, wanted.carriers),
        (Incident.shop_id, wanted.shops),
        (Incident.market, wanted.markets),
    )
    found = [one_of(field, chosen) for field, chosen in lists if chosen]
    if wanted.owners:
        people = tuple(one for one in wanted.owners if one != NOBODY)
        named = [one_of(Incident.owner_id, people)] if people else []
        found.append(or_(*named, *([Incident.owner_id.is_(None)] if NOBODY in wanted.owners else [])))
    if wanted.least is not None:
        found.append(Incident.base_value >= wanted.least)
    if wanted.most is not None:
        found.append(Incident.base_value <= wanted.most)
    return found


def one_of(field: Any, chosen: tuple[Any, ...]) -> ColumnElement[bool]:
    """One of several values."""
    found: ColumnElement[bool] = field == chosen[0] if len(chosen) == 1 else field.in_(chosen)
    return found


def _at(moment: Moment) -> ColumnElement[bool]:
    now, until = bindparam("now", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
    unfiled = Claim.state.in_((S.DRAFT, S.READY))
    match moment:
        case Moment.LATE:
            # A window that is open and has no known end is not late.
            return and_(Claim.next_due_at < now, or_(~unfiled, Claim.due_at.is_not(None)))
        case Moment.SLEEPING:
            return and_(unfiled, Claim.opens_at > now)
        case Moment.PAUSED:
            return _has(Clock.state == literal_column("'paused'"))
        case _:
            return and_(Claim.next_due_at >= now, Claim.next_due_at < until)


def _has(*about: ColumnElement[bool]) -> ColumnElement[bool]:
    """A clock of the claim of which all this is true. The words stand as they do in the partial indexes."""
    return Claim.id.in_(select(Clock.claim_id).where(Clock.claim_id.is_not(None), *about))


def _on(day: date, zone: str) -> ColumnElement[bool]:
    start, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    running = Clock.state == literal_column("'running'")
    closing = select(Clock.claim_id).where(running, Clock.due_at >= start, Clock.due_at < end)
    opening = select(Clock.claim_id).where(running, Clock.opens_at >= start, Clock.opens_at < end)
    return Claim.id.in_(union_all(closing, opening))


def _searched(text: str) -> list[ColumnElement[bool]]:
    """A claim's own number, the payer's case number as a whole, or the words of its case."""
    typed = text.strip()[:LONGEST]
    if not typed:
        return []
    own = reference(typed)
    if own is not None and own.startswith("CL-"):
        return [Claim.reference == own]
    by_number = select(Claim.id).where(Claim.case_number == typed)
    try:
        by_case = select(Claim.id).join(Incident, Incident.id == Claim.incident_id).where(*matches(typed))
    except Invalid:
        # Too short for the index of words; a case number may be that short.
        return [Claim.id.in_(by_number)]
    return [Claim.id.in_(by_number.union(by_case))]


def order_of(wanted: ClaimFilter) -> tuple[ColumnElement[Any], ...]:
    """Running claims by their next moment, ended ones the newest first."""
    return (Claim.id.desc(),) if wanted.over else (Claim.next_due_at.asc(), Claim.id.asc())
