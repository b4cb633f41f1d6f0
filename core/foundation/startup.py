"""What every process of Recoup does first: settings read, the database up, brought up to date and bound."""

from __future__ import annotations

import threading

from core.foundation import database, embedded, migrate
from core.foundation.config import Settings, settings

_lock = threading.Lock()
_server: embedded.Server | None = None
_uses = 0


def address(chosen: Settings) -> str:
    """The database's address, its server running; nothing is migrated or bound. `database_down` takes it back."""
    with _lock:
        return _address(chosen)


def _address(chosen: Settings) -> str:
    global _server
    if chosen.database_url:
        return chosen.database_url
    if _server is None or _server.hold is None:
        _server = embedded.start(chosen.data_dir / "postgres")
    return _server.url


def database_up(chosen: Settings | None = None) -> None:
    """Have `database.transaction` and `database.reading` work in this process, until as many calls of `database_down`.

    Doing it again costs a look. Raises BadConfig or Unavailable, each a sentence that says what to do.
    """
    global _uses
    chosen = chosen or settings()
    with _lock:
        url = _address(chosen)
        migrate.upgrade(url)
        database.configure(url)
        _uses += 1


def database_down(*, wait: bool = True, entirely: bool = False) -> None:
    """Take one `database_up` back, or all of them `entirely`; with the last one, close everything.

    With `wait`, an embedded server that nobody else uses has stopped when this returns.
    """
    global _server, _uses
    with _lock:
        _uses = 0 if entirely else max(_uses - 1, 0)
        if _uses:
            return
        database.close()
        if _server is not None:
            _server.close(wait=wait)
            _server = None
