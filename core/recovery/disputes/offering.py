"""Requests that point to a loss, as offers of incidents (inner).

A request about what was lost, damaged or missing is offered as an incident of its parcel. Where that case is there already the request
belongs to it; where the buyer took the request back, or the platform found another reason, the offer goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.models import Dispute, Incident, IncidentOffer
from core.models.dispute import DisputeStatus, ReturnReason
from core.models.imports import OfferCause, OfferState
from core.models.incident import IncidentType
from core.recovery.disputes.sets import among
from core.recovery.disputes.vocabulary import type_of


@dataclass(frozen=True)
class Suggestion:
    """An incident to offer: of which parcel, of which kind, and the file's own words why."""

    shipment_id: int
    type: IncidentType
    reason: str


def suggested(
    shipment_id: int | None,
    status: DisputeStatus,
    reason: ReturnReason | None,
    reassessed: ReturnReason | None,
    words: str,
) -> Suggestion | None:
    """What a request suggests; nothing without its parcel, once it was taken back, or for another reason."""
    kind = type_of(reason, reassessed)
    if shipment_id is None or kind is None or status is DisputeStatus.CANCELLED:
        return None
    return Suggestion(shipment_id, kind, words)


def of_dispute(dispute: Dispute) -> Suggestion | None:
    """What a stored request suggests."""
    words = dispute.reassessed_text or dispute.reason_text
    return suggested(dispute.shipment_id, dispute.status, dispute.reason, dispute.reassessed, words)


def standing_cases(session: Session, some: Iterable[Suggestion]) -> dict[tuple[int, IncidentType], int]:
    """Parcel and kind → the incident that is there already."""
    pairs = {(one.shipment_id, one.type) for one in some}
    if not pairs:
        return {}
    query = select(Incident.shipment_id, Incident.type, Incident.id).where(
        among(Incident.shipment_id, {shipment for shipment, _kind in pairs})
    )
    return {(shipment, kind): case for shipment, kind, case in session.execute(query) if (shipment, kind) in pairs}


def fresh(session: Session, some: Iterable[Suggestion]) -> list[Suggestion]:
    """Of the suggestions those that neither stand as incidents nor were offered before, each parcel and kind once."""
    chosen = {(one.shipment_id, one.type): one for one in some}
    known = set(standing_cases(session, chosen.values()))
    if chosen:
        query = select(IncidentOffer.shipment_id, IncidentOffer.type).where(
            among(IncidentOffer.shipment_id, {shipment for shipment, _kind in chosen})
        )
        known |= {(row[0], row[1]) for row in session.execute(query)}
    return [one for pair, one in chosen.items() if pair not in known]


def offer(
    session: Session, some: Iterable[Suggestion], *, cause: OfferCause, import_id: int | None, now: datetime
) -> int:
    """Offer what is new; how many. What was taken or dismissed before is not offered again."""
    new = fresh(session, some)
    if not new:
        return 0
    made = session.execute(
        insert(IncidentOffer).on_conflict_do_nothing().returning(IncidentOffer.id),
        [
            {
                "shipment_id": one.shipment_id,
                "type": one.type,
                "cause": cause,
                "reason": one.reason,
                "import_id": import_id,
                "created_at": now,
                "state": OfferState.OPEN,
            }
            for one in new
        ],
    )
    return len(made.all())


def withdraw(session: Session, shipment_ids: Iterable[int]) -> None:
    """Take back open offers of returns that no request of these parcels suggests any more; one that has its case suggests nothing."""
    ids = sorted(set(shipment_ids))
    if not ids:
        return
    free = select(Dispute).where(among(Dispute.shipment_id, ids), Dispute.incident_id.is_(None))
    left = [of_dispute(one) for one in session.scalars(free)]
    stand = {(one.shipment_id, one.type) for one in left if one is not None}
    open_ones = select(IncidentOffer).where(
        among(IncidentOffer.shipment_id, ids),
        IncidentOffer.cause == OfferCause.RETURN,
        IncidentOffer.state == OfferState.OPEN,
    )
    for one in session.scalars(open_ones):
        if (one.shipment_id, one.type) not in stand:
            one.state = OfferState.DISMISSED
    session.flush()
