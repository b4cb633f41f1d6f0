"""Requests and cases find each other: when a case is registered, and when an order comes whose request was there before (inner)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.foundation.permissions import Actor
from core.models import Dispute, DisputeVersion, Incident, Shipment, Shop, Tag
from core.recovery.disputes.offering import of_dispute
from core.recovery.disputes.recording import attach, link, offer


def join(session: Session, incidents: Sequence[Incident], *, actor: Actor, now: datetime) -> None:
    """Give new cases (locked by having been made) the requests of their parcels that point to them, with their moments as clocks."""
    by_case = {(one.shipment_id, one.type): one for one in incidents}
    if not by_case:
        return
    query = (
        select(Dispute)
        .where(Dispute.incident_id.is_(None), Dispute.shipment_id.in_({shipment for shipment, _kind in by_case}))
        .order_by(Dispute.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for dispute in session.scalars(query).all():
        said = of_dispute(dispute)
        incident = None if said is None else by_case.get((said.shipment_id, said.type))
        if incident is not None:
            shop = session.get_one(Shop, dispute.shop_id)
            attach(session, dispute, incident, shop, actor=actor, now=now, tag=Tag.DISPUTE_UPDATED)


def find_parcels(session: Session, shop_id: int, *, actor: Actor, now: datetime) -> int:
    """Let the shop's requests that had no parcel yet find it, now that more orders are known; how many incidents that offers.

    An offer then belongs to the file that told of the request, and goes with it.
    """
    known = exists().where(Shipment.shop_id == shop_id, Shipment.order_number == Dispute.order_number)
    query = select(Dispute).where(
        Dispute.shop_id == shop_id, Dispute.shipment_id.is_(None), Dispute.order_number != "", known
    )
    waiting = list(session.scalars(query.order_by(Dispute.id).with_for_update()))
    if not waiting:
        return 0
    linked = link(session, session.get_one(Shop, shop_id), waiting)
    told: dict[int | None, list[Dispute]] = {}
    newest = dict(
        session.execute(
            select(DisputeVersion.dispute_id, DisputeVersion.import_id)
            .where(DisputeVersion.dispute_id.in_([one.id for one in linked]), DisputeVersion.import_id.is_not(None))
            .order_by(DisputeVersion.id)
        ).all()
    )
    for one in linked:
        told.setdefault(newest.get(one.id), []).append(one)
    return sum(offer(session, some, import_id=run, actor=actor, now=now) for run, some in told.items())
