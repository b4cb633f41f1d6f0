"""Every claim by state and next clock, searched, filtered and paged in SQL.

Claims that still run come by their next moment, the soonest first; ended ones by their number, the latest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from core.desk.search import LONGEST, matches, reference
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Clock, Incident, Person, RuleCard, Shipment, Shop
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.incident import IncidentState, IncidentType
from core.models.rule import FilingChannel, PayerKind

PAGE = 50
COUNTED = 1_000
"""Rows a page may count, and page through."""

S = ClaimState


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
    Group.OFFER: (S.APPROVED, S.PARTLY_APPROVED),
    Group.DENIED: (S.REJECTED,),
    Group.PAID: (S.PAID,),
    Group.ENDED: (S.CLOSED, S.EXPIRED, S.WITHDRAWN),
}
GROUP_LABELS: dict[Group, str] = {
    Group.PREPARE: N_("To file"),
    Group.FILED: N_("Filed"),
    Group.ASKED: N_("More asked"),
    Group.OFFER: N_("Approved"),
    Group.DENIED: N_("Denied"),
    Group.PAID: N_("Paid"),
    Group.ENDED: N_("Ended"),
}
BOARD = (Group.PREPARE, Group.FILED, Group.ASKED, Group.OFFER, Group.DENIED, Group.PAID)
"""The six columns of the board, left to right."""

OVER = frozenset({S.PAID, S.CLOSED, S.EXPIRED, S.WITHDRAWN})
"""States in which nothing more is due."""


@dataclass(frozen=True)
class ClaimFilter:
    """What to show. No group means every claim that still runs. `carriers` and `owners` are ids."""

    text: str = ""
    groups: tuple[Group, ...] = ()
    payers: tuple[PayerKind, ...] = ()
    carriers: tuple[int, ...] = ()
    owners: tuple[int, ...] = ()

    @property
    def states(self) -> tuple[ClaimState, ...]:
        """The states that are let through; without a group or a query only those that still run."""
        chosen = tuple(state for group in self.groups for state in GROUPS[group])
        return chosen or (() if self.text.strip() else tuple(state for state in ClaimState if state not in OVER))

    @property
    def over(self) -> bool:
        """Whether only ended claims are let through."""
        return bool(self.states) and OVER.issuperset(self.states)


@dataclass(frozen=True)
class ClaimLine:
    """One row of the list. Amounts are in `currency`. `clock` and `due_at` are its next running clock's."""

    id: int
    reference: str
    incident: str
    type: IncidentType
    state: ClaimState
    payer_kind: PayerKind
    payer_name: str
    carrier: str | None
    number: str
    owner: str | None
    currency: str
    demand: Decimal
    approved: Decimal | None
    paid: Decimal
    opens_at: datetime | None
    due_at: datetime | None
    clock: ClockKind | None
    case_number: str | None


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
class ClaimDetails:
    """What the drawer shows beyond the row."""

    line: ClaimLine
    channel: FilingChannel
    cap_text: str
    note: str
    answer_text: str
    answered_at: datetime | None
    submitted_at: datetime | None
    submitted_via: str | None
    asked: str
    shop: str
    case_state: IncidentState
    rule_title: str
    rule_version: int
    zone: str


