"""The value policy: from which value on a loss is insured or claimed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import Amount, CurrencyCode, UtcDateTime
from core.foundation.database import Base


class TierPolicy(Base):
    """One version of the policy, in `currency`: below `insure_from` absorb, from there insure, from `claim_from` claim.

    The newest version holds; a case names the version it was tiered under.
    """

    __tablename__ = "tier_policy"
    __table_args__ = (
        CheckConstraint("insure_from >= 0 and insure_from <= claim_from", name="bands_in_order"),
        {"info": {"append_only": True}},
    )

    version: Mapped[int] = mapped_column(Identity(), primary_key=True)
    currency: Mapped[str] = mapped_column(CurrencyCode)
    insure_from: Mapped[Decimal] = mapped_column(Amount())
    claim_from: Mapped[Decimal] = mapped_column(Amount())
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
