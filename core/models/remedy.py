"""Remedies: what buyers are given, who may promise how much of it, and what came of it for the shop."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerDigest, BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base
from core.foundation.permissions import Role


class RemedyKind(StrEnum):
    """What the buyer gets."""

    RESHIP = "reship"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    VOUCHER = "voucher"


class RemedyState(StrEnum):
    """How far it is. PROPOSED waits for somebody's approval, ASKED for an answer of the person who proposed it, APPROVED
    may be given, DONE was given.
    """

    PROPOSED = "proposed"
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class RemedyAction(StrEnum):
    """What moves a remedy. GRANT: its proposer's own authority was enough. TAKE_BACK: it was not given after all."""

    PROPOSE = "propose"
    GRANT = "grant"
    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    ANSWER = "answer"
    DO = "do"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"


class Scope(StrEnum):
    """What a limit of authority adds up over: one order, one person's last 24 hours, one buyer, one carrier's parcels of
    one handover day. TWO is no limit but the amount from which two persons stand behind it.
    """

    CASE = "case"
    DAY = "day"
    BUYER = "buyer"
    BATCH = "batch"
    TWO = "two"


class Remedy(Base):
    """One thing offered to a buyer for a case. `amount` is what the buyer gets, `cost` what it costs us, both in the case's
    currency; `base_amount`, the greater of them in the base currency at the rate of `rate_on`, is what limits are kept by.

    The three keys say what the limits add up over, as known when it was proposed: `order_key` shop and order, `buyer_key` a
    digest of market and username (or of the order, where nobody is named), `batch_key` carrier, market and handover day.
    `needs` approvals are needed (0: the proposer's own authority was enough), because of what `over` names. `near` names
    the limit it came close to without passing it. `replaced` of the case's loss of goods gave way to this cost in the books.
    """

    __tablename__ = "remedy"
    __table_args__ = (
        CheckConstraint("amount > 0 and cost >= 0 and base_amount > 0", name="amounts_positive"),
        CheckConstraint("needs between 0 and 2", name="needs_at_most_two"),
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="done_with_date"),
        CheckConstraint("state <> 'done' or cost = 0 or posting_id is not null", name="done_with_posting"),
        CheckConstraint("replaced >= 0 and replaced <= cost", name="replaced_within_cost"),
        CheckConstraint("state not in ('approved', 'done') or granted_at is not null", name="granted_with_date"),
        Index(None, "incident_id"),
        Index("ix_remedy_order", "order_key", postgresql_where=text("state::text = any ('{approved,done}'::text[])")),
        Index("ix_remedy_buyer", "buyer_key", "granted_at"),
        Index("ix_remedy_batch", "batch_key", "granted_at"),
        Index(
            "ix_remedy_open",
            "proposed_at",
            postgresql_where=text("state::text = any ('{proposed,asked,approved}'::text[])"),
        ),
        Index("ix_remedy_near", "granted_at", postgresql_where=text("near is not null")),
        Index("ix_remedy_posting", "posting_id", postgresql_where=text("posting_id is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"))
    kind: Mapped[RemedyKind] = mapped_column(enum_column(RemedyKind))
    state: Mapped[RemedyState] = mapped_column(enum_column(RemedyState))
    asked: Mapped[RemedyKind | None] = mapped_column(enum_column(RemedyKind, "asked"))
    currency: Mapped[str] = mapped_column(CurrencyCode)
    amount: Mapped[Decimal] = mapped_column(Amount())
    cost: Mapped[Decimal] = mapped_column(Amount())
    base_currency: Mapped[str] = mapped_column(CurrencyCode)
    base_amount: Mapped[Decimal] = mapped_column(Amount())
    rate_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(BuyerWords())
    order_key: Mapped[str] = mapped_column(Text)
    buyer_key: Mapped[str] = mapped_column(BuyerDigest)
    batch_key: Mapped[str] = mapped_column(Text)
    needs: Mapped[int] = mapped_column(SmallInteger)
    over: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    near: Mapped[Scope | None] = mapped_column(enum_column(Scope, "near"))
    authority_version: Mapped[int] = mapped_column(Integer)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    posting_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting.id"))
    replaced: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way


