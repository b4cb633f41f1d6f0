"""Figures over many rows: the tiles of Today and how much each bucket holds.

These read thousands of rows of an index where the worklist reads a dozen. They are plain numbers, fit to be kept a little
while; what a person acts on is always read anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from core.cases.clocks import every_window_closed
from core.desk.worklist import OPEN, RUNNING, WAITING, Bucket, Kind, bound, moments, silence
from core.foundation.clock import local_day
from core.foundation.columns import CurrencyCode
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
    """The figures for the actor's own cases or everybody's, in four statements."""
    since = local_day(now, actor.zone) - timedelta(days=RECOVERED_DAYS)
    values: dict[str, Any] = {**moments(now), "owner": actor.person_id, "base": base_currency, "since": since}
    rows = session.execute(_soon(mine), values).all()
    later = session.execute(_later(mine), values).all()
    risk, cases = session.execute(_risk(mine), values).one()
    recovered, payouts = session.execute(_recovered(mine), values).one()
    held = [Held(Bucket(bucket), _kind(kind), n, Decimal(money)) for kind, bucket, n, money, _late in rows]
    held += [Held(Bucket.LATER, _kind(kind), n, Decimal(0)) for kind, n in later]
    first, late = sum(row[2] for row in rows if row[1] == Bucket.DAY), sum(row[4] for row in rows)
    waiting = sum(one.rows for one in held if one.bucket is Bucket.LATER and one.kind in (Kind.ANSWER, Kind.PAYMENT))
    return Tiles(late, first - late, Decimal(risk), cases, waiting, Decimal(recovered), payouts, tuple(held))


def _kind(code: str) -> Kind:
    return Kind.CLAIM if code == ClockKind.CLAIM_WINDOW else Kind(code)


# --- the statements: built once for everybody and once for one's own, only their values travel ---------------------------

_BASE: Any = bindparam("base", type_=CurrencyCode())
_OWNER: Any = bindparam("owner", type_=Integer())
_NOW, _DAY, _THREE, _WEEK = (bound(name) for name in ("now", "day", "three", "week"))


@lru_cache(maxsize=2)
def _risk(mine: bool) -> Any:
    """The value of the cases whose next moment has come or comes within three days, and how many they are."""
    money = func.sum(Incident.base_value).filter(Incident.base_currency == _BASE)
    query = select(func.coalesce(money, 0), func.count()).where(
        OPEN,
        Incident.next_due_at < _THREE,
        or_(Incident.next_clock.not_in([kind.value for kind in WAITING]), Incident.next_due_at < _NOW),
    )
    return query.where(Incident.owner_id == _OWNER) if mine else query


@lru_cache(maxsize=2)
def _recovered(mine: bool) -> Any:
    """What came in lately in the base currency, and in how many payouts."""
    query = select(func.coalesce(func.sum(Payout.base_amount), 0), func.count()).where(
        Payout.paid_on > bindparam("since", type_=Date()), Payout.base_currency == _BASE
    )
    if not mine:
        return query
    query = query.join(Claim, Claim.id == Payout.claim_id).join(Incident, Incident.id == Claim.incident_id)
    return query.where(Incident.owner_id == _OWNER)


@lru_cache(maxsize=2)
def _soon(mine: bool) -> Any:
    """Rows, money and late rows of the first three buckets by kind: the worklist's own rules, over all rows."""
    opening = Clock.opens_at > _NOW
    moment = case((opening, Clock.opens_at), else_=Clock.due_at)
    clocks = (
        select(
            type_coerce(Clock.kind, Text).label("kind"),
            case(
                (moment < _DAY, int(Bucket.DAY)), (moment < _THREE, int(Bucket.THREE_DAYS)), else_=int(Bucket.WEEK)
            ).label("bucket"),
            and_(moment < _NOW).label("late"),
            Incident.base_value.label("money"),
            Incident.base_currency.label("currency"),
        )
        .join(Incident, Incident.id == Clock.incident_id)
        .where(RUNNING, ~_waits(), or_(moment < _WEEK, moment.is_(None)))
        # Says the same once more, in words an index understands.
        .where(or_(Clock.due_at < _WEEK, and_(opening, Clock.opens_at < _WEEK), Clock.due_at.is_(None)))
    )
    cases = [] if mine else [_cases(Kind.UNASSIGNED, Incident.owner_id.is_(None))]
    owned = Incident.owner_id == _OWNER if mine else Incident.owner_id.is_not(None)
    cases.append(_cases(Kind.ENDED, and_(every_window_closed(), *([Incident.owner_id == _OWNER] if mine else []))))
    cases.append(_cases(Kind.SILENT, and_(owned, *silence())))
    every = union_all(clocks.where(Clock.owner_id == _OWNER) if mine else clocks, *cases).subquery()
    return select(
        every.c.kind,
        every.c.bucket,
        func.count(),
        func.coalesce(func.sum(every.c.money).filter(every.c.currency == _BASE), 0),
        func.count().filter(every.c.late),
    ).group_by(every.c.kind, every.c.bucket)


@lru_cache(maxsize=2)
def _later(mine: bool) -> Any:
    """What is later or waits is only counted: that needs the index of clocks and no case."""
    query = (
        select(type_coerce(Clock.kind, Text), func.count())
        .where(RUNNING, or_(_waits(), Clock.due_at >= _WEEK, Clock.opens_at >= _WEEK))
        .where(or_(Clock.opens_at.is_(None), Clock.opens_at <= _NOW, Clock.opens_at >= _WEEK))
        .group_by(Clock.kind)
    )
    return query.where(Clock.owner_id == _OWNER) if mine else query


def _waits() -> Any:
    return and_(Clock.kind.in_(WAITING), Clock.due_at >= _NOW)


def _cases(kind: Kind, which: Any) -> Any:
    """Cases without a clock of their own, in the bucket of their next one, under "this week" at the latest."""
    moment = Incident.next_due_at
    silent = kind in (Kind.SILENT, Kind.ENDED)
    bucket = case((moment < _DAY, int(Bucket.DAY)), (moment < _THREE, int(Bucket.THREE_DAYS)), else_=int(Bucket.WEEK))
    return select(
        literal_column(f"'{kind.value}'"),
        literal_column(str(int(Bucket.WEEK))) if silent else bucket,
        literal_column("false") if silent else and_(moment < _NOW),
        Incident.base_value,
        Incident.base_currency,
    ).where(OPEN, which)
