"""Transactions: what is raised is rolled back, what is read cannot write, what is stored comes back as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from core.foundation import database
from core.foundation.columns import Amount, CurrencyCode, UtcDateTime, enum_column
from core.foundation.errors import BadConfig


class Colour(StrEnum):
    """For the tests."""

    RED = "red"
    DEEP_BLUE = "deep_blue"


THING = Table(
    "thing",
    MetaData(naming_convention=database.NAMING),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", Amount()),
    Column("currency", CurrencyCode),
    Column("colour", enum_column(Colour)),
    Column("name", Text),
)


@pytest.fixture
def things(session: Session) -> Session:
    THING.create(session.connection())
    return session


class Stopped(BaseException):
    """What a screen raises when a click interrupts it."""


def test_a_transaction_commits_at_its_end(live_database: str) -> None:
    with database.transaction() as session:
        THING.create(session.connection())
        session.execute(insert(THING).values(id=1))
    with database.reading() as session:
        assert session.execute(select(THING.c.id)).scalars().all() == [1]


def test_an_interrupted_transaction_leaves_nothing(live_database: str) -> None:
    with database.transaction() as session:
        THING.create(session.connection())

    def interrupted() -> None:
        with database.transaction() as session:
            session.execute(insert(THING).values(id=1))
            raise Stopped

    with pytest.raises(Stopped):
        interrupted()
    with database.reading() as session:
        assert session.execute(select(THING.c.id)).all() == []


def test_reading_cannot_write(live_database: str) -> None:
    with database.transaction() as session:
        THING.create(session.connection())
    with database.reading() as session, pytest.raises(DBAPIError, match="read-only"):
        session.execute(insert(THING).values(id=1))
    with database.transaction() as session:
        session.execute(insert(THING).values(id=1))


def test_connections_that_the_server_closed_are_replaced_before_use(live_database: str) -> None:
    with database.reading() as first, database.reading() as second:
        closed = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (first, second)]
    other = database.make_engine(live_database, pooled=False)
    with other.begin() as connection:
        for process in closed:
            connection.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
    with database.reading() as first, database.transaction() as second:
        found = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (first, second)]
    assert not set(found) & set(closed)


def test_statements_have_their_limits(live_database: str) -> None:
    with database.reading() as session:
        found = [
            session.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
        ]
    assert found == ["30s", "5s", "1min", "UTC"]


def test_the_database_has_to_be_named_first() -> None:
    database.close()
    with pytest.raises(RuntimeError, match="configure"):
        database.engine()


def test_configuring_the_same_address_again_keeps_the_connections(live_database: str) -> None:
    first = database.engine()
    database.configure(live_database)
    assert database.engine() is first


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u:hush@h/d", "not an address"])
def test_only_postgres_will_do(url: str) -> None:
    with pytest.raises(BadConfig, match="DATABASE_URL") as refused:
        database.driver_url(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg2://h/d"])
def test_every_spelling_of_postgres_gets_the_driver_we_have(url: str) -> None:
    assert database.driver_url(url).drivername == "postgresql+psycopg"


def test_a_moment_comes_back_in_utc(things: Session) -> None:
    there = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    things.execute(insert(THING).values(id=1, at=there))
    found = things.execute(select(THING.c.at)).scalar_one()
    assert found == there
    assert found.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(things: Session) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        things.execute(insert(THING).values(id=1, at=datetime(2026, 1, 1)))


def test_an_amount_comes_back_exactly(things: Session) -> None:
    things.execute(insert(THING).values(id=1, amount=Decimal("1234567890123456.7891")))
    assert things.execute(select(THING.c.amount)).scalar_one() == Decimal("1234567890123456.7891")


@pytest.mark.parametrize("code", ["sgd", "SG", "SGDX", ""])
def test_what_is_no_currency_is_refused(things: Session, code: str) -> None:
    with pytest.raises(StatementError, match="not a currency code"):
        things.execute(insert(THING).values(id=1, currency=code))


def test_a_word_of_a_closed_list_comes_back_as_itself(things: Session) -> None:
    things.execute(insert(THING).values(id=1, colour=Colour.DEEP_BLUE))
    assert things.execute(select(THING.c.colour)).scalar_one() is Colour.DEEP_BLUE
    assert things.execute(text("SELECT colour FROM thing")).scalar_one() == "deep_blue"


def test_the_database_knows_the_closed_list_too(things: Session) -> None:
    with pytest.raises(IntegrityError, match="ck_thing_colour"):
        things.execute(text("INSERT INTO thing (id, colour) VALUES (1, 'mauve')"))
