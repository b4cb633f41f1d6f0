"""What a buyer is offered, in lines: the badge of its state, what it is, why, and who did what about it."""

from __future__ import annotations

from core.cases import remedies
from core.cases.remedies import ACTION_LABELS, KIND_LABELS, SCOPE_LABELS, STATE_LABELS, Row, Step
from core.foundation.formats import amount, moment, pair
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.models.remedy import RemedyAction, RemedyState
from pages.parts import badges
from pages.parts.badges import Colour
from pages.parts.formats import cut, dotted, figure, gray, plain

COLOURS: dict[RemedyState, tuple[Colour, str]] = {
    RemedyState.PROPOSED: ("violet", "hourglass_top"),
    RemedyState.ASKED: ("orange", "help"),
    RemedyState.APPROVED: ("blue", "redeem"),
    RemedyState.DECLINED: ("red", "block"),
    RemedyState.DONE: ("green", "check_circle"),
    RemedyState.WITHDRAWN: ("gray", "undo"),
}


def head(row: Row) -> str:
    """Its state, what it is, and how much."""
    colour, icon = COLOURS[row.state]
    mark = badges.badge(_(STATE_LABELS[row.state]), colour, icon)
    return f"{mark} **{plain(_(KIND_LABELS[row.kind]))}** {figure(row.amount)}"


def lines(row: Row, me: Actor) -> list[str]:
    """The head, why, what is missing, and the last words said."""
    told = [head(row)]
    cost = _("costs us {amount}", amount=amount(row.cost)) if row.cost != row.amount else None
    number = _("number {number}", number=cut(row.reference, 60)) if row.reference else None
    told.append(gray(dotted(*(plain(one) for one in (cut(row.reason, 160), cost, number) if one))))
    if row.open and row.over:
        told.append(gray(f":material/shield: {plain(needed(row))}"))
    if row.near is not None:
        told.append(gray(plain(_("close to the limit for {what}", what=_(SCOPE_LABELS[row.near])))))
    told.append(gray(plain(step(row.steps[-1], me))))
    return told


def needed(row: Row) -> str:
    """Which limits it is above, and how many have to approve."""
    over = remedies.over_words(row.over)
    if row.missing > 1:
        return _("{over}. Two persons have to approve.", over=over)
    return _("{over}. One approval is missing.", over=over) if row.missing else f"{over}."


def step(one: Step, me: Actor) -> str:
    """One thing done: `Mei, approved, 23 Nov 10:00: as agreed`."""
    said = _(ACTION_LABELS[one.action])
    if one.stands_for:
        said = _("{what} in the place of {name}", what=said, name=one.stands_for)
    told = dotted(one.by, said, moment(one.at, me.zone))
    # The reason of a proposal stands above already.
    return pair(told, cut(one.text, 160)) if one.text and one.action is not RemedyAction.PROPOSE else told
