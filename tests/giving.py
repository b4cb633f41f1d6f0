"""Cases whose buyers are to be given something, and people who may give it: for tests."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.cases import incidents, remedies
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor
from core.models import Carrier, ExchangeRate, Incident, Remedy, Shop
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.remedy import RemedyKind
from core.money import authority
from tests.factories import NOW, make_shipment


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


def ringgit(session: Session) -> None:
    """The rate of Malaysian money, which the few rates of the tests are without."""
    session.merge(ExchangeRate(currency="MYR", on_date=date(2026, 11, 22), per_usd=Decimal("4.5"), source="test rates"))
    session.flush()


def a_case(
    session: Session,
    shop: Shop | None = None,
    carrier: Carrier | None = None,
    *,
    type: IncidentType = IncidentType.LOST,
    **parcel: Any,
) -> Incident:
    """A registered case of a new parcel."""
    shipment = make_shipment(session, shop, carrier, **parcel)
    return incidents.register(
        session,
        actor=SYSTEM,
        shipment_id=shipment.id,
        type=type,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )


def offer(
    session: Session, case: Incident | int, actor: Actor, amount: str, *, currency: str = "SGD", **more: Any
) -> Remedy:
    """A refund of so much, in Singapore dollars, proposed."""
    number = case if isinstance(case, int) else case.id
    values: dict[str, Any] = {"kind": RemedyKind.REFUND, "reason": "The parcel is lost.", "now": NOW, **more}
    return remedies.propose(session, number, actor=actor, amount=Money(Decimal(amount), currency), **values)


def lend_authority(session: Session, of: Actor, to: Actor) -> None:
    """Have `to` stand in for `of` from NOW on for a day."""
    authority.set_stand_in(
        session,
        actor=of,
        person_id=of.person_id or 0,
        stand_in_id=to.person_id or 0,
        from_at=NOW,
        until_at=NOW + timedelta(days=1),
        now=NOW,
    )
