"""Disputes: what a buyer asked the platform for, what each source said of it and when, and by when we have to act."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerFacts, BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base


class RequestKind(StrEnum):
    """When the buyer asked: after delivery, while the parcel was under way, or at the door."""

    NORMAL = "normal"
    IN_TRANSIT = "in_transit"
    ON_THE_SPOT = "on_the_spot"


class Validation(StrEnum):
    """Who looks at what is sent back."""

    SELLER = "seller"
    WAREHOUSE = "warehouse"


class Solution(StrEnum):
    """What is asked for: the money and the goods go back, or only the money."""

    RETURN_REFUND = "return_refund"
    REFUND_ONLY = "refund_only"


class ReturnReason(StrEnum):
    """Why, in Recoup's words; the source's own words stand beside it."""

    NOT_RECEIVED = "not_received"
    MISSING = "missing"
    DAMAGED = "damaged"
    SPILLED = "spilled"
    SPOILED = "spoiled"
    PACKAGE_DAMAGED = "package_damaged"
    SCRATCHED = "scratched"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    COUNTERFEIT = "counterfeit"
    EXPIRED = "expired"
    USED = "used"
    WRONG_ADDRESS = "wrong_address"
    CHANGED_MIND = "changed_mind"
    AGREED = "agreed"
    OTHER = "other"
    UNKNOWN = "unknown"


class DisputeStatus(StrEnum):
    """Where the request stands with the platform, in the words of its own interface."""

    REQUESTED = "requested"
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    JUDGING = "judging"
    SELLER_DISPUTE = "seller_dispute"
    REFUND_PAID = "refund_paid"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class DisputeState(StrEnum):
    """Where a request stands with us: what we did, what the platform decided, what came of it.

    Open: OPENED, PREPARING, ANSWERED, JUDGING, OFFERED (an offer waits for us), COUNTERED (ours waits for the buyer). Decided:
    WON, PARTLY_WON, LOST, SETTLED (an offer was accepted), CONCEDED (we gave the buyer what was asked), WITHDRAWN, EXPIRED (our day
    passed without an answer), CLOSED (the platform ended it and did not say how). Then compensation, where it is asked.
    """

    OPENED = "opened"
    PREPARING = "preparing"
    ANSWERED = "answered"
    JUDGING = "judging"
    OFFERED = "offered"
    COUNTERED = "countered"
    WON = "won"
    PARTLY_WON = "partly_won"
    LOST = "lost"
    SETTLED = "settled"
    CONCEDED = "conceded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"
    COMPENSATION_REQUESTED = "compensation_requested"
    COMPENSATION_APPROVED = "compensation_approved"
    COMPENSATION_REJECTED = "compensation_rejected"
    PAID = "paid"


OPEN_STATES = (
    DisputeState.OPENED,
    DisputeState.PREPARING,
    DisputeState.ANSWERED,
    DisputeState.JUDGING,
    DisputeState.OFFERED,
    DisputeState.COUNTERED,
    DisputeState.COMPENSATION_REQUESTED,
    DisputeState.COMPENSATION_APPROVED,
)
"""States in which somebody still waits for somebody."""

STILL_OPEN = "state in ('" + "', '".join(OPEN_STATES) + "')"
"""The same in SQL, as its indexes have it."""


class ProofStatus(StrEnum):
    """Whether the platform wants proof of us, in the words of its interface."""

    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    UPLOADED = "uploaded"
    OVERDUE = "overdue"


class CompensationStatus(StrEnum):
    """Where compensation stands with the platform, in the words of its interface."""

    NOT_APPLICABLE = "not_applicable"
    INITIAL_STAGE = "initial_stage"
    PENDING_REQUEST = "pending_request"
    NOT_REQUIRED = "not_required"
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NOT_ELIGIBLE = "not_eligible"


class Negotiation(StrEnum):
    """Who is to answer an offer: we, the buyer, nobody any more."""

    PENDING_RESPOND = "pending_respond"
    PENDING_BUYER_RESPOND = "pending_buyer_respond"
    TERMINATED = "terminated"


class StepBy(StrEnum):
    """Who moved a dispute: a person, what the platform said, or the time."""

    PERSON = "person"
    PLATFORM = "platform"
    TIME = "time"


class DueBasis(StrEnum):
    """Where the moment to respond by comes from: said of this very request, or worked out from its market's usual days."""

    GIVEN = "given"
    FALLBACK = "fallback"


class Source(StrEnum):
    """Who says it: an imported file, or a person."""

    IMPORT = "import"
    HAND = "hand"


