"""Bringing a database to the shape this code expects, and saying how far it is.

Every process does so at its start. An advisory lock lets one work while the others wait, and then find nothing left to
do.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from core.foundation.database import make_engine
from core.foundation.errors import BadConfig, Unavailable
from core.foundation.language import _

PLACE = Path(__file__).parents[1] / "migrations"
LOCK = 7_265_636_670
"""Advisory lock of Recoup's migrations; the number is the word "recoup" on a telephone's keys and more."""

WAIT_FOR_OTHERS = "10min"
WAIT_FOR_LOCK = "15s"
LONGEST_STATEMENT = "30min"
OLDEST_SERVER = 15

logger = logging.getLogger("recoup")


@dataclass(frozen=True)
class State:
    """Where a database stands: its revision (None: empty) and the one this code works with."""

    current: str | None
    wanted: str
    newer: bool

    @property
    def ok(self) -> bool:
        """Whether the code and the database fit."""
        return self.current == self.wanted


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, in code: there is no ini file."""
    made = Config()
    made.set_main_option("script_location", str(PLACE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    if connection is not None:
        made.attributes["connection"] = connection
    return made


@lru_cache(maxsize=1)
def _known() -> tuple[str, frozenset[str]]:
    """The newest revision and all revisions this code knows."""
    scripts = ScriptDirectory.from_config(config())
    head = scripts.get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head, frozenset(script.revision for script in scripts.walk_revisions())


def head() -> str:
    """The newest revision this code knows."""
    return _known()[0]


def _state(connection: Connection) -> State:
    wanted, known = _known()
    current = MigrationContext.configure(connection).get_current_revision()
    return State(current, wanted, current is not None and current not in known)


def state(engine: Engine) -> State:
    """How far the database is. Unavailable where it does not answer."""
    try:
        with engine.connect() as connection:
            return _state(connection)
    except OperationalError as error:
        raise _no_answer(engine.url, error) from error


def upgrade(url: str | URL, *, to: str = "head") -> State:
    """Bring the database up to date. BadConfig where it cannot serve Recoup, Unavailable where it does not answer."""
    engine = make_engine(url, pooled=False)
    try:
        with engine.connect() as connection, _told_plainly(engine.url):
            _refuse_unfit(connection)
            connection.execute(text(f"SET lock_timeout = '{WAIT_FOR_OTHERS}'; SET statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.execute(
                text(f"SET lock_timeout = '{WAIT_FOR_LOCK}'; SET statement_timeout = '{LONGEST_STATEMENT}'")
            )
            connection.commit()
            try:
                return _run(connection, to)
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                connection.commit()
    except OperationalError as error:
        raise _no_answer(engine.url, error) from error
    finally:
        engine.dispose()


def _run(connection: Connection, to: str) -> State:
    before = _state(connection)
    connection.rollback()
    if before.newer:
        raise BadConfig(
            _(
                "The database is of a newer Recoup (revision {theirs}; this one knows up to {ours}). "
                "Install that Recoup again, or restore a backup made before it.",
                theirs=before.current,
                ours=before.wanted,
            )
        )
    if not before.ok:
        command.upgrade(config(connection), to)
        logger.info("the database was brought from revision %s to %s", before.current, to)
    return _state(connection)


def _refuse_unfit(connection: Connection) -> None:
    found: Any = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),"
            " pg_is_in_recovery(), has_schema_privilege(current_schema(), 'CREATE')"
        )
    ).one()
    connection.rollback()
    version, encoding, replica, may_create = found
    if version < OLDEST_SERVER:
        raise BadConfig(
            _(
                "DATABASE_URL is a Postgres {version}; Recoup needs {oldest} or newer.",
                version=version,
                oldest=OLDEST_SERVER,
            )
        )
    if encoding != "UTF8":
        raise BadConfig(
            _("The database of DATABASE_URL is encoded in {encoding}; Recoup needs UTF8.", encoding=encoding)
        )
    if replica:
        raise BadConfig(_("The server of DATABASE_URL is a read-only replica; Recoup needs the one that takes writes."))
    if not may_create:
        raise BadConfig(
            _("The user of DATABASE_URL may not make tables in this database. Make that user the database's owner.")
        )


@contextmanager
def _told_plainly(url: URL) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":
            raise Unavailable(
                _(
                    "Another program holds the database's tables, so that they cannot be brought up to date. "
                    "Try again when it ends."
                )
            ) from error
        raise


def _no_answer(url: URL, error: OperationalError) -> Unavailable:
    reason = (str(error.orig).strip().splitlines() or [""])[0]
    where = url.host or url.query.get("host") or "?"
    return Unavailable(_("The database at {where} does not answer: {reason}", where=where, reason=reason))
