"""Rows into tables by COPY, whole sets at a time, inside the session's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.orm import Session

_NULL = "\\N"
_BLOCK = 1 << 18


def cursor_of(session: Session) -> psycopg.Cursor[Any]:
    """The driver's own cursor, inside the session's transaction."""
    session.flush()
    connection: psycopg.Connection[Any] | None = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has lost its connection")
    return connection.cursor()


def line(cells: list[Any]) -> str:
    """One line of COPY's text form."""
    return "\t".join([_NULL if cell is None else _cell(cell) for cell in cells]) + "\n"


def moment(at: datetime | None) -> str | None:
    """A moment as COPY takes it."""
    return None if at is None else at.isoformat()


@contextmanager
def checks_planned_once(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """For a statement that writes many rows. The checks of foreign keys are statements too, several a row: they keep their plan
    instead of being planned row by row. Questions with long lists are not asked inside: theirs depends on the list.
    """
    cursor.execute("set local plan_cache_mode = auto")
    yield
    cursor.execute("set local plan_cache_mode to default")


def copy(cursor: psycopg.Cursor[Any], statement: str, lines: Iterable[str]) -> None:
    """Run `copy … from stdin` with `lines`, sent in blocks."""
    block: list[str] = []
    size = 0
    with checks_planned_once(cursor), cursor.copy(statement.encode()) as sink:
        for one in lines:
            block.append(one)
            size += len(one)
            if size > _BLOCK:
                sink.write("".join(block).encode())
                block, size = [], 0
        if block:
            sink.write("".join(block).encode())


def _cell(cell: Any) -> str:
    if type(cell) is not str:
        return str(cell)
    if "\\" in cell or "\t" in cell or "\n" in cell or "\r" in cell:
        return cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return cell


__all__ = ["checks_planned_once", "copy", "cursor_of", "line", "moment"]
