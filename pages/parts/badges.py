"""Badges: a word, an icon and a colour that always means the same.

Red: overdue or under 24 hours, denied. Orange: under three days, more asked, something missing. Gray: later, waiting,
draft. Blue: in progress, filed. Violet: an offer to decide. Green: proven, paid.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from core.cases.words import STATE_LABELS, TIER_LABELS
from core.foundation import formats
from core.foundation.language import _
from core.models.claim import ClaimState
from core.models.clock import ClockState
from core.models.incident import IncidentState, Tier
from core.recovery.claim_states import STATE_LABELS as CLAIM_LABELS
from pages.parts.formats import plain

Colour = Literal["red", "orange", "gray", "blue", "violet", "green"]

URGENT = timedelta(hours=24)
SOON = timedelta(hours=72)

CASE_COLOURS: dict[IncidentState, tuple[Colour, str]] = {
    IncidentState.REGISTERED: ("gray", "inbox"),
    IncidentState.PROVING: ("blue", "search"),
    IncidentState.CLAIMING: ("blue", "outgoing_mail"),
    IncidentState.CLOSED: ("green", "check_circle"),
}
CLAIM_COLOURS: dict[ClaimState, tuple[Colour, str]] = {
    ClaimState.DRAFT: ("gray", "edit_note"),
    ClaimState.READY: ("gray", "task"),
    ClaimState.SUBMITTED: ("blue", "outgoing_mail"),
    ClaimState.IN_REVIEW: ("blue", "hourglass_top"),
    ClaimState.INFORMATION_ASKED: ("orange", "help"),
    ClaimState.OFFERED: ("violet", "handshake"),
    ClaimState.APPROVED: ("green", "thumb_up"),
    ClaimState.PARTLY_APPROVED: ("violet", "balance"),
    ClaimState.REJECTED: ("red", "block"),
    ClaimState.APPEALED: ("blue", "gavel"),
    ClaimState.PAID: ("green", "paid"),
    ClaimState.CLOSED: ("gray", "archive"),
    ClaimState.EXPIRED: ("gray", "event_busy"),
    ClaimState.WITHDRAWN: ("gray", "undo"),
}


def badge(word: str, colour: Colour, icon: str = "") -> str:
    """A badge as Markdown, to stand in a line of text. `word` is shown as text."""
    return f":{colour}-badge[{f':material/{icon}: ' if icon else ''}{plain(word)}]"


def urgency(moment: datetime | None, now: datetime) -> Colour:
    """The colour of a moment: red when late or under 24 hours, orange under three days, else gray."""
    if moment is None or moment - now >= SOON:
        return "gray"
    return "red" if moment - now < URGENT else "orange"


def due(moment: datetime, now: datetime) -> str:
    """The badge of something due: how long there is, or how late it is."""
    return badge(formats.span(moment - now), urgency(moment, now), "error" if moment < now else "schedule")


def opening(moment: datetime, now: datetime) -> str:
    """The badge of something that may not be done yet."""
    return badge(_("opens in {span}", span=formats.span(moment - now)), "gray", "lock_clock")


def waiting(moment: datetime, now: datetime) -> str:
    """The badge of a moment that is somebody else's: nothing is asked of us until it has passed."""
    return badge(formats.span(moment - now), "gray", "hourglass_empty")


def silent(span: timedelta) -> str:
    """The badge of a case nobody touched for that long."""
    return badge(_("quiet {span}", span=formats.span(span)), "orange", "bedtime")


def escalated(level: int) -> str:
    """The badge of what went further up: 1 to the lead, 2 to the manager."""
    return badge(_("with the manager") if level > 1 else _("with the lead"), "violet", "keyboard_double_arrow_up")


def unassigned() -> str:
    """The badge of a case without an owner."""
    return badge(_("no owner"), "orange", "person_off")


def case_state(state: IncidentState) -> str:
    """The state of a case."""
    colour, icon = CASE_COLOURS[state]
    return badge(_(STATE_LABELS[state]), colour, icon)


def claim_state(state: ClaimState) -> str:
    """The state of a claim."""
    colour, icon = CLAIM_COLOURS[state]
    return badge(_(CLAIM_LABELS[state]), colour, icon)


def tier(value: Tier) -> str:
    """The tier of a case."""
    return badge(_("Tier: {tier}", tier=_(TIER_LABELS[value]).lower()), "gray", "layers")


def clock_state(state: ClockState, due_at: datetime | None, opens_at: datetime | None, now: datetime) -> str:
    """Where one clock stands: running with its time, met, missed or no longer needed."""
    if state is ClockState.MET:
        return badge(_("done"), "green", "check_circle")
    if state is ClockState.MISSED:
        return badge(_("missed"), "red", "error")
    if state is ClockState.PAUSED:
        return badge(_("paused"), "gray", "pause_circle")
    if state is ClockState.CANCELLED:
        return badge(_("not needed"), "gray", "do_not_disturb_on")
    if opens_at is not None and opens_at > now:
        return opening(opens_at, now)
    return due(due_at, now) if due_at is not None else badge(_("open"), "gray", "schedule")
