"""Lines of money as the database holds them, for tests of what becomes of them."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import incidents
from core.foundation.permissions import Actor
from core.models import ImportRun, Incident, SettlementLine, SettlementMatch, SettlementShare, Shipment, Shop
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.settlement import MatchState, SettlementKind, SettlementSource
from tests.factories import NOW

_number = count(1)
PAID = date(2026, 11, 20)


def make_run(session: Session, shop_id: int, **more: Any) -> ImportRun:
    values: dict[str, Any] = {
        "shop_id": shop_id,
        "file_name": "Income.xlsx",
        "sha256": next(_number).to_bytes(32),
        "report": "Income",
        "market": "SG",
        "at": NOW,
        "counts": {},
        "headings": [],
        "unknown_headings": [],
    }
    run = ImportRun(**{**values, **more})
    session.add(run)
    session.flush()
    return run


def make_line(session: Session, shipment: Shipment | None, amount: str, **more: Any) -> SettlementLine:
    """A compensation for a parcel's order; of `shop_id` and no order where there is no parcel."""
    shop_id = shipment.shop_id if shipment is not None else more.pop("shop_id")
    if "import_id" not in more:
        more["import_id"] = make_run(session, shop_id).id
    currency = session.get_one(Shop, shop_id).currency
    values: dict[str, Any] = {
        "shop_id": shop_id,
        "row": next(_number),
        "source": SettlementSource.WALLET,
        "kind": SettlementKind.COMPENSATION if Decimal(amount) > 0 else SettlementKind.TAKEN_BACK,
        "rule": "lost",
        "order_number": shipment.order_number if shipment is not None else None,
        "amount": Decimal(amount),
        "currency": currency,
        "paid_on": PAID,
        "said": "Lost parcel compensation",
        "told": hashlib.sha256(str(next(_number)).encode()).digest(),
    }
    line = SettlementLine(**{**values, **more})
    session.add(line)
    session.flush()
    return line


def parcel_of(session: Session, incident: Incident) -> Shipment:
    return session.get_one(Shipment, incident.shipment_id)


def matches(session: Session, state: MatchState = MatchState.SUGGESTED) -> list[SettlementMatch]:
    query = select(SettlementMatch).where(SettlementMatch.state == state).order_by(SettlementMatch.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def shares(session: Session, match: SettlementMatch) -> list[SettlementShare]:
    query = select(SettlementShare).where(SettlementShare.match_id == match.id).order_by(SettlementShare.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def register(session: Session, mei: Actor, shipment_id: int, type: IncidentType = IncidentType.LOST) -> Incident:
    return incidents.register(
        session,
        actor=mei,
        shipment_id=shipment_id,
        type=type,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
