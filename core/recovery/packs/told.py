"""The story a pack tells in order: timeline, talks, documents, and the numbers of what proves them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.cases import words
from core.cases.kinds import kind_name
from core.cases.messages import promise_said
from core.foundation.formats import listed
from core.foundation.language import _, _n
from core.models import Contact
from core.models.claim import ClaimState
from core.recovery.claim_states import STATE_LABELS
from core.recovery.packs.facts import Exhibit, PackFacts
from core.recovery.packs.words import when


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
    run = numbers(group)
    return _n("Evidence no. {numbers} collected", "Evidence nos. {numbers} collected", len(group), numbers=run)


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
            said += (
                "\n"
                + _("Promised: {promise}", promise=promise_said(contact.promise))
                + (f" ({until})" if until else "")
            )
        rows.append((when(facts, contact.at), who, "\n".join(filter(None, (contact.name, staff))), said))
    return rows


def documents(facts: PackFacts) -> list[tuple[str, str, str]]:
    """What the payer demands: the document, how many of how many are here, their numbers in this pack."""
    return [
        (
            kind_name(need.code) + (f"\n{need.note}" if need.note else ""),
            _("{have} of {count}", have=need.have, count=need.count),
            numbers([exhibit for exhibit in facts.exhibits if exhibit.item.kind == need.code]) or "—",
        )
        for need in facts.needs
    ]


def numbers(exhibits: Iterable[Exhibit]) -> str:
    """`1, 3–5`: the numbers of some exhibits, runs drawn together."""
    runs: list[list[int]] = []
    for number in sorted(exhibit.number for exhibit in exhibits):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return listed(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def taken(exhibit: Exhibit) -> str:
    """When the picture says it was taken, on the camera's own clock."""
    return exhibit.item.taken_text or ""
