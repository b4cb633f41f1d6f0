"""Where the server listens, and the settings it runs with."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from core.foundation import accounts
from core.foundation.embedded.programs import WINDOWS

SOCKET_PATH_AT_MOST = 103
SHARED_MEMORY = Path("/dev") / "shm"


def where(folder: Path, account: accounts.Account | None, tcp: bool, state: Mapping[str, Any]) -> tuple[str, int]:
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


def arguments(place: str, port: int, settings: Mapping[str, str]) -> list[str]:
    """Postgres's settings, as arguments: nothing stands in the cluster, so a newer Recoup brings newer settings."""
    memory = psutil.virtual_memory().total // 1_000_000
    shared = os.statvfs(SHARED_MEMORY) if not WINDOWS and SHARED_MEMORY.is_dir() else None
    roomy = shared is None or shared.f_blocks * shared.f_frsize > 200_000_000
    chosen = {
        "listen_addresses": "" if place else "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{place}"' if place else "",
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
