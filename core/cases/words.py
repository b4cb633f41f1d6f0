"""The words a person reads for each closed vocabulary of a case. Marked here, translated where they are shown."""

from __future__ import annotations

from core.foundation.language import N_, _
from core.models.clock import ClockKind, PauseReason
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage, Tier

TYPE_LABELS: dict[IncidentType, str] = {
    IncidentType.LOST: N_("Lost"),
    IncidentType.DAMAGED: N_("Damaged"),
    IncidentType.MISSING_CONTENTS: N_("Missing contents"),
    IncidentType.DELAYED: N_("Delayed"),
}
STAGE_LABELS: dict[Stage, str] = {
    Stage.FIRST_MILE: N_("First mile"),
    Stage.LINE_HAUL: N_("Line haul"),
    Stage.CUSTOMS: N_("Customs"),
    Stage.LAST_MILE: N_("Last mile"),
    Stage.RETURN_LEG: N_("Return leg"),
    Stage.UNKNOWN: N_("Not known"),
}
NOTICED_LABELS: dict[NoticedBy, str] = {
    NoticedBy.BUYER: N_("The buyer told us"),
    NoticedBy.CARRIER: N_("The carrier told us"),
    NoticedBy.PLATFORM: N_("The platform opened a return"),
    NoticedBy.WAREHOUSE: N_("Our warehouse saw it"),
    NoticedBy.IMPORT: N_("An import showed it"),
    NoticedBy.SILENCE: N_("The parcel has been silent"),
}
STATE_LABELS: dict[IncidentState, str] = {
    IncidentState.REGISTERED: N_("Registered"),
    IncidentState.PROVING: N_("Proving"),
    IncidentState.CLAIMING: N_("Claiming"),
    IncidentState.CLOSED: N_("Closed"),
}
TIER_LABELS: dict[Tier, str] = {
    Tier.ABSORB: N_("Absorb"),
    Tier.INSURE: N_("Insure"),
    Tier.CLAIM: N_("Claim"),
}
CAUSE_LABELS: dict[Cause, str] = {
    Cause.LOST_IN_TRANSIT: N_("Lost in transit"),
    Cause.STOLEN: N_("Stolen"),
    Cause.MISHANDLED: N_("Mishandled"),
    Cause.WEAK_PACKAGING: N_("Weak packaging"),
    Cause.WRONG_ADDRESS: N_("Wrong address"),
    Cause.SORTING_ERROR: N_("Sorting error"),
    Cause.CUSTOMS: N_("Held by customs"),
    Cause.WEATHER: N_("Weather"),
    Cause.PACKING_ERROR: N_("Packing error of ours"),
    Cause.FALSE_DELIVERY_SCAN: N_("False delivery scan"),
    Cause.BUYER_ERROR: N_("Mistake of the buyer"),
    Cause.UNKNOWN: N_("Cause not found"),
}
RESULT_LABELS: dict[Result, str] = {
    Result.RECOVERED: N_("Recovered in full"),
    Result.PARTLY_RECOVERED: N_("Recovered in part"),
    Result.ABSORBED: N_("Absorbed"),
    Result.ARRIVED: N_("Parcel arrived after all"),
    Result.NO_LOSS: N_("No loss"),
}
PARTY_LABELS: dict[Party, str] = {
    Party.CARRIER: N_("Carrier"),
    Party.BUYER: N_("Buyer"),
    Party.PLATFORM: N_("Platform"),
    Party.INSURER: N_("Insurer"),
    Party.SUPPLIER: N_("Supplier"),
}
PAYERS: tuple[str, ...] = (
    N_("The carrier"),
    N_("The carrier, under Vietnamese law"),
    N_("The air carrier, under the Montreal Convention"),
    N_("The post that took the parcel"),
    N_("The freight agent"),
    N_("The insurer"),
    N_("The supplier"),
)
"""Payers of the shipped cards that stand for whoever it is: kept in English, shown in the reader's language."""
CHANNEL_LABELS: dict[Channel, str] = {
    Channel.PHONE: N_("Phone"),
    Channel.CHAT: N_("Chat"),
    Channel.EMAIL: N_("E-mail"),
    Channel.PORTAL: N_("Portal"),
    Channel.IN_PERSON: N_("In person"),
}
CLOCK_LABELS: dict[ClockKind, str] = {
    ClockKind.CLAIM_WINDOW: N_("Claim window"),
    ClockKind.ANSWER: N_("Payer's answer"),
    ClockKind.INFORMATION: N_("Information asked"),
    ClockKind.APPEAL: N_("Appeal"),
    ClockKind.PAYMENT: N_("Payment"),
    ClockKind.PROMISE: N_("Promise"),
    ClockKind.PROOF: N_("Proof that will be gone"),
    ClockKind.TRACE: N_("Trace"),
    ClockKind.DOCUMENTS: N_("Documents"),
    ClockKind.MONEY: N_("Money"),
    ClockKind.OFFER: N_("Offer to decide"),
    ClockKind.DISPUTE_RESPONSE: N_("Answer to a dispute"),
    ClockKind.DISPUTE_RETURN: N_("Returned parcel to check"),
    ClockKind.DISPUTE_EVIDENCE: N_("Proof for a dispute"),
    ClockKind.DISPUTE_COMPENSATION: N_("Compensation to ask for"),
    ClockKind.DISPUTE_OFFER: N_("Offer in a dispute"),
}
MONEY_LABELS: dict[str, str] = {
    "unpaid": N_("Not paid"),
    "short_paid": N_("Paid too little"),
    "payout_reversed": N_("Payout taken back by the payer"),
    "paid_twice": N_("Paid too much"),
    "arrived_later": N_("Parcel arrived after all"),
    "paid_elsewhere": N_("Another payer paid the whole loss"),
}
"""What a MONEY clock is about, by its `title`."""
PAUSE_LABELS: dict[PauseReason, str] = {
    PauseReason.WAITING_BUYER: N_("Waiting for the buyer"),
    PauseReason.WAITING_CARRIER: N_("Waiting for the carrier"),
    PauseReason.WAITING_PLATFORM: N_("Waiting for the platform"),
    PauseReason.PAYER_AGREED: N_("The other side agreed to wait"),
}


def payer_said(name: str) -> str:
    """A payer as its reader knows it: the few whose name is a word of Recoup's own in the reader's language."""
    return _(name) if name in PAYERS else name
