"""The windows of a case's payers, watched from registering on, and following the facts they count from (inner).

Every payer's window runs whether or not anybody drafts a claim, so each has a clock of its own that names no claim:
one for the carrier, the platform, the insurer and the supplier, under the card that fits best of those that can tell a
window. A window that may not be used yet has its opening in its clock and sleeps until then. One that closed before the
incident was registered is not started: there is nothing left to do in time; the case says so from the cards.

When an import or an edit tells a date that was not known, or tells it anew, the clocks of unfiled windows follow, under
the version of the card they were started with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.cases import clocks, proof
from core.foundation.calendars import CalendarBook, calendar_of
from core.foundation.permissions import Actor
from core.models import Carrier, Claim, Clock, Incident, RuleCard, Shipment, Tag
from core.models.claim import ENDED, ClaimState
from core.models.clock import LIVING, ClockKind
from core.models.incident import IncidentState, IncidentType, Tier
from core.models.rule import LimitKind, PayerKind
from core.recovery import rule_cards
from core.recovery.claims.pieces import record
from core.recovery.claims.pieces import refresh as refresh_claim
from core.recovery.claims.window_clock import start_window
from core.recovery.rule_cards import Card, Facts, Unknown
from core.recovery.rule_cards.reads import card_of
from core.recovery.windows import Window
from core.team.calendars import team_calendars

LIMITS = {
    LimitKind.TRACE: ClockKind.TRACE,
    LimitKind.DOCUMENTS: ClockKind.DOCUMENTS,
    LimitKind.FORM: ClockKind.DOCUMENTS,
}
"""The kind of clock each further limit of a payer has."""

WATCHED = (ClockKind.CLAIM_WINDOW, ClockKind.TRACE, ClockKind.DOCUMENTS)
"""The kinds of clock that run without a claim until one is drafted."""


@dataclass(frozen=True)
class OfPayer:
    """The card a payer is asked under, and the window it gives, or why it gives none."""

    card: Card
    payer: str
    found: Window | Unknown


def one_per_payer(
    cards: Iterable[Card], facts: Facts, carrier: str | None, book: CalendarBook = calendar_of
) -> list[OfPayer]:
    """Of the cards that apply, ranked as `find_cards` ranks them, one for each kind of payer, in that order.

    The closest fit that can tell a window; where none of a payer's cards can, the closest fit.
    """
    chosen: dict[PayerKind, OfPayer] = {}
    for card in cards:
        there = chosen.get(card.payer_kind)
        if there is not None and isinstance(there.found, Window):
            continue
        found = rule_cards.claim_window(card, facts, book)
        if there is None or isinstance(found, Window):
            chosen[card.payer_kind] = OfPayer(card, rule_cards.payer_of(card, carrier), found)
    return list(chosen.values())


class Shelf:
    """The cards of a batch of cases, each combination of carrier, market, service and kind read once."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session, self._actor = session, actor
        self._cards: dict[tuple[Any, ...], list[Card]] = {}
        self._carriers: dict[int, str] = {}
        self.book = team_calendars(session)

    def cards(self, shipment: Shipment, kind: IncidentType, on: date) -> list[Card]:
        """The cards that apply to the parcel on that day, the closest fit first."""
        key = (shipment.carrier_id, shipment.market, shipment.service, kind, on)
        if key not in self._cards:
            self._cards[key] = rule_cards.find_cards(
                self._session,
                actor=self._actor,
                carrier_id=shipment.carrier_id,
                market=shipment.market,
                kind=kind,
                on_date=on,
                service=shipment.service,
            )
        return self._cards[key]

    def carrier(self, carrier_id: int | None) -> str | None:
        """The carrier's name."""
        if carrier_id is None:
            return None
        if carrier_id not in self._carriers:
            name = self._session.scalar(select(Carrier.name).where(Carrier.id == carrier_id))
            self._carriers[carrier_id] = name or ""
        return self._carriers[carrier_id] or None


def watch(session: Session, incidents: Sequence[Incident], *, actor: Actor, now: datetime) -> None:
    """Start the clocks of every payer's window that is still to close. What the policy absorbs is let go."""
    shelf = Shelf(session, actor)
    for incident in incidents:
        if incident.tier is not Tier.ABSORB:
            _watch(session, incident, shelf, actor=actor, now=now)


def _watch(session: Session, incident: Incident, shelf: Shelf, *, actor: Actor, now: datetime) -> None:
    shipment = session.get_one(Shipment, incident.shipment_id)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    cards = shelf.cards(shipment, incident.type, now.date())
    chosen = one_per_payer(cards, facts, shelf.carrier(shipment.carrier_id), shelf.book)
    for one in chosen:
        _start(session, incident, one, facts, shelf.book, actor=actor, now=now)
    late = [one for one in chosen if isinstance(one.found, Window) and one.found.is_late(now)]
    proof.start_clocks(session, incident, [one.card for one in chosen if one not in late], actor=actor, now=now)


