"""A claim in few words, the same in the grid, on the board and in the drawer: its next clock, its money, its action."""

from __future__ import annotations

from datetime import datetime

from core.desk.claims_list import ClaimLine, Group
from core.desk.worklist import ACTION_LABELS, Do
from core.foundation import formats
from core.foundation.language import _
from core.foundation.money import Money
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from pages.parts import badges
from pages.parts.badges import Colour
from pages.parts.formats import wait

S = ClaimState

DO: dict[ClaimState, Do] = {
    S.DRAFT: Do.PREPARE,
    S.READY: Do.FILE,
    S.SUBMITTED: Do.ANSWER,
    S.IN_REVIEW: Do.ANSWER,
    S.APPEALED: Do.ANSWER,
    S.INFORMATION_ASKED: Do.SEND,
    S.OFFERED: Do.OFFER,
    S.REJECTED: Do.APPEAL,
    S.APPROVED: Do.PAYOUT,
    S.PARTLY_APPROVED: Do.PAYOUT,
}
GROUP_COLOURS: dict[Group, Colour] = {
    Group.PREPARE: "gray",
    Group.FILED: "blue",
    Group.ASKED: "orange",
    Group.OFFER: "violet",
    Group.DENIED: "red",
    Group.PAID: "green",
    Group.ENDED: "gray",
}


def action(row: ClaimLine) -> str:
    """What there is to do, verb first."""
    return _(ACTION_LABELS[DO[row.state]]) if row.state in DO else _("Open")


def came(row: ClaimLine) -> str:
    """What was paid, or else granted; a dash for neither."""
    amount = row.paid or row.approved
    return formats.amount(Money(amount, row.currency)) if amount else formats.NOTHING


def sleeps(row: ClaimLine, now: datetime) -> bool:
    """Whether its window is not open yet."""
    return row.clock is ClockKind.CLAIM_WINDOW and row.opens_at is not None and row.opens_at > now


def _theirs(row: ClaimLine, now: datetime) -> bool:
    """Whether the next moment is the payer's and has not passed."""
    waits = row.clock in (ClockKind.ANSWER, ClockKind.PAYMENT)
    return waits and row.due_at is not None and row.due_at >= now


def when(row: ClaimLine, now: datetime) -> str:
    """The next clock in few words: `19 h`, `opens in 2 d`, `answer in 6 d`, `paused`."""
    if row.clock is None:
        return formats.NOTHING
    if row.paused:
        return _("paused")
    if sleeps(row, now) and row.opens_at is not None:
        return _("opens in {span}", span=wait(row.opens_at, now))
    if row.due_at is None:
        return _("open")
    span = wait(row.due_at, now)
    if _theirs(row, now):
        return _("answer in {span}", span=span) if row.clock is ClockKind.ANSWER else _("payment in {span}", span=span)
    return span


def colour(row: ClaimLine, now: datetime) -> Colour:
    """The colour of the next clock: gray while nothing is asked of us."""
    if row.paused or sleeps(row, now) or _theirs(row, now):
        return "gray"
    return badges.urgency(row.due_at, now)


def mark(row: ClaimLine, now: datetime) -> str:
    """The next clock as a badge, and another where it went to somebody above; empty where nothing is due any more."""
    words = when(row, now)
    if words == formats.NOTHING:
        return ""
    late = row.due_at is not None and row.due_at < now
    icon = "pause_circle" if row.paused else "lock_clock" if sleeps(row, now) else "error" if late else "schedule"
    return f"{badges.badge(words, colour(row, now), icon)} {raised(row.raised)}".rstrip()


def raised(level: int) -> str:
    """How far a clock escalated, as a badge."""
    if not level:
        return ""
    return badges.badge(_("with the lead") if level == 1 else _("with the manager"), "red", "priority_high")
