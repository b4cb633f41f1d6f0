"""What the time alone does to disputes: a day to answer that passed, an offer that lapsed (inner; the sweep asks for it)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.foundation.permissions import Actor
from core.models import Dispute, Shop
from core.models.dispute import DisputeState, DisputeStatus, DueBasis
from core.recovery.disputes.recording import lock_cases, stored, work_out

MOST = 500
"""Disputes looked at in one go."""

S = DisputeState


def lapse(session: Session, *, actor: Actor, now: datetime, after: int = 0) -> tuple[int, int | None]:
    """Let disputes whose moment has passed stand where that puts them: how many moved, and the id to go on `after` (None: all are
    looked at). The market's usual days end nothing.
    """
    waiting = Dispute.state.in_([S.OPENED, S.PREPARING])
    passed = and_(waiting, Dispute.response_basis == DueBasis.GIVEN, Dispute.response_due_at <= now)
    last = func.greatest(
        Dispute.response_due_at, Dispute.return_due_at, Dispute.evidence_due_at, Dispute.compensation_due_at
    )
    granted = and_(waiting, Dispute.status.in_([DisputeStatus.ACCEPTED, DisputeStatus.REFUND_PAID]), last <= now)
    lapsed = and_(Dispute.state == S.OFFERED, Dispute.offer_due_at <= now)
    # Without a case no clock moves on to the next moment by itself.
    next_one = and_(Dispute.incident_id.is_(None), Dispute.next_due_at <= now, last > now)
    query = select(Dispute.id, Dispute.shop_id, Dispute.return_number).where(
        Dispute.id > after, or_(passed, granted, lapsed, next_one)
    )
    found = session.execute(query.order_by(Dispute.id).limit(MOST)).all()
    moved = 0
    for shop_id in sorted({row.shop_id for row in found}):
        numbers = [row.return_number for row in found if row.shop_id == shop_id]
        lock_cases(session, shop_id, numbers)
        mine = sorted(stored(session, shop_id, numbers, lock=True).values(), key=lambda one: one.id)
        before = {one.id: one.state for one in mine}
        work_out(session, session.get_one(Shop, shop_id), mine, actor=actor, now=now, offers=False)
        moved += sum(one.state is not before[one.id] for one in mine)
    return moved, found[-1].id if len(found) == MOST else None
