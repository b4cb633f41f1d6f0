"""What a pack says, as rows of label and value in the reader's language. The PDF and the claim sheet share them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.cases import words
from core.cases.kinds import kind_name
from core.foundation import formats
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.models import Contact
from core.models.claim import ClaimState
from core.models.incident import IncidentType
from core.models.rule import Confidence, FilingChannel
from core.recovery import window_words
from core.recovery.claim_states import PAYER_LABELS, STATE_LABELS
from core.recovery.packs.facts import Exhibit, PackFacts

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

_PICTURES = ("outer_box_photo", "label_photo", "inner_packaging_photo", "item_photo")
_FILMS = ("packing_video", "unboxing_video")


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
    """The demand: on whom, for how much, under which rule and inside which window."""
    claim, card = facts.claim, facts.card
    window = " – ".join(filter(None, (when(facts, claim.opens_at), when(facts, claim.due_at))))
    return [
        Row(_("Payer"), f"{claim.payer_name} ({_(PAYER_LABELS[claim.payer_kind])})"),
        Row(_("Channel"), _(CHANNELS[claim.channel])),
        Row(_("Claim type"), _(CLAIM_TYPES[facts.incident.type])),
        Row(_("Amount claimed"), money(claim.demand, claim.currency)),
        Row(_("Payer's limit"), claim.cap_text or money(claim.cap, claim.currency)),
        Row(_("Window"), window),
        Row(_("Why this window"), "\n".join(window_words.tell(claim.window_why))),
        Row(_("Rule"), _("{title}, version {version}", title=card.title, version=card.version)),
        Row(_("Source of the rule"), _source(facts)),
        Row(_("State"), _(STATE_LABELS[claim.state])),
        Row(_("Payer's case number"), claim.case_number or ""),
        Row(_("Submitted"), when(facts, claim.submitted_at)),
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


def timeline(facts: PackFacts) -> list[tuple[str, str]]:
    """The story in order: moment in the rule's zone, what happened."""
    told = [*_parcel_moments(facts), *_case_moments(facts), *_evidence_moments(facts), *_claim_moments(facts)]
    return [(when(facts, at), said) for at, said in sorted(told, key=lambda one: one[0])]


def _parcel_moments(facts: PackFacts) -> Iterable[tuple[datetime, str]]:
    shipment = facts.shipment
    state = shipment.status_text
    moments = (
        (shipment.ordered_at, _("Order placed")),
        (shipment.accepted_at, _("Accepted by the carrier")),
        (shipment.shipped_at, _("Shipped")),
        (shipment.first_scan_at, _("First scan")),
        (shipment.last_scan_at, _("Last scan: {state}", state=state) if state else _("Last scan")),
        (shipment.expected_at, _("Delivery promised by this moment")),
        (shipment.delivered_at, _("Delivered, says the tracking")),
    )
    return [(at, said) for at, said in moments if at is not None]


def _case_moments(facts: PackFacts) -> Iterable[tuple[datetime, str]]:
    incident = facts.incident
    kind = _(words.TYPE_LABELS[incident.type])
    yield incident.noticed_at, f"{kind}: {_(words.NOTICED_LABELS[incident.noticed_by])}"
    yield incident.registered_at, _("Registered as {reference}", reference=incident.reference)
    for contact in facts.contacts:
        yield contact.at, _("Talk with the {party}: {summary}", party=_party(contact), summary=_short(contact.summary))


def _evidence_moments(facts: PackFacts) -> Iterable[tuple[datetime, str]]:
    """Files that came within one hour of each other are one line."""
    group: list[Exhibit] = []
    for exhibit in facts.exhibits:
        if group and (exhibit.item.added_at - group[0].item.added_at).total_seconds() > 3600:
            yield group[0].item.added_at, _collected(group)
            group = []
        group.append(exhibit)
    if group:
        yield group[0].item.added_at, _collected(group)


def _collected(group: list[Exhibit]) -> str:
    numbers = _numbers(group)
    return _n("Evidence no. {numbers} collected", "Evidence nos. {numbers} collected", len(group), numbers=numbers)


def _claim_moments(facts: PackFacts) -> Iterable[tuple[datetime, str]]:
    reference = facts.claim.reference
    for step in facts.steps:
        state = _(STATE_LABELS[ClaimState(step.target)])
        yield step.at, _("Claim {reference}: {state}", reference=reference, state=state)


def _party(contact: Contact) -> str:
    return _(words.PARTY_LABELS[contact.party]).lower()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:157] + "…"


def talks(facts: PackFacts) -> list[tuple[str, str, str, str]]:
    """The contact log: when, with whom and how, name and staff number, what was said and promised."""
    rows = []
    for contact in facts.contacts:
        who = f"{_(words.PARTY_LABELS[contact.party])}, {_(words.CHANNEL_LABELS[contact.channel])}"
        staff = _("staff no. {number}", number=contact.staff_number) if contact.staff_number else ""
        said = contact.summary
        if contact.promise:
            until = when(facts, contact.promise_due_at)
            said += "\n" + _("Promised: {promise}", promise=contact.promise) + (f" ({until})" if until else "")
        rows.append((when(facts, contact.at), who, "\n".join(filter(None, (contact.name, staff))), said))
    return rows


