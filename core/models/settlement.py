"""Money as the platform's own files tell it, line by line, and the claims and disputes that lines of it pay."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.incident import IncidentType


class SettlementSource(StrEnum):
    """Which of the platform's lists a line stands in."""

    INCOME = "income"
    ADJUSTMENT = "adjustment"
    WALLET = "wallet"


class SettlementKind(StrEnum):
    """What a line is: an order's own money, compensation for a loss, compensation taken back, or anything else."""

    RELEASE = "release"
    COMPENSATION = "compensation"
    TAKEN_BACK = "taken_back"
    OTHER = "other"


class MatchState(StrEnum):
    """What became of a match. Suggested and accepted ones hold their lines; the others let them go."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDONE = "undone"


class MatchWay(StrEnum):
    """How lines and what is owed fit: one to one, several lines for one, one line for several, a part of it, more than it;
    a payout that somebody had booked already; or a person said so.
    """

    ONE = "one"
    SEVERAL_LINES = "several_lines"
    SEVERAL_CLAIMS = "several_claims"
    PART = "part"
    MORE = "more"
    BOOKED = "booked"
    HAND = "hand"


class SettlementLine(Base):
    """One line of money of a file. `amount` is signed and in `currency`; `paid_on` a day in the shop's zone.

    `row` is the row of `import_id`, the first file that told it; `told` the digest of what makes it this line, so that a file of an
    overlapping period does not bring it twice. `rule` names what recognised a compensation (`data/settlement_kinds.toml`), `type` the
    incident it speaks of, where it does. A compensation of an income row is part of the release in the same row.

    `twin_id` is the line of another list that tells the same money: only that one is matched. `match_id` is the match that holds
    this line: a line is in one at a time.
    """

    __tablename__ = "settlement_line"
    __table_args__ = (
        UniqueConstraint("shop_id", "told"),
        CheckConstraint("amount <> 0 or kind = 'release'", name="worth_something"),
        CheckConstraint("kind <> 'compensation' or amount > 0", name="compensation_came"),
        CheckConstraint("kind <> 'taken_back' or amount < 0", name="taken_back_went"),
        CheckConstraint("twin_id is null or twin_id <> id", name="twin_is_another"),
        CheckConstraint("twin_id is null or match_id is null", name="twin_is_not_matched"),
        Index(None, "shop_id", "order_number"),
        Index(None, "import_id"),
        Index("ix_settlement_line_match_id", "match_id", postgresql_where=text("match_id is not null")),
        Index("ix_settlement_line_twin_id", "twin_id", postgresql_where=text("twin_id is not null")),
        Index(
            "ix_settlement_line_open",
            "paid_on",
            "id",
            postgresql_where=text("kind = 'compensation' and match_id is null and twin_id is null"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row: Mapped[int]
    source: Mapped[SettlementSource] = mapped_column(enum_column(SettlementSource))
    kind: Mapped[SettlementKind] = mapped_column(enum_column(SettlementKind))
    rule: Mapped[str | None] = mapped_column(Text)
    type: Mapped[IncidentType | None] = mapped_column(enum_column(IncidentType))
    order_number: Mapped[str | None] = mapped_column(Text)
    return_number: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Amount())
    currency: Mapped[str] = mapped_column(CurrencyCode)
    paid_on: Mapped[date] = mapped_column(Date)
    said: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    told: Mapped[bytes] = mapped_column(LargeBinary)
    twin_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("settlement_line.id"))
    match_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("settlement_match.id"))


class SettlementRepeat(Base):
    """A further file that told a line: when the first one is deleted, the line stays as this one's."""

    __tablename__ = "settlement_repeat"
    __table_args__ = (Index(None, "line_id"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_line.id"), primary_key=True)
    row: Mapped[int]


class SettlementMatch(Base):
    """Lines of money and what they pay, as suggested or as a person said. `amount` is the lines' sum, `expected` what was still
    owed, both in `currency`. `payout_id` is a payout that stood in the books before the lines came: then none is made.
    """

    __tablename__ = "settlement_match"
    __table_args__ = (
        CheckConstraint("(state = 'suggested') = (decided_at is null)", name="decided_with_date"),
        CheckConstraint("(way = 'booked') = (payout_id is not null)", name="booked_with_payout"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_settlement_match_suggested", "id", postgresql_where=text("state = 'suggested'")),
        Index(None, "state", "decided_at", "id"),
        Index(
            "uq_settlement_match_payout",
            "payout_id",
            unique=True,
            postgresql_where=text("payout_id is not null and state in ('suggested', 'accepted')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    state: Mapped[MatchState] = mapped_column(enum_column(MatchState), default=MatchState.SUGGESTED)
    way: Mapped[MatchWay] = mapped_column(enum_column(MatchWay))
    amount: Mapped[Decimal] = mapped_column(Amount())
    expected: Mapped[Decimal | None] = mapped_column(Amount())
    currency: Mapped[str] = mapped_column(CurrencyCode)
    payout_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")


class SettlementShare(Base):
    """How much of a line goes to a claim, or to a dispute that has none. The shares of a line make up its whole amount.

    `owed` is what the claim could still bring when this was suggested; `payout_id` the payout the acceptance made of it.
    """

    __tablename__ = "settlement_share"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("num_nonnulls(claim_id, dispute_id) = 1", name="pays_one"),
        UniqueConstraint("match_id", "line_id", "claim_id"),
        UniqueConstraint("payout_id"),
        Index(None, "line_id"),
        Index("ix_settlement_share_claim_id", "claim_id", postgresql_where=text("claim_id is not null")),
        Index("ix_settlement_share_dispute_id", "dispute_id", postgresql_where=text("dispute_id is not null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    match_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_match.id"))
    line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_line.id"))
    claim_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("claim.id"))
    dispute_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dispute.id"))
    amount: Mapped[Decimal] = mapped_column(Amount())
    owed: Mapped[Decimal | None] = mapped_column(Amount())
    payout_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout.id"))
