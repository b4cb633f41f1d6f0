"""A case with evidence and a claim on it, as packs need one."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from PIL import Image
from PIL.ExifTags import IFD, Base
from sqlalchemy.orm import Session

from core.cases import contacts, evidence
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import Claim, Incident, RuleCard
from core.models.contact import Channel, Party
from core.recovery import claims
from tests.factories import NOW, make_incident, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import acting


def phone_photo(colour: str = "red", size: tuple[int, int] = (400, 300)) -> bytes:
    """A photo held on its side, with its date and its place."""
    block = Image.Exif()
    block[Base.Orientation] = 6
    block[IFD.Exif] = {Base.DateTimeOriginal.value: "2026:11:20 09:15:00"}
    block[IFD.GPSInfo] = {1: "N", 2: (14.0, 35.0, 58.0), 3: "E", 4: (120.0, 58.0, 0.0)}
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", exif=block.tobytes())
    return out.getvalue()


@dataclass(frozen=True)
class PackCase:
    """Somebody who may build packs, and the claim with its case and card."""

    actor: Actor
    claim: Claim
    incident: Incident
    card: RuleCard

    def add(self, session: Session, name: str, data: bytes, kind: str) -> None:
        """Put one more file into the case."""
        evidence.add_evidence(session, self.incident.id, actor=self.actor, name=name, data=data, kind=kind, now=NOW)


def make_pack_case(session: Session, *, proof: bool = True) -> PackCase:
    """A lost parcel with two photos, a talk and a drafted claim; with `proof` nothing is missing."""
    make_rates(session)
    make_policy(session)
    lead = acting(session, Role.LEAD)
    shipment = make_shipment(session, status_text="Đang giao", weight_kg=Decimal("1.25"))
    words = "箱子是湿的，=1+1。Thùng bị rách.\n#panic(1) *not bold*"
    incident = make_incident(session, shipment, buyer_said=words, gross_loss=Decimal(318))
    documents = [{"code": "outer_box_photo", "count": 2, "note": "two sides"}, {"code": "proof_of_value", "count": 1}]
    card = make_rule_card(session, documents=documents, payer_name="Ninja Van/Test", carrier_code="ninja-van")
    claim = claims.draft_claim(
        session, incident.id, actor=lead, rule_card_id=card.id, demand=Money(Decimal(300), "SGD"), now=NOW
    )
    case = PackCase(lead, claim, incident, card)
    case.add(session, "IMG_0001.jpg", phone_photo("red"), "outer_box_photo")
    case.add(session, "../箱子 2?.jpeg", phone_photo("blue"), "outer_box_photo")
    if proof:
        case.add(session, "invoice.csv", b"item,price\nlamp,318\n", "proof_of_value")
    contacts.log_contact(
        session,
        incident.id,
        actor=lead,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW - timedelta(hours=3),
        name="Ana Cruz",
        staff_number="NV-4471",
        summary="The parcel is lost in the hub.",
        promise="an answer in writing",
        promise_by=Party.CARRIER,
        promise_due_at=NOW + timedelta(days=2),
        now=NOW,
    )
    return case
