"""Builders of disputes as the rooms below leave them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from core.models import Dispute, DisputeModule, DisputeStep, Incident, Shipment
from core.models.dispute import DisputeState, DisputeStatus, ReturnReason, StepBy
from tests.factories import NOW, make_incident, make_shipment

_number = count(1)


def make_dispute(session: Session, incident: Incident | None = None, **more: Any) -> Dispute:
    """An open request of a case's parcel that nobody answered yet; of a parcel without a case with `shipment`."""
    shipment: Shipment | None = more.pop("shipment", None)
    if shipment is None:
        incident = incident or make_incident(session)
        shipment = session.get_one(Shipment, incident.shipment_id)
    values: dict[str, Any] = {
        "shop_id": shipment.shop_id,
        "return_number": f"2611200TEST{next(_number):04d}",
        "order_number": shipment.order_number,
        "shipment_id": shipment.id,
        "incident_id": incident.id if incident else None,
        "status": DisputeStatus.REQUESTED,
        "reason": ReturnReason.DAMAGED,
        "currency": shipment.currency,
        "amount": Decimal(80),
        "requested_at": NOW - timedelta(days=1),
        "state": DisputeState.OPENED,
        "state_at": NOW - timedelta(days=1),
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW - timedelta(days=1),
    }
    dispute = Dispute(**{**values, **more})
    session.add(dispute)
    session.flush()
    return dispute


def loose_dispute(session: Session, **more: Any) -> Dispute:
    """A request whose parcel has no case."""
    return make_dispute(session, shipment=make_shipment(session), **more)


def ask_for(session: Session, dispute: Dispute, required: int, optional: int = 0, reason: int = 1) -> None:
    """What the platform wants proof of: modules numbered from 1."""
    for number in range(1, required + optional + 1):
        session.add(
            DisputeModule(
                dispute_id=dispute.id,
                reason=reason,
                number=number,
                requirement=f"Show it, {number}",
                required=number <= required,
                told_at=NOW - timedelta(days=400),
            )
        )
    session.flush()


def answered(
    session: Session,
    dispute: Dispute,
    at: datetime,
    shown: tuple[int | str, ...] = (),
    *,
    reason: int | None = 1,
    came: DisputeState | None = None,
    decided_at: datetime | None = None,
    **more: Any,
) -> Dispute:
    """Let an answer with proof of these modules have gone out, and what came of it."""
    session.add(
        DisputeStep(
            dispute_id=dispute.id,
            by=StepBy.PERSON,
            action="answer",
            source=DisputeState.OPENED,
            target=DisputeState.ANSWERED,
            at=at,
            sent="It was packed in front of a camera.",
            exhibits=[{"number": n, "module": str(module), "evidence_id": 1} for n, module in enumerate(shown, 1)],
            reason=reason,
        )
    )
    dispute.answered_at = at
    dispute.state = came or DisputeState.ANSWERED
    dispute.state_at = decided_at or at
    for name, value in more.items():
        setattr(dispute, name, value)
    session.flush()
    return dispute
