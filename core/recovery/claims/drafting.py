"""Drafting a claim under a rule card, and changing it until it is filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents import touch
from core.foundation import edits
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.formats import moment
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Clock, Incident, RuleCard, Shipment, Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentState
from core.models.reference import next_references
from core.money import ledger
from core.recovery import caps, rule_cards
from core.recovery.claims import cap_basis
from core.recovery.claims.pieces import checked_note, locked, none_lives, record, refresh, step
from core.recovery.claims.reads import card_window
from core.recovery.claims.window_clock import start_window
from core.recovery.windows import Window


@verb(Permission.CLAIM_PREPARE)
def draft_claim(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    rule_card_id: int,
    demand: Money | None = None,
    event_at: datetime | None = None,
    note: str = "",
    now: datetime,
) -> Claim:
    """Draft a claim on the card's payer. `demand` is in the case's currency; without it, the booked loss up to the cap.

    `event_at` is the moment the card counts from where the shipment does not know it. Raises `Duplicate` while
    another claim
    on the same payer lives, `Invalid` for a card of another type, an amount of zero or in another currency.
    """
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it to claim."))
    card = _card(session, incident, rule_card_id, local_day(now, actor.zone))
    if event_at is not None and event_at > now:
        raise Invalid(_("The window cannot start from a moment to come."), "event_at")
    shipment = session.get_one(Shipment, incident.shipment_id)
    carrier = session.scalar(select(Carrier.name).where(Carrier.id == shipment.carrier_id))
    payer = rule_cards.payer_of(card, carrier)
    none_lives(session, incident.id, card.payer_kind, payer)
    cap = caps.cap_of(session, card, shipment, now=now)
    wanted = demand if demand is not None else _usual_demand(incident, cap)
    _check_demand(wanted, incident)
    found = card_window(session, incident, card, event_at)
    claim = Claim(
        reference=next_references(session, "CL", now)[0],
        incident_id=incident.id,
        payer_kind=card.payer_kind,
        payer_name=payer,
        channel=card.channel,
        rule_card_id=card.id,
        state=ClaimState.DRAFT,
        currency=wanted.currency,
        demand=wanted.amount,
        zone=rule_cards.zone_for(card, incident.market),
        cap=cap.limit.amount if cap.limit is not None else None,
        cap_text=cap.sentence,
        cap_basis=cap_basis.basis_of(session, card, incident, shipment),
        note=checked_note(note),
        created_at=now,
        created_by=actor.person_id,
    )
    _put_window(claim, found.window)
    session.add(claim)
    session.flush()
    step(session, claim, "draft", None, actor=actor, now=now, note=claim.note, amount=claim.demand)
    record(
        session,
        Tag.CLAIM_DRAFTED,
        claim,
        actor=actor,
        now=now,
        after={
            "payer": payer,
            "rule_card": card.code,
            "rule_version": card.version,
            "demand": claim.demand,
            "currency": claim.currency,
            "opens_at": claim.opens_at,
            "due_at": claim.due_at,
        },
    )
    watched = _stop_watching(session, claim, incident, card, actor, now)
    _start_window_clock(session, incident, claim, card, actor=actor, now=now, after=watched)
    touch(session, incident, now)
    return claim


def _stop_watching(
    session: Session, claim: Claim, incident: Incident, card: RuleCard, actor: Actor, now: datetime
) -> list[Clock]:
    """The window that was watched before there was a claim on this payer makes room for the claim's own."""
    watched = [
        clock
        for clock in clocks.living(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))
        if clock.claim_id is None and (clock.rule == card.code or clock.title == claim.payer_name)
    ]
    for clock in watched:
        clocks.settle(session, incident, clock, ClockState.CANCELLED, actor=actor, now=now)
    return watched


def _card(session: Session, incident: Incident, rule_card_id: int, today: date) -> RuleCard:
    """The card, if a claim of this case may be made under it."""
    card = session.get(RuleCard, rule_card_id)
    if card is None or card.retired:
        raise NotFound(_("There is no such rule card."))
    # The version that holds today, or the one the case is under until somebody moves it.
    if not rule_cards.may_decide(session, incident.id, card, today):
        raise Invalid(_("This rule card has a newer version. Look at that one and choose it."), "rule_card_id")
    if card.type is not incident.type:
        raise Invalid(_("This rule card is for another kind of incident."), "rule_card_id")
    return card


