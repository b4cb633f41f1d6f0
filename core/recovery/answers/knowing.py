"""What an answer is held against: every amount, day and number of the case, what was told to whom, what may be promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.cases.messages import languages
from core.foundation.money import Money
from core.models.answer import Plea
from core.models.claim import ClaimState
from core.models.contact import Contact, Party
from core.models.incident import IncidentType
from core.models.message import Message, Situation
from core.models.remedy import RemedyKind, RemedyState
from core.recovery.answers import figures
from core.recovery.answers.facts import Facts
from core.recovery.answers.plan import CHINESE, FALLBACK, languages_of, wordings
from core.recovery.answers.rules import Library
from core.recovery.disputes import statements


class Stance(StrEnum):
    """What somebody says of a parcel, or of money."""

    DELIVERED = "delivered"
    LOST = "lost"
    DAMAGED = "damaged"
    INTACT = "intact"
    SHORT = "short"
    COMPLETE = "complete"
    REFUND = "refund"


CONTRARY: dict[Stance, Stance] = {
    Stance.DELIVERED: Stance.LOST,
    Stance.LOST: Stance.DELIVERED,
    Stance.INTACT: Stance.DAMAGED,
    Stance.COMPLETE: Stance.SHORT,
}
"""What an answer says, and what must not have been told to somebody else meanwhile."""

_OF_CLAIM = {
    IncidentType.LOST: Stance.LOST,
    IncidentType.DAMAGED: Stance.DAMAGED,
    IncidentType.MISSING_CONTENTS: Stance.SHORT,
}
_NOT_TOLD = frozenset({ClaimState.DRAFT, ClaimState.READY, ClaimState.EXPIRED, ClaimState.WITHDRAWN})
_GIVEN = frozenset({RemedyState.APPROVED, RemedyState.DONE})
_OF_MONEY = frozenset({RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND})


@dataclass(frozen=True)
class Told:
    """Something that was told: to whom, on which day where the shop is, what it says, how much was promised (None where no
    figure was named).
    """

    to: Party
    day: date
    says: frozenset[Stance]
    amount: Money | None = None


@dataclass(frozen=True)
class Outdated:
    """A text of a rule that does not hold any more; `today` is how the rule reads now in that language, "" for one out of use."""

    text: str
    today: str


@dataclass(frozen=True)
class Known:
    """Everything the guard looks at. `amounts` by figure and currency, `numbers` plain, `days` where the shop is.

    `names` are words of others that stand in an answer (items, places, rules): their figures are not ours. `quotes` are the
    buyer's words, `rules` the texts of the rules it rests on; `outdated` are texts of the library that do not hold any more,
    `gone` the rules among those chosen. `left` is what the actor may promise, `stake` what giving everything
    would cost; `plea_amount` is what is asked for.
    """

    currency: str
    amounts: frozenset[tuple[Decimal, str]]
    days: frozenset[date]
    numbers: frozenset[str]
    exhibits: frozenset[int]
    missing: tuple[str, ...]
    names: tuple[str, ...]
    quotes: tuple[str, ...]
    rules: tuple[str, ...]
    outdated: tuple[Outdated, ...]
    gone: tuple[str, ...]
    plea: Plea
    plea_amount: Money | None
    left: Money
    stake: Money
    delivered: date | None
    shipped: frozenset[date]
    told: tuple[Told, ...]


def known(
    facts: Facts,
    *,
    plea: Plea,
    amount: Money | None,
    exhibits: Iterable[int],
    missing: Iterable[str],
    rules: Iterable[str],
    left: Money,
    now: datetime,
) -> Known:
    """Put together what an answer is held against; `exhibits` are the numbers there are, `missing` the places of the list that are
    required and empty, `rules` the codes it rests on.
    """
    dispute = facts.dispute
    today, chosen = facts.day(now), tuple(rules)
    held = [one for code in chosen if (one := facts.library.holding(code, today)) is not None]
    texts = tuple(text for one in held for text in one.words.values())
    delivered = facts.moment("delivered_at")
    sent = (facts.shipment.shipped_at, facts.shipment.accepted_at)
    stake = facts.amount or Money(facts.incident.value_at_risk, facts.incident.currency)
    return Known(
        currency=dispute.currency,
        amounts=frozenset({*_amounts(facts, amount), *_in_rules(texts)}),
        days=frozenset(facts.day(one) for one in _moments(facts, now)) | _camera_days(facts),
        numbers=frozenset(filter(None, map(figures.plain_code, _numbers(facts)))),
        exhibits=frozenset(exhibits),
        missing=tuple(missing),
        names=tuple(filter(None, _names(facts))),
        quotes=tuple(filter(None, (dispute.buyer_said, dispute.reason_text, dispute.reassessed_text))),
        rules=texts,
        outdated=tuple(_outdated(facts.library, facts.shop.market, today)),
        gone=tuple(_gone(facts.library, chosen, today)),
        plea=plea,
        plea_amount=amount,
        left=left,
        stake=stake,
        delivered=facts.day(delivered) if delivered is not None else None,
        shipped=frozenset(facts.day(one) for one in sent if one is not None),
        told=tuple(_told(facts)),
    )


def _outdated(library: Library, market: str, today: date) -> Iterable[Outdated]:
    for text, language, rule in library.outdated(market, today):
        held = library.holding(rule.code, today)
        yield Outdated(text, held.text(language) if held is not None else "")


def _gone(library: Library, codes: Iterable[str], today: date) -> Iterable[str]:
    """Of the rules chosen those that do not hold, as they read last in the reader's language."""
    for code in codes:
        if library.holding(code, today) is None:
            last = library.known(code, today)
            yield last.reading if last is not None else code


