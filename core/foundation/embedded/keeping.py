"""Bringing the keeper up: the process of its own that stands over the server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.foundation import keeper, locks
from core.foundation.errors import Unavailable
from core.foundation.language import _

START_S = 60.0
RECOVERY_S = 900.0
PAUSE_S = 0.03
ROOT = Path(__file__).parents[3]
"""Where `core` lies, so that the keeper finds it."""


def start_keeper(folder: Path, job: Mapping[str, Any]) -> None:
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
        # The keeper is nobody's child and says how it is in a file: all there is to do is look, for the time above at most.
        time.sleep(PAUSE_S)


def _spawn(job: Mapping[str, Any], log: Path) -> None:
    """Start the keeper so that it belongs to nobody: not to this process, not to this terminal."""
    command = [sys.executable, "-S", "-E", "-m", "core.foundation.keeper", json.dumps(dict(job))]
    with log.open("ab") as out:
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
            started = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, creationflags=flags
            )
            started.returncode = 0  # it outlives us on purpose; without this Python warns about it
        else:
            subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, check=False
            )
