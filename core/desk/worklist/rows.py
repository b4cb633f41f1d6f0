"""What stands on the worklist: the kinds of work, the buckets, one row, and where its button leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from core.cases import messages
from core.foundation.language import N_
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.contact import Party
from core.models.incident import IncidentType


class Kind(StrEnum):
    """Why a row is on the list."""

    CLAIM = "claim"
    INFORMATION = "information"
    APPEAL = "appeal"
    ANSWER = "answer"
    PAYMENT = "payment"
    PROMISE = "promise"
    PROOF = "proof"
    TRACE = "trace"
    DOCUMENTS = "documents"
    MONEY = "money"
    OFFER = "offer"
    DISPUTE_RESPONSE = "dispute_response"
    DISPUTE_RETURN = "dispute_return"
    DISPUTE_EVIDENCE = "dispute_evidence"
    DISPUTE_COMPENSATION = "dispute_compensation"
    DISPUTE_OFFER = "dispute_offer"
    ENDED = "ended"
    UNASSIGNED = "unassigned"
    SILENT = "silent"


class Bucket(IntEnum):
    """How soon."""

    DAY = 0
    THREE_DAYS = 1
    WEEK = 2
    LATER = 3


class Do(StrEnum):
    """The action a row leads to on the case screen, as `?do=`. Stable: it stands in addresses."""

    PREPARE = "prepare"
    FILE = "file"
    SEND = "send"
    APPEAL = "appeal"
    ANSWER = "answer"
    PAYOUT = "payout"
    PROMISE = "promise"
    WRITE = "write"
    PROOF = "proof"
    TASK = "task"
    MONEY = "money"
    OFFER = "offer"
    DISPUTE = "dispute"
    CLOSE = "close"
    ASSIGN = "assign"
    LOOK = "look"


KIND_LABELS: dict[Kind, str] = {
    Kind.CLAIM: N_("Claim"),
    Kind.INFORMATION: N_("Asked"),
    Kind.APPEAL: N_("Appeal"),
    Kind.ANSWER: N_("Answer"),
    Kind.PAYMENT: N_("Payment"),
    Kind.PROMISE: N_("Promise"),
    Kind.PROOF: N_("Proof"),
    Kind.TRACE: N_("Trace"),
    Kind.DOCUMENTS: N_("Documents"),
    Kind.MONEY: N_("Money"),
    Kind.OFFER: N_("Offer"),
    Kind.DISPUTE_RESPONSE: N_("Dispute"),
    Kind.DISPUTE_RETURN: N_("Dispute"),
    Kind.DISPUTE_EVIDENCE: N_("Dispute"),
    Kind.DISPUTE_COMPENSATION: N_("Dispute"),
    Kind.DISPUTE_OFFER: N_("Dispute"),
    Kind.ENDED: N_("No way left"),
    Kind.UNASSIGNED: N_("Unassigned"),
    Kind.SILENT: N_("Silent"),
}
BUCKET_LABELS: dict[Bucket, str] = {
    Bucket.DAY: N_("Overdue and next 24 hours"),
    Bucket.THREE_DAYS: N_("Next 3 days"),
    Bucket.WEEK: N_("This week"),
    Bucket.LATER: N_("Later and waiting"),
}
CLOCK_KINDS: dict[ClockKind, Kind] = {
    ClockKind.CLAIM_WINDOW: Kind.CLAIM,
    ClockKind.INFORMATION: Kind.INFORMATION,
    ClockKind.APPEAL: Kind.APPEAL,
    ClockKind.ANSWER: Kind.ANSWER,
    ClockKind.PAYMENT: Kind.PAYMENT,
    ClockKind.PROMISE: Kind.PROMISE,
    ClockKind.PROOF: Kind.PROOF,
    ClockKind.TRACE: Kind.TRACE,
    ClockKind.DOCUMENTS: Kind.DOCUMENTS,
    ClockKind.MONEY: Kind.MONEY,
    ClockKind.OFFER: Kind.OFFER,
    ClockKind.DISPUTE_RESPONSE: Kind.DISPUTE_RESPONSE,
    ClockKind.DISPUTE_RETURN: Kind.DISPUTE_RETURN,
    ClockKind.DISPUTE_EVIDENCE: Kind.DISPUTE_EVIDENCE,
    ClockKind.DISPUTE_COMPENSATION: Kind.DISPUTE_COMPENSATION,
    ClockKind.DISPUTE_OFFER: Kind.DISPUTE_OFFER,
}
DISPUTES = (
    Kind.DISPUTE_RESPONSE,
    Kind.DISPUTE_EVIDENCE,
    Kind.DISPUTE_RETURN,
    Kind.DISPUTE_COMPENSATION,
    Kind.DISPUTE_OFFER,
)
"""What the platform asks of us in buyers' requests."""
OPENING = frozenset({Kind.CLAIM, Kind.TRACE, Kind.DOCUMENTS})
"""Kinds that may have to wait for their opening."""
CODED = frozenset({Kind.PROOF, Kind.MONEY})
"""Kinds whose clock is titled with a word of Recoup's own."""
WAITING = (ClockKind.ANSWER, ClockKind.PAYMENT)
"""Clocks that run against somebody else."""


