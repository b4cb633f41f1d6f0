"""What belongs to a pack beside its archive: the files made for one receiver, and what a claim's form was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.foundation.buyers import BuyerWords
from core.foundation.columns import UtcDateTime
from core.foundation.database import Base


class PackPart(Base):
    """One file made for a pack's receiver. Append-only.

    `number` counts a pack's files from 1; files of one `sending` (1 of n) go together; `module` is the place in the
    receiver's form. `holds` lists what is in it: `{"number": evidence number or null, "what": …}`.
    """

    __tablename__ = "pack_part"
    __table_args__ = (
        UniqueConstraint("pack_id", "number"),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("number > 0 and sending > 0", name="counted_from_one"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    pack_id: Mapped[int] = mapped_column(ForeignKey("pack.id"))
    number: Mapped[int]
    sending: Mapped[int]
    module: Mapped[str] = mapped_column(Text, server_default="", default="")
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(CHAR(64), ForeignKey("stored_file.sha256"))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    holds: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class ClaimAnswer(Base):
    """What a person wrote into one field of a claim's form that the case itself does not know. The latest counts;
    an empty text takes an answer back. Append-only.
    """

    __tablename__ = "claim_answer"
    __table_args__ = (Index(None, "claim_id", "field", "id"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    field: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(BuyerWords())
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
