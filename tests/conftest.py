"""What every test may ask for: a real Postgres, the one Recoup embeds.

One server runs for the whole test run, shared by its workers, in a folder that goes away with it. The migrations are
run once into a template; each worker has a clone of it, and `session` is a transaction on that clone which is rolled
back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation import database, embedded, locks, migrate

TEMPLATE = "recoup_template"
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
PREFIX = "recoup-tests-"

# Nothing here has to survive a power cut; the crash tests start servers of their own with everything on.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}

# What the developer's own shell and `.env` file say is nothing to the tests; processes that tests start inherit this.
for name in [name for name in os.environ if name.startswith("RECOUP_") or name == "DATABASE_URL"]:
    del os.environ[name]
os.environ["RECOUP_ENV_FILE"] = os.devnull
os.environ["RECOUP_DATA_DIR"] = str(Path(tempfile.gettempdir()) / f"{PREFIX}{RUN[:8]}" / "data")
# The app hides what went wrong inside from people; a test wants to see it.
os.environ.setdefault("STREAMLIT_CLIENT_SHOW_ERROR_DETAILS", "full")

hypothesis.settings.register_profile("recoup", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")))
# pytest --hypothesis-profile thorough: for the night, or after the arithmetic of time was touched.
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=10_000)
hypothesis.settings.load_profile("recoup")


def _sweep() -> None:
    """Remove what killed test runs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < 3600:
                continue
            free = locks.take(folder / "postgres" / "users.lock")
        except OSError:
            continue
        if free is not None:
            free.release()
            shutil.rmtree(folder, ignore_errors=True)


def _databases(server: embedded.Server) -> set[str]:
    with server.connect() as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def _clone(server: embedded.Server, name: str) -> str:
    """A new database with everything the migrations made. Returns its address."""
    held = locks.take(server.folder / "template.lock", wait=120)
    assert held is not None, "another worker never finished building the template"
    with held:
        if TEMPLATE not in _databases(server):
            building = f"{TEMPLATE}_building"
            with server.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(building)))
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
            migrate.upgrade(server.url_of(building))
            with server.connect() as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(TEMPLATE))
                )
        with server.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
            )
    return server.url_of(name)


def _drop(server: embedded.Server, name: str) -> None:
    with server.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded.Server]:
    """The test run's Postgres server."""
    _sweep()
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{RUN[:8]}"
    server = embedded.start(folder / "postgres", grace=0.2, settings=FAST)
    yield server
    server.close()
    free = locks.take(folder / "postgres" / "users.lock")
    if free is not None:
        free.release()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def worker_engine(postgres: embedded.Server) -> Iterator[Engine]:
    """An engine on this worker's own database. Nothing is ever committed there."""
    name = f"worker_{uuid.uuid4().hex[:8]}"
    engine = database.make_engine(_clone(postgres, name), pooled=False)
    yield engine
    engine.dispose()
    _drop(postgres, name)


@pytest.fixture
def session(worker_engine: Engine) -> Iterator[Session]:
    """A session that may flush and commit as it likes: all of it is rolled back after the test.

    What the database checks only at commit (the ledger's balance) is checked before that.
    """
    with worker_engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False, autoflush=True
        ) as opened:
            yield opened
            broken = not opened.is_active
        if transaction.is_active and not broken:
            try:
                connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            except DBAPIError as error:
                # A statement that failed inside the test has ended the transaction: there is nothing left to check.
                if getattr(error.orig, "sqlstate", None) != "25P02":
                    raise
        transaction.rollback()


@pytest.fixture
def database_url(postgres: embedded.Server) -> Iterator[str]:
    """The address of a fresh, migrated database for a test that has to commit."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    yield _clone(postgres, name)
    _drop(postgres, name)


@pytest.fixture
def live_database(database_url: str) -> Iterator[str]:
    """`database_url`, and the process's own engine bound to it: `transaction()` and `reading()` work on it."""
    database.configure(database_url)
    yield database_url
    database.close()


@pytest.fixture
def empty_database_url(postgres: embedded.Server) -> Iterator[str]:
    """The address of a database with nothing in it, not even the migrations."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    with postgres.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres.url_of(name)
    _drop(postgres, name)
