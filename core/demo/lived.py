"""Where the demo's open disputes stand: one being prepared, one answered, one with an offer on the table and what the platform wants proof
of, one lost with its compensation asked for. The rest wait to be answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.demo.ground import Ground
from core.demo.scripts import HOURS
from core.foundation.money import Money, quantise
from core.foundation.permissions import Actor
from core.models import Dispute, Incident
from core.models.dispute import DisputeState
from core.models.incident import IncidentState
from core.recovery import disputes
from core.recovery.disputes import DisputeAction as A
from core.recovery.disputes import Sent

LEAST = 8
"""Open disputes there must be before some of them get a life: most wait to be answered."""

ANSWER = (
    "The buyer says that the parcel arrived broken. It left our warehouse whole and cushioned on all sides, as the packing video shows"
    " (exhibit 1), and was handed to the platform's carrier the same day (exhibit 2). We ask that the request is rejected."
)
DEMAND = "The parcel broke on its way with the platform's carrier. We ask for compensation of the goods."
WANTED = ("Photo(s) or video of packing the parcel with the airway bill.", "Photo(s) of all returned items.")


def live(base: Ground) -> None:
    """Move some of the open disputes, each by the same verbs as the screen."""
    query = (
        select(Dispute)
        .join(Incident, Incident.id == Dispute.incident_id)
        .where(Dispute.state == DisputeState.OPENED, Incident.state != IncidentState.CLOSED, Dispute.amount > 0)
        .order_by(Dispute.id)
    )
    found = base.session.scalars(query).all()
    if len(found) < LEAST:
        return
    plays: tuple[Callable[[Ground, Dispute, Actor, datetime], None], ...] = (_prepared, _answered, _offered, _lost)
    for number, (play, dispute) in enumerate(zip(plays, found[1::2], strict=False)):
        agent = base.desk.team.agents[number % len(base.desk.team.agents)]
        play(base, dispute, agent, max(dispute.updated_at, base.now - timedelta(minutes=30)))


def _prepared(base: Ground, dispute: Dispute, agent: Actor, at: datetime) -> None:
    disputes.move_dispute(base.session, dispute.id, A.PREPARE, actor=agent, now=at)
    said = "Asked support whether a video of the packing is enough; they want the label to be readable."
    disputes.note_dispute(base.session, dispute.id, actor=agent, text=said, now=base.now)


def _answered(base: Ground, dispute: Dispute, agent: Actor, at: datetime) -> None:
    sent = Sent(ANSWER, "en", reference=f"DSP-{dispute.id:06d}")
    disputes.move_dispute(base.session, dispute.id, A.ANSWER, actor=agent, sent=sent, now=at)


def _offered(base: Ground, dispute: Dispute, agent: Actor, at: datetime) -> None:
    """The interface's own words, dropped at the request: an offer of the buyer, and what it wants proof of."""
    amount = quantise((dispute.amount or Decimal(0)) / 2, dispute.currency)
    talk = {
        "negotiation_status": "PENDING_RESPOND",
        "latest_solution": "REFUND",
        "latest_offer_amount": str(amount),
        "counter_limit": 1,
        "offer_due_date": int((base.now + 20 * HOURS).timestamp()),
    }
    detail = {
        "return_sn": dispute.return_number,
        "status": "REQUESTED",
        "currency": dispute.currency,
        "negotiation": talk,
    }
    modules = [
        {"module_index": n, "requirement": words, "is_required": n == 1} for n, words in enumerate(WANTED, start=1)
    ]
    reasons = {"dispute_reason_list": [{"dispute_reason": 50, "evidence_module_list": modules}]}
    for response in (detail, reasons):
        text = json.dumps({"request_id": "demo", "error": "", "message": "", "response": response})
        disputes.drop_json(base.session, dispute.id, text, actor=agent, now=at)


def _lost(base: Ground, dispute: Dispute, agent: Actor, at: datetime) -> None:
    _answered(base, dispute, agent, at)
    disputes.move_dispute(
        base.session,
        dispute.id,
        A.LOSE,
        actor=agent,
        note="They found the packing too thin.",
        now=at + timedelta(minutes=4),
    )
    disputes.move_dispute(
        base.session,
        dispute.id,
        A.REQUEST_COMPENSATION,
        actor=agent,
        sent=Sent(DEMAND, "en"),
        amount=Money(dispute.amount or Decimal(0), dispute.currency),
        now=at + timedelta(minutes=9),
    )
