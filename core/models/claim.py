"""Claims: a demand on one payer for one incident, its steps, and the packs built for it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.rule import FilingChannel, PayerKind


class ClaimState(StrEnum):
    """How far a claim is."""

    DRAFT = "draft"
    READY = "ready"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFORMATION_ASKED = "information_asked"
    OFFERED = "offered"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REJECTED = "rejected"
    APPEALED = "appealed"
    PAID = "paid"
    CLOSED = "closed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


ENDED = (ClaimState.PAID, ClaimState.CLOSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN)
"""States in which a claim waits for nobody: its case may close, and another claim on the same payer may be drafted."""


class Claim(Base):
    """One demand. `opens_at`, `due_at` and `window_why` are the window under `rule_card_id`, which counts from
    `event_at` in `zone`.

    `event_at` is the shipment's own fact, or what somebody wrote down where the shipment does not know it.
    `next_due_at` repeats the claim's soonest running clock.

    Amounts are in `currency`. `paid` is what came in and counts against the loss, `surplus` what came in beyond what was
    granted or lost and is owed back; together they are the payouts less what was taken back. `offered` is the payer's last
    offer, `denial_code` its reason where it denied some of the demand (`data/denial_codes.toml`). `cap_basis` is what the
    cap's sentence is told from in the reader's language; `cap_text` serves claims of before.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("demand > 0", name="demand_positive"),
        CheckConstraint("approved is null or (approved >= 0 and approved <= demand)", name="approved_within_demand"),
        CheckConstraint("paid >= 0", name="paid_not_negative"),
        CheckConstraint("surplus >= 0", name="surplus_not_negative"),
        CheckConstraint("offered is null or (offered > 0 and offered <= demand)", name="offered_within_demand"),
        CheckConstraint(
            "state in ('draft','ready','expired','withdrawn')"
            " or (submitted_at is not null and case_number is not null)",
            name="submitted_with_case_number",
        ),
        Index(
            "uq_claim_live",
            "incident_id",
            "payer_kind",
            "payer_name",
            unique=True,
            postgresql_where=text("state not in ('closed','expired','withdrawn','paid')"),
        ),
        Index(None, "incident_id"),
        Index(None, "state", "due_at", "id"),
        Index(None, "state", "next_due_at", "id"),
        Index(None, "case_number"),
        Index(None, "payer_name", "next_due_at", "id"),
        Index(None, "next_due_at", "id"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    payer_kind: Mapped[PayerKind] = mapped_column(enum_column(PayerKind))
    payer_name: Mapped[str] = mapped_column(Text)
    channel: Mapped[FilingChannel] = mapped_column(enum_column(FilingChannel))
    rule_card_id: Mapped[int] = mapped_column(ForeignKey("rule_card.id"))
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState), default=ClaimState.DRAFT)
    currency: Mapped[str] = mapped_column(CurrencyCode)
    demand: Mapped[Decimal] = mapped_column(Amount())
    cap: Mapped[Decimal | None] = mapped_column(Amount())
    cap_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    cap_basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    zone: Mapped[str] = mapped_column(Text)
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    window_why: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    case_number: Mapped[str | None] = mapped_column(Text, info={"own_number": True})
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_via: Mapped[str | None] = mapped_column(Text)
    receipt_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("evidence.id"))
    approved: Mapped[Decimal | None] = mapped_column(Amount())
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_text: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    denial_code: Mapped[str | None] = mapped_column(Text)
    offered: Mapped[Decimal | None] = mapped_column(Amount())
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    surplus: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class ClaimStep(Base):
    """One move of a claim: which action, from where to where, when, by whom, with what words, amount and denial code.
    Append-only.
    """

    __tablename__ = "claim_step"
    __table_args__ = (
        Index(None, "claim_id", "at"),
        Index("ix_claim_step_denied", "denial_code", "claim_id", postgresql_where=text("denial_code is not null")),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    action: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    amount: Mapped[Decimal | None] = mapped_column(Amount())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    denial_code: Mapped[str | None] = mapped_column(Text)


class Pack(Base):
    """One built pack of a claim: its ZIP and PDF by hash, the state it was built in, and the audit chain's head
    then. `receiver` is whose limits its parts keep, `since` the moment from which on a delta pack holds what is new,
    `left_out` what the receiver does not get, and why.
    """

    __tablename__ = "pack"
    __table_args__ = (Index(None, "claim_id", "built_at"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    file_name: Mapped[str] = mapped_column(Text)
    zip_sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    pdf_sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    manifest_digest: Mapped[str] = mapped_column(CHAR(64))
    chain_length: Mapped[int]
    chain_head: Mapped[str] = mapped_column(CHAR(64))
    language: Mapped[str] = mapped_column(Text)
    draft: Mapped[bool]
    built_at: Mapped[datetime] = mapped_column(UtcDateTime)
    built_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    receiver: Mapped[str | None] = mapped_column(Text)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
