"""Cases whose buyers are to be given something, and people who may give it: for tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.cases import incidents, remedies
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor
from core.models import Carrier, Dispute, ExchangeRate, Incident, Remedy, Shop
from core.models.dispute import ReturnReason
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.remedy import RemedyKind
from core.money import authority
from core.recovery import disputes
from core.recovery.disputes import DisputeAction
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


def a_request(session: Session, case: Incident | int, *, amount: str | None = "100", number: str = "") -> Dispute:
    """The buyer's request for so much, in Singapore dollars, of a case; its number is told by the case where none is."""
    incident = case if isinstance(case, int) else case.id
    return disputes.enter_dispute(
        session,
        incident,
        actor=SYSTEM,
        return_number=number or f"RT{incident}",
        reason=ReturnReason.NOT_RECEIVED,
        amount=sgd(amount) if amount is not None else None,
        now=NOW,
    )


def decide(
    session: Session,
    dispute: Dispute | int,
    actor: Actor,
    amount: str | None,
    action: DisputeAction = DisputeAction.CONCEDE,
    *,
    at: datetime | None = None,
    now: datetime = NOW,
) -> Dispute:
    """What somebody decides in a dispute, in Singapore dollars."""
    number = dispute if isinstance(dispute, int) else dispute.id
    money = sgd(amount) if amount is not None else None
    return disputes.move_dispute(session, number, action, actor=actor, amount=money, at=at, now=now)
