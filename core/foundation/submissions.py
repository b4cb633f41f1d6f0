"""Submission keys: a form sent twice is one write, and the second sender is told what the first one made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.foundation.audit import plain
from core.foundation.columns import UtcDateTime
from core.foundation.database import Base
from core.foundation.errors import NotAllowed
from core.foundation.language import _
from core.foundation.permissions import Actor


class Submission(Base):
    """One key that was used, by whom, and what came of it."""

    __tablename__ = "submission"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    result: Mapped[Any] = mapped_column(JSONB, nullable=True)


def once(session: Session, key: str, write: Callable[[], Any], *, actor: Actor, now: datetime) -> tuple[Any, bool]:
    """Run `write` unless `key` was used before; give its result (plain JSON) and whether it was written now.

    Two at once: the second waits for the first's commit and gets the first's result; if the first rolled back, the
    second writes. Raises `NotAllowed` when the key is another person's.
    """
    claimed = session.execute(
        insert(Submission)
        .values(key=key, person_id=actor.person_id, at=now)
        .on_conflict_do_nothing()
        .returning(Submission.key)
    ).scalar_one_or_none()
    if claimed is None:
        stored = session.scalars(select(Submission).where(Submission.key == key)).one()
        if stored.person_id != actor.person_id:
            raise NotAllowed(_("This form was sent by somebody else. Reload the page and try again."))
        return stored.result, False
    result = plain(write())
    session.flush()
    submission = session.get_one(Submission, key)
    submission.result = result
    session.flush()
    return result, True
