"""Words for messages to buyers: the situations, what a text may name, what was promised. English, marked for translation."""

from __future__ import annotations

from functools import cache

from core.foundation.language import LANGUAGES, N_, _, using
from core.models.message import Situation

SITUATION_LABELS: dict[Situation, str] = {
    Situation.APOLOGY: N_("First apology"),
    Situation.PHOTOS: N_("Ask for photos and video"),
    Situation.REMINDER: N_("Remind of photos and video"),
    Situation.WHERE: N_("Where the parcel is"),
    Situation.LOST: N_("Lost, and what follows"),
    Situation.RESHIP: N_("Send again"),
    Situation.REFUND: N_("Refund"),
    Situation.PARTIAL: N_("Offer a partial refund"),
    Situation.VOUCHER: N_("Voucher"),
    Situation.WAITING: N_("Still waiting"),
    Situation.CLOSING: N_("Closing"),
    Situation.THANKS: N_("Thanks"),
}
FIELD_LABELS: dict[str, str] = {
    "buyer": N_("the buyer's name on Shopee"),
    "order": N_("order number"),
    "item": N_("item (where the parcel holds one)"),
    "tracking": N_("tracking number"),
    "carrier": N_("carrier"),
    "place": N_("place of the newest scan"),
    "shop": N_("shop"),
    "amount": N_("amount"),
    "day": N_("the day by which"),
}
PROMISES: dict[Situation, str] = {
    Situation.APOLOGY: N_("An answer to the buyer"),
    Situation.PHOTOS: N_("The buyer's photos and video"),
    Situation.REMINDER: N_("The buyer's photos and video"),
    Situation.WHERE: N_("Where the parcel is: tell the buyer"),
    Situation.LOST: N_("How it is put right: tell the buyer"),
    Situation.RESHIP: N_("The new parcel handed over"),
    Situation.REFUND: N_("The refund to the buyer started"),
    Situation.PARTIAL: N_("The buyer's answer to the offer"),
    Situation.VOUCHER: N_("The voucher sent to the buyer"),
    Situation.WAITING: N_("News for the buyer"),
}
"""What the clock of a message is called, for the situations that name a moment."""
CHORES: dict[Situation, str] = {
    Situation.APOLOGY: N_("Write the buyer the answer that was promised"),
    Situation.PHOTOS: N_("Look whether the buyer's photos and video came"),
    Situation.REMINDER: N_("Look whether the buyer's photos and video came"),
    Situation.WHERE: N_("Tell the buyer where the parcel is"),
    Situation.LOST: N_("Tell the buyer how it is put right"),
    Situation.RESHIP: N_("Hand over the new parcel for the buyer"),
    Situation.REFUND: N_("Start the refund to the buyer"),
    Situation.PARTIAL: N_("Look whether the buyer takes the partial refund"),
    Situation.VOUCHER: N_("Send the buyer the voucher"),
    Situation.WAITING: N_("Write to the buyer, even without news"),
}
"""What is to be done by the moment a message named."""
LATE: dict[Situation, str] = {
    Situation.PHOTOS: N_("Remind the buyer of the photos and video"),
    Situation.REMINDER: N_("Remind the buyer of the photos and video, or go on without"),
    Situation.PARTIAL: N_("Ask the buyer again about the partial refund"),
}
"""The same once that moment has passed, where it is another thing then."""
_RULE = "message."
SAID = f"{_RULE}said"
"""The rule of the clock of a time promised in free words; its title is the sentence they stand in."""


def rule_of(situation: Situation) -> str:
    """The rule of the clock that comes with a message."""
    return f"{_RULE}{situation.value}"


_BY_RULE = {rule_of(one): one for one in Situation}


def situation_of(rule: str) -> Situation | None:
    """The message a clock came with, by its rule; None for any other clock."""
    return _BY_RULE.get(rule)


def chore(situation: Situation, *, late: bool) -> str:
    """What is to be done about the moment a message named, verb first, in the reader's language."""
    return _(LATE[situation] if late and situation in LATE else CHORES[situation])


def promise_said(stored: str) -> str:
    """What was promised as its reader knows it: a title of Recoup's own, in whatever language it was written down, in the
    reader's; anybody else's words as they are.
    """
    known = _titles().get(stored)
    return _(known) if known else stored


@cache
def _titles() -> dict[str, str]:
    """Every title of a message's clock in every language Recoup speaks, and the English it is of."""
    found: dict[str, str] = {}
    for code in LANGUAGES:
        with using(code):
            found |= {_(one): one for one in PROMISES.values()}
    return found
