"""What a pack says, as rows of label and value in the reader's language, and what only the team is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.cases import words
from core.cases.words import payer_said
from core.foundation import formats
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.incident import IncidentType
from core.models.rule import Confidence, FilingChannel
from core.recovery import rule_cards, window_words
from core.recovery.claim_states import PAYER_LABELS, STATE_LABELS
from core.recovery.claims import cap_basis
from core.recovery.packs.facts import PackFacts

CLAIM_TYPES: dict[IncidentType, str] = {
    IncidentType.LOST: N_("Total loss"),
    IncidentType.DAMAGED: N_("Damage"),
    IncidentType.MISSING_CONTENTS: N_("Partial loss or shortage"),
    IncidentType.DELAYED: N_("Delay"),
}
CHANNELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("directly with the payer"),
    FilingChannel.PLATFORM: N_("through the platform"),
    FilingChannel.FORWARDER: N_("through the forwarder"),
}
CONFIDENCE: dict[Confidence, str] = {
    Confidence.HIGH: N_("official"),
    Confidence.MEDIUM: N_("credible, second hand"),
    Confidence.LOW: N_("a single unofficial word"),
}


@dataclass(frozen=True)
class Row:
    """A label and its value; an empty value is for the team to fill in."""

    label: str
    value: str


def when(facts: PackFacts, moment: datetime | None) -> str:
    """A moment in the rule's zone, or nothing."""
    return "" if moment is None else formats.moment(moment, facts.zone, year=True)


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, or nothing."""
    return "" if amount is None else formats.amount(Money(amount, currency))


def size(n: int) -> str:
    """A file's size for people: `812 KB`, `1.4 MB`."""
    if n < 1_000_000:
        return _("{n} KB", n=formats.number(max(1, round(n / 1000))))
    return _("{n} MB", n=formats.number(Decimal(n) / 1_000_000, 1))


def claim_rows(facts: PackFacts) -> list[Row]:
    """The demand, as the payer reads it: on whom, for what, how much, and how it was filed."""
    claim = facts.claim
    return [
        Row(_("Payer"), f"{payer_said(claim.payer_name)} ({_(PAYER_LABELS[claim.payer_kind])})"),
        Row(_("Channel"), _(CHANNELS[claim.channel])),
        Row(_("Claim type"), _(CLAIM_TYPES[facts.incident.type])),
        Row(_("Amount claimed"), money(claim.demand, claim.currency)),
        Row(_("Payer's case number"), claim.case_number or ""),
        Row(_("Submitted"), when(facts, claim.submitted_at)),
    ]


def own_rows(facts: PackFacts) -> list[Row]:
    """What the team goes by and no payer is told: the rule, its source and doubts, the limit and the window."""
    claim, card = facts.claim, facts.card
    window = " – ".join(filter(None, (when(facts, claim.opens_at), when(facts, claim.due_at))))
    doubts = rule_cards.doubts(card, facts.built_at.date())
    return [
        Row(_("Rule"), _("{title}, version {version}", title=card.title, version=card.version)),
        Row(_("Doubts"), "\n".join(doubts)),
        Row(_("Source of the rule"), _source(facts)),
        Row(_("Window"), window),
        Row(_("Why this window"), "\n".join(window_words.tell(claim.window_why))),
        Row(_("Payer's limit"), cap_basis.tell(claim.cap_basis, claim.cap_text) or money(claim.cap, claim.currency)),
        Row(_("State"), _(STATE_LABELS[claim.state])),
    ]


def _source(facts: PackFacts) -> str:
    card = facts.card
    checked = formats.day(card.checked_on, year=True)
    sure = _(CONFIDENCE[card.confidence])
    return _("{source} (checked {day}; {confidence})", source=card.source, day=checked, confidence=sure)


def parcel_rows(facts: PackFacts) -> list[Row]:
    """The parcel: numbers, dates, value and weight."""
    shipment, shop = facts.shipment, facts.shop
    return [
        Row(_("Carrier"), facts.carrier or ""),
        Row(_("Service"), shipment.service or ""),
        Row(_("Tracking number"), shipment.tracking_number or ""),
        Row(_("First-mile number"), shipment.first_mile_number or ""),
        Row(_("Last-mile number"), shipment.last_mile_number or ""),
        Row(_("Order number"), shipment.order_number),
        Row(_("Parcel number"), shipment.parcel_number),
        Row(_("Sold by"), f"{shop.name} ({shop.platform} {facts.incident.market})"),
        Row(_("Accepted by the carrier"), when(facts, shipment.accepted_at)),
        Row(_("Shipped"), when(facts, shipment.shipped_at)),
        Row(_("Delivery promised"), when(facts, shipment.expected_at)),
        Row(_("Delivered, says the tracking"), when(facts, shipment.delivered_at)),
        Row(_("Last scan"), when(facts, shipment.last_scan_at)),
        Row(_("Last state"), shipment.status_text or ""),
        Row(_("Value of the goods"), money(shipment.value, shipment.currency)),
        Row(_("Insured value"), money(shipment.insured, shipment.currency)),
        Row(_("Freight paid"), money(shipment.freight, shipment.currency)),
        Row(_("Weight"), "" if shipment.weight_kg is None else f"{formats.number(shipment.weight_kg)} kg"),
    ]


def event_rows(facts: PackFacts) -> list[Row]:
    """What happened: type, place on the way, who noticed when."""
    incident = facts.incident
    return [
        Row(_("What went wrong"), _(words.TYPE_LABELS[incident.type])),
        Row(_("Where on the way"), _(words.STAGE_LABELS[incident.stage])),
        Row(_("Noticed"), when(facts, incident.noticed_at)),
        Row(_("Noticed by"), _(words.NOTICED_LABELS[incident.noticed_by])),
        Row(_("Reported as"), incident.reference),
        Row(_("The buyer's words"), incident.buyer_said),
        Row(_("Circumstances"), facts.claim.note),
    ]


def contents(facts: PackFacts) -> list[tuple[str, str, str, str, str]]:
    """The items of the parcel: SKU, name with variation, quantity, unit price, subtotal."""
    currency = facts.shipment.currency
    return [
        (
            line.sku or "",
            f"{line.name} ({line.variation})" if line.variation else line.name,
            formats.number(line.quantity),
            money(line.unit_price, currency),
            money(line.subtotal, currency),
        )
        for line in facts.lines
    ]