def _amounts(facts: Facts, asked: Money | None) -> Iterable[tuple[Decimal, str]]:
    dispute, shipment, incident = facts.dispute, facts.shipment, facts.incident
    held: list[tuple[Decimal | None, str]] = [
        (asked.amount if asked else None, asked.currency if asked else ""),
        *((getattr(dispute, name), dispute.currency) for name in _DISPUTE_AMOUNTS),
        *((one, shipment.currency) for one in (shipment.value, shipment.insured, shipment.freight)),
        (incident.value_at_risk, incident.currency),
        (incident.base_value, incident.base_currency),
        *((one, shipment.currency) for line in facts.lines for one in (line.unit_price, line.subtotal)),
    ]
    held += [(_decimal(one.get("price")), dispute.currency) for one in dispute.items]
    for claim in facts.claims:
        held += [(one, claim.currency) for one in (claim.demand, claim.approved, claim.offered, claim.paid, claim.cap)]
    held += [(one.amount, one.currency) for one in facts.remedies]
    for value, currency in held:
        if value is not None and value >= 0 and currency:
            yield Money(value, currency).amount, currency


_DISPUTE_AMOUNTS = ("amount", "compensation", "offered", "refunded", "granted", "paid")


def _decimal(text: object) -> Decimal | None:
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return None


def _in_rules(texts: Iterable[str]) -> Iterable[tuple[Decimal, str]]:
    for text in texts:
        for one in figures.amounts(figures.level(text)):
            yield from ((value, currency) for value in one.values for currency in one.currencies)


def _moments(facts: Facts, now: datetime) -> Iterable[datetime]:
    yield now
    for record, names in (
        (facts.shipment, _SHIPMENT_MOMENTS),
        (facts.dispute, _DISPUTE_MOMENTS),
        (facts.incident, ("noticed_at", "registered_at")),
        *((one, ("at", "promise_due_at")) for one in facts.contacts),
        *((one, ("sent_at",)) for one in facts.messages),
        *((one, ("submitted_at", "answered_at", "event_at")) for one in facts.claims),
        *((one, ("proposed_at", "granted_at", "done_at")) for one in facts.remedies),
        *((one, ("taken_at", "added_at")) for one in facts.items),
        *((one, ("at",)) for one in facts.scans),
    ):
        yield from (at for name in names if (at := getattr(record, name, None)) is not None)


_SHIPMENT_MOMENTS = (
    "ordered_at",
    "paid_at",
    "accepted_at",
    "shipped_at",
    "first_scan_at",
    "last_scan_at",
    "expected_at",
    "delivered_at",
    "completed_at",
    "status_changed_at",
    "return_due_at",
)
_DISPUTE_MOMENTS = (*statements.MOMENTS, "answered_at")


def _camera_days(facts: Facts) -> frozenset[date]:
    """The days pictures say they were taken on, by the camera's own clock."""
    return frozenset(date.fromisoformat(one.taken_text[:10]) for one in facts.items if one.taken_text)