def _start(
    session: Session, incident: Incident, one: OfPayer, facts: Facts, book: CalendarBook, *, actor: Actor, now: datetime
) -> int:
    """Start the clocks of a payer: its window, and what it limits beside it. How many there were to start.

    Nothing is started whose end is not known or has passed, and nothing of a payer whose window has closed.
    """
    if isinstance(one.found, Window) and one.found.is_late(now):
        return 0
    kinds = [(ClockKind.CLAIM_WINDOW, one.found)]
    kinds += [(LIMITS[limit.kind], limit.window) for limit in rule_cards.further(one.card, facts, book)]
    return sum(_start_one(session, incident, one, kind, found, actor=actor, now=now) for kind, found in kinds)


def _start_one(
    session: Session,
    incident: Incident,
    one: OfPayer,
    kind: ClockKind,
    found: Window | Unknown,
    *,
    actor: Actor,
    now: datetime,
) -> bool:
    window = _dated(found)
    if window is None or window.is_late(now):
        return False
    clocks.start(
        session,
        incident,
        kind,
        actor=actor,
        now=now,
        rule=one.card.code,
        rule_version=one.card.version,
        zone=window.zone,
        event_at=window.event_at,
        opens_at=window.opens_at,
        due_at=window.due_at,
        reasoning=window.why(),
        title=one.payer,
    )
    return True


def _dated(found: Window | Unknown | None) -> Window | None:
    """The window, if it has at least one end a clock can stand on."""
    return found if isinstance(found, Window) and (found.opens_at or found.due_at) else None


# --- following ---------------------------------------------------------------------------------------------------------


