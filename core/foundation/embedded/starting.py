"""Joining the server of a folder that runs already, or bringing one up."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from core.foundation import accounts, keeper, locks
from core.foundation.embedded.cluster import create_database, make_cluster
from core.foundation.embedded.folder import lock, prepare, refuse_other_machine, refuse_other_version
from core.foundation.embedded.keeping import START_S, start_keeper
from core.foundation.embedded.listening import arguments, where
from core.foundation.embedded.programs import WINDOWS, environment, program, programs
from core.foundation.embedded.server import DATABASE, Server

GRACE_S = 1.5
"""How long the server outlives its last user, so that one command after another does not restart it."""


def start(
    folder: Path, *, tcp: bool = WINDOWS, grace: float = GRACE_S, settings: Mapping[str, str] | None = None
) -> Server:
    """Use the server of `folder`; start it and make its database where need be. Several processes may do so at once.

    `settings` are Postgres settings over Recoup's own and count only for the process that starts the server. Raises
    BadConfig where the folder cannot be used (not writable, somebody else's, of another Postgres) and Unavailable
    where the server does not start.
    """
    folder = folder.resolve()
    prepare(folder)
    refuse_other_version(folder / "cluster")
    refuse_other_machine(folder)
    starting = lock(folder / "start.lock", wait=START_S * 2)
    with starting:
        hold = lock(folder / "users.lock", shared=True, wait=keeper.STOP_S + 30)
        try:
            server = _join(folder, hold, tcp=tcp, grace=grace, settings=settings or {})
            create_database(server, DATABASE)
        except BaseException:
            hold.release()
            raise
    threading.Thread(target=server.watch, name="embedded-database", daemon=True).start()
    return server


def _join(folder: Path, hold: locks.FileLock, *, tcp: bool, grace: float, settings: Mapping[str, str]) -> Server:
    """A server that answers: the one that runs already, or a new one. Called by one process at a time."""
    account = accounts.for_server(folder / "cluster")
    if account:
        accounts.let_in(account, folder, programs())
    cluster = folder / "cluster"
    if not (cluster / "PG_VERSION").exists():
        make_cluster(folder, account)
    elif account:
        accounts.own(account, cluster)
    state = keeper.read_state(folder)
    place, port = where(folder, account, tcp, state)
    job = {
        "folder": str(folder),
        "command": [str(program("postgres")), "-D", str(cluster), *arguments(place, port, settings)],
        "environment": environment(),
        "owner": [account.uid, account.gid] if account else None,
        "socket": place,
        "port": port,
        "grace": grace,
    }
    start_keeper(folder, job)
    state = keeper.read_state(folder)
    password = (folder / "password").read_text(encoding="utf-8").strip()
    return Server(folder, str(state.get("socket", place)), int(state.get("port", port)), password, hold, job)
