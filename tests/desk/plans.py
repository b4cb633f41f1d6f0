"""What Postgres would do for a read: every statement of a block, explained with the values it ran with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


@contextmanager
def explained(session: Session, options: str = "") -> Iterator[list[str]]:
    """Collect the plan of each statement the block runs, as EXPLAIN prints it."""
    plans: list[str] = []
    connection = session.connection()

    def look(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "WITH", "with")):
            return
        with conn.connection.cursor() as other:
            other.execute(f"EXPLAIN {options} {statement}", parameters)
            plans.append("\n".join(row[0] for row in other.fetchall()))

    event.listen(connection, "before_cursor_execute", look)
    try:
        yield plans
    finally:
        event.remove(connection, "before_cursor_execute", look)


def scanned(plan: str) -> set[str]:
    """The tables a plan reads from end to end."""
    found = set()
    for line in plan.splitlines():
        _before, scan, after = line.partition("Seq Scan on ")
        if scan:
            found.add(after.split()[0])
    return found
