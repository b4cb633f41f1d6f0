"""Messages to buyers as they were sent, and the team's own words for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class Situation(StrEnum):
    """What a message to a buyer is about, in the order of a case."""

    APOLOGY = "apology"
    PHOTOS = "photos"
    REMINDER = "reminder"
    WHERE = "where"
    LOST = "lost"
    RESHIP = "reship"
    REFUND = "refund"
    PARTIAL = "partial"
    VOUCHER = "voucher"
    WAITING = "waiting"
    CLOSING = "closing"
    THANKS = "thanks"


class MessageTemplate(Base):
    """One version of the team's own text for a situation in a language (a code of `data/messages`). The next version
    retires the one before; with none current, the shipped text is used.
    """

    __tablename__ = "message_template"
    __table_args__ = (
        UniqueConstraint("situation", "language", "version"),
        Index(
            "uq_message_template_current",
            "situation",
            "language",
            unique=True,
            postgresql_where=text("retired_at is null"),
        ),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("text <> ''", name="has_words"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    situation: Mapped[Situation] = mapped_column(enum_column(Situation))
    language: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Message(Base):
    """One message as it was sent. `template_id` None: it began with the shipped text, `template_version` of it.

    `flaws` are what the check of its tone still missed when it went. `contact_id` is its talk in the log, which carries
    the clock of what was promised or asked.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "incident_id", "sent_at"),
        CheckConstraint("text <> ''", name="has_words"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    situation: Mapped[Situation] = mapped_column(enum_column(Situation))
    language: Mapped[str] = mapped_column(Text)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("message_template.id"))
    template_version: Mapped[int]
    text: Mapped[str] = mapped_column(BuyerWords(own=True))
    flaws: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contact.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