@read(Permission.CLAIM_READ)
def claims_page(session: Session, wanted: ClaimFilter, *, actor: Actor, page: int = 1, limit: int = PAGE) -> ClaimPage:
    """One page of the list, in one statement; none beyond `COUNTED` rows. Raises `Invalid` for a query too short."""
    size = min(limit, PAGE)
    number = min(max(page, 1), COUNTED // size)
    rows: Any = session.execute(_page(wanted, size, (number - 1) * size)).all()
    return ClaimPage(
        tuple(ClaimLine(*row) for row in rows[:size]), number, len(rows) > size and number * size < COUNTED
    )


@read(Permission.CLAIM_READ)
def claims_count(session: Session, wanted: ClaimFilter, *, actor: Actor) -> int:
    """How many claims the filter lets through, counted up to `COUNTED` + 1."""
    some: Any = select(literal_column("1")).select_from(Claim).where(*_conditions(wanted)).limit(COUNTED + 1)
    if _needs_case(wanted):
        some = some.join(Incident, Incident.id == Claim.incident_id)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


@read(Permission.CLAIM_READ)
def claims_by_group(session: Session, *, actor: Actor) -> dict[Group, int]:
    """How many claims stand in each group. Reads the whole index of states: keep the answer a little while."""
    counts: dict[ClaimState, int] = {}
    for state, n in session.execute(select(Claim.state, func.count()).group_by(Claim.state)):
        counts[state] = n
    return {group: sum(counts.get(state, 0) for state in states) for group, states in GROUPS.items()}


@read(Permission.CLAIM_READ)
def claims_board(session: Session, wanted: ClaimFilter, *, actor: Actor, limit: int = 6) -> dict[Group, ClaimPage]:
    """The first claims of each column of the board, a statement each; of the chosen groups only, where some are."""
    shown = [group for group in BOARD if not wanted.groups or group in wanted.groups]
    return {
        group: claims_page(
            session,
            ClaimFilter(wanted.text, (group,), wanted.payers, wanted.carriers, wanted.owners),
            actor=actor,
            limit=limit,
        )
        for group in shown
    }


@read(Permission.CLAIM_READ)
def claim_details(session: Session, reference: str, *, actor: Actor) -> ClaimDetails:
    """One claim for the drawer. `asked` is what the payer last asked for. Raises `NotFound`."""
    row: Any = session.execute(_details(), {"reference": reference.strip().upper()}).one_or_none()
    if row is None:
        raise NotFound(_("There is no claim {reference}.", reference=reference.strip()[:40]))
    return ClaimDetails(ClaimLine(*row[:18]), *row[18:])


def _needs_case(wanted: ClaimFilter) -> bool:
    return bool(wanted.text.strip() or wanted.carriers or wanted.owners)


def _conditions(wanted: ClaimFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    lists: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (Claim.state, wanted.states),
        (Claim.payer_kind, wanted.payers),
        (Incident.carrier_id, wanted.carriers),
        (Incident.owner_id, wanted.owners),
    )
    found += [field == chosen[0] if len(chosen) == 1 else field.in_(chosen) for field, chosen in lists if chosen]
    return found + _searched(wanted.text)


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


@lru_cache(maxsize=256)
def _page(wanted: ClaimFilter, size: int, start: int) -> Any:
    """The statement of a page. Kept, because people click more often than they filter, and building costs like asking."""
    order = (Claim.id.desc(),) if wanted.over else (Claim.next_due_at.asc(), Claim.id.asc())
    ids = select(Claim.id.label("id")).where(*_conditions(wanted)).order_by(*order).limit(size + 1).offset(start)
    if _needs_case(wanted):
        ids = ids.join(Incident, Incident.id == Claim.incident_id)
    chosen = ids.subquery()
    return _lines().join(chosen, chosen.c.id == Claim.id).order_by(*order)


@lru_cache(maxsize=1)
def _lines() -> Any:
    """The row of the list. The next clock is the soonest running one of the claim, the window before others of its moment."""
    soonest = (
        select(Clock.kind, Clock.opens_at, Clock.due_at)
        .where(Clock.claim_id == Claim.id, Clock.state == literal_column("'running'"))
        .order_by(func.coalesce(Clock.due_at, Clock.opens_at), Clock.id)
        .limit(1)
        .correlate(Claim)
        .lateral("soonest")
    )
    return (
        select(
            Claim.id,
            Claim.reference,
            Incident.reference,
            Incident.type,
            Claim.state,
            Claim.payer_kind,
            Claim.payer_name,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Person.name,
            Claim.currency,
            Claim.demand,
            Claim.approved,
            Claim.paid,
            soonest.c.opens_at,
            soonest.c.due_at,
            soonest.c.kind,
            Claim.case_number,
        )
        .select_from(Claim)
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .outerjoin(soonest, literal_column("true"))
    )


@lru_cache(maxsize=1)
def _details() -> Any:
    from core.models import ClaimStep
    from core.recovery.claim_states import ClaimAction

    asked = (
        select(ClaimStep.note)
        .where(ClaimStep.claim_id == Claim.id, ClaimStep.action == ClaimAction.ASK_INFORMATION.value)
        .order_by(ClaimStep.at.desc(), ClaimStep.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    return (
        _lines()
        .add_columns(
            Claim.channel,
            Claim.cap_text,
            Claim.note,
            Claim.answer_text,
            Claim.answered_at,
            Claim.submitted_at,
            Claim.submitted_via,
            func.coalesce(asked, ""),
            Shop.name,
            Incident.state,
            RuleCard.title,
            RuleCard.version,
            RuleCard.zone,
        )
        .join(Shop, Shop.id == Incident.shop_id)
        .join(RuleCard, RuleCard.id == Claim.rule_card_id)
        .where(Claim.reference == bindparam("reference"))
    )
