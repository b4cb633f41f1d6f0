"""Answers to disputes: the one being written, and each as it went to the platform, with the files that went along."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerFacts, BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base


class Plea(StrEnum):
    """What an answer asks the platform for.

    REJECT: to decline the request. RETURN_FIRST: to pay back only once the goods came back and were checked. PARTIAL: to
    pay back no more than an amount. COMPENSATE: to make up to the shop what the buyer was paid back.
    """

    REJECT = "reject"
    RETURN_FIRST = "return_first"
    PARTIAL = "partial"
    COMPENSATE = "compensate"


class AnswerDraft(Base):
    """The answer that is being written, at most one a dispute. `amount` is in the dispute's currency.

    `text` is what will go to the platform, in `language`; `reading` the same composed in the language the team reads.
    `reason` is the platform's own reason of dispute whose list of proof is filled; None: the usual list. `rules` are
    codes of the platform's rules, `exhibits` `{"module": …, "evidence": [ids]}` in the order of the list; the
    numbers the text refers to count through them. `set_aside` are findings of the guard that a person answered with a
    reason: `{"key", "words", "why", "who"}`.
    """

    __tablename__ = "answer_draft"

    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id"), primary_key=True, autoincrement=False)
    plea: Mapped[Plea] = mapped_column(enum_column(Plea))
    amount: Mapped[Decimal | None] = mapped_column(Amount())
    language: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(BuyerWords())
    reading_language: Mapped[str] = mapped_column(Text)
    reading: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    reason: Mapped[int | None] = mapped_column(SmallInteger)
    rules: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    exhibits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    set_aside: Mapped[list[dict[str, Any]]] = mapped_column(BuyerFacts, default=list, server_default="[]")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class DisputeAnswer(Base):
    """One answer as it went to the platform, the `number`-th of its dispute. Append-only.

    `rules` holds each rule as it read then (`code`, `version`, `text`, `source`, `checked_on`, `confidence`), `exhibits` each exhibit
    by its number in the text (`number`, `module`, `evidence_id`, `kind`, `name`, `sha256`), `set_aside` the findings of
    the guard that a person answered. `pdf_sha256` is the paper with its exhibits, `receipt_id` the platform's receipt among the
    case's evidence.
    """

    __tablename__ = "dispute_answer"
    __table_args__ = (
        UniqueConstraint("dispute_id", "number"),
        CheckConstraint("number > 0", name="counted_from_one"),
        CheckConstraint("text <> ''", name="has_words"),
        Index(None, "incident_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"))
    number: Mapped[int]
    plea: Mapped[Plea] = mapped_column(enum_column(Plea))
    amount: Mapped[Decimal | None] = mapped_column(Amount())
    currency: Mapped[str] = mapped_column(CurrencyCode)
    language: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(BuyerWords())
    reading_language: Mapped[str] = mapped_column(Text)
    reading: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    reason: Mapped[int | None] = mapped_column(SmallInteger)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    exhibits: Mapped[list[dict[str, Any]]] = mapped_column(BuyerFacts, default=list)
    set_aside: Mapped[list[dict[str, Any]]] = mapped_column(BuyerFacts, default=list)
    pdf_sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    receipt_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("evidence.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AnswerFile(Base):
    """One picture that went along with an answer, as it was converted for the platform: the `number`-th, for `module` of its
    list. `holds` are the numbers of the exhibits on it. Append-only.
    """

    __tablename__ = "answer_file"
    __table_args__ = (
        UniqueConstraint("answer_id", "number"),
        CheckConstraint("number > 0", name="counted_from_one"),
        CheckConstraint("size > 0", name="not_empty"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    answer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute_answer.id"))
    number: Mapped[int]
    module: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    size: Mapped[int] = mapped_column(BigInteger)
    holds: Mapped[list[int]] = mapped_column(JSONB, default=list)
