"""Migrations: they lead to what the models say, once, whoever else starts at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import CheckConstraint, Enum, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

import core.models  # noqa: F401 -- fills Base.metadata
from core.foundation import embedded, migrate
from core.foundation.database import Base, driver_url, make_engine
from core.foundation.errors import BadConfig, Unavailable

APPEND_ONLY = sorted(name for name, table in Base.metadata.tables.items() if table.info.get("append_only"))


def test_the_models_and_the_migrations_say_the_same(database_url: str) -> None:
    engine = make_engine(database_url, pooled=False)
    with engine.connect() as connection:
        command.check(migrate.config(connection))


def test_every_check_of_the_models_is_in_the_database(session: Session) -> None:
    """Alembic does not compare CHECKs: a word added to an enum needs its migration, and this is what tells."""
    found = {
        (row.conname, frozenset(row.words))
        for row in session.execute(
            text(
                "SELECT conname, ARRAY(SELECT word[1] FROM"
                " regexp_matches(pg_get_constraintdef(oid), '''([^'']+)''::', 'g') AS word) AS words"
                " FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        )
    }
    names = {name for name, _words in found}
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                assert str(constraint.name) in names or f"ck_{table.name}_{constraint.name}" in names
        for column in table.columns:
            if isinstance(column.type, Enum):
                name = f"ck_{table.name}_{column.type.name}"
                assert (name, frozenset(column.type.enums)) in found, (
                    f"{table.name}.{column.name}: the migration has other words"
                )


def test_a_second_upgrade_finds_nothing_to_do(database_url: str) -> None:
    before = migrate.state(make_engine(database_url, pooled=False))
    assert before.ok
    assert migrate.upgrade(database_url) == before


def test_an_empty_database_says_that_it_is_behind(empty_database_url: str) -> None:
    found = migrate.state(make_engine(empty_database_url, pooled=False))
    assert (found.current, found.ok, found.newer) == (None, False, False)


def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    ready = threading.Barrier(4)

    def start() -> migrate.State:
        ready.wait()
        return migrate.upgrade(empty_database_url)

    with ThreadPoolExecutor(4) as pool:
        found = [task.result() for task in [pool.submit(start) for _ in range(4)]]
    assert all(state.ok for state in found)


def test_a_database_of_a_newer_recoup_is_left_alone(database_url: str) -> None:
    engine = make_engine(database_url, pooled=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert migrate.state(engine).newer
    with pytest.raises(BadConfig, match="newer Recoup"):
        migrate.upgrade(database_url)


def test_tables_that_somebody_holds_are_told_in_a_sentence(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "WAIT_FOR_LOCK", "100ms")
    engine = make_engine(database_url, pooled=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    with engine.connect() as holder:
        holder.execute(text("LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Unavailable, match="Another program holds"):
            migrate.upgrade(database_url)


def test_an_upgrade_that_fails_half_way_leaves_the_revision_before_it(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, to="0001")
    engine = make_engine(empty_database_url, pooled=False)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit_event (id int)"))
    with pytest.raises(DBAPIError, match="audit_event"):
        migrate.upgrade(empty_database_url)
    assert migrate.state(engine).current == "0001"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('person')")).scalar() is None


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(Unavailable) as refused:
        migrate.upgrade("postgresql://recoup:hush-hush@127.0.0.1:1/recoup")
    assert "127.0.0.1 does not answer" in str(refused.value)
    assert "hush-hush" not in str(refused.value)


def test_a_user_who_may_not_make_tables_is_told_so(postgres: embedded.Server, empty_database_url: str) -> None:
    with postgres.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
    try:
        with pytest.raises(BadConfig, match="may not make tables"):
            migrate.upgrade(driver_url(empty_database_url).set(username="reader"))
    finally:
        with postgres.connect() as connection:
            connection.execute("DROP ROLE reader")


def test_a_database_that_is_not_utf8_is_refused(postgres: embedded.Server) -> None:
    with postgres.connect() as connection:
        connection.execute(
            "CREATE DATABASE ascii_only TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    try:
        with pytest.raises(BadConfig, match="encoded in SQL_ASCII"):
            migrate.upgrade(postgres.url_of("ascii_only"))
    finally:
        with postgres.connect() as connection:
            connection.execute("DROP DATABASE ascii_only WITH (FORCE)")


def test_there_are_tables_that_only_grow() -> None:
    assert "audit_event" in APPEND_ONLY
    assert "entry" in APPEND_ONLY


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_what_only_grows(session: Session, table: str, statement: str) -> None:
    column = next(iter(Base.metadata.tables[table].columns)).name
    guarded = session.execute(
        text("SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:name AS regclass) AND NOT tgisinternal"),
        {"name": table},
    ).scalar_one()
    assert guarded >= 2
    if statement.startswith("TRUNCATE"):
        with pytest.raises(IntegrityError, match="append-only"):
            session.execute(text(statement.format(table)))
        return
    # Rows are not needed to see the refusal: the trigger is asked for each row, so one is made without its neighbours.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    _insert_anything(session, table)
    session.execute(text("SET LOCAL session_replication_role = origin"))
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement.format(table, column, column)))


def _insert_anything(session: Session, table: str) -> None:
    """One row with whatever fits the types. The caller sets references aside; CHECKs are dropped here."""
    for constraint in session.execute(
        text("SELECT conname FROM pg_constraint WHERE conrelid = CAST(:name AS regclass) AND contype = 'c'"),
        {"name": table},
    ).scalars():
        session.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'))
    needed = session.execute(
        text(
            "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute"
            " WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND attnotnull"
            " AND attidentity = '' AND NOT atthasdef"
        ),
        {"name": table},
    ).all()
    blank = {
        "text": "''",
        "boolean": "false",
        "jsonb": "'{}'",
        "date": "'2026-01-01'",
        "bytea": "''",
        "timestamp with time zone": "'2026-01-01'",
    }
    values = [blank.get(kind, "'{}'" if kind.endswith("[]") else "'1'") for _name, kind in needed]
    names = ", ".join(name for name, _kind in needed)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(values)})"))


def test_a_posting_out_of_balance_cannot_be_committed(database_url: str) -> None:
    engine = create_engine(driver_url(database_url))
    with engine.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        _insert_anything(Session(connection), "posting")
        connection.execute(text("SET session_replication_role = origin"))
        posting = connection.execute(text("SELECT id FROM posting")).scalar_one()
        line = (
            "INSERT INTO entry (posting_id, line, account, amount, currency)"
            " VALUES (:posting, :line, :account, :amount, :currency)"
        )
        for number, account, amount, currency in ((1, "loss.goods", 10, "SGD"), (2, "goods", -10, "VND")):
            connection.execute(
                text(line),
                {"posting": posting, "line": number, "account": account, "amount": amount, "currency": currency},
            )
        with pytest.raises(IntegrityError, match="out of balance"):
            connection.commit()
    engine.dispose()
