"""A process's hold on the server of one folder."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from core.foundation import keeper, locks
from core.foundation.embedded.keeping import start_keeper

USER = DATABASE = "recoup"

logger = logging.getLogger("recoup")


@dataclass
class Server:
    """This process's hold on the server of one folder: it runs at least until `close` or the end of the process."""

    folder: Path
    socket: str
    port: int
    password: str
    hold: locks.FileLock | None
    job: dict[str, Any]
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Address of Recoup's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Address of a database of this server."""
        return self._url(database).render_as_string(hide_password=False)

    def _url(self, database: str) -> URL:
        if self.socket:
            return URL.create(
                "postgresql+psycopg", USER, database=database, query={"host": self.socket, "port": str(self.port)}
            )
        return URL.create("postgresql+psycopg", USER, self.password, "127.0.0.1", self.port, database)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A bare connection that commits every statement, for making and dropping databases."""
        if self.socket:
            return psycopg.connect(host=self.socket, port=self.port, user=USER, dbname=database, autocommit=True)
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password, dbname=database, autocommit=True
        )

    def close(self, *, wait: bool = True) -> None:
        """Stop using the server. With `wait` returns after it has stopped, unless others still use it."""
        self._closing.set()
        if self.hold is None:
            return
        self.hold.release()
        self.hold = None
        if not wait:
            return
        end = time.monotonic() + self.job["grace"] + keeper.STOP_S
        seen_in_use = 0
        # A lock tells nobody when it is let go, so it is tried again until `end`. The keeper holds the users' lock for an instant
        # whenever it looks, so one failure to get it says nothing.
        while time.monotonic() < end and seen_in_use < 5:
            free = locks.take(self.folder / "keeper.lock")
            if free is not None:
                free.release()
                return
            alone = locks.take(self.folder / "users.lock")
            if alone is not None:
                alone.release()
            stopping = keeper.read_state(self.folder).get("status") == "stopping"
            seen_in_use = seen_in_use + 1 if alone is None and not stopping else 0
            time.sleep(0.1)

    def watch(self) -> None:
        """Replace the keeper if it dies while this process uses the server. Runs in a thread of its own."""
        while not self._closing.wait(2.0):
            try:
                free = locks.take(self.folder / "keeper.lock")
                if free is None:
                    continue
                free.release()
                if not self._closing.is_set():
                    logger.warning("the database's keeper is gone; starting another")
                    start_keeper(self.folder, self.job)
            except Exception:
                logger.exception("the embedded database could not be started again")
                self._closing.wait(10.0)