class Dispute(Base):
    """One request of a buyer for money or goods back, as it stands now: all that its versions say, the last word of each field.

    `return_number` is the platform's id, unique in its shop. `shipment_id` is the parcel of `order_number` (and
    `tracking_number`, where the source names it) as far as that is known, `incident_id` the case it belongs to. Amounts
    are in `currency`; moments in UTC. `items` are `{"name", "sku", "variation", "quantity", "price"}` with amounts as
    text. Each `…_due_at` is a moment by which something is asked of us: to respond, to look at what came back, to give
    proof, to ask for compensation, to answer an offer; each has a clock of its own once there is a case. `next_due_at`
    is the soonest that still counts.

    `offered` with `offered_solution` is the last offer and `offered_by` who made it, `counter_limit` how many counter-offers may still
    be made as the platform last said, `solutions` what may be offered: `Solution` → `{"least", "most", "adjustable"}`, amounts as text,
    null where it was not told. `pictures` are addresses of what the buyer showed.

    `state` is where it stands with us since `state_at`: worked out of `moved_to`, the last move of a person (what it says is as of
    `moved_at`, null where it says nothing of the platform), and of what the platform says (`core/recovery/disputes/standing.py`).
    `answered_at`: since when the platform has our answer. `refunded` is what the buyer got of our money, `granted` the compensation
    promised, `paid` what came of it, all in `currency`; `refund_posting_id` and `payment_posting_id` are what stands in the books for them.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("shop_id", "return_number"),
        CheckConstraint("return_number <> ''", name="numbered"),
        CheckConstraint(
            "(amount is null or amount >= 0) and (compensation is null or compensation >= 0)", name="not_negative"
        ),
        CheckConstraint("(response_due_at is null) = (response_basis is null)", name="response_with_basis"),
        CheckConstraint(
            "(offered is null or offered >= 0) and (refunded is null or refunded >= 0)"
            " and (granted is null or granted >= 0) and (paid is null or paid >= 0)",
            name="outcome_not_negative",
        ),
        CheckConstraint("counter_limit is null or counter_limit >= 0", name="counter_limit_not_negative"),
        Index(None, "shop_id", "order_number"),
        Index(None, "shipment_id"),
        Index(None, "incident_id"),
        Index(
            "ix_dispute_waiting",
            "response_due_at",
            postgresql_where=text("state in ('opened', 'preparing') and response_due_at is not null"),
        ),
        Index("ix_dispute_due", "next_due_at", "id", postgresql_where=text("next_due_at is not null")),
        Index("ix_dispute_open", "next_due_at", "id", postgresql_where=text(STILL_OPEN)),
        Index("ix_dispute_over", "state_at", "id", postgresql_where=text(f"not ({STILL_OPEN})")),
        Index(
            "ix_dispute_after",
            "next_due_at",
            "id",
            postgresql_where=text(f"not ({STILL_OPEN}) and next_due_at is not null"),
        ),
        Index("ix_dispute_unlinked", "shop_id", "order_number", postgresql_where=text("shipment_id is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    return_number: Mapped[str] = mapped_column(Text)
    order_number: Mapped[str] = mapped_column(Text, server_default="", default="")
    tracking_number: Mapped[str] = mapped_column(Text, server_default="", default="")
    shipment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment.id", ondelete="SET NULL"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("incident.id"))
    kind: Mapped[RequestKind | None] = mapped_column(enum_column(RequestKind))
    validation: Mapped[Validation | None] = mapped_column(enum_column(Validation))
    solution: Mapped[Solution | None] = mapped_column(enum_column(Solution))
    reason: Mapped[ReturnReason | None] = mapped_column(enum_column(ReturnReason))
    reason_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    reassessed: Mapped[ReturnReason | None] = mapped_column(enum_column(ReturnReason, "reassessed"))
    reassessed_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    buyer_said: Mapped[str] = mapped_column(BuyerWords(own=True), server_default="", default="")
    status: Mapped[DisputeStatus] = mapped_column(enum_column(DisputeStatus))
    status_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    currency: Mapped[str] = mapped_column(CurrencyCode)
    amount: Mapped[Decimal | None] = mapped_column(Amount())
    compensation: Mapped[Decimal | None] = mapped_column(Amount())
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refunded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response_basis: Mapped[DueBasis | None] = mapped_column(enum_column(DueBasis))
    return_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    evidence_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    compensation_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offer_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_tracking_number: Mapped[str] = mapped_column(Text, server_default="", default="")
    return_carrier_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    return_status_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    our_reason: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    our_note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    proof_status: Mapped[ProofStatus | None] = mapped_column(enum_column(ProofStatus))
    compensation_status: Mapped[CompensationStatus | None] = mapped_column(enum_column(CompensationStatus))
    negotiation: Mapped[Negotiation | None] = mapped_column(enum_column(Negotiation))
    offered: Mapped[Decimal | None] = mapped_column(Amount())
    offered_solution: Mapped[Solution | None] = mapped_column(enum_column(Solution, "offered_solution"))
    offered_by: Mapped[str] = mapped_column(Text, server_default="", default="")
    counter_limit: Mapped[int | None] = mapped_column(SmallInteger)
    solutions: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    pictures: Mapped[list[str]] = mapped_column(BuyerFacts(own=True), default=list, server_default="[]")
    state: Mapped[DisputeState] = mapped_column(
        enum_column(DisputeState), default=DisputeState.OPENED, server_default="opened"
    )
    state_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved_to: Mapped[DisputeState | None] = mapped_column(enum_column(DisputeState, "moved_to"))
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refunded: Mapped[Decimal | None] = mapped_column(Amount())
    granted: Mapped[Decimal | None] = mapped_column(Amount())
    paid: Mapped[Decimal | None] = mapped_column(Amount())
    refund_posting_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting.id"))
    payment_posting_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting.id"))
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class DisputeVersion(Base):
    """What one source said of a dispute at one time. It is never changed; deleting the import it came with takes it away.

    `facts` holds only the fields that were told, spelt as JSON can hold them. `progress` is how far along the platform was by it, and
    `as_of` the newest moment its source knew: the last word of a field has the furthest progress, then the newest source.
    """

    __tablename__ = "dispute_version"
    __table_args__ = (
        CheckConstraint("(source = 'import') = (import_id is not null)", name="import_named"),
        Index(None, "dispute_id"),
        Index(None, "import_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    source: Mapped[Source] = mapped_column(enum_column(Source))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    source_row: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    progress: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(BuyerFacts)


class DisputeStep(Base):
    """One move of a dispute: from where to where, when, by whom, and exactly what was sent or noted. Append-only.

    `action` is a `DisputeAction`, or `follow` and `expire` where the platform or the time moved it. `sent` is the text as it was sent, in
    `language`; `exhibits` are `{"number", "module", "evidence_id", "sha256", "name"}` as the text refers to them; `reason` the platform's
    number of the reason we answered under. `receipt_id` is evidence of the case that shows it was sent, `reference` what the platform or
    the bank calls it. `amount` is in the dispute's currency: refunded, offered, granted or paid, by the action.
    """

    __tablename__ = "dispute_step"
    __table_args__ = (
        CheckConstraint("amount is null or amount >= 0", name="amount_not_negative"),
        Index(None, "dispute_id", "id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    by: Mapped[StepBy] = mapped_column(enum_column(StepBy))
    action: Mapped[str] = mapped_column(Text)
    source: Mapped[DisputeState] = mapped_column(enum_column(DisputeState, "source"))
    target: Mapped[DisputeState] = mapped_column(enum_column(DisputeState, "target"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    sent: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    language: Mapped[str] = mapped_column(Text, server_default="", default="")
    exhibits: Mapped[list[dict[str, Any]]] = mapped_column(BuyerFacts, default=list, server_default="[]")
    reason: Mapped[int | None] = mapped_column(SmallInteger)
    receipt_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("evidence.id"))
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    amount: Mapped[Decimal | None] = mapped_column(Amount())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


MOST_IMAGES = 3
"""Pictures the platform takes for one evidence module."""


class DisputeModule(Base):
    """One thing the platform wants proof of when we answer under `reason`, in its own words: show them as text.

    A newer list of a dispute retires the older one, which stays. `number` is the platform's index of the module, `requirement` must be
    sent back with the pictures. At most `MOST_IMAGES` each.
    """

    __tablename__ = "dispute_module"
    __table_args__ = (
        Index(
            "uq_dispute_module_current",
            "dispute_id",
            "reason",
            "number",
            unique=True,
            postgresql_where=text("retired_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id", ondelete="CASCADE"))
    reason: Mapped[int] = mapped_column(SmallInteger)
    reason_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    number: Mapped[int] = mapped_column(SmallInteger)
    requirement: Mapped[str] = mapped_column(Text)
    required: Mapped[bool]
    samples: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
