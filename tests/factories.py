"""Small builders of stored records, each with what its table demands and nothing invented beyond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from core.models import Carrier, ExchangeRate, Incident, RuleCard, Shipment, ShipmentLine, Shop, TierPolicy
from core.models.incident import IncidentType, NoticedBy, Stage, Tier
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, PayerKind
from core.models.shipment import ShipmentStatus

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
_number = count(1)


def make_shop(session: Session, **more: Any) -> Shop:
    values: dict[str, Any] = {
        "name": f"Lion Store {next(_number)}",
        "market": "SG",
        "currency": "SGD",
        "zone": "Asia/Singapore",
    }
    shop = Shop(**{**values, **more})
    session.add(shop)
    session.flush()
    return shop


def make_carrier(session: Session, **more: Any) -> Carrier:
    n = next(_number)
    carrier = Carrier(**{"code": f"carrier-{n}", "name": f"Carrier {n}", **more})
    session.add(carrier)
    session.flush()
    return carrier


def make_shipment(session: Session, shop: Shop | None = None, carrier: Carrier | None = None, **more: Any) -> Shipment:
    """A parcel shipped ten days before NOW with one item line of its whole value."""
    n = next(_number)
    shop = shop or make_shop(session)
    carrier = carrier or make_carrier(session)
    values: dict[str, Any] = {
        "shop_id": shop.id,
        "carrier_id": carrier.id,
        "market": shop.market,
        "order_number": f"261113TEST{n:05d}",
        "tracking_number": f"SPXSG{n:09d}",
        "status": ShipmentStatus.SHIPPED,
        "ordered_at": NOW - timedelta(days=12),
        "accepted_at": NOW - timedelta(days=10),
        "shipped_at": NOW - timedelta(days=10),
        "currency": shop.currency,
        "value": Decimal("318.00"),
    }
    shipment = Shipment(**{**values, **more})
    session.add(shipment)
    session.flush()
    session.add(
        ShipmentLine(
            shipment_id=shipment.id,
            line=1,
            name="Desk lamp",
            sku="LAMP-1",
            quantity=1,
            unit_price=shipment.value,
            subtotal=shipment.value,
        )
    )
    session.flush()
    return shipment


def make_rates(session: Session) -> None:
    """The few rates the tests convert at, as of the day before NOW."""
    for currency, per_usd in {"USD": "1", "SGD": "1.30", "PHP": "58.5", "VND": "25400", "CNY": "7.10"}.items():
        session.merge(
            ExchangeRate(currency=currency, on_date=date(2026, 11, 22), per_usd=Decimal(per_usd), source="test rates")
        )
    session.flush()


def make_policy(session: Session, **more: Any) -> TierPolicy:
    values: dict[str, Any] = {
        "currency": "SGD",
        "insure_from": Decimal(20),
        "claim_from": Decimal(60),
        "created_at": NOW,
    }
    policy = TierPolicy(**{**values, **more})
    session.add(policy)
    session.flush()
    return policy


def make_rule_card(session: Session, **more: Any) -> RuleCard:
    """A card: the carrier pays for loss within 30 days of acceptance, for a packing video and a proof of value."""
    n = next(_number)
    values: dict[str, Any] = {
        "code": f"TEST-{n}",
        "version": 1,
        "title": "Test carrier, loss",
        "payer_kind": PayerKind.CARRIER,
        "payer_name": "Test carrier",
        "type": IncidentType.LOST,
        "channel": FilingChannel.DIRECT,
        "clock_event": ClockEvent.ACCEPTED,
        "within": 30,
        "within_unit": DayUnit.CALENDAR_DAYS,
        "zone": "Asia/Singapore",
        "documents": [{"code": "packing_video", "count": 1}, {"code": "proof_of_value", "count": 1}],
        "cap": {},
        "answer_days": 10,
        "answer_unit": DayUnit.CALENDAR_DAYS,
        "appeal_days": 14,
        "source": "a test",
        "confidence": Confidence.HIGH,
        "checked_on": date(2026, 9, 21),
        "valid_from": date(2026, 1, 1),
        "created_at": NOW,
    }
    card = RuleCard(**{**values, **more})
    session.add(card)
    session.flush()
    return card


def make_incident(session: Session, shipment: Shipment | None = None, **more: Any) -> Incident:
    """A case as the database holds it, without going through the verb: for tests of other rooms."""
    n = next(_number)
    shipment = shipment or make_shipment(session)
    values: dict[str, Any] = {
        "reference": f"INC-2026-9{n:04d}",
        "shipment_id": shipment.id,
        "shop_id": shipment.shop_id,
        "carrier_id": shipment.carrier_id,
        "market": shipment.market,
        "type": IncidentType.LOST,
        "stage": Stage.LAST_MILE,
        "noticed_by": NoticedBy.BUYER,
        "noticed_at": NOW,
        "tier": Tier.CLAIM,
        "tier_policy_version": 1,
        "currency": shipment.currency,
        "value_at_risk": shipment.value,
        "base_currency": "SGD",
        "base_value": shipment.value,
        "registered_at": NOW,
        "touched_at": NOW,
        "search_text": f"inc-2026-9{n:04d} {shipment.order_number} {shipment.tracking_number}".lower(),
    }
    incident = Incident(**{**values, **more})
    session.add(incident)
    session.flush()
    return incident
