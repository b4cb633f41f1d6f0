"""Moving cases to another version of a card, or counting their dates anew, each with a trace."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.clocks.moments import replaced
from core.cases.incidents import touch
from core.foundation.calendars import CalendarBook
from core.foundation.errors import Invalid
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Claim, Clock, Incident, RuleCard, Shipment, Tag
from core.models.clock import ClockKind
from core.models.incident import IncidentState
from core.money import ledger
from core.recovery import caps, rule_cards
from core.recovery.claims import cap_basis
from core.recovery.claims.pieces import record
from core.recovery.claims.pieces import refresh as refresh_claim
from core.recovery.claims.window_clock import start_window
from core.recovery.moving.rows import (
    UNFILED,
    CardFor,
    Moved,
    cards_of,
    claim_window,
    clock_window,
    keeps,
    of_calendar,
    of_code,
    rows_under,
    version_of,
)
from core.recovery.rule_cards import Card, Unknown
from core.recovery.windows import Window
from core.team.calendars import team_calendars


@verb(Permission.RULE_MOVE)
def move_cases(
    session: Session,
    code: str,
    to_version: int,
    *,
    actor: Actor,
    incident_ids: Collection[int],
    reason: str,
    now: datetime,
) -> Moved:
    """Put cases under another version of a card: their watched clocks and unfiled claims get its dates, with a trace.

    A case whose dates that version cannot tell, or whose claims are all filed, stays as it is and is named with why.
    Raises `NotFound` for a version that is not there, `Invalid` without a reason.
    """
    card = version_of(session, code, to_version)
    return _move(
        session, incident_ids, of_code(code), lambda _code, _version: card, actor=actor, reason=reason, now=now
    )


@verb(Permission.RULE_MOVE)
def recount(
    session: Session, calendar: str, *, actor: Actor, incident_ids: Collection[int], reason: str, now: datetime
) -> Moved:
    """Count the dates of cases anew with the calendar as it stands now, each under the version it is under."""
    which = of_calendar(calendar)
    return _move(session, incident_ids, which, cards_of(session, which), actor=actor, reason=reason, now=now)


def _move(
    session: Session,
    incident_ids: Collection[int],
    which: Any,
    card_for: CardFor,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> Moved:
    said = checked(reason, 500, "reason")
    if not said:
        raise Invalid(_("Say why, in a few words."), "reason")
    moved, kept = [], []
    book = team_calendars(session)
    for incident_id in sorted(set(incident_ids)):
        incident = ledger.lock_incident(session, incident_id)
        done, why = _move_case(session, incident, which, card_for, book, actor=actor, reason=said, now=now)
        if done:
            moved.append(incident.reference)
            touch(session, incident, now)
        if why:
            kept.append((incident.reference, why))
    return Moved(tuple(moved), tuple(kept))


def _move_case(
    session: Session,
    incident: Incident,
    which: Any,
    card_for: CardFor,
    book: CalendarBook,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> tuple[bool, str]:
    """Move one locked case. Whether anything moved, and why something stayed."""
    if incident.state is IncidentState.CLOSED:
        return False, _("The case is closed.")
    found = rows_under(session, which, [incident.id])
    done, why = False, "" if found.clocks or found.claims else _("Nothing of this case runs under that rule.")
    for clock, _incident, shipment, claim in found.clocks:
        card = card_for(clock.rule, clock.rule_version)
        if card is None:
            continue
        window = clock_window(clock, card, incident, shipment, book)
        stays = keeps(claim is not None and claim.state not in UNFILED, window)
        if stays or not isinstance(window, Window):
            why = why or stays
            continue
        if claim is not None and clock.kind is ClockKind.CLAIM_WINDOW:
            dates = replaced(window.opens_at, window.due_at, clock.held)
            held = replace(window, opens_at=dates.opens, due_at=dates.due)
            _put_claim(session, claim, card, incident, shipment, held, actor=actor, reason=reason, now=now)
        done |= _move_clock(session, incident, clock, card, window, actor=actor, reason=reason, now=now)
    for claim, _incident, shipment, under in found.claims:
        card = card_for(under.code, under.version)
        if claim.state not in UNFILED or card is None:
            why = why or (keeps(True, Unknown("")) if card is not None else "")
            continue
        window = claim_window(claim, under, card, incident, shipment, book)
        _put_claim(session, claim, card, incident, shipment, window, actor=actor, reason=reason, now=now)
        # It had none; now its window is known.
        start_window(session, incident, claim, (card.code, card.version), actor=actor, now=now)
        refresh_claim(session, claim)
        done = True
    return done, "" if done else why


def _move_clock(
    session: Session,
    incident: Incident,
    clock: Clock,
    card: Card,
    window: Window,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> bool:
    return clocks.move(
        session,
        incident,
        clock,
        actor=actor,
        now=now,
        opens_at=window.opens_at,
        due_at=window.due_at,
        event_at=window.event_at,
        rule_version=card.version,
        zone=window.zone,
        reasoning=window.why(),
        reason=reason,
    )


def _put_claim(
    session: Session,
    claim: Claim,
    card: Card,
    incident: Incident,
    shipment: Shipment,
    found: Window | Unknown,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    """An unfiled claim under another version: its card, zone, window and cap. What it demands stays as it was written."""
    row = session.get_one(RuleCard, card.id)
    under = session.get_one(RuleCard, claim.rule_card_id)
    before = {"rule_version": under.version, "opens_at": claim.opens_at, "due_at": claim.due_at}
    window = found if isinstance(found, Window) else None
    claim.rule_card_id, claim.zone = row.id, rule_cards.zone_for(card, incident.market)
    claim.event_at = window.event_at if window else claim.event_at
    claim.opens_at = window.opens_at if window else None
    claim.due_at = window.due_at if window else None
    claim.window_why = window.why() if window else []
    if under.id != row.id:
        cap = caps.cap_of(session, row, shipment, now=now)
        claim.cap = cap.limit.amount if cap.limit is not None else None
        claim.cap_text = cap.sentence
        claim.cap_basis = cap_basis.basis_of(session, row, incident, shipment)
    session.flush()
    after = {
        "rule_version": card.version,
        "opens_at": claim.opens_at,
        "due_at": claim.due_at,
        "reason": reason,
    }
    record(session, Tag.CLAIM_EDITED, claim, actor=actor, now=now, before=before, after=after)
