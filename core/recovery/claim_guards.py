"""What keeps a claim from a move, each as a sentence: the guards that the table of states names (inner)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.cases.checklist import Need, lacking
from core.foundation.formats import amount, moment
from core.foundation.language import _
from core.foundation.money import Money


@dataclass(frozen=True)
class ClaimFacts:
    """What the guards look at: the claim's window and amounts, the case's loss, the checklist, and the moment asked
    about.

    `zone` is the zone of the rule, in which the dates of a refusal are told. `paid` counts against the loss, `held` came
    in beyond and is owed back. `case_open` is whether the case is still worked on.
    """

    now: datetime
    zone: str
    opens_at: datetime | None
    due_at: datetime | None
    appeal_due_at: datetime | None
    demand: Money
    gross_loss: Money
    paid: Money
    needs: tuple[Need, ...]
    approved: Money | None = None
    held: Money | None = None
    case_open: bool = True


def early(facts: ClaimFacts) -> str | None:
    """Not before the window opens."""
    if facts.opens_at is not None and facts.now < facts.opens_at:
        when = moment(facts.opens_at, facts.zone, year=True)
        return _(
            "The window opens on {when} ({zone}). Before that the payer refuses the claim.", when=when, zone=facts.zone
        )
    return None


def late(facts: ClaimFacts) -> str | None:
    """Not after the window closed."""
    if facts.due_at is not None and facts.now > facts.due_at:
        when = moment(facts.due_at, facts.zone, year=True)
        return _(
            "The window closed on {when} ({zone}). The payer no longer takes this claim.", when=when, zone=facts.zone
        )
    return None


def incomplete(facts: ClaimFacts) -> str | None:
    """Not while a document the rule card lists is missing."""
    from core.cases.kinds import kind_name

    codes = lacking(facts.needs)
    if not codes:
        return None
    return _("Filing is off, still missing: {documents}.", documents=_(", ").join(kind_name(code) for code in codes))


def beyond_the_loss(facts: ClaimFacts) -> str | None:
    """Not for more than the case has booked as lost."""
    if facts.gross_loss < facts.demand:
        return _(
            "The demand is {demand} and the booked loss {loss}. Book the missing loss, or lower the demand.",
            demand=amount(facts.demand),
            loss=amount(facts.gross_loss),
        )
    return None


def still_open(facts: ClaimFacts) -> str | None:
    """A claim expires only when its window has closed."""
    if facts.due_at is None:
        return _("No closing date is known for this window, so it cannot have passed.")
    if facts.now <= facts.due_at:
        when = moment(facts.due_at, facts.zone, year=True)
        return _("The window is open until {when} ({zone}).", when=when, zone=facts.zone)
    return None


def appeal_late(facts: ClaimFacts) -> str | None:
    """Not after the time for an appeal."""
    if facts.appeal_due_at is not None and facts.now > facts.appeal_due_at:
        when = moment(facts.appeal_due_at, facts.zone, year=True)
        return _("The appeal was due on {when} ({zone}).", when=when, zone=facts.zone)
    return None


def granted_whole(facts: ClaimFacts) -> str | None:
    """Nothing is left to ask for where everything was granted."""
    if facts.approved is not None and not facts.approved < facts.demand:
        return _("Everything that was asked for was granted.")
    return None


def partly_paid(facts: ClaimFacts) -> str | None:
    """Not once money came in for it: what was paid was approved."""
    if facts.paid:
        return _(
            "{paid} was paid for this claim already. Record what the payer grants as “approved in part”, then close it.",
            paid=amount(facts.paid),
        )
    return None


def holds_credit(facts: ClaimFacts) -> str | None:
    """Not while the payer's own money lies here for it."""
    if facts.held:
        return _("{held} of the payer's money is owed back. Give it back first.", held=amount(facts.held))
    return None


def nothing_came(facts: ClaimFacts) -> str | None:
    """Only money that came in can be taken back."""
    if not facts.paid and not facts.held:
        return _("No payout stands for this claim.")
    return None


def case_closed(facts: ClaimFacts) -> str | None:
    """A closed case's books and clocks rest."""
    return None if facts.case_open else _("The case is closed. Reopen it first.")
