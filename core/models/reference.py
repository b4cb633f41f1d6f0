"""Counters behind references such as INC-2026-00001: one row per kind and year, counted up under its lock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.foundation.database import Base


class ReferenceCounter(Base):
    """The last number given out for a kind (`INC`, `CL`) in a year."""

    __tablename__ = "reference_counter"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_references(
    session: Session, kind: str, now: datetime, count: int = 1, zone: str = "Asia/Shanghai"
) -> list[str]:
    """The next `count` references of a kind, without gaps between committed ones: `INC-2026-00001`.

    The year is that of `zone`. Another transaction that wants one waits until this one ends.
    """
    year = now.astimezone(ZoneInfo(zone)).year
    last = session.execute(
        insert(ReferenceCounter)
        .values(kind=kind, year=year, last=count)
        .on_conflict_do_update(index_elements=["kind", "year"], set_={"last": ReferenceCounter.last + count})
        .returning(ReferenceCounter.last)
    ).scalar_one()
    return [f"{kind}-{year}-{number:05d}" for number in range(last - count + 1, last + 1)]
