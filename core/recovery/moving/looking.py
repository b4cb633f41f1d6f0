"""What a change would touch, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.recovery.moving.rows import (
    CardFor,
    Preview,
    cards_of,
    claim_window,
    clock_window,
    of_calendar,
    of_claim,
    of_clock,
    of_code,
    rows_under,
    version_of,
)
from core.recovery.rule_cards.edits import proposed
from core.team.calendars import team_calendars


@read(Permission.RULE_EDIT)
def preview(session: Session, code: str, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Preview:
    """The open cases a new version of the card with these fields would touch, were they moved to it.

    Raises `NotFound`, and `Invalid` naming the field that is wrong, as saving would.
    """
    card = proposed(session, code, values, actor=actor, now=now)
    return _touched(session, of_code(code), lambda _code, _version: card)


@read(Permission.RULE_MOVE)
def preview_move(session: Session, code: str, to_version: int, *, actor: Actor, now: datetime) -> Preview:
    """The open cases under another version of the card, with the dates they would have under `to_version`."""
    card = version_of(session, code, to_version)
    return _touched(session, of_code(code), lambda _code, _version: card, but=to_version)


@read(Permission.CALENDAR_READ)
def preview_calendar(session: Session, calendar: str, *, actor: Actor, now: datetime) -> Preview:
    """The open cases whose dates were counted with this calendar and would be others as it stands now.

    Each under the version it is under. Clocks the calendar does not change are left out.
    """
    found = _touched(session, of_calendar(calendar), cards_of(session, of_calendar(calendar)))
    return replace(found, rows=tuple(row for row in found.rows if row.moves))


def _touched(session: Session, which: Any, card_for: CardFor, *, but: int | None = None) -> Preview:
    """Every living watched clock, unfiled and filed claim of open cases under the cards, with the dates it would have."""
    found = rows_under(session, which)
    book, rows = team_calendars(session), []
    for clock, incident, shipment, claim in found.clocks:
        card = None if clock.rule_version == but else card_for(clock.rule, clock.rule_version)
        if card is not None:
            rows.append(of_clock(clock, incident, claim, clock_window(clock, card, incident, shipment, book)))
    for claim, incident, shipment, mine in found.claims:
        card = None if mine.version == but else card_for(mine.code, mine.version)
        if card is not None:
            rows.append(of_claim(claim, incident, mine, claim_window(claim, mine, card, incident, shipment, book)))
    rows.sort(key=lambda row: (not row.moves, row.filed, row.new_due or row.old_due or _NEVER, row.reference))
    return Preview(tuple(rows), found.cut)


_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
