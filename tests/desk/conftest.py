"""A database with many rows, made once for the tests of plans and figures."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.foundation import database, embedded, migrate
from tests.desk.seed import seed
from tests.factories import NOW

INCIDENTS, SHIPMENTS = 20_000, 40_000


@pytest.fixture(scope="session")
def many_rows(postgres: embedded.Server) -> Iterator[Engine]:
    """A database of twenty thousand cases around `NOW`."""
    name = f"many_{uuid.uuid4().hex[:8]}"
    with postgres.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate.upgrade(postgres.url_of(name))
    engine = database.make_engine(postgres.url_of(name), pooled=False)
    with engine.begin() as connection:
        seed(connection, NOW, incidents=INCIDENTS, shipments=SHIPMENTS)
    yield engine
    engine.dispose()
    with postgres.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def many(many_rows: Engine) -> Iterator[Session]:
    """A session on the database of many rows; nothing in it is kept."""
    with Session(many_rows) as session:
        yield session
        session.rollback()
