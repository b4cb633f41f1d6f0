"""Short words for leading a claim along, for tests about what comes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Evidence, Incident, Payout, RuleCard, StoredFile
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import claims, payouts
from core.recovery.claim_states import ClaimAction
from core.recovery.intake import take_in
from tests.factories import NOW, make_rule_card, make_shipment

DAY = timedelta(days=1)


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


def taken(session: Session, mei: Actor, **more: Any) -> Incident:
    """A parcel the buyer says is lost, taken in at the desk."""
    shipment = make_shipment(session, **more)
    return take_in(
        session,
        actor=mei,
        shipment_id=shipment.id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        owner_id=mei.person_id,
        now=NOW,
    )


def prove(session: Session, incident: Incident, *kinds: str, at: datetime = NOW) -> list[Evidence]:
    """Evidence rows of those kinds, without files behind them."""
    made = []
    for kind in kinds:
        sha = f"{incident.id:x}{kind}".encode().hex()[:64].ljust(64, "0")
        session.add(StoredFile(sha256=sha, size=1, media_type="image/jpeg", stored_at=NOW))
        session.flush()
        evidence = Evidence(incident_id=incident.id, sha256=sha, name=f"{kind}.jpg", kind=kind, added_at=at)
        session.add(evidence)
        made.append(evidence)
    session.flush()
    return made


def draft(session: Session, mei: Actor, incident: Incident, card: RuleCard | None = None, **more: object) -> Claim:
    card = card or make_rule_card(session)
    return claims.draft_claim(session, incident.id, actor=mei, rule_card_id=card.id, now=NOW, **more)  # type: ignore[arg-type]


def filed(session: Session, mei: Actor, incident: Incident, card: RuleCard | None = None) -> Claim:
    claim = draft(session, mei, incident, card)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    return claims.submit(session, claim.id, actor=mei, case_number="NV-1", via="portal", now=NOW)


def reject(session: Session, mei: Actor, claim: Claim, text: str = "no", code: str = "other") -> None:
    claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=mei, text=text, denial_code=code, now=NOW)


def approve(session: Session, mei: Actor, claim: Claim) -> None:
    claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=mei, text="ok", now=NOW)


def pay(session: Session, mei: Actor, claim: Claim, received: Money, reference: str = "P-1", **more: object) -> Payout:
    values: dict[str, object] = {"paid_on": date(2026, 11, 23), "now": NOW, **more}
    return payouts.record_payout(session, claim.id, actor=mei, received=received, reference=reference, **values)  # type: ignore[arg-type]
