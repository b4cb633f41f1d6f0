"""The disputes read: a page, a count, the groups, everything for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from core.desk.disputes_list.filters import DisputeFilter, Group, branches, conditions, moments, of_group, order_of
from core.desk.disputes_list.rows import DisputeLine, line_of, lines
from core.foundation.database import keep_the_plans
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Dispute

PAGE = 50
COUNTED = 1_000
"""Rows a page may count, and page through."""


@dataclass(frozen=True)
class DisputePage:
    """The rows of one page (numbered from 1) and whether another follows it."""

    rows: tuple[DisputeLine, ...]
    number: int
    more: bool

    @property
    def counted(self) -> int | None:
        """How many rows there are in all, where this page alone tells."""
        return None if self.more else (self.number - 1) * PAGE + len(self.rows)


@read(Permission.DISPUTE_READ)
def disputes_page(
    session: Session, wanted: DisputeFilter, *, actor: Actor, now: datetime, page: int = 1, limit: int = PAGE
) -> DisputePage:
    """One page of the list, in one statement; none beyond `COUNTED` rows. Raises `Invalid` for a query too short."""
    size = min(limit, PAGE)
    number = min(max(page, 1), COUNTED // size)
    # Planning the joins costs twice what running them does.
    keep_the_plans(session)
    rows: Any = session.execute(_page(wanted, size, (number - 1) * size), moments(wanted, now)).all()
    return DisputePage(tuple(line_of(row) for row in rows[:size]), number, len(rows) > size and number * size < COUNTED)


@read(Permission.DISPUTE_READ)
def disputes_count(session: Session, wanted: DisputeFilter, *, actor: Actor, now: datetime) -> int:
    """How many disputes the filter lets through, counted up to `COUNTED` + 1."""
    some = select(func.count()).select_from(_ids(wanted, COUNTED + 1).limit(COUNTED + 1).subquery())
    return session.scalar(some, moments(wanted, now)) or 0


@read(Permission.DISPUTE_READ)
def disputes_by_group(session: Session, *, actor: Actor, now: datetime) -> dict[Group, int]:
    """How many disputes stand in each group. Reads whole indexes: keep the answer a little while."""
    found = session.execute(_COUNTS, {"now": now}).one()
    return dict(zip(Group, found, strict=True))


@read(Permission.DISPUTE_READ)
def disputes_named(session: Session, ids: Sequence[int], *, actor: Actor) -> list[DisputeLine]:
    """These disputes, in the order they were asked for; those that are gone are left out."""
    rows: Any = session.execute(lines().where(Dispute.id.in_(ids)))
    found = {row[0]: line_of(row) for row in rows}
    return [found[one] for one in ids if one in found]


@read(Permission.INCIDENT_EXPORT)
def all_disputes(session: Session, wanted: DisputeFilter, *, actor: Actor, now: datetime) -> Iterator[DisputeLine]:
    """Everything the filter lets through, in its order, streamed from the database."""
    chosen = _ids(wanted, None).subquery()
    query = lines().join(chosen, chosen.c.id == Dispute.id).order_by(*order_of(wanted))
    rows = session.execute(query, moments(wanted, now), execution_options={"stream_results": True, "yield_per": 2_000})
    return (line_of(row) for row in rows)


def _counts() -> Any:
    """Each group's own walk of an index."""
    return select(*(select(func.count()).where(of_group(group)).scalar_subquery() for group in Group))


_COUNTS = _counts()


@lru_cache(maxsize=256)
def _page(wanted: DisputeFilter, size: int, start: int) -> Any:
    """The statement of a page. Kept, because people click more often than they filter, and building costs like asking."""
    order = order_of(wanted)
    chosen = _ids(wanted, start + size + 1).limit(_figure(size + 1)).offset(_figure(start)).subquery()
    return lines().join(chosen, chosen.c.id == Dispute.id).order_by(*order)


def _ids(wanted: DisputeFilter, most: int | None) -> Any:
    """The ids of the filter in its order: the first `most` of every branch (all, where None), put together."""
    order = order_of(wanted)
    found = [
        select(Dispute.id, Dispute.next_due_at, Dispute.state_at, Dispute.state)
        .where(*conditions(wanted), *branch)
        .order_by(*order)
        for branch in branches(wanted)
    ]
    if len(found) == 1:
        return found[0]
    bounded = found if most is None else [one.limit(_figure(most)) for one in found]
    either = union_all(*(select(one.subquery()) for one in bounded)).subquery()
    return select(either.c.id).order_by(*order_of(wanted, either.c))


def _figure(number: int) -> ColumnElement[int]:
    """A number in the statement's own words: a plan that is kept does not know what parameters are, and would sort every open dispute
    for a limit it cannot see.
    """
    return literal_column(str(number))
