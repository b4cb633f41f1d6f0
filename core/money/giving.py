"""What a buyer is given, in the books: the loss is what was given, in place of the goods, and never both.

Registering books the value at risk as lost goods (decision 0004). A refund of it is the same loss seen from its other end:
its cost stands on its own account, and the goods loss gives way by as much as it covers. Only what exceeds the goods makes
the loss greater.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Incident, Posting, Remedy
from core.models.ledger import Account
from core.models.remedy import RemedyState
from core.money import postings, refunds


def goods_of(session: Session, incident: Incident) -> Money:
    """The case's whole loss of goods: what is booked of it, and what gave way to what its buyer was given (inner)."""
    booked = postings.booked(session, incident.id, Account.LOSS_GOODS)
    replaced = sum((one.replaced for one in _given(session, incident.id)), Decimal(0))
    return Money(booked + replaced, incident.currency)


def left_of(session: Session, incident: Incident, goods: Money) -> Money:
    """What of a loss of goods is still to be booked as such, besides what was given (inner)."""
    given = sum((one.cost for one in _given(session, incident.id)), Decimal(0))
    return Money(max(goods.amount - given, Decimal(0)), incident.currency)


def level(session: Session, incident: Incident, goods: Money, *, actor: Actor, note: str, now: datetime) -> None:
    """Book as much loss of goods as what was given leaves of `goods`, the case's whole loss of them, and what return requests come to
    beyond it (inner: rights asked, case locked, the remedies' states and costs as they are to stand).
    """
    spread(session, incident, goods)
    _stand(session, incident, left_of(session, incident, goods), actor=actor, note=note, now=now)


def settle(session: Session, incident: Incident, *, actor: Actor, note: str, now: datetime) -> None:
    """Level the case as its books have the goods by now (inner)."""
    level(session, incident, goods_of(session, incident), actor=actor, note=note, now=now)


def follow(session: Session, incident: Incident, *, actor: Actor, note: str, now: datetime, keep: bool = True) -> None:
    """Let the books follow the case's return requests; the goods stay as they stand (inner). `keep` as `refunds.shares`."""
    stands = Money(postings.booked(session, incident.id, Account.LOSS_GOODS), incident.currency)
    _stand(session, incident, stands, actor=actor, note=note, now=now, keep=keep)


def no_goods_lost(session: Session, incident: Incident, *, actor: Actor, note: str, now: datetime) -> None:
    """Take the whole loss of goods back; what buyers were refunded all the same stands for itself from now on (inner)."""
    _stand(session, incident, Money.zero(incident.currency), actor=actor, note=note, now=now)


def loss_with(session: Session, incident: Incident, left: Money) -> Money:
    """What the case's whole loss would be, if `left` stood as loss of goods (inner)."""
    requests = refunds.shares(session, incident, left.amount)
    stands = postings.booked(session, incident.id, Account.LOSS_GOODS) + sum((r.stands for r in requests), Decimal(0))
    beyond = sum((one.beyond for one in requests), Decimal(0))
    return Money(incident.gross_loss - stands + left.amount + beyond, incident.currency)


def _stand(
    session: Session,
    incident: Incident,
    left: Money,
    *,
    actor: Actor,
    note: str,
    now: datetime,
    keep: bool = True,
) -> None:
    """Let exactly `left` stand as loss of goods, and beside it what the requests come to."""
    gone: list[Posting] = []
    requests = refunds.book(session, incident, left.amount, actor=actor, now=now, keep=keep)
    if left.amount != postings.booked(session, incident.id, Account.LOSS_GOODS):
        gone += postings.standing_postings(session, incident.id, Account.LOSS_GOODS)
        if left.amount > 0:
            postings.book_loss(session, incident, Account.LOSS_GOODS, left, actor=actor, note=note, now=now)
    # What is left goes in first: the loss never falls below what came back already.
    for posting in (*gone, *requests):
        postings.take_back(session, incident, posting, actor=actor, note=note, now=now)


def spread(session: Session, incident: Incident, goods: Money) -> None:
    """Note on each remedy that was given how much of the goods loss gave way to it, the earliest first (inner)."""
    rest = goods.amount
    for one in _given(session, incident.id):
        one.replaced = min(one.cost, rest)
        rest -= one.replaced
    session.flush()


def _given(session: Session, incident_id: int) -> Sequence[Remedy]:
    query = select(Remedy).where(Remedy.incident_id == incident_id, Remedy.state == RemedyState.DONE)
    return session.scalars(query.order_by(Remedy.id)).all()
