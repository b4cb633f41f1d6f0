"""The platform's rules an answer can rest on, as the team wrote them: every version a row."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.columns import UtcDateTime, enum_column
from core.foundation.database import Base
from core.models.rule import Confidence, Origin


class Topic(StrEnum):
    """What a rule is about."""

    RESPONSE = "response"
    PROOF = "proof"
    REASON = "reason"
    RETURN = "return"
    COMPENSATION = "compensation"


class PlatformRuleVersion(Base):
    """One version of a rule of the platform in our own words. Append-only: a rule that is retired or brought back is a version too.

    A shipped rule (`core/data/platform_rules.toml`) has rows only once the team wrote about it; the first of them holds what was
    shipped then (`origin` seed). `words` is the rule by language, English and Chinese always. `markets` (ISO 3166), `reasons`
    (`ReturnReason`), `pleas` (`Plea`) and `carriers` (their codes): empty for any. `valid_from` None: its source does not say
    since when. `note` says why it was retired.
    """

    __tablename__ = "platform_rule"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("source <> ''", name="has_source"),
        CheckConstraint(
            "coalesce(words->>'en', '') <> '' and coalesce(words->>'zh-CN', '') <> ''", name="in_two_languages"
        ),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    topic: Mapped[Topic] = mapped_column(enum_column(Topic))
    markets: Mapped[list[str]] = mapped_column(JSONB)
    reasons: Mapped[list[str]] = mapped_column(JSONB)
    pleas: Mapped[list[str]] = mapped_column(JSONB)
    carriers: Mapped[list[str]] = mapped_column(JSONB)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(Text)
    confidence: Mapped[Confidence] = mapped_column(enum_column(Confidence))
    checked_on: Mapped[date] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    retired: Mapped[bool] = mapped_column(server_default="false", default=False)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    origin: Mapped[Origin] = mapped_column(enum_column(Origin))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