def _numbers(facts: Facts) -> Iterable[str]:
    dispute, shipment = facts.dispute, facts.shipment
    yield from (dispute.return_number, dispute.order_number, dispute.tracking_number, dispute.return_tracking_number)
    yield from (shipment.order_number, shipment.parcel_number, shipment.tracking_number or "")
    yield from (shipment.first_mile_number or "", shipment.last_mile_number or "", facts.incident.reference)
    for claim in facts.claims:
        yield from (claim.reference, claim.case_number or "")
    yield from (one.staff_number for one in facts.contacts)
    yield from (line.sku or "" for line in facts.lines)
    yield from (str(one.get("sku") or "") for one in dispute.items)


def _names(facts: Facts) -> Iterable[str]:
    yield from (facts.shop.name, facts.carrier_name, facts.shipment.last_place or "", facts.shipment.service or "")
    for line in facts.lines:
        yield from (line.name, line.variation or "")
    for item in facts.dispute.items:
        yield from (str(item.get("name") or ""), str(item.get("variation") or ""))
    yield from (one.name for one in facts.items)


def stances(text: str, codes: Iterable[str]) -> frozenset[Stance]:
    """What a text says of a parcel, by the word lists of those languages."""
    said = figures.level(text).casefold()
    return frozenset(
        stance
        for stance in (*CONTRARY, Stance.DAMAGED, Stance.SHORT)
        for code in codes
        if code in wordings() and wordings()[code].guard[stance.value].search(said)
    )


def _told(facts: Facts) -> Iterable[Told]:
    """What the carrier and the buyer were told of this parcel: claims, messages as sent, the contact log, remedies."""
    for claim in facts.claims:
        if claim.state not in _NOT_TOLD and claim.submitted_at is not None and facts.incident.type in _OF_CLAIM:
            yield Told(Party.CARRIER, facts.day(claim.submitted_at), frozenset({_OF_CLAIM[facts.incident.type]}))
    yield from (_message(one, facts) for one in facts.messages)
    codes = dict.fromkeys((*languages_of(facts.shop.market), FALLBACK, CHINESE))
    for contact in facts.contacts:
        if (told := _talk(contact, codes, facts)) is not None:
            yield told
    for remedy in facts.remedies:
        if remedy.state in _GIVEN and remedy.kind in _OF_MONEY:
            at = remedy.granted_at or remedy.proposed_at
            yield Told(Party.BUYER, facts.day(at), frozenset({Stance.REFUND}), Money(remedy.amount, remedy.currency))


def _message(message: Message, facts: Facts) -> Told:
    says = set(stances(message.text, (message.language,)))
    amount = None
    if message.situation in (Situation.REFUND, Situation.PARTIAL):
        says.add(Stance.REFUND)
        amount = _named(message.text, message.language, facts.dispute.currency)
    if message.situation is Situation.LOST:
        says.add(Stance.LOST)
    return Told(Party.BUYER, facts.day(message.sent_at), frozenset(says), amount)


def _named(text: str, language: str, currency: str) -> Money | None:
    """The one amount of the shop's currency that a text names; None where it names none, or several."""
    spoken = languages().get(language)
    locale = spoken.locale if spoken else FALLBACK
    lines = [figures.level(line) for line in text.splitlines()]
    found = [
        max(one.values)
        for line in lines
        for one in figures.amounts(line, figures.days(line, locale))
        if one.values and (not one.currencies or currency in one.currencies)
    ]
    return Money(found[0], currency) if len(found) == 1 else None


def _talk(contact: Contact, codes: Iterable[str], facts: Facts) -> Told | None:
    """A talk with the carrier says what its summary says; one with the buyer only what we promised: the rest may be the
    buyer's own words.
    """
    if contact.party is Party.CARRIER:
        says = stances(contact.summary, codes) - {Stance.REFUND}
        return Told(Party.CARRIER, facts.day(contact.at), says) if says else None
    if contact.party is not Party.BUYER or contact.promise_by is Party.BUYER:
        return None
    said = figures.level(f"{contact.summary}\n{contact.promise}").casefold()
    if any(wordings()[code].guard["promise"].search(said) for code in codes if code in wordings()):
        amount = _named(contact.promise or contact.summary, FALLBACK, facts.dispute.currency)
        return Told(Party.BUYER, facts.day(contact.at), frozenset({Stance.REFUND}), amount)
    return None
