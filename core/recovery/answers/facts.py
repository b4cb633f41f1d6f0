"""Everything an answer can say, read in one go: the request, the parcel, its scans, what was told to whom, the evidence, the
platform's rules (inner).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.evidence import EvidenceItem, list_evidence
from core.foundation.clock import local_day
from core.foundation.errors import NotFound, WrongState
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import (
    Carrier,
    Claim,
    Contact,
    Dispute,
    DisputeModule,
    Incident,
    Message,
    Remedy,
    Shipment,
    ShipmentLine,
    Shop,
)
from core.models.contact import Party
from core.models.tracking import ScanState
from core.parcels.tracking.reads import ScanRow, newest
from core.recovery.answers.rules import Library, library_of

MOST_SCANS = 100

Row = TypeVar("Row", Contact, Message, Claim, Remedy)


@dataclass(frozen=True)
class Facts:
    """What is known. Moments in UTC; days are told in the shop's zone. `library` holds the platform's rules."""

    dispute: Dispute
    incident: Incident
    shipment: Shipment
    lines: tuple[ShipmentLine, ...]
    shop: Shop
    carrier: Carrier | None
    scans: tuple[ScanRow, ...]
    items: tuple[EvidenceItem, ...]
    contacts: tuple[Contact, ...]
    messages: tuple[Message, ...]
    claims: tuple[Claim, ...]
    remedies: tuple[Remedy, ...]
    modules: tuple[DisputeModule, ...]
    library: Library

    @property
    def amount(self) -> Money | None:
        """What the buyer asks for, as far as it is known."""
        return None if self.dispute.amount is None else Money(self.dispute.amount, self.dispute.currency)

    @property
    def carrier_name(self) -> str:
        """Who carried the parcel, as far as it is known."""
        return self.carrier.name if self.carrier is not None else self.shipment.carrier_text or ""

    def money(self, amount: Decimal | None) -> Money | None:
        """An amount in the request's currency."""
        return None if amount is None else Money(amount, self.dispute.currency)

    def day(self, moment: datetime) -> date:
        """The day of a moment where the shop is."""
        return local_day(moment, self.shop.zone)

    def moment(self, name: str) -> datetime | None:
        """A moment by the name the plan of answers has for it; None where it is not known."""
        if name in ("returned_at", "refunded_at", "requested_at"):
            found: datetime | None = getattr(self.dispute, name)
            return found
        if name == "wrote_at":
            return self._wrote()
        if name == "shipped_at":
            return self.shipment.shipped_at or self.shipment.accepted_at
        if name == "delivered_at":
            return self.shipment.delivered_at or self._scanned(ScanState.DELIVERED)
        if name == "scan_damaged":
            return self._scanned(ScanState.DAMAGED)
        if name == "scan_lost":
            return None if self.moment("delivered_at") else self._scanned(ScanState.LOST)
        if name == "last_scan_undelivered":
            over = self.moment("delivered_at") or self.moment("scan_lost")
            return None if over else self.shipment.last_scan_at
        known: datetime | None = getattr(self.shipment, name)
        return known

    def _scanned(self, state: ScanState) -> datetime | None:
        return next((one.at for one in self.scans if one.state is state), None)

    def _wrote(self) -> datetime | None:
        """When the buyer was last written to or talked to."""
        told = [one.sent_at for one in self.messages] + [one.at for one in self.contacts if one.party is Party.BUYER]
        return max(told, default=None)


def gather(session: Session, dispute_id: int, *, actor: Actor) -> Facts:
    """Read it all. Raises `NotFound`, and `WrongState` for a request that belongs to no case yet."""
    dispute = session.get(Dispute, dispute_id)
    if dispute is None:
        raise NotFound(_("There is no such dispute."))
    if dispute.incident_id is None:
        raise WrongState(
            _(
                "Return {number} belongs to no case yet. Register one for its parcel first.",
                number=dispute.return_number,
            )
        )
    incident = session.get_one(Incident, dispute.incident_id)
    shipment = session.get_one(Shipment, incident.shipment_id)
    lines = select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id).order_by(ShipmentLine.line)
    return Facts(
        dispute=dispute,
        incident=incident,
        shipment=shipment,
        lines=tuple(session.scalars(lines)),
        shop=session.get_one(Shop, dispute.shop_id),
        carrier=session.get(Carrier, incident.carrier_id) if incident.carrier_id is not None else None,
        scans=tuple(newest(session, [shipment.id], MOST_SCANS).get(shipment.id, ())),
        items=tuple(list_evidence(session, incident.id, actor=actor)),
        contacts=_of_case(session, Contact, incident.id),
        messages=_of_case(session, Message, incident.id),
        claims=_of_case(session, Claim, incident.id),
        remedies=_of_case(session, Remedy, incident.id),
        modules=modules_of(session, dispute_id),
        library=library_of(session),
    )


def modules_of(session: Session, dispute_id: int) -> tuple[DisputeModule, ...]:
    """The platform's own list of proof for a dispute, as it is now."""
    query = select(DisputeModule).where(DisputeModule.dispute_id == dispute_id, DisputeModule.retired_at.is_(None))
    return tuple(session.scalars(query.order_by(DisputeModule.reason, DisputeModule.number)))


def _of_case(session: Session, table: type[Row], incident_id: int) -> tuple[Row, ...]:
    return tuple(session.scalars(select(table).where(table.incident_id == incident_id).order_by(table.id)))
