"""A team's cases for asking any measure of them: made at random, the same each time, with everything a case may lack."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.models import (
    Claim,
    Comment,
    Incident,
    Payout,
    PayoutReversal,
    Person,
    Posting,
    Shipment,
    ShipmentLine,
)
from core.models.claim import ClaimState
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier
from core.models.ledger import PayoutBack
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_incident, make_rates, make_rule_card, make_shop

SERVICES = (None, "", "Economy, by sea", "Express *", "100 % air")
PRODUCTS = ("LAMP-1", "CUP, blue", "", "*")
STATES = (ClaimState.DRAFT, ClaimState.SUBMITTED, ClaimState.REJECTED, ClaimState.PARTLY_APPROVED, ClaimState.PAID)


def team(session: Session, *, parcels: int = 260, seed: int = 7) -> None:
    """Parcels of a year, about half with cases, of shops in three currencies, one of them without an exchange rate."""
    dice = random.Random(seed)
    make_rates(session)
    shops = [
        make_shop(session),
        make_shop(session, market="VN", currency="VND"),
        make_shop(session, market="MX", currency="MXN"),
    ]
    carriers = [make_carrier(session), make_carrier(session), None]
    people = [Person(username=name, name=name.title(), role="agent") for name in ("ana", "bo")]
    session.add_all(people)
    session.flush()
    card = make_rule_card(session)
    for n in range(parcels):
        shipment = _parcel(session, dice, n, dice.choice(shops), dice.choice(carriers))
        if n % 2:
            for kind in dice.sample(list(IncidentType), dice.choice((1, 1, 2))):
                incident = _case(session, dice, shipment, kind, [*people, None])
                _worked_on(session, dice, incident, card.id, people[0].id)
    session.flush()


def _parcel(session: Session, dice: random.Random, n: int, shop: Any, carrier: Any) -> Shipment:
    shipped = NOW - timedelta(days=dice.randint(0, 380), hours=dice.randint(0, 23))
    scale = {"VND": 18000, "MXN": 14}.get(shop.currency, 1)
    shipment = Shipment(
        shop_id=shop.id,
        carrier_id=carrier.id if carrier else None,
        market=shop.market,
        order_number=f"26EXPLORE{n:05d}",
        status=ShipmentStatus.SHIPPED,
        service=dice.choice(SERVICES),
        shipped_at=None if dice.random() < 0.05 else shipped,
        currency=shop.currency,
        value=Decimal(dice.choice((5, 20, 59, 60, 61, 199, 200, 900)) * scale),
    )
    session.add(shipment)
    session.flush()
    for line in range(dice.choice((0, 1, 1, 2, 3))):
        sku = dice.choice(PRODUCTS)
        session.add(
            ShipmentLine(
                shipment_id=shipment.id, line=line + 1, name="=Nameless", sku=sku, quantity=1,
                unit_price=shipment.value, subtotal=shipment.value,
            )
        )  # fmt: skip
    return shipment


def _case(session: Session, dice: random.Random, shipment: Shipment, kind: IncidentType, owners: list[Any]) -> Incident:
    registered = NOW - timedelta(days=dice.randint(0, 370), minutes=dice.randint(0, 1439))
    owner, closed = dice.choice(owners), dice.random() < 0.6
    value = dice.choice((Decimal(0), shipment.value, shipment.value / 2))
    gross = value if value else Decimal(dice.choice((0, 12)))
    base = dice.choice(("SGD", "SGD", "SGD", "USD"))
    return make_incident(
        session,
        shipment,
        type=kind,
        stage=dice.choice(list(Stage)),
        tier=dice.choice(list(Tier)),
        owner_id=owner.id if owner else None,
        state=IncidentState.CLOSED if closed else IncidentState.PROVING,
        cause=dice.choice(list(Cause)) if closed else None,
        result=dice.choice(list(Result)) if closed else None,
        closed_at=registered + timedelta(days=40) if closed else None,
        registered_at=registered,
        value_at_risk=value,
        base_currency=base,
        base_value=(value / 3).quantize(Decimal("0.0001")),
        rate_on=registered.date(),
        gross_loss=gross,
        recovered=(gross * dice.choice((0, 1)) / 4).quantize(Decimal("0.01")),
    )


def _worked_on(session: Session, dice: random.Random, incident: Incident, card: int, person: int) -> None:
    if dice.random() < 0.4:
        at = incident.registered_at + timedelta(hours=dice.randint(0, 90))
        session.add(Comment(incident_id=incident.id, person_id=dice.choice((person, None)), at=at, text="Asked again"))
    for n in range(dice.choice((0, 1, 1, 2))):
        claim = _claim(dice, incident, card, n)
        session.add(claim)
        session.flush()
        if claim.state is ClaimState.PAID:
            _paid(session, dice, incident, claim)


def _claim(dice: random.Random, incident: Incident, card: int, n: int) -> Claim:
    state = dice.choice(STATES)
    filed = None if state is ClaimState.DRAFT else incident.registered_at + timedelta(days=dice.randint(0, 9))
    return Claim(
        reference=f"CL-{incident.reference[4:]}-{n}", incident_id=incident.id, payer_kind="carrier", payer_name=f"Payer {n}",
        channel="direct", rule_card_id=card, state=state, currency=incident.currency, demand=Decimal(10),
        zone="Asia/Singapore", case_number=None if filed is None else "C-1", submitted_at=filed,
        created_at=incident.registered_at + timedelta(hours=dice.randint(0, 50)), created_by=dice.choice((None, incident.owner_id)),
        paid=Decimal(10) if state is ClaimState.PAID else Decimal(0),
    )  # fmt: skip


def _paid(session: Session, dice: random.Random, incident: Incident, claim: Claim) -> None:
    for n in range(2):
        assert claim.submitted_at
        on = (claim.submitted_at + timedelta(days=dice.randint(1, 60))).date()
        posting = _posting(session, incident, on)
        payout = Payout(
            claim_id=claim.id, posting_id=posting.id, amount=Decimal(5), currency=claim.currency, received_amount=Decimal(5),
            received_currency=claim.currency, base_amount=Decimal(5), base_currency="SGD", paid_on=on, reference=f"P{n}",
            at=NOW,
        )  # fmt: skip
        session.add(payout)
        session.flush()
        if n == 0 and dice.random() < 0.5:
            back = _posting(session, incident, on)
            session.add(
                PayoutReversal(
                    payout_id=payout.id, posting_id=back.id, how=PayoutBack.MISTAKE, amount=dice.choice((Decimal(5), Decimal(2))),
                    on_date=on, note="Not ours", at=NOW,
                )
            )  # fmt: skip
            session.flush()


def _posting(session: Session, incident: Incident, on: Any) -> Posting:
    posting = Posting(incident_id=incident.id, at=NOW, on_date=on)
    session.add(posting)
    session.flush()
    return posting