def _usual_demand(incident: Incident, cap: caps.Cap) -> Money:
    """What is usually asked: the loss booked so far (or the value at risk where none is), up to the payer's cap."""
    if cap.limit is not None and not cap.limit:
        raise Invalid(_("{cap} Write a demand to claim all the same.", cap=cap.sentence), "demand")
    loss = Money(incident.gross_loss or incident.value_at_risk, incident.currency)
    return min(loss, cap.limit) if cap.limit is not None and cap.limit.currency == loss.currency else loss


def _check_demand(demand: Money, incident: Incident) -> None:
    if demand.currency != incident.currency:
        raise Invalid(_("This case is kept in {currency}.", currency=incident.currency), "demand")
    if demand.amount <= 0:
        raise Invalid(_("A claim asks for more than zero."), "demand")


def _put_window(claim: Claim, window: Window | None) -> None:
    claim.event_at = window.event_at if window else None
    claim.opens_at = window.opens_at if window else None
    claim.due_at = window.due_at if window else None
    claim.window_why = window.why() if window else []


def _start_window_clock(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    *,
    actor: Actor,
    now: datetime,
    after: Sequence[Clock] = (),
) -> None:
    """Start the clock of the claim's own window. It keeps what the clocks before it were paused."""
    window = start_window(session, incident, claim, (card.code, card.version), actor=actor, now=now)
    if window is None:
        refresh(session, claim)
        return
    for old in after:
        if clocks.inherit(session, incident, old, window, actor=actor, now=now):
            break
    refresh(session, claim)


@verb(Permission.CLAIM_PREPARE)
def set_event(session: Session, claim_id: int, *, actor: Actor, event_at: datetime, now: datetime) -> Claim:
    """Write down the moment an unfiled claim's window counts from, when the shipment does not know it; the window
    follows.
    """
    claim, incident, card = locked(session, claim_id)
    if claim.state not in (ClaimState.DRAFT, ClaimState.READY):
        raise WrongState(_("The claim is filed; its window no longer matters."))
    if event_at > now:
        raise Invalid(_("The window cannot start from a moment to come."), "event_at")
    found = card_window(session, incident, card, event_at).window
    if found is not None and found.event_at != event_at:
        when = moment(found.event_at, claim.zone, year=True)
        raise Invalid(
            _("The case itself knows when that was: {when} ({zone}).", when=when, zone=claim.zone), "event_at"
        )
    before = {"event_at": claim.event_at, "opens_at": claim.opens_at, "due_at": claim.due_at}
    old = clocks.living(session, incident.id, claim_id=claim.id, kinds=(ClockKind.CLAIM_WINDOW,))
    clocks.settle_all(
        session,
        incident,
        ClockState.CANCELLED,
        actor=actor,
        now=now,
        claim_id=claim.id,
        kinds=(ClockKind.CLAIM_WINDOW,),
    )
    _put_window(claim, found)
    _start_window_clock(session, incident, claim, card, actor=actor, now=now, after=old)
    after = {"event_at": claim.event_at, "opens_at": claim.opens_at, "due_at": claim.due_at}
    record(session, Tag.CLAIM_EDITED, claim, actor=actor, now=now, before=before, after=after)
    touch(session, incident, now)
    return claim


@verb(Permission.CLAIM_PREPARE)
def edit_claim(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    seen: Mapping[str, Any],
    typed: Mapping[str, Any],
    now: datetime,
) -> Claim:
    """Change `demand` (a Decimal in the claim's currency) or `note` of an unfiled claim. Same fields clashing:
    `Conflict`.
    """
    if unknown := set(typed) - {"demand", "note"}:
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    claim, incident, _card = locked(session, claim_id)
    if claim.state not in (ClaimState.DRAFT, ClaimState.READY):
        raise WrongState(_("The claim is filed; what was asked stands."))
    current = {"demand": claim.demand, "note": claim.note}
    changes = edits.merge(current, seen, typed)
    if not changes:
        return claim
    if "demand" in changes:
        demand = Money.exactly(changes["demand"], claim.currency, field="demand")
        _check_demand(demand, incident)
        changes["demand"] = demand.amount
    if "note" in changes:
        changes["note"] = checked_note(changes["note"])
    for name, value in changes.items():
        setattr(claim, name, value)
    session.flush()
    before = {name: current[name] for name in changes}
    record(session, Tag.CLAIM_EDITED, claim, actor=actor, now=now, before=before, after=changes)
    touch(session, incident, now)
    return claim
