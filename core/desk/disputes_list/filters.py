"""What the list of disputes may be asked for, as conditions on `Dispute`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select
from sqlalchemy.sql import ColumnElement

from core.desk.claims_list import NOBODY
from core.desk.claims_list.filters import one_of
from core.desk.search import LONGEST, matches
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid
from core.foundation.language import N_
from core.models import AnswerDraft, Dispute, Incident, Shipment, Shop
from core.models.dispute import STILL_OPEN, DisputeState, DueBasis, RequestKind, ReturnReason, Solution


class Group(StrEnum):
    """Where a dispute stands in time. Stable: they stand in addresses.

    DUE: something is asked of us by a moment to come, be it only to ask for compensation after a loss, or it waits for us and nobody knows
    until when. PASSED: that moment went by. WAITING: it is open and nothing is asked of us. DONE: it ended.
    """

    DUE = "due"
    PASSED = "passed"
    WAITING = "waiting"
    DONE = "done"


GROUP_LABELS: dict[Group, str] = {
    Group.DUE: N_("Due next"),
    Group.PASSED: N_("Day passed"),
    Group.WAITING: N_("Waiting"),
    Group.DONE: N_("Ended"),
}


class Within(StrEnum):
    """How soon the next moment is."""

    DAY = "day"
    THREE = "three"
    WEEK = "week"


WITHIN_LABELS: dict[Within, str] = {
    Within.DAY: N_("Within 24 hours"),
    Within.THREE: N_("Within 3 days"),
    Within.WEEK: N_("Within 7 days"),
}
_AHEAD = {Within.DAY: timedelta(days=1), Within.THREE: timedelta(days=3), Within.WEEK: timedelta(days=7)}


class Written(StrEnum):
    """Whether an answer is being written."""

    YES = "yes"
    NO = "no"


WRITTEN_LABELS: dict[Written, str] = {
    Written.YES: N_("An answer is drafted"),
    Written.NO: N_("No answer is drafted"),
}

OURS = (DisputeState.OPENED, DisputeState.PREPARING, DisputeState.OFFERED)
"""States in which a dispute waits for us, whether or not a day is known."""

NO_REASON = ReturnReason.UNKNOWN
"""Stands for requests whose reason nobody told, too."""


@dataclass(frozen=True)
class DisputeFilter:
    """What to show. No group and no query means every dispute that is open or asks something; several values of one field
    are alternatives.

    `shops`, `carriers` and `owners` (`NOBODY` for none) are ids. `stopgap` asks for those whose day is only the market's usual one,
    `loose` for those that belong to no case.
    """

    text: str = ""
    groups: tuple[Group, ...] = ()
    states: tuple[DisputeState, ...] = ()
    reasons: tuple[ReturnReason, ...] = ()
    kinds: tuple[RequestKind, ...] = ()
    solutions: tuple[Solution, ...] = ()
    shops: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()
    carriers: tuple[int, ...] = ()
    owners: tuple[int, ...] = ()
    within: Within | None = None
    written: Written | None = None
    stopgap: bool = False
    loose: bool = False

    @property
    def empty(self) -> bool:
        """Whether it is none at all."""
        return replace(self, text=self.text.strip()) == DisputeFilter()

    @property
    def over(self) -> bool:
        """Whether only what ended, or whose day passed, is let through."""
        return bool(self.groups) and set(self.groups) <= {Group.DONE, Group.PASSED}


def moments(wanted: DisputeFilter, now: datetime) -> dict[str, datetime]:
    """The values of the parameters that stand for time in `conditions`: statements are kept, moments are not."""
    return {"now": now, "until": now + _AHEAD.get(wanted.within or Within.DAY, timedelta())}


def open_() -> ColumnElement[bool]:
    """In the words of the indexes, which parameters would not be."""
    return literal_column(f"dispute.{STILL_OPEN}")


def now() -> Any:
    """This moment, as a parameter of a statement that is kept."""
    return bindparam("now", type_=UtcDateTime())


def ours(of: Any = Dispute) -> ColumnElement[bool]:
    """Whether it waits for us."""
    found: ColumnElement[bool] = of.state.in_([literal_column(f"'{state}'") for state in OURS])
    return found


def of_group(group: Group) -> ColumnElement[bool]:
    """A group in SQL; every dispute is in exactly one."""
    expired = Dispute.state == literal_column("'expired'")
    ahead: ColumnElement[bool] = Dispute.next_due_at >= now()
    dayless = and_(open_(), Dispute.next_due_at.is_(None))
    behind = or_(Dispute.next_due_at.is_(None), Dispute.next_due_at < now())
    match group:
        case Group.DUE:
            return or_(ahead, and_(dayless, ours()))
        case Group.PASSED:
            return or_(and_(open_(), Dispute.next_due_at < now()), and_(expired, behind))
        case Group.WAITING:
            return and_(dayless, ~ours())
        case Group.DONE:
            return and_(~open_(), ~expired, behind)


def _parts(group: Group) -> list[ColumnElement[bool]]:
    """A group in parts, each of which an index has."""
    if group is not Group.DUE:
        return [of_group(group)]
    ahead: ColumnElement[bool] = Dispute.next_due_at >= now()
    return [ahead, and_(open_(), Dispute.next_due_at.is_(None), ours())]


def branches(wanted: DisputeFilter) -> list[list[ColumnElement[bool]]]:
    """Where in time to look: conditions that shut each other out, each to be asked of its own index.

    Without a group: what is open, and what ended but still asks something of us.
    """
    if wanted.groups:
        return [[one] for group in dict.fromkeys(wanted.groups) for one in _parts(group)]
    if wanted.text.strip() or wanted.states:
        return [[]]
    return [[open_()], [~open_(), Dispute.next_due_at >= now()]]


def conditions(wanted: DisputeFilter) -> list[ColumnElement[bool]]:
    """The filter in SQL, over `Dispute` alone; what `branches` say stands beside it."""
    lists: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (Dispute.state, wanted.states),
        (Dispute.kind, wanted.kinds),
        (Dispute.solution, wanted.solutions),
        (Dispute.shop_id, wanted.shops),
        (reason(), wanted.reasons),
    )
    found = [one_of(field, chosen) for field, chosen in lists if chosen]
    if wanted.within is not None:
        until = bindparam("until", type_=UtcDateTime())
        found += [Dispute.next_due_at >= now(), Dispute.next_due_at < until]
    if wanted.markets:
        found.append(Dispute.shop_id.in_(select(Shop.id).where(one_of(Shop.market, wanted.markets))))
    if wanted.carriers:
        found.append(Dispute.shipment_id.in_(select(Shipment.id).where(one_of(Shipment.carrier_id, wanted.carriers))))
    if wanted.owners:
        found.append(_owned(wanted.owners))
    if wanted.written is not None:
        drafted = Dispute.id.in_(select(AnswerDraft.dispute_id))
        found.append(drafted if wanted.written is Written.YES else ~drafted)
    if wanted.stopgap:
        found.append(stopgap())
    if wanted.loose:
        found.append(Dispute.incident_id.is_(None))
    return found + _searched(wanted.text)


def reason() -> ColumnElement[Any]:
    """Why: as the platform found it, else as the buyer says, else not known."""
    found: ColumnElement[Any] = func.coalesce(Dispute.reassessed, Dispute.reason, literal_column(f"'{NO_REASON}'"))
    return found


def stopgap() -> ColumnElement[bool]:
    """Whether the next moment is only the market's usual day."""
    fallback = Dispute.response_basis == literal_column(f"'{DueBasis.FALLBACK}'")
    found: ColumnElement[bool] = and_(fallback, Dispute.next_due_at == Dispute.response_due_at)
    return found


