"""What opens and what closes, day by day: the running clocks of claims, and of windows nobody claims under yet.

A day is a day of the reader's zone. Both reads come off the indexes of running clocks and cost what the days hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, Date, and_, bindparam, case, cast, func, literal, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from core.desk.claims_list.filters import ClaimFilter, conditions, of_case, one_of
from core.foundation.clock import start_of_day
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Clock, Incident, Person, Shipment
from core.models.clock import ClockKind
from core.models.incident import IncidentType

MOST_DAYS = 62
SHOWN = 60
"""Moments of the days listed at most."""

K = ClockKind


class Turn(StrEnum):
    """What happens at a moment: something may be done from then on, may be done until then, or others are to act."""

    OPENS = "opens"
    CLOSES = "closes"
    AWAITED = "awaited"


TURN_LABELS: dict[Turn, str] = {
    Turn.OPENS: N_("Opens"),
    Turn.CLOSES: N_("Closes"),
    Turn.AWAITED: N_("Awaited"),
}
THEIRS = (K.ANSWER, K.PAYMENT)
"""Kinds whose end the payer has to meet."""
OURS = tuple(kind for kind in K if kind not in (*THEIRS, K.PROMISE, K.PROOF))
"""Kinds about a claim whose end is ours to meet."""


@dataclass(frozen=True)
class Day:
    """One day: how many windows open, how many moments of ours close, how many of the payer's are awaited.

    `value` is the sum of the cases behind them in the team's base currency, each case once.
    """

    day: date
    opens: int
    closes: int
    awaited: int
    value: Decimal


@dataclass(frozen=True)
class Turning:
    """One moment. `claim` is None where nobody claims yet; `amount` is the demand, or the case's value, in `currency`."""

    at: datetime
    turn: Turn
    kind: ClockKind
    payer: str
    incident: str
    type: IncidentType
    claim: str | None
    carrier: str | None
    number: str
    owner: str | None
    currency: str
    amount: Decimal


@read(Permission.CLAIM_READ)
def calendar(session: Session, wanted: ClaimFilter, *, actor: Actor, first: date, days: int) -> dict[date, Day]:
    """The days from `first` on that hold anything. Of the filter, what is about moments and days does not count."""
    _bounded(days)
    zone = actor.zone
    rows = session.execute(_counts(_still(wanted)), {**_between(first, days, zone), "zone": zone})
    return {row.day: Day(row.day, row.opens, row.closes, row.awaited, row.value or Decimal(0)) for row in rows}


@read(Permission.CLAIM_READ)
def agenda(
    session: Session, wanted: ClaimFilter, *, actor: Actor, first: date, days: int = 1, limit: int = SHOWN
) -> tuple[Turning, ...]:
    """The moments of some days in their order, the first `limit` of them. The filter counts as in `calendar`."""
    _bounded(days)
    rows: Any = session.execute(_moments(_still(wanted)), {**_between(first, days, actor.zone), "limit": limit})
    return tuple(Turning(row[0], Turn(row[1]), *row[2:]) for row in rows)


def _bounded(days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_("At most {n} days at once.", n=MOST_DAYS), "days")


def _between(first: date, days: int, zone: str) -> dict[str, datetime]:
    return {"start": start_of_day(first, zone), "end": start_of_day(first + timedelta(days=days), zone)}


def _still(wanted: ClaimFilter) -> ClaimFilter:
    return replace(wanted, moment=None, day=None, raised=False)


def _turning() -> CTE:
    """The clocks that turn within the days, once for their opening and once for their end."""
    start, end = (bindparam(name, type_=UtcDateTime()) for name in ("start", "end"))
    running = Clock.state == literal_column("'running'")
    what = (Clock.id, Clock.incident_id, Clock.claim_id, Clock.kind, Clock.title)
    opens = select(*what, Clock.opens_at.label("at"), literal(Turn.OPENS.value).label("turn")).where(
        running, Clock.opens_at >= start, Clock.opens_at < end, Clock.kind == K.CLAIM_WINDOW
    )
    turn = case((Clock.kind.in_(THEIRS), Turn.AWAITED.value), else_=Turn.CLOSES.value)
    closes = select(*what, Clock.due_at.label("at"), turn.label("turn")).where(
        running, Clock.due_at >= start, Clock.due_at < end, Clock.kind.in_(OURS + THEIRS)
    )
    return union_all(opens, closes).cte("turning")


def _where(turning: CTE, wanted: ClaimFilter) -> list[Any]:
    """The filter over a turning's case and claim. Who claims nothing yet has no state, channel or number to ask for."""
    if wanted == ClaimFilter():
        return []
    of_claim = replace(wanted, carriers=(), owners=(), shops=(), markets=(), least=None, most=None)
    found: list[Any] = of_case(wanted)
    if of_claim == ClaimFilter():
        return found
    about = and_(*conditions(of_claim, "UTC"))
    if of_claim.by and replace(of_claim, by=()) == ClaimFilter():
        unclaimed = and_(turning.c.claim_id.is_(None), one_of(turning.c.title, of_claim.by))
        return [*found, or_(about, unclaimed)]
    return [*found, turning.c.claim_id.is_not(None), about]


@lru_cache(maxsize=256)
def _counts(wanted: ClaimFilter) -> Any:
    turning = _turning()
    day = cast(func.timezone(bindparam("zone"), turning.c.at), Date).label("day")
    of_turn = {
        turn: func.count().filter(turning.c.turn == turn.value).label(turn.value) for turn in (Turn.OPENS, Turn.CLOSES)
    }
    cases = (
        select(
            day,
            turning.c.incident_id,
            func.max(Incident.base_value).label("value"),
            *of_turn.values(),
            func.count().filter(turning.c.turn == Turn.AWAITED.value).label("awaited"),
        )
        .select_from(turning)
        .join(Incident, Incident.id == turning.c.incident_id)
        .outerjoin(Claim, Claim.id == turning.c.claim_id)
        .where(*_where(turning, wanted))
        .group_by(day, turning.c.incident_id)
        .subquery()
    )
    sums = [func.sum(getattr(cases.c, turn.value)).label(turn.value) for turn in Turn]
    return select(cases.c.day, *sums, func.sum(cases.c.value).label("value")).group_by(cases.c.day)


@lru_cache(maxsize=256)
def _moments(wanted: ClaimFilter) -> Any:
    turning = _turning()
    return (
        select(
            turning.c.at,
            turning.c.turn,
            turning.c.kind,
            func.coalesce(Claim.payer_name, turning.c.title),
            Incident.reference,
            Incident.type,
            Claim.reference,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Person.name,
            Incident.currency,
            func.coalesce(Claim.demand, Incident.value_at_risk),
        )
        .select_from(turning)
        .join(Incident, Incident.id == turning.c.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Claim, Claim.id == turning.c.claim_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .where(*_where(turning, wanted))
        .order_by(turning.c.at, turning.c.id)
        .limit(bindparam("limit"))
    )