def follow_shipments(session: Session, shipment_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Let the unfiled windows of every open case follow what changed of these parcels (a file came in or was taken away,
    scans came); how many clocks moved or started.

    One statement finds the cases: of a file of a hundred thousand parcels few have any.
    """
    if not shipment_ids:
        return 0
    which = Shipment.id == any_(literal(list(shipment_ids), ARRAY(BigInteger)))
    return _follow(session, which, actor=actor, now=now)


def follow_shipment(session: Session, shipment_id: int, *, actor: Actor, now: datetime) -> int:
    """As `follow_shipments`, for one parcel whose facts were changed by hand."""
    return _follow(session, Shipment.id == shipment_id, actor=actor, now=now)


def _follow(session: Session, which: Any, *, actor: Actor, now: datetime) -> int:
    session.flush()
    found = session.scalars(
        select(Incident)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(which, Incident.state != IncidentState.CLOSED)
        .order_by(Incident.id)
        # A case is locked before it changes, as every verb does; in the order of their ids two imports cannot wait
        # for each other.
        .with_for_update(of=Incident)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        return 0
    ids = [incident.id for incident in found]
    held: dict[int, list[Clock]] = {}
    living = select(Clock).where(Clock.incident_id.in_(ids), Clock.kind.in_(WATCHED)).order_by(Clock.id)
    for clock in session.scalars(living):
        held.setdefault(clock.incident_id, []).append(clock)
    claims: dict[int, list[Claim]] = {}
    for claim in session.scalars(select(Claim).where(Claim.incident_id.in_(ids)).order_by(Claim.id)):
        claims.setdefault(claim.incident_id, []).append(claim)
    shelf = Shelf(session, actor)
    proof.follow_dates(session, found, actor=actor, now=now)
    return sum(
        _follow_case(
            session, incident, held.get(incident.id, []), claims.get(incident.id, []), shelf, actor=actor, now=now
        )
        for incident in found
    )


def _follow_case(
    session: Session,
    incident: Incident,
    held: Sequence[Clock],
    claims: Sequence[Claim],
    shelf: Shelf,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    shipment = session.get_one(Shipment, incident.shipment_id)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    moved = 0
    for clock in held:
        if clock.claim_id is None and clock.state in LIVING:
            found = _found_anew(session, clock, facts, shelf.book)
            moved += _move(session, incident, clock, found, actor=actor, now=now)
    for claim in claims:
        if claim.state in (ClaimState.DRAFT, ClaimState.READY):
            mine = [one for one in held if one.claim_id == claim.id and one.kind is ClockKind.CLAIM_WINDOW]
            moved += _move_claim(session, incident, claim, mine, facts, shelf.book, actor=actor, now=now)
    # A fact that was not known may open the window of a payer nobody watched yet.
    return moved + watch_others(session, incident, held, claims, shelf, actor=actor, now=now)


def watch_others(
    session: Session,
    incident: Incident,
    held: Sequence[Clock],
    claims: Sequence[Claim],
    shelf: Shelf,
    *,
    actor: Actor,
    now: datetime,
    absorbed: bool = False,
) -> int:
    """Start the clocks of the payers that have neither a clock nor a living claim yet; how many. Cards are those of the
    case's first day. `held` are the case's clocks of the kinds `WATCHED`. What the policy absorbs is let go, unless
    `absorbed` is meant too.
    """
    if incident.tier is Tier.ABSORB and not absorbed:
        return 0
    shipment = session.get_one(Shipment, incident.shipment_id)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    known = {clock.title for clock in held if clock.kind is ClockKind.CLAIM_WINDOW}
    asked = {claim.payer_kind for claim in claims if claim.state not in ENDED}
    cards = shelf.cards(shipment, incident.type, incident.registered_at.date())
    return sum(
        _start(session, incident, one, facts, shelf.book, actor=actor, now=now)
        for one in one_per_payer(cards, facts, shelf.carrier(shipment.carrier_id), shelf.book)
        if one.payer not in known and one.card.payer_kind not in asked
    )


def watch_after_all(session: Session, incident: Incident, *, actor: Actor, now: datetime) -> int:
    """Watch the windows still open of every payer of a case (locked by the caller), whatever the policy lets go: the platform has
    decided against us, and the carrier is the way that is left. How many clocks started.
    """
    held = session.scalars(select(Clock).where(Clock.incident_id == incident.id, Clock.kind.in_(WATCHED))).all()
    asked = session.scalars(select(Claim).where(Claim.incident_id == incident.id).order_by(Claim.id)).all()
    shelf = Shelf(session, actor)
    return watch_others(session, incident, held, asked, shelf, actor=actor, now=now, absorbed=True)


def _found_anew(session: Session, held: Clock, facts: Facts, book: CalendarBook) -> Window | Unknown | None:
    """What the card a watched clock was started under gives now; None where it cannot be told which limit it was."""
    query = select(RuleCard).where(RuleCard.code == held.rule, RuleCard.version == held.rule_version)
    row = session.scalars(query).one_or_none()
    if row is None:
        return None
    card = card_of(row)
    if held.kind is ClockKind.CLAIM_WINDOW:
        return rule_cards.claim_window(card, facts, book)
    event = next((line.get("event") for line in held.reasoning if line.get("kind") == "start"), None)
    limits = [one for one in rule_cards.further(card, facts, book) if LIMITS[one.kind] is held.kind]
    return next((one.window for one in limits if one.event.value == event), None)


def _move(
    session: Session, incident: Incident, held: Clock, found: Window | Unknown | None, *, actor: Actor, now: datetime
) -> bool:
    """Bring a living clock in line with its window. A window that cannot be told any more leaves the clock as it was."""
    window = _dated(found)
    if window is None:
        return False
    return clocks.move(
        session,
        incident,
        held,
        actor=actor,
        now=now,
        event_at=window.event_at,
        opens_at=window.opens_at,
        due_at=window.due_at,
        reasoning=window.why(),
    )


def _move_claim(
    session: Session,
    incident: Incident,
    claim: Claim,
    held: Sequence[Clock],
    facts: Facts,
    book: CalendarBook,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """The window of a claim that is not filed yet: the claim's own dates and its clock."""
    card = session.get_one(RuleCard, claim.rule_card_id)
    stood_in = any(row.get("kind") == "stand_in" for row in claim.window_why)
    typed = None if stood_in else claim.event_at
    known = facts.of(card.clock_event) is not None
    found = rule_cards.claim_window(card, facts if known else replace(facts, event_at=typed), book)
    if not isinstance(found, Window) or found.event_at == claim.event_at:
        return 0
    before = {"event_at": claim.event_at, "opens_at": claim.opens_at, "due_at": claim.due_at}
    claim.event_at, claim.opens_at, claim.due_at = found.event_at, found.opens_at, found.due_at
    claim.window_why = found.why()
    after = {"event_at": claim.event_at, "opens_at": claim.opens_at, "due_at": claim.due_at}
    record(session, Tag.CLAIM_EDITED, claim, actor=actor, now=now, before=before, after=after)
    living = [clock for clock in held if clock.state in LIVING]
    for clock in living:
        _move(session, incident, clock, found, actor=actor, now=now)
    if not held:
        start_window(session, incident, claim, (card.code, card.version), actor=actor, now=now)
    refresh_claim(session, claim)
    return 1
