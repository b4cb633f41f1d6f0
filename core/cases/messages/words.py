"""Words for messages to buyers: the situations, what a text may name, what was promised. English, marked for translation."""

from __future__ import annotations

from core.foundation.language import N_
from core.models.message import Situation

SITUATION_LABELS: dict[Situation, str] = {
    Situation.APOLOGY: N_("First apology"),
    Situation.PHOTOS: N_("Ask for photos and video"),
    Situation.WHERE: N_("Where the parcel is"),
    Situation.LOST: N_("Lost, and what follows"),
    Situation.RESHIP: N_("Send again"),
    Situation.REFUND: N_("Refund"),
    Situation.PARTIAL: N_("Offer a partial refund"),
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
    Situation.WHERE: N_("Where the parcel is: tell the buyer"),
    Situation.LOST: N_("How it is put right: tell the buyer"),
    Situation.RESHIP: N_("The new parcel handed over"),
    Situation.REFUND: N_("The refund to the buyer started"),
    Situation.PARTIAL: N_("The buyer's answer to the offer"),
    Situation.WAITING: N_("News for the buyer"),
}
"""What the clock of a message is called, for the situations that name a moment."""