@dataclass(frozen=True)
class Work:
    """One row. `moment` (UTC) is None where no clock runs or no end is known; `opens` means an opening, not an end.

    `money` is the value at risk in the base currency, `number` the tracking number or else the order's, `words` the
    payer of a claim's clock or the text of a promise (what people wrote: show it as text), `code` what a clock is about
    where that is a word of Recoup's own: the kind of evidence, what is wrong with the money, the rule of a promise.
    `approved` and `paid` are a claim's, in `claim_currency`. `escalation` is 0 with its owner, 1 with the lead, 2 with the
    manager. `unsure`: the rule card behind the moment rests on little, or was checked long ago; or it is a market's usual
    days and not the request's own.
    """

    bucket: Bucket
    kind: Kind
    moment: datetime | None
    opens: bool
    reference: str
    type: IncidentType
    money: Decimal
    currency: str
    owner_id: int | None
    owner: str | None
    carrier: str | None
    number: str
    words: str
    clock_id: int | None
    claim: str | None
    claim_state: ClaimState | None
    promise_by: Party | None
    touched_at: datetime
    zone: str | None = None
    code: str = ""
    approved: Decimal | None = None
    paid: Decimal | None = None
    claim_currency: str | None = None
    escalation: int = 0
    unsure: bool = False

    def late(self, now: datetime) -> bool:
        """Whether its moment has passed."""
        return self.moment is not None and self.moment < now

    @property
    def query(self) -> dict[str, str]:
        """The address of the action on the case screen."""
        more = {"claim": self.claim} if self.claim else {}
        if self.kind in _BY_CLOCK and self.clock_id is not None:
            more["clock"] = str(self.clock_id)
        return {"ref": self.reference, "do": action(self).value, **more}


_BY_CLOCK = frozenset({Kind.PROMISE, Kind.PROOF, Kind.TRACE, Kind.DOCUMENTS, Kind.MONEY, *DISPUTES})
"""Kinds whose action is about the clock itself."""


def action(work: Work) -> Do:
    """Where the row's button leads."""
    match work.kind:
        case Kind.CLAIM:
            return Do.PREPARE if work.opens or work.claim_state in (None, ClaimState.DRAFT) else Do.FILE
        case Kind.INFORMATION:
            return Do.SEND
        case Kind.APPEAL:
            return Do.APPEAL
        case Kind.ANSWER:
            return Do.ANSWER
        case Kind.PAYMENT:
            return Do.PAYOUT
        case Kind.PROMISE:
            return Do.WRITE if messages.is_word(work.code) else Do.PROMISE
        case Kind.PROOF:
            return Do.PROOF
        case Kind.TRACE | Kind.DOCUMENTS:
            return Do.TASK
        case Kind.MONEY:
            return Do.MONEY
        case Kind.OFFER:
            return Do.OFFER
        case (
            Kind.DISPUTE_RESPONSE
            | Kind.DISPUTE_RETURN
            | Kind.DISPUTE_EVIDENCE
            | Kind.DISPUTE_COMPENSATION
            | Kind.DISPUTE_OFFER
        ):
            return Do.DISPUTE
        case Kind.ENDED:
            return Do.CLOSE
        case Kind.UNASSIGNED:
            return Do.ASSIGN
        case Kind.SILENT:
            return Do.LOOK


ACTION_LABELS: dict[Do, str] = {
    Do.PREPARE: N_("Prepare"),
    Do.FILE: N_("File claim"),
    Do.SEND: N_("Add files"),
    Do.APPEAL: N_("Appeal"),
    Do.ANSWER: N_("Follow up"),
    Do.PAYOUT: N_("Follow up"),
    Do.PROMISE: N_("Settle"),
    Do.WRITE: N_("Write"),
    Do.PROOF: N_("Add files"),
    Do.TASK: N_("Settle"),
    Do.MONEY: N_("Settle"),
    Do.OFFER: N_("Decide"),
    Do.DISPUTE: N_("Answer"),
    Do.CLOSE: N_("Close"),
    Do.ASSIGN: N_("Assign"),
    Do.LOOK: N_("Open"),
}