def _owned(owners: tuple[int, ...]) -> ColumnElement[bool]:
    people = tuple(one for one in owners if one != NOBODY)
    found: list[ColumnElement[bool]] = []
    if people:
        found.append(Dispute.incident_id.in_(select(Incident.id).where(one_of(Incident.owner_id, people))))
    if NOBODY in owners:
        unowned = select(Incident.id).where(Incident.owner_id.is_(None), Incident.state != literal_column("'closed'"))
        found += [Dispute.incident_id.is_(None), Dispute.incident_id.in_(unowned)]
    return or_(*found)


def _searched(text: str) -> list[ColumnElement[bool]]:
    """A return, order or tracking number as a whole, or the words of the case."""
    typed = text.strip()[:LONGEST]
    if not typed:
        return []
    # Each number is asked of its own index, which begins with the shop: shops are few, and known before.
    shops: Any = func.any(func.array(select(Shop.id).scalar_subquery()))
    upper = typed.upper()
    ids = [
        select(Dispute.id).where(Dispute.shop_id == shops, Dispute.return_number == upper),
        select(Dispute.id).where(Dispute.shop_id == shops, Dispute.order_number == upper),
        select(Dispute.id)
        .join(Shipment, Shipment.id == Dispute.shipment_id)
        .where(or_(Shipment.tracking_number == upper, Shipment.order_number == upper)),
    ]
    try:
        ids.append(select(Dispute.id).join(Incident, Incident.id == Dispute.incident_id).where(*matches(typed)))
    except Invalid:
        # Too short for the index of words; a number as a whole is asked of its own.
        if len(typed) < 3:
            raise
    return [Dispute.id.in_(ids[0].union(*ids[1:]))]


def order_of(wanted: DisputeFilter, of: Any = Dispute) -> tuple[ColumnElement[Any], ...]:
    """Open disputes by their next moment, behind them what waits for us without a known day, those that ask nothing last; ended ones
    the latest first. `of` has the columns.
    """
    if wanted.over:
        return of.state_at.desc(), of.id.desc()
    return of.next_due_at.asc().nulls_last(), ours(of).desc(), of.id.asc()
