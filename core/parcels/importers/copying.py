"""Rows into tables by COPY, whole sets at a time, inside the session's transaction."""

from __future__ import annotations

from collections.abc import Iterable
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


def copy(cursor: psycopg.Cursor[Any], statement: str, lines: Iterable[str]) -> None:
    """Run `copy … from stdin` with `lines`, sent in blocks."""
    block: list[str] = []
    size = 0
    with cursor.copy(statement.encode()) as sink:
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


__all__ = ["copy", "cursor_of", "line", "moment"]
