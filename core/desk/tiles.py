"""Figures over many rows: the tiles of Today and how much each bucket holds.

These read thousands of rows of an index where the worklist reads a dozen. They are plain numbers, fit to be kept a little
while; what a person acts on is always read anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Text, and_, case, func, literal_column, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from core.desk.worklist import OPEN, RUNNING, THREE_DAYS, WAITING, Bucket, Kind, moments, silence
from core.foundation.clock import local_day
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Clock, Incident, Payout
from core.models.clock import ClockKind

RECOVERED_DAYS = 30


@dataclass(frozen=True)
class Held:
    """How many rows of a kind a bucket holds, and the money behind them in the base currency. Later rows carry no money."""

    bucket: Bucket
    kind: Kind
    rows: int
    money: Decimal


@dataclass(frozen=True)
class Tiles:
    """The figures above the worklist. Money is in the base currency; cases kept in another base are left out of it.

    `overdue` and `due` are rows (`due` within 24 hours, overdue ones not among them), `risk` the value of the cases whose
    next moment falls within 72 hours or has passed, `waiting` the clocks that run against somebody else.
    """

    overdue: int
    due: int
    risk: Decimal
    risk_cases: int
    waiting: int
    recovered: Decimal
    payouts: int
    held: tuple[Held, ...]

    def bucket(self, bucket: Bucket, kinds: frozenset[Kind]) -> tuple[int, Decimal]:
        """Rows and money of a bucket over some kinds (all, when none are named)."""
        chosen = [one for one in self.held if one.bucket is bucket and (not kinds or one.kind in kinds)]
        return sum(one.rows for one in chosen), sum((one.money for one in chosen), Decimal(0))


@read(Permission.INCIDENT_READ)
def tiles(session: Session, *, actor: Actor, now: datetime, base_currency: str, mine: bool = False) -> Tiles:
    """The figures for the actor's own cases or everybody's, in three statements."""
    values: dict[str, Any] = {**moments(now), "owner": actor.person_id}
    owner = actor.person_id if mine else None
    held, late = _held(session, values, owner, mine, base_currency)
    risk, cases = session.execute(_risk(now, owner, mine, base_currency)).one()
    since = local_day(now, actor.zone) - timedelta(days=RECOVERED_DAYS)
    came = select(func.coalesce(func.sum(Payout.base_amount), 0), func.count()).where(
        Payout.paid_on > since, Payout.base_currency == base_currency
    )
    if mine:
        came = came.join(Claim, Claim.id == Payout.claim_id).join(Incident, Incident.id == Claim.incident_id)
        came = came.where(Incident.owner_id == owner)
    recovered, payouts = session.execute(came).one()
    first = sum(one.rows for one in held if one.bucket is Bucket.DAY)
    waiting = sum(one.rows for one in held if one.bucket is Bucket.LATER and one.kind in (Kind.ANSWER, Kind.PAYMENT))
    return Tiles(late, first - late, Decimal(risk), cases, waiting, Decimal(recovered), payouts, held)


def _risk(now: datetime, owner: int | None, mine: bool, base_currency: str) -> Any:
    theirs = [kind.value for kind in WAITING]
    money = func.sum(Incident.base_value).filter(Incident.base_currency == base_currency)
    query = select(func.coalesce(money, 0), func.count()).where(
        OPEN,
        Incident.next_due_at < now + THREE_DAYS,
        or_(Incident.next_clock.not_in(theirs), Incident.next_due_at < now),
    )
    return query.where(Incident.owner_id == owner) if mine else query


def _held(
    session: Session, values: dict[str, Any], owner: int | None, mine: bool, base_currency: str
) -> tuple[tuple[Held, ...], int]:
    """Rows and money by bucket and kind, and how many rows are late: the worklist's own rules, over all rows."""
    now, week = values["now"], values["week"]
    opening = Clock.opens_at > now
    moment = case((opening, Clock.opens_at), else_=Clock.due_at)
    waits = and_(Clock.kind.in_(WAITING), Clock.due_at >= now)
    clocks = select(
        type_coerce(Clock.kind, Text).label("kind"),
        _bucket(values, moment, waits).label("bucket"),
        and_(moment < now).label("late"),
        Incident.base_value.label("money"),
        Incident.base_currency.label("currency"),
    ).join(Incident, Incident.id == Clock.incident_id)
    soon = or_(Clock.due_at < week, and_(opening, Clock.opens_at < week), Clock.due_at.is_(None))
    # What is later or waits is only counted: that needs the index of clocks and no case.
    later = select(Clock.kind, func.count()).where(RUNNING, or_(waits, Clock.due_at >= week)).group_by(Clock.kind)
    later = later.where(or_(Clock.opens_at.is_(None), Clock.opens_at <= now, Clock.opens_at >= week))
    cases = [_cases(Kind.UNASSIGNED, values, Incident.owner_id.is_(None))] if not mine else []
    owned = Incident.owner_id == owner if mine else Incident.owner_id.is_not(None)
    cases.append(_cases(Kind.SILENT, values, and_(owned, *silence())))
    soonest = clocks.where(RUNNING, soon, ~waits)
    if mine:
        soonest, later = soonest.where(Clock.owner_id == owner), later.where(Clock.owner_id == owner)
    every = union_all(soonest, *cases).subquery()
    grouped = select(
        every.c.kind,
        every.c.bucket,
        func.count(),
        func.coalesce(func.sum(every.c.money).filter(every.c.currency == base_currency), 0),
        func.count().filter(every.c.late),
    ).group_by(every.c.kind, every.c.bucket)
    rows = session.execute(grouped, values).all()
    held = [
        Held(Bucket(bucket), _kind(kind), n, Decimal(money)) for kind, bucket, n, money, _late in rows if bucket < 3
    ]
    held += [Held(Bucket.LATER, _kind(kind), n, Decimal(0)) for kind, n in session.execute(later, values)]
    return tuple(held), sum(row[4] for row in rows)


def _kind(code: str) -> Kind:
    return Kind.CLAIM if code == ClockKind.CLAIM_WINDOW else Kind(code)


def _bucket(values: dict[str, Any], moment: Any, waits: Any) -> Any:
    return case(
        (waits, int(Bucket.LATER)),
        (moment < values["day"], int(Bucket.DAY)),
        (moment < values["three"], int(Bucket.THREE_DAYS)),
        (or_(moment < values["week"], moment.is_(None)), int(Bucket.WEEK)),
        else_=int(Bucket.LATER),
    )


def _cases(kind: Kind, values: dict[str, Any], which: Any) -> Select[Any]:
    """Cases without a clock of their own, in the bucket of their next one, under "this week" at the latest."""
    moment = Incident.next_due_at
    bucket = case(
        (moment < values["day"], int(Bucket.DAY)),
        (moment < values["three"], int(Bucket.THREE_DAYS)),
        else_=int(Bucket.WEEK),
    )
    late = and_(moment < values["now"]) if kind is Kind.UNASSIGNED else literal_column("false")
    return select(
        literal_column(f"'{kind.value}'"),
        bucket if kind is Kind.UNASSIGNED else literal_column(str(int(Bucket.WEEK))),
        late,
        Incident.base_value,
        Incident.base_currency,
    ).where(OPEN, which)
