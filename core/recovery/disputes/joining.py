"""Requests and cases find each other: when a case is registered, and when an order comes whose request was there before (inner)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.foundation.permissions import Actor
from core.models import Dispute, ImportRun, Incident, Shipment, Shop, Tag
from core.recovery.disputes.offering import of_dispute
from core.recovery.disputes.recording import attach, link, offer
from core.recovery.disputes.sets import among


def join(session: Session, incidents: Sequence[Incident], *, actor: Actor, now: datetime) -> None:
    """Give new cases (locked by having been made) the requests of their parcels that point to them, with their moments as clocks."""
    by_case = {(one.shipment_id, one.type): one for one in incidents}
    if not by_case:
        return
    query = (
        select(Dispute)
        .where(Dispute.incident_id.is_(None), among(Dispute.shipment_id, {shipment for shipment, _kind in by_case}))
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
    return offer(session, linked, actor=actor, now=now, later=True)


def follow_runs(session: Session, run_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """`find_parcels` for the shops these imports are of."""
    query = select(ImportRun.shop_id).where(ImportRun.id.in_(run_ids), ImportRun.shop_id.is_not(None)).distinct()
    shops = [shop for shop in session.scalars(query).all() if shop is not None]
    return sum(find_parcels(session, shop, actor=actor, now=now) for shop in sorted(shops))
