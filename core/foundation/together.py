"""Several reads in one round trip: a screen that needs a dozen small statements waits for all of them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Ask = tuple[Select[*tuple[Any, ...]], Mapping[str, Any]]
"""A statement, built once and kept, that selects columns (no records, no IN lists), and its values by name."""

_Change = Callable[[Any], Any]


@dataclass
class _Ready:
    """A statement as the driver takes it: its own values, what changes the others on their way in, and cells on their way out (None:
    not known before its first rows).
    """

    sql: str
    values: Mapping[str, Any]
    inward: Mapping[str, _Change]
    outward: Sequence[tuple[int, _Change]] | None = None


def together(session: Session, asked: Sequence[Ask]) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, in the order asked, as plain tuples of what their columns hold, in one round trip."""
    if not asked:
        return []
    if session.autoflush:
        session.flush()
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        with _pipeline(driver):
            sent = [_send(connection, driver, _ready(ask[0], connection.dialect), ask) for ask in asked]
        return [_rows(connection.dialect, *one) for one in sent]
    except psycopg.Error as error:
        raise _failed(connection, driver, error) from error


def _failed(connection: Connection, driver: Any, error: Any) -> Exception:
    """The error as every other statement raises it; a connection that is gone is not used again."""
    if connection.dialect.is_disconnect(error, driver, None):
        connection.invalidate(error)
    told: Exception = DBAPIError.instance(
        None, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
    )
    return told


def _pipeline(driver: Any) -> AbstractContextManager[Any]:
    # An old libpq knows none: then each statement waits for itself.
    return driver.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def _send(connection: Connection, driver: Any, ready: _Ready, ask: Ask) -> tuple[Any, _Ready, Select[*tuple[Any, ...]]]:
    statement, values = ask
    given = {**ready.values, **{name: change(values[name]) for name, change in ready.inward.items()}}
    cursor = driver.cursor()
    # Whoever listens for statements, to count or to explain them, hears of these as of all others.
    connection.dispatch.before_cursor_execute(connection, cursor, ready.sql, given, None, False)
    cursor.execute(ready.sql, given)
    return cursor, ready, statement


def _rows(dialect: Dialect, cursor: Any, ready: _Ready, statement: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    if not rows:
        return rows
    if ready.outward is None:
        codes = [column.type_code for column in cursor.description]
        changes = [
            one.type.dialect_impl(dialect).result_processor(dialect, code)
            for one, code in zip(statement.selected_columns, codes, strict=True)
        ]
        ready.outward = [(place, change) for place, change in enumerate(changes) if change is not None]
    return [_read(row, ready.outward) for row in rows]


def _read(row: tuple[Any, ...], outward: Sequence[tuple[int, _Change]]) -> tuple[Any, ...]:
    cells = list(row)
    for place, change in outward:
        cells[place] = change(cells[place])
    return tuple(cells)


@lru_cache(maxsize=100)
def _ready(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> _Ready:
    compiled: Any = statement.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise ValueError("an IN list has no text of its own: compare with any() or with each")
    inward: dict[str, _Change] = {}
    values: dict[str, Any] = {}
    for bind, name in compiled.bind_names.items():
        change = bind.type.dialect_impl(dialect).bind_processor(dialect) or _same
        if bind.required:
            inward[name] = change
        else:
            values[name] = change(bind.effective_value)
    return _Ready(compiled.string, values, inward)


def _same(value: Any) -> Any:
    return value
