"""A case with a buyer's name, username, phone, mail address and home planted in every place a person or a file can put one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from core.cases import contacts, evidence, incidents, messages
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Dispute, Evidence, Incident, Shipment
from core.models.contact import Channel, Party
from core.models.dispute import ReturnReason
from core.models.incident import Cause, Result
from core.models.message import Situation
from core.recovery import claims, disputes, packs
from tests.factories import NOW
from tests.packing import make_pack_case, phone_photo

USERNAME = "wulan_1987"
NAME = "Wulandari Kusumo"
PHONE = "+65 9123 4567"
MAIL = "wulan.k@mail.example"
HOME = "Blk 12 Bedok North Ave 3 #07-45"
PLANTED = (USERNAME, "Wulandari", "Kusumo", "9123 4567", MAIL, "Bedok North", "07-45")
"""What may never be seen again."""

KEPT = "the corner was crushed"
"""Words of nobody that stay where they are not the buyer's own."""


def told(what: str) -> str:
    """A text with everything planted in it."""
    return f"{what}: {NAME} ({USERNAME}), {PHONE}, {MAIL}.\nAddress: {HOME}\n{KEPT}"


@dataclass(frozen=True)
class Planted:
    """What was made."""

    actor: Actor
    incident: Incident
    shipment: Shipment
    claim: Claim
    dispute: Dispute
    label: Evidence
    item: Evidence


def plant(session: Session, *, pack: bool = False) -> Planted:
    """A case of a claim, with everything planted; still open. The file store has to be a test's own."""
    made = make_pack_case(session)
    actor, case = made.actor, made.incident
    shipment = session.get_one(Shipment, case.shipment_id)
    shipment.buyer_username = USERNAME
    session.flush()
    before = {"buyer_said": case.buyer_said}
    incidents.edit(session, case.id, actor=actor, seen=before, typed={"buyer_said": told("Buyer")}, now=NOW)
    incidents.comment(session, case.id, actor=actor, text=told("Remark"), now=NOW)
    for party, name in ((Party.BUYER, NAME), (Party.CARRIER, "Ana Cruz")):
        contacts.log_contact(
            session,
            case.id,
            actor=actor,
            party=party,
            channel=Channel.CHAT,
            at=NOW - timedelta(hours=2),
            name=name,
            summary=told("Talk"),
            promise=told("Promise"),
            promise_by=None if party is Party.BUYER else party,
            promise_due_at=NOW + timedelta(days=2),
            now=NOW,
        )
    messages.mark_sent(
        session,
        case.id,
        actor=actor,
        situation=Situation.APOLOGY,
        language="en",
        text=told("Dear"),
        day=NOW.date() + timedelta(days=2),
        now=NOW,
    )
    label, item = (
        evidence.add_evidence(
            session,
            case.id,
            actor=actor,
            name=f"{USERNAME} {kind}.jpg",
            data=phone_photo(colour),
            kind=kind,
            note=told("Picture"),
            now=NOW,
        )
        for kind, colour in (("label_photo", "green"), ("item_photo", "yellow"))
    )
    claim = claims.edit_claim(
        session, made.claim.id, actor=actor, seen={"note": ""}, typed={"note": told("Claim")}, now=NOW
    )
    dispute = disputes.enter_dispute(
        session,
        case.id,
        actor=actor,
        return_number="2611230001",
        reason=ReturnReason.NOT_RECEIVED,
        amount=Money(Decimal(100), "SGD"),
        requested_at=NOW - timedelta(days=1),
        buyer_said=told("Request"),
        now=NOW,
    )
    if pack:
        packs.build_pack(session, claim.id, actor=actor, now=NOW)
    return Planted(actor, case, shipment, claim, dispute, label, item)


def close(session: Session, made: Planted) -> None:
    """End everything of the case on NOW."""
    claims.withdraw(session, made.claim.id, actor=made.actor, reason=told("Withdrawn"), now=NOW)
    disputes.move_dispute(session, made.dispute.id, disputes.DisputeAction.CONCEDE, actor=made.actor, now=NOW)
    incidents.close(
        session,
        made.incident.id,
        actor=made.actor,
        cause=Cause.LOST_IN_TRANSIT,
        result=Result.ABSORBED,
        note=told("Closed"),
        now=NOW,
    )
