"""Mass loading: COPY into tables whose indexes and foreign keys are put aside meanwhile, all in one transaction.

Nothing is left out: foreign keys are added back and checked whole, indexes built again, the balance of every posting is asked.
If anything fails, the transaction takes all of it back, the put-aside parts included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escape(text: str) -> str:
    """A text as COPY's text format holds it. Most need nothing."""
    special = "\\" in text or "\t" in text or "\n" in text or "\r" in text
    return text.translate(_ESCAPES) if special else text


def connection_of(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection a session works on, inside its transaction."""
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver


def copy(connection: psycopg.Connection[Any], table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> None:
    """COPY text into a table. `chunks` hold whole lines, columns separated by tabs."""
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(command) as stream:
        for chunk in chunks:
            stream.write(chunk)


@contextmanager
def unburdened(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """Inside the block the tables have no foreign keys, only their unique indexes, and no check of postings row by row."""
    names = list(tables)
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2",
        [names],
    ).fetchall()
    indexes = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique ORDER BY 1",
        [names],
    ).fetchall()
    watched = "entry" in names
    # Names and definitions come from the database's own catalogue, spelt by it.
    for table, name, _definition in keys:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
    for name, _definition in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    if watched:
        connection.execute("ALTER TABLE entry DISABLE TRIGGER posting_balances")
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        connection.execute(definition.encode())
    for table, name, definition in keys:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'.encode())
    if watched:
        connection.execute("ALTER TABLE entry ENABLE TRIGGER posting_balances")
        _balanced(connection)


def _balanced(connection: psycopg.Connection[Any]) -> None:
    wrong = connection.execute(
        "SELECT posting_id FROM entry GROUP BY posting_id, currency HAVING sum(amount) <> 0 LIMIT 1"
    ).fetchone()
    if wrong is not None:
        raise ValueError(f"posting {wrong[0]} of the demo data does not balance")


def take_time(connection: psycopg.Connection[Any]) -> None:
    """Lift the limits of time that guard people's clicks, for this transaction."""
    for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
        connection.execute(f"SET LOCAL {name} = 0".encode())


def count_on(connection: psycopg.Connection[Any], tables: Sequence[str]) -> None:
    """Let the tables' ids go on behind the highest one that is there."""
    for table in tables:
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({name}, 'id'), greatest(max(id), 1)) FROM {table}").format(
                name=sql.Literal(table), table=sql.Identifier(table)
            )
        )


def analyse(connection: psycopg.Connection[Any], tables: Sequence[str]) -> None:
    """Let the planner know what is in the tables: what comes next is asked of them at their full size."""
    for table in tables:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
