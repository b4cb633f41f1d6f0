"""What a pack is made of, read in one go: the claim and its rule, the parcel, the talks, the evidence, the checklist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.cases.checklist import Need, needs
from core.cases.evidence import EvidenceItem, list_evidence
from core.cases.proof import custody
from core.foundation import audit, sniff
from core.foundation.errors import NotFound
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.models import (
    Carrier,
    Claim,
    ClaimAnswer,
    ClaimStep,
    Clock,
    Contact,
    Incident,
    Payout,
    Person,
    RuleCard,
    Shipment,
    ShipmentLine,
    Shop,
)
from core.models.clock import ClockKind
from core.recovery.claims.times import OWN

_NOT_IN_ARCHIVES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Exhibit:
    """One piece of evidence in a pack: its number, counted from 1, and its path in the archive."""

    number: int
    path: str
    item: EvidenceItem

    @property
    def is_picture(self) -> bool:
        """Whether the PDF can show it."""
        return self.item.media_type.startswith("image/")


@dataclass(frozen=True)
class PackFacts:
    """Everything a pack says. Moments in UTC; `zone` is the rule's, in which the pack tells them.

    `answers` is what people wrote into fields of the form, `custody` the chain of hands of the files. With `since` it is a
    delta pack: `exhibits` are those that came after that moment, under the numbers they have among all.
    """

    claim: Claim
    card: RuleCard
    incident: Incident
    shipment: Shipment
    lines: tuple[ShipmentLine, ...]
    shop: Shop
    carrier: str | None
    contacts: tuple[Contact, ...]
    exhibits: tuple[Exhibit, ...]
    steps: tuple[ClaimStep, ...]
    needs: tuple[Need, ...]
    filed_by: str | None
    appeal_due_at: datetime | None
    last_paid_on: date | None
    chain_length: int
    chain_head: str
    draft: bool
    built_at: datetime
    built_by: str
    answers: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    custody: Mapping[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The zone of the rule."""
        return self.card.zone


def gather(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    draft: bool,
    news: tuple[datetime, frozenset[int]] | None = None,
    now: datetime,
) -> PackFacts:
    """Read it all; with `news` (since when, ids of evidence) only that evidence. Raises `NotFound`."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    incident = session.get_one(Incident, claim.incident_id)
    shipment = session.get_one(Shipment, incident.shipment_id)
    card = session.get_one(RuleCard, claim.rule_card_id)
    length, head = audit.head(session, incident.id)
    facts = PackFacts(
        claim=claim,
        card=card,
        incident=incident,
        shipment=shipment,
        lines=tuple(
            session.scalars(
                select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id).order_by(ShipmentLine.line)
            )
        ),
        shop=session.get_one(Shop, incident.shop_id),
        carrier=session.scalar(select(Carrier.name).where(Carrier.id == incident.carrier_id)) or shipment.carrier_text,
        contacts=tuple(
            session.scalars(select(Contact).where(Contact.incident_id == incident.id).order_by(Contact.at, Contact.id))
        ),
        exhibits=tuple(
            one
            for one in _exhibits(list_evidence(session, incident.id, actor=actor))
            if news is None or one.item.id in news[1]
        ),
        steps=tuple(session.scalars(select(ClaimStep).where(ClaimStep.claim_id == claim.id).order_by(ClaimStep.id))),
        needs=needs(session, incident.id, card),
        filed_by=session.scalar(select(Person.name).where(Person.id == claim.submitted_by)),
        appeal_due_at=session.scalar(
            select(Clock.due_at)
            .where(Clock.claim_id == claim.id, Clock.kind == ClockKind.APPEAL, Clock.rule != OWN)
            .order_by(Clock.id.desc())
            .limit(1)
        ),
        last_paid_on=session.scalar(
            select(Payout.paid_on).where(Payout.claim_id == claim.id).order_by(Payout.paid_on.desc()).limit(1)
        ),
        chain_length=length,
        chain_head=head,
        draft=draft,
        built_at=now,
        built_by=actor.name,
        answers=latest_answers(session, claim.id),
        since=news[0] if news else None,
    )
    hands = custody(session, incident.id, {one.item.id for one in facts.exhibits}, claim=claim.reference)
    return replace(facts, custody=hands)


def latest_answers(session: Session, claim_id: int) -> dict[str, str]:
    """What people last wrote into the fields of a claim's form (inner); answers taken back are left out."""
    rows = session.execute(
        select(ClaimAnswer.field, ClaimAnswer.text)
        .where(ClaimAnswer.claim_id == claim_id)
        .ext(distinct_on(ClaimAnswer.field))
        .order_by(ClaimAnswer.field, ClaimAnswer.id.desc())
    )
    return {row.field: row.text for row in rows if row.text}


def _exhibits(items: list[EvidenceItem]) -> tuple[Exhibit, ...]:
    """Number the evidence and give each file a name that every system can unpack."""
    width = max(2, len(str(len(items))))
    return tuple(
        Exhibit(number, f"evidence/{number:0{width}d}_{item.kind}_{_archive_name(item)}", item)
        for number, item in enumerate(items, start=1)
    )


def _archive_name(item: EvidenceItem) -> str:
    """The file's own name, short, without letters that some system refuses, with the ending its bytes deserve."""
    kind = sniff.BY_MEDIA_TYPE.get(item.media_type)
    suffix = kind.suffix if kind else ""
    stem = item.name.rpartition(".")[0] or item.name
    return _NOT_IN_ARCHIVES.sub("_", stem)[:60].strip(" .") + suffix
