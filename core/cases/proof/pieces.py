"""The standing files of a case, as far as lists of proof go: one statement (inner)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.models import Evidence, StoredFile


@dataclass(frozen=True)
class Held:
    """One standing file. Pixels the right way up; `unreadable` is a code."""

    id: int
    name: str
    kind: str
    media_type: str
    width: int | None
    height: int | None
    unreadable: str | None
    derived_from: int | None


_PIECES = (
    select(
        Evidence.id,
        Evidence.name,
        Evidence.kind,
        StoredFile.media_type,
        Evidence.width,
        Evidence.height,
        Evidence.unreadable,
        Evidence.derived_from,
    )
    .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
    .where(Evidence.incident_id == bindparam("incident"), Evidence.withdrawn_at.is_(None))
    .order_by(Evidence.added_at, Evidence.id)
)


def pieces_of(session: Session, incident_id: int) -> list[Held]:
    """The standing files of a case in the order they came."""
    return [Held(*row) for row in session.execute(_PIECES, {"incident": incident_id})]
