"""The database: one engine for each process, bound lazily, and the two ways to use it.

`transaction()` writes and commits at its end; `reading()` cannot write. Verbs and reads take the session these give
and never commit. The engine is bound on first use, so importing a module never opens a connection, and hot reload
keeps the one that is there.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import MetaData, NullPool, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError

from core.foundation.errors import BadConfig, Conflict, Unavailable
from core.foundation.language import _

# Names of constraints are spelt by rule, so that migrations can name what they drop and errors can be told apart by
# constraint.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A person waits at the other end of every statement: nothing sensible takes longer than this. Imports and demo loads
# raise it.
STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_MS = 60_000

IN_THE_WAY = frozenset({"55P03", "40P01", "40001"})
"""What Postgres says when others were in the way: lock not available, deadlock, serialization failure."""


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(naming_convention=NAMING)


_lock = threading.Lock()
_url: URL | None = None
_engine: Engine | None = None


def driver_url(url: str | URL) -> URL:
    """The given Postgres URL with the psycopg 3 driver named; anything but Postgres raises BadConfig."""
    try:
        parsed = make_url(url)
    except Exception as error:
        raise BadConfig(
            _("DATABASE_URL is not a database address, such as postgresql://user:password@host/recoup.")
        ) from error
    backend = parsed.drivername.split("+")[0]
    if backend not in ("postgresql", "postgres"):
        raise BadConfig(_("DATABASE_URL has to be a Postgres address, such as postgresql://user:password@host/recoup."))
    return parsed.set(drivername="postgresql+psycopg")


def dumps(value: Any) -> str:
    """JSON as it is stored in JSONB columns."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def make_engine(url: str | URL, *, pooled: bool = True) -> Engine:
    """A new engine on `url`, set up the way Recoup talks to Postgres: UTC, time limits, dead connections found before use.

    Without a pool every connection is opened for its use and closed after it.
    """
    settings = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
        # Lists are planned for the values asked: a plan for any value would be the wrong one for a rare filter. The worklist,
        # whose indexes suit every value, says otherwise for itself.
        " -c plan_cache_mode=force_custom_plan"
    )
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        # The connection used last is used next: what it has prepared and planned serves again, where eight in turn would each learn
        # it for themselves.
        pool = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 10, "pool_recycle": 1800, "pool_use_lifo": True}
    made = create_engine(
        driver_url(url),
        json_serializer=dumps,
        json_deserializer=orjson.loads,
        # Errors end in the log; what people typed does not belong there.
        hide_parameters=True,
        connect_args={
            "application_name": "recoup",
            "options": settings,
            "connect_timeout": 10,
            "client_encoding": "utf8",
        },
        **pool,
    )
    if pooled:
        event.listen(made, "checkout", _refuse_dead)
    return made


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool open a new connection where the server has closed this one, as it does when it restarts.

    An idle connection has nothing to read unless something happened to it: the server's farewell, or its end. So a look at
    the socket does what a ping would, without the ping's three round trips before every use.
    """
    if connection.closed or _readable(connection.fileno()):
        raise DisconnectionError


def _readable(descriptor: int) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])


def configure(url: str | URL) -> None:
    """Say which database this process works on. An earlier address's engine is closed; the same one changes nothing."""
    global _url, _engine
    parsed = driver_url(url)
    with _lock:
        if parsed == _url:
            return
        old, _engine, _url = _engine, None, parsed
    if old is not None:
        _readonly.cache_clear()
        old.dispose()


def engine() -> Engine:
    """The process's engine. RuntimeError where nobody called `configure` yet."""
    global _engine
    if _engine is None:
        with _lock:
            if _url is None:
                raise RuntimeError("database.configure(url) comes before the first use of the database")
            if _engine is None:
                _engine = make_engine(_url)
    return _engine


def close() -> None:
    """Close every connection of this process and forget the address."""
    global _url, _engine
    with _lock:
        old, _engine, _url = _engine, None, None
    if old is not None:
        _readonly.cache_clear()
        old.dispose()


@contextmanager
def transaction() -> Iterator[Session]:
    """One write: commits at the end, rolls back on anything raised, a script stop included.

    Raises `Unavailable` when somebody else's work held what it needs for too long, `Conflict` when a record moved under
    it: nothing was saved, and the person may try again.
    """
    with Session(engine(), expire_on_commit=False) as session:
        try:
            yield session
            session.commit()
        except BaseException as error:
            session.rollback()
            if isinstance(error, StaleDataError):
                raise Conflict(_("Somebody changed this meanwhile. Reload the page and look at it again.")) from error
            if _in_the_way(error):
                raise Unavailable(
                    _("Somebody else is saving this at this very moment. Nothing of yours was saved: try again.")
                ) from error
            raise


@contextmanager
def on_its_own(session: Session) -> Iterator[None]:
    """One write among several, in a savepoint: what is raised undoes it alone, and the others go on.

    Raises `Conflict` when a record moved under it, `Unavailable` when somebody else's work held what it needs for too long.
    """
    try:
        with session.begin_nested():
            yield
    except StaleDataError as error:
        raise Conflict(_("Somebody changed this meanwhile. Look at it again.")) from error
    except DBAPIError as error:
        if not _in_the_way(error):
            raise
        raise Unavailable(_("Somebody else is working on this case at this very moment. Try it again.")) from error


def _in_the_way(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in IN_THE_WAY


@lru_cache(maxsize=4)
def _readonly(of: Engine) -> Engine:
    """The same engine and pool, whose transactions may not write."""
    return of.execution_options(postgresql_readonly=True)


def keep_the_plans(session: Session) -> None:
    """Until the transaction ends, what was planned once is not planned again: for statements whose indexes suit every value."""
    session.connection().exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")


@contextmanager
def reading(*, keep_plans: bool = False) -> Iterator[Session]:
    """One read. The transaction is read-only in the database itself: a write inside it is an error, not a surprise.

    What was read stays readable after the end. `keep_plans` is for reads that only follow keys, as all of one case does:
    planning them would cost more than running them.
    """
    with Session(_readonly(engine()), expire_on_commit=False, autoflush=False) as session:
        try:
            if keep_plans:
                keep_the_plans(session)
            yield session
        except BaseException:
            # A rollback empties the records it still holds.
            session.expunge_all()
            session.rollback()
            raise
        session.expunge_all()
        # Nothing was written. But at a rollback the driver forgets what it has prepared, and every statement is planned anew.
        session.commit()
