"""A dispute in few words, the same in the grid, on a card and in the drawer: its next moment, its state, its money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from core.desk.disputes_list import OURS, DisputeLine
from core.foundation import formats
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.clock import ClockKind
from core.models.dispute import OPEN_STATES, DisputeState
from core.recovery.disputes import STATE_LABELS
from pages.parts import badges
from pages.parts.badges import Colour
from pages.parts.formats import wait

S, K = DisputeState, ClockKind

COLOURS: dict[DisputeState, tuple[Colour, str]] = {
    S.OPENED: ("orange", "assignment_return"),
    S.PREPARING: ("orange", "edit_note"),
    S.ANSWERED: ("blue", "outgoing_mail"),
    S.JUDGING: ("blue", "gavel"),
    S.OFFERED: ("violet", "handshake"),
    S.COUNTERED: ("blue", "sync_alt"),
    S.WON: ("green", "check_circle"),
    S.PARTLY_WON: ("green", "balance"),
    S.LOST: ("red", "block"),
    S.SETTLED: ("gray", "handshake"),
    S.CONCEDED: ("gray", "undo"),
    S.WITHDRAWN: ("gray", "do_not_disturb_on"),
    S.EXPIRED: ("red", "event_busy"),
    S.CLOSED: ("gray", "archive"),
    S.COMPENSATION_REQUESTED: ("blue", "request_quote"),
    S.COMPENSATION_APPROVED: ("green", "thumb_up"),
    S.COMPENSATION_REJECTED: ("red", "block"),
    S.PAID: ("green", "paid"),
}
ASKED: dict[ClockKind, str] = {
    K.DISPUTE_RESPONSE: N_("Answer it"),
    K.DISPUTE_RETURN: N_("Check what came back"),
    K.DISPUTE_EVIDENCE: N_("Send proof"),
    K.DISPUTE_COMPENSATION: N_("Ask for compensation"),
    K.DISPUTE_OFFER: N_("Answer the offer"),
}
"""What a moment asks of us, verb first."""


def asked(row: DisputeLine, now: datetime) -> str:
    """What there is to do; a dash where nothing is asked."""
    if row.due is not None and (_asks(row, now) or _late(row, now)):
        return _(ASKED[row.due])
    return _(ASKED[K.DISPUTE_RESPONSE]) if dayless(row) else formats.NOTHING


def dayless(row: DisputeLine) -> bool:
    """Whether it waits for us and nobody knows until when."""
    return row.due_at is None and row.state in OURS


def _asks(row: DisputeLine, now: datetime) -> bool:
    return row.due_at is not None and row.due_at >= now


def _late(row: DisputeLine, now: datetime) -> bool:
    """Whether its day has passed and it is still open."""
    return row.state in OPEN_STATES and row.due_at is not None and row.due_at < now


def when(row: DisputeLine, now: datetime) -> str:
    """The next moment in few words: `19 h`, `2 h late`, `no day`; a dash where nothing is asked."""
    if dayless(row):
        return _("no day")
    return wait(row.due_at, now) if _asks(row, now) or _late(row, now) else formats.NOTHING


def colour(row: DisputeLine, now: datetime) -> Colour:
    """The colour of the next moment."""
    return badges.urgency(row.due_at, now) if _asks(row, now) or _late(row, now) else "gray"


def mark(row: DisputeLine, now: datetime) -> str:
    """The next moment as a badge; empty where nothing is asked."""
    if dayless(row):
        return badges.badge(_("no day known"), "gray", "event")
    if row.due_at is None or not (_asks(row, now) or _late(row, now)):
        return ""
    return badges.badge(when(row, now), colour(row, now), "error" if row.due_at < now else "schedule")


def state_badge(state: DisputeState) -> str:
    """The state of a dispute."""
    tint, icon = COLOURS[state]
    return badges.badge(_(STATE_LABELS[state]), tint, icon)


def money(amount: Decimal | None, currency: str) -> str:
    """An amount for a narrow cell; a dash for none."""
    return formats.NOTHING if amount is None else formats.amount(Money(amount, currency))


def sum_alone(amount: Decimal | None, currency: str) -> str:
    """An amount beside another one of its currency; a dash for none."""
    return formats.NOTHING if amount is None else formats.figure(Money(amount, currency))
