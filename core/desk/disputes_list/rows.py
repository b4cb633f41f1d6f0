"""One row of the disputes: what it holds, and the statement it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import case, exists, func, literal_column, select

from core.desk.disputes_list.filters import reason, stopgap
from core.models import AnswerDraft, Carrier, Dispute, Incident, Person, Shipment, Shop
from core.models.clock import ClockKind
from core.models.dispute import DisputeState, DisputeStatus, RequestKind, ReturnReason, Solution
from core.recovery.disputes.dues import COLUMNS


@dataclass(frozen=True)
class DisputeLine:
    """One row of the list. Amounts are in `currency`; `due` is what `due_at` asks, `stopgap` that it is only the market's usual day.

    `reason` is the platform's where it found another than the buyer's. `amount` is what the buyer asks for, `offered` the last offer.
    `drafted`: an answer is being written.
    """

    id: int
    return_number: str
    incident_id: int | None
    incident: str | None
    state: DisputeState
    state_at: datetime
    status: DisputeStatus
    reason: ReturnReason
    kind: RequestKind | None
    solution: Solution | None
    shop: str
    market: str
    carrier: str | None
    order_number: str
    tracking_number: str | None
    owner: str | None
    currency: str
    amount: Decimal | None
    offered: Decimal | None
    refunded: Decimal | None
    came: Decimal | None
    due: ClockKind | None
    due_at: datetime | None
    stopgap: bool
    requested_at: datetime | None
    answered_at: datetime | None
    drafted: bool


WIDTH = len(DisputeLine.__dataclass_fields__)
"""Columns of `lines`, in the order of the row's fields."""


def line_of(row: Any) -> DisputeLine:
    """A row of `lines` as the list gives it."""
    values = list(row[:WIDTH])
    values[_REASON], values[_DUE] = ReturnReason(values[_REASON]), ClockKind(values[_DUE]) if values[_DUE] else None
    return DisputeLine(*values)


_FIELDS = list(DisputeLine.__dataclass_fields__)
_REASON, _DUE = _FIELDS.index("reason"), _FIELDS.index("due")


@lru_cache(maxsize=1)
def lines() -> Any:
    """The statement of the row."""
    asked = case(
        *(
            (getattr(Dispute, column) == Dispute.next_due_at, literal_column(f"'{kind}'"))
            for kind, column in COLUMNS.items()
        )
    )
    return (
        select(
            Dispute.id,
            Dispute.return_number,
            Dispute.incident_id,
            Incident.reference,
            Dispute.state,
            Dispute.state_at,
            Dispute.status,
            reason(),
            Dispute.kind,
            Dispute.solution,
            Shop.name,
            Shop.market,
            func.coalesce(Carrier.name, Shipment.carrier_text),
            Dispute.order_number,
            func.coalesce(Shipment.tracking_number, func.nullif(Dispute.tracking_number, "")),
            Person.name,
            Dispute.currency,
            Dispute.amount,
            Dispute.offered,
            Dispute.refunded,
            func.coalesce(Dispute.paid, Dispute.granted, Dispute.compensation),
            asked,
            Dispute.next_due_at,
            func.coalesce(stopgap(), literal_column("false")),
            Dispute.requested_at,
            Dispute.answered_at,
            exists().where(AnswerDraft.dispute_id == Dispute.id),
        )
        .select_from(Dispute)
        .join(Shop, Shop.id == Dispute.shop_id)
        .outerjoin(Shipment, Shipment.id == Dispute.shipment_id)
        .outerjoin(Carrier, Carrier.id == Shipment.carrier_id)
        .outerjoin(Incident, Incident.id == Dispute.incident_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
    )
