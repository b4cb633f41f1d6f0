"""A claim's cap as data, so that everybody reads its sentence in their own language (inner).

Kept are the card's cap and the facts of the parcel it was worked out from, as they were when the claim was drafted.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.foundation.money import Money
from core.models import Evidence, Incident, RuleCard, Shipment
from core.recovery import caps

_AMOUNTS = ("value", "insured", "freight", "weight_kg")


def basis_of(session: Session, card: RuleCard, incident: Incident, shipment: Shipment) -> dict[str, Any]:
    """What `tell` needs, as JSON."""
    has_invoice = session.scalar(
        select(
            exists().where(
                Evidence.incident_id == incident.id,
                Evidence.kind == "proof_of_value",
                Evidence.withdrawn_at.is_(None),
            )
        )
    )
    return basis(card.cap, shipment, has_invoice=bool(has_invoice))


def basis(cap: Mapping[str, Any], shipment: Any, *, has_invoice: bool) -> dict[str, Any]:
    """As `basis_of`, from what is at hand."""
    facts = {name: getattr(shipment, name) for name in _AMOUNTS}
    written = {name: None if fact is None else str(fact) for name, fact in facts.items()}
    return {"cap": dict(cap), "currency": shipment.currency, "has_invoice": has_invoice, **written}


def tell(basis: Mapping[str, Any] | None, otherwise: str = "") -> str:
    """The cap's sentence in the reader's language; `otherwise` for a claim that kept no basis."""
    if basis is None:
        return otherwise
    facts = {name: None if basis[name] is None else Decimal(basis[name]) for name in _AMOUNTS}
    currency = basis["currency"]
    parcel = SimpleNamespace(currency=currency, **facts)
    # Only the words are wanted here: at which rate the limit was reckoned makes no difference to them.
    cap = caps.cap_for(
        basis["cap"],
        parcel,
        has_invoice=bool(basis["has_invoice"]),
        convert=lambda money: Money(money.amount, currency),
    )
    return cap.sentence