def documents(facts: PackFacts) -> list[tuple[str, str, str]]:
    """What the payer demands: the document, how many of how many are here, their numbers in this pack."""
    return [
        (
            kind_name(need.code) + (f"\n{need.note}" if need.note else ""),
            _("{have} of {count}", have=need.have, count=need.count),
            _numbers([exhibit for exhibit in facts.exhibits if exhibit.item.kind == need.code]) or "—",
        )
        for need in facts.needs
    ]


def _numbers(exhibits: Iterable[Exhibit]) -> str:
    """`1, 3–5`: the numbers of some exhibits, runs drawn together."""
    runs: list[list[int]] = []
    for number in sorted(exhibit.number for exhibit in exhibits):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def taken(exhibit: Exhibit) -> str:
    """When the picture says it was taken, on the camera's own clock."""
    return exhibit.item.taken_text or ""


def form_rows(facts: PackFacts) -> list[tuple[str, Any]]:
    """The fields that claim forms ask for, with what is known of each; the section names stand alone."""
    claim, shipment, incident, shop = facts.claim, facts.shipment, facts.incident, facts.shop

    def of(*kinds: str) -> str:
        return _numbers([exhibit for exhibit in facts.exhibits if exhibit.item.kind in kinds])

    return [
        (_("Claim"), None),
        (_("Our reference"), f"{claim.reference} / {incident.reference}"),
        (_("Payer"), claim.payer_name),
        (_("Payer's case number"), claim.case_number or ""),
        (_("Claim type"), _(CLAIM_TYPES[incident.type])),
        (_("Amount claimed"), Money(claim.demand, claim.currency).amount),
        (_("Currency"), claim.currency),
        (_("Claimant's role"), _("Shipper")),
        (_("Channel"), _(CHANNELS[claim.channel])),
        (_("Filed on"), when(facts, claim.submitted_at)),
        (_("Filed by"), facts.filed_by or ""),
        (_("Shipment"), None),
        (_("Carrier"), facts.carrier or ""),
        (_("Service"), shipment.service or ""),
        (_("Tracking number"), shipment.tracking_number or ""),
        (_("First-mile number"), shipment.first_mile_number or ""),
        (_("Last-mile number"), shipment.last_mile_number or ""),
        (_("Order number"), shipment.order_number),
        (_("Parcel number"), shipment.parcel_number),
        (_("Waybill copy, evidence no."), of("waybill_copy")),
        (_("Shipped"), when(facts, shipment.shipped_at)),
        (_("Accepted by the carrier"), when(facts, shipment.accepted_at)),
        (_("Delivery promised"), when(facts, shipment.expected_at)),
        (_("Delivered, says the tracking"), when(facts, shipment.delivered_at)),
        (_("Parties"), None),
        (_("Shipper"), f"{shop.name} ({shop.platform} {incident.market})"),
        (_("Shipper's address and phone"), ""),
        (_("Consignee"), shipment.buyer_username or ""),
        (_("Consignee's address and phone"), ""),
        (_("Goods"), None),
        (_("Value of the goods"), money(shipment.value, shipment.currency)),
        (_("Declared or insured value"), money(shipment.insured, shipment.currency)),
        (_("Freight paid"), money(shipment.freight, shipment.currency)),
        (_("Proof of value, evidence no."), of("proof_of_value", "order_page")),
        (_("Serial numbers, evidence no."), of("serial_numbers")),
        (_("Gross weight, kg"), "" if shipment.weight_kg is None else shipment.weight_kg),
        (_("Weight of the damaged part, kg"), ""),
        (_("Packaging: outer, inner, cushioning"), ""),
        (_("Event"), None),
        (_("Noticed"), when(facts, incident.noticed_at)),
        (_("Noticed by"), _(words.NOTICED_LABELS[incident.noticed_by])),
        (_("Where on the way"), _(words.STAGE_LABELS[incident.stage])),
        (_("Circumstances"), "\n".join(filter(None, (incident.buyer_said, claim.note)))),
        (_("Photos, evidence no."), of(*_PICTURES)),
        (_("Videos, evidence no."), of(*_FILMS)),
        (_("Answer"), None),
        (_("Answered on"), when(facts, claim.answered_at)),
        (_("Amount approved"), "" if claim.approved is None else Money(claim.approved, claim.currency).amount),
        (_("Payer's reason"), claim.answer_text),
        (_("Appeal by"), when(facts, facts.appeal_due_at)),
        (_("Amount paid"), Money(claim.paid, claim.currency).amount if claim.paid else ""),
        (_("Paid on"), formats.day(facts.last_paid_on, year=True) if facts.last_paid_on else ""),
    ]
