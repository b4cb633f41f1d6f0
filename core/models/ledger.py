"""The ledger: append-only double entry. Payouts and exchange rates stand beside it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base


class Account(StrEnum):
    """Where an amount stands. Losses grow positive, recoveries negative; `goods` and `bank` are the other side of
    each. `payer.credit` is money a payer sent beyond what it owed: negative, and owed back.
    """

    LOSS_GOODS = "loss.goods"
    LOSS_FREIGHT = "loss.freight"
    LOSS_RESHIP = "loss.reship"
    LOSS_REFUND = "loss.refund"
    LOSS_OTHER = "loss.other"
    RECOVERY_CARRIER = "recovery.carrier"
    RECOVERY_PLATFORM = "recovery.platform"
    RECOVERY_INSURER = "recovery.insurer"
    RECOVERY_SUPPLIER = "recovery.supplier"
    PAYER_CREDIT = "payer.credit"
    GOODS = "goods"
    BANK = "bank"


class PayoutBack(StrEnum):
    """Why a payout no longer stands: the payer took it back, we gave it back, or it was booked in error."""

    BOUNCED = "bounced"
    RETURNED = "returned"
    MISTAKE = "mistake"


class Posting(Base):
    """One balanced posting of a case. `reverses_id` names the posting it takes back."""

    __tablename__ = "posting"
    __table_args__ = (
        Index(None, "incident_id"),
        UniqueConstraint("reverses_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    on_date: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    reverses_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Entry(Base):
    """One side of a posting. The entries of a posting sum to zero in each currency: the database checks it at
    commit.
    """

    __tablename__ = "entry"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"), {"info": {"append_only": True}})

    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[Account] = mapped_column(enum_column(Account))
    amount: Mapped[Decimal] = mapped_column(Amount())
    currency: Mapped[str] = mapped_column(CurrencyCode)


class Payout(Base):
    """Money that came in for a claim. `amount` is in the case's currency; what arrived in another one stands beside
    it.
    """

    __tablename__ = "payout"
    __table_args__ = (
        Index(None, "claim_id"),
        Index(None, "paid_on"),
        CheckConstraint("amount > 0", name="amount_positive"),
        # Not unique: a payout booked in error is taken back and booked anew under the same reference. The verb looks, under
        # the case's lock.
        Index(None, "claim_id", "reference"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    posting_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("posting.id"), unique=True)
    amount: Mapped[Decimal] = mapped_column(Amount())
    currency: Mapped[str] = mapped_column(CurrencyCode)
    received_amount: Mapped[Decimal] = mapped_column(Amount())
    received_currency: Mapped[str] = mapped_column(CurrencyCode)
    base_amount: Mapped[Decimal] = mapped_column(Amount())
    base_currency: Mapped[str] = mapped_column(CurrencyCode)
    paid_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PayoutReversal(Base):
    """A payout, or a part of it, that went away again. `amount` and `credit` (what of it was owed back anyway) are in the
    case's currency.
    """

    __tablename__ = "payout_reversal"
    __table_args__ = (
        Index(None, "payout_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("credit >= 0 and credit <= amount", name="credit_within_amount"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    payout_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payout.id"))
    posting_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("posting.id"), unique=True)
    how: Mapped[PayoutBack] = mapped_column(enum_column(PayoutBack))
    amount: Mapped[Decimal] = mapped_column(Amount())
    credit: Mapped[Decimal] = mapped_column(Amount(), server_default="0", default=Decimal(0))
    on_date: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(BuyerWords())
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ExchangeRate(Base):
    """How many units of `currency` one US dollar bought on a day, and who says so."""

    __tablename__ = "exchange_rate"
    __table_args__ = (CheckConstraint("per_usd > 0", name="rate_positive"),)

    currency: Mapped[str] = mapped_column(CurrencyCode, primary_key=True)
    on_date: Mapped[date] = mapped_column(Date, primary_key=True)
    per_usd: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    source: Mapped[str] = mapped_column(Text)
