"""Contacts: every talk with carrier, buyer, platform or insurer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerName, BuyerWords
from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base


class Party(StrEnum):
    """Who was talked to."""

    CARRIER = "carrier"
    BUYER = "buyer"
    PLATFORM = "platform"
    INSURER = "insurer"
    SUPPLIER = "supplier"


class Channel(StrEnum):
    """How."""

    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    PORTAL = "portal"
    IN_PERSON = "in_person"


class Contact(Base):
    """One talk. `at` is when it took place, `logged_at` when it was written down. A promise has a date and becomes a
    clock.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index(None, "incident_id", "at"),
        Index("ix_contact_called", text("lower(name)"), postgresql_where=text("name <> ''")),
        CheckConstraint("promise_due_at is null or promise <> ''", name="promise_has_words"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    party: Mapped[Party] = mapped_column(enum_column(Party))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(BuyerName, info={"buyer_where": "party = 'buyer'"}, server_default="", default="")
    staff_number: Mapped[str] = mapped_column(Text, server_default="", default="")
    summary: Mapped[str] = mapped_column(BuyerWords())
    promise: Mapped[str] = mapped_column(BuyerWords(), server_default="", default="")
    promise_by: Mapped[Party | None] = mapped_column(enum_column(Party, "promise_by"))
    promise_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    logged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    logged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
