"""A dispute with everything an answer needs, in any market: parcel, scans' moments, evidence, messages, limits of authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from core.cases import evidence, messages
from core.cases.messages import day_offered
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import Dispute, ExchangeRate, Incident, Shipment
from core.models.dispute import ReturnReason, Solution
from core.models.incident import IncidentType
from core.models.message import Situation
from core.parcels.markets import market as market_of
from core.recovery import disputes
from tests.factories import NOW, make_carrier, make_incident, make_policy, make_rates, make_shipment, make_shop
from tests.packing import phone_photo
from tests.people import acting

FILES = {
    "packing_video": "packing.jpg",
    "waybill_copy": "waybill.jpg",
    "tracking_snapshot": "tracking.jpg",
    "unboxing_video": "unboxing.jpg",
    "item_photo": "item.jpg",
    "outer_box_photo": "box.jpg",
    "chat_with_buyer": "chat.jpg",
}
AMOUNTS = {
    "SG": "318", "MY": "129.90", "TH": "1250", "VN": "325000", "PH": "1499", "ID": "289000", "TW": "880", "BR": "331.08", "MX": "799.50",
}  # fmt: skip
_number = count(1)
RATES = {"MYR": "4.4", "THB": "34", "IDR": "15900", "TWD": "32", "BRL": "5.6", "MXN": "18.5"}


@dataclass(frozen=True)
class AnswerCase:
    """Who works on it, and the records."""

    actor: Actor
    dispute: Dispute
    incident: Incident
    shipment: Shipment

    def add(self, session: Session, kind: str, name: str = "", colour: str = "green", **more: Any) -> int:
        """One more piece of evidence; its id."""
        data = more.pop("data", None) or phone_photo(colour, (640, 480 + len(kind)))
        made = evidence.add_evidence(
            session,
            self.incident.id,
            actor=self.actor,
            name=name or FILES.get(kind, f"{kind}.jpg"),
            data=data,
            kind=kind,
            now=NOW,
        )
        return made.id


def make_answer_case(
    session: Session,
    market: str = "SG",
    *,
    reason: ReturnReason = ReturnReason.NOT_RECEIVED,
    type: IncidentType = IncidentType.LOST,
    role: Role = Role.LEAD,
    kinds: tuple[str, ...] = ("packing_video", "waybill_copy", "tracking_snapshot"),
    solution: Solution | None = Solution.REFUND_ONLY,
    delivered: bool = True,
    wrote: bool = True,
    said: str = "Nothing arrived, where is it? 100 USD lost!",
    due_at: datetime | None = NOW + timedelta(days=2),
    **parcel: Any,
) -> AnswerCase:
    """A request that waits for our answer; `delivered` says what the tracking says."""
    make_rates(session)
    for currency, per_usd in RATES.items():
        rate = ExchangeRate(
            currency=currency, on_date=date(2026, 11, 22), per_usd=Decimal(per_usd), source="test rates"
        )
        session.merge(rate)
    make_policy(session)
    actor = acting(session, role, f"mei-{next(_number)}")
    place = market_of(market)
    amount = Decimal(AMOUNTS[market])
    shop = make_shop(session, market=market, currency=place.currency, zone=place.zone)
    values: dict[str, Any] = {
        "value": amount,
        "first_scan_at": NOW - timedelta(days=9),
        "last_scan_at": NOW - timedelta(days=4),
        "delivered_at": NOW - timedelta(days=4) if delivered else None,
        "buyer_username": "wei_ling_1988",
        "last_place": "Hub 12, Block 4471",
    }
    shipment = make_shipment(session, shop, make_carrier(session), **{**values, **parcel})
    incident = make_incident(session, shipment, type=type, gross_loss=amount)
    dispute = disputes.enter_dispute(
        session,
        incident.id,
        actor=actor,
        return_number=f"261121{shipment.id:05d}RT",
        reason=reason,
        solution=solution,
        amount=Money(amount, place.currency),
        requested_at=NOW - timedelta(days=2),
        due_at=due_at,
        buyer_said=said,
        now=NOW,
    )
    case = AnswerCase(actor, dispute, incident, shipment)
    for kind in kinds:
        case.add(session, kind)
    if wrote:
        text = "Hi, we are sorry. We will look into it and write to you by 2026-11-25."
        day = day_offered(Situation.APOLOGY, NOW.date())
        messages.mark_sent(
            session, incident.id, actor=actor, situation=Situation.APOLOGY, language="en", text=text, day=day, now=NOW
        )
    return case