class RemedyStep(Base):
    """One thing done to a remedy, by whom, with the words said. A GRANT or APPROVE counts against the authority of
    `authority_of`: the person, or whom the person stands in for. `covered`: that authority was enough for it.
    """

    __tablename__ = "remedy_step"
    __table_args__ = (
        Index(None, "remedy_id", "id"),
        Index("ix_remedy_step_person", "person_id", "at", postgresql_where=text("covered")),
        Index("ix_remedy_step_authority", "authority_of", "at", postgresql_where=text("covered")),
        CheckConstraint("not covered or authority_of is not null", name="covered_by_somebody"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    remedy_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("remedy.id"))
    action: Mapped[RemedyAction] = mapped_column(enum_column(RemedyAction))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    authority_of: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    covered: Mapped[bool] = mapped_column(default=False, server_default="false")
    text: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")


class DisputeGift(Base):
    """What a person decided to give a buyer in a dispute, by one step of it; the newest of a dispute takes the place of those before.
    The limits count it like a remedy, but for what is a remedy's own money (`core.money.authority.promised`).

    `amount` is in the case's currency, `base_amount` the same in the base currency at the rate of `rate_on`; the three keys as a remedy
    has them. `at` is when it was written down, whatever moment the step itself tells. It counts against the authority of `authority_of`:
    the person, or whom the person stands in for; nobody's, where all of it was approved as a remedy before.
    """

    __tablename__ = "dispute_gift"
    __table_args__ = (
        CheckConstraint("amount > 0 and base_amount > 0", name="amounts_positive"),
        UniqueConstraint("step_id"),
        Index(None, "dispute_id"),
        Index(None, "incident_id"),
        Index("ix_dispute_gift_order", "order_key"),
        Index("ix_dispute_gift_buyer", "buyer_key", "at"),
        Index("ix_dispute_gift_batch", "batch_key", "at"),
        Index("ix_dispute_gift_person", "person_id", "at"),
        Index("ix_dispute_gift_authority", "authority_of", "at"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    step_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute_step.id"))
    dispute_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"))
    currency: Mapped[str] = mapped_column(CurrencyCode)
    amount: Mapped[Decimal] = mapped_column(Amount())
    base_currency: Mapped[str] = mapped_column(CurrencyCode)
    base_amount: Mapped[Decimal] = mapped_column(Amount())
    rate_on: Mapped[date | None] = mapped_column(Date)
    order_key: Mapped[str] = mapped_column(Text)
    buyer_key: Mapped[str] = mapped_column(BuyerDigest)
    batch_key: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    authority_of: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AuthorityPolicy(Base):
    """One version of who may give how much, in `currency`. The newest holds; before the first, `data/authority.toml` does.

    `buyer_days` and `batch_days` say how far back the limits per buyer and per carrier batch look. From `two_from` on (None:
    never) two persons stand behind a remedy.
    """

    __tablename__ = "authority_policy"
    __table_args__ = (
        CheckConstraint("buyer_days > 0 and batch_days > 0", name="looks_back"),
        CheckConstraint("two_from is null or two_from > 0", name="two_from_positive"),
        {"info": {"append_only": True}},
    )

    version: Mapped[int] = mapped_column(Identity(), primary_key=True)
    currency: Mapped[str] = mapped_column(CurrencyCode)
    buyer_days: Mapped[int]
    batch_days: Mapped[int]
    two_from: Mapped[Decimal | None] = mapped_column(Amount())
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AuthorityLimit(Base):
    """What a role may give by itself under one version of the policy. None: no limit. A role without a row may give nothing."""

    __tablename__ = "authority_limit"
    __table_args__ = (
        CheckConstraint(
            "coalesce(per_case, 0) >= 0 and coalesce(per_day, 0) >= 0"
            " and coalesce(per_buyer, 0) >= 0 and coalesce(per_batch, 0) >= 0",
            name="limits_not_negative",
        ),
        {"info": {"append_only": True}},
    )

    version: Mapped[int] = mapped_column(ForeignKey("authority_policy.version"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)
    per_case: Mapped[Decimal | None] = mapped_column(Amount())
    per_day: Mapped[Decimal | None] = mapped_column(Amount())
    per_buyer: Mapped[Decimal | None] = mapped_column(Amount())
    per_batch: Mapped[Decimal | None] = mapped_column(Amount())


class StandIn(Base):
    """Somebody who decides in another's place from `from_at` until `until_at`, or until it is ended before that."""

    __tablename__ = "stand_in"
    __table_args__ = (
        CheckConstraint("person_id <> stand_in_id", name="somebody_else"),
        CheckConstraint("until_at > from_at", name="ends_after_start"),
        CheckConstraint("(ended_at is null) = (ended_by is null)", name="ended_by_somebody"),
        Index(None, "stand_in_id", "until_at"),
        Index(None, "person_id", "until_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ShopResult(Base):
    """What came of a case for the shop, as noted at one moment; the latest note of a case counts. None: not known.

    `rating` is the buyer's stars (1 to 5), `review_avoided` whether no bad review came, `came_back` whether the buyer
    ordered again.
    """

    __tablename__ = "shop_result"
    __table_args__ = (
        CheckConstraint("rating between 1 and 5", name="stars"),
        CheckConstraint(
            "rating is not null or review_avoided is not null or came_back is not null", name="says_something"
        ),
        Index(None, "incident_id", "id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("incident.id"))
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    review_avoided: Mapped[bool | None]
    came_back: Mapped[bool | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
