"""The claims read: a page, a count, the groups, the board, what the filters offer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, select, text
from sqlalchemy.orm import Session

from core.desk.claims_list.filters import BOARD, GROUPS, ClaimFilter, Group, conditions, moments, order_of
from core.desk.claims_list.rows import ClaimLine, lines
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Incident
from core.models.claim import ClaimState

PAGE = 50
COUNTED = 1_000
"""Rows a page may count, and page through."""

MOST_PAYERS = 300
"""Payers' names the filter offers."""


@dataclass(frozen=True)
class ClaimPage:
    """The rows of one page (numbered from 1) and whether another follows it."""

    rows: tuple[ClaimLine, ...]
    number: int
    more: bool

    @property
    def counted(self) -> int | None:
        """How many rows there are in all, where this page alone tells."""
        return None if self.more else (self.number - 1) * PAGE + len(self.rows)


@dataclass(frozen=True)
class ClaimChoices:
    """What the filters of the claims offer beyond those of the register: payers by name."""

    payers: tuple[str, ...]


@read(Permission.CLAIM_READ)
def claims_page(
    session: Session, wanted: ClaimFilter, *, actor: Actor, now: datetime, page: int = 1, limit: int = PAGE
) -> ClaimPage:
    """One page of the list, in one statement; none beyond `COUNTED` rows. Raises `Invalid` for a query too short."""
    size = min(limit, PAGE)
    number = min(max(page, 1), COUNTED // size)
    statement = _page(wanted, actor.zone if wanted.day else "", size, (number - 1) * size)
    rows: Any = session.execute(statement, moments(wanted, now)).all()
    return ClaimPage(
        tuple(ClaimLine(*row) for row in rows[:size]), number, len(rows) > size and number * size < COUNTED
    )


@read(Permission.CLAIM_READ)
def claims_count(session: Session, wanted: ClaimFilter, *, actor: Actor, now: datetime) -> int:
    """How many claims the filter lets through, counted up to `COUNTED` + 1."""
    found = conditions(wanted, actor.zone)
    some: Any = select(literal_column("1")).select_from(Claim).where(*found).limit(COUNTED + 1)
    if wanted.needs_case:
        some = some.join(Incident, Incident.id == Claim.incident_id)
    return session.scalar(select(func.count()).select_from(some.subquery()), moments(wanted, now)) or 0


@read(Permission.CLAIM_READ)
def claims_by_group(session: Session, *, actor: Actor) -> dict[Group, int]:
    """How many claims stand in each group. Reads the whole index of states: keep the answer a little while."""
    counts: dict[ClaimState, int] = {}
    for state, n in session.execute(select(Claim.state, func.count()).group_by(Claim.state)):
        counts[state] = n
    return {group: sum(counts.get(state, 0) for state in states) for group, states in GROUPS.items()}


@read(Permission.CLAIM_READ)
def claims_board(
    session: Session, wanted: ClaimFilter, *, actor: Actor, now: datetime, limit: int = 6
) -> dict[Group, ClaimPage]:
    """The first claims of each column of the board, a statement each; of the chosen groups only, where some are."""
    shown = [group for group in BOARD if not wanted.groups or group in wanted.groups]
    return {
        group: claims_page(session, replace(wanted, groups=(group,)), actor=actor, now=now, limit=limit)
        for group in shown
    }


@read(Permission.CLAIM_READ)
def claims_choices(session: Session, *, actor: Actor) -> ClaimChoices:
    """What the filters offer: every payer anybody ever claimed from, by name."""
    return ClaimChoices(tuple(session.scalars(_PAYERS, {"most": MOST_PAYERS})))


# One step of the index for each name, however many claims it has.
_PAYERS = text(
    "with recursive payer(name) as ("
    " (select payer_name from claim order by payer_name limit 1)"
    " union all select (select c.payer_name from claim c where c.payer_name > payer.name order by c.payer_name limit 1)"
    " from payer where payer.name is not null"
    ") select name from payer where name is not null limit :most"
)


@lru_cache(maxsize=256)
def _page(wanted: ClaimFilter, zone: str, size: int, start: int) -> Any:
    """The statement of a page. Kept, because people click more often than they filter, and building costs like asking."""
    order = order_of(wanted)
    ids = select(Claim.id.label("id")).where(*conditions(wanted, zone or "UTC"))
    if wanted.needs_case:
        ids = ids.join(Incident, Incident.id == Claim.incident_id)
    chosen = ids.order_by(*order).limit(size + 1).offset(start).subquery()
    return lines().join(chosen, chosen.c.id == Claim.id).order_by(*order)
