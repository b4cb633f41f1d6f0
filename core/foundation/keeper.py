"""The keeper: it watches over the embedded Postgres of one folder, and stops it when nobody uses it any more.

Started by `embedded.start` as `python -m core.foundation.keeper JOB`; it runs on the standard library alone, so it is
small and up at once. What holds the arrangement together are locks on files in the folder, which end with their
holder, kill -9 included:

    keeper.lock   held by the keeper: there is never more than one
    users.lock    held shared by every process that uses the database; the keeper stops the server once it gets it alone
    state.json    what the keeper last said: starting, ready, failed (with the reason) or stopping; a beat while it
    lives

A server that dies is started again; a keeper that dies is replaced by the next user that notices, and the new one
takes over the server that is still running.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from core.foundation import locks

LOOK_S = 0.25
BEAT_S = 5.0
STOP_S = 60.0
RESTARTS_AT_MOST = 10
RESTARTS_WITHIN_S = 600.0
LOG_AT_MOST = 8_000_000
HELD = 3
"""Exit code: another keeper has the folder."""

# After a kill -9 of the server its children need a moment to end; until then Postgres refuses to start with these
# words.
PASSING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')


def machine() -> str:
    """What tells this running system from every other one: locks between processes hold within it and nowhere else."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"{platform.node()}-{uuid.getnode():x}"


def read_state(folder: Path) -> dict[str, Any]:
    """What the folder's keeper last said; empty when there is none."""
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def read_postmaster(cluster: Path) -> tuple[int, str]:
    """Process id and status ("ready", "starting", …) out of postmaster.pid; (0, "") where no server runs or ran."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"
    except (OSError, ValueError, IndexError):
        return 0, ""


def is_postgres(process: int, cluster: Path) -> bool:
    """Whether this process id is alive and, where the system tells, really the server of this cluster."""
    if process <= 0:
        return False
    try:
        return os.path.samefile(f"/proc/{process}/cwd", cluster)
    except FileNotFoundError:
        if Path("/proc/self/cwd").exists():
            return False
    except OSError:
        pass
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


class Keeper:
    """One folder's keeper. `job` is what embedded.start asks for: folder, command, owner, socket, port, …."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.folder = Path(job["folder"])
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "log" / "postgres.log"
        self.child: subprocess.Popen[bytes] | None = None
        self.server = 0
        self.starts: list[float] = []
        self.first_try = 0.0
        self.came_up = False
        self.asked_to_stop = False
        self.status = ""
        self.beat = 0.0
        self.alone_since: float | None = None

    def say(self, status: str, reason: str = "") -> None:
        """Write state.json, whole or not at all."""
        self.status, self.beat = status, time.monotonic()
        state = {
            "keeper": os.getpid(),
            "server": self.server,
            "machine": machine(),
            "host": platform.node(),
            "status": status,
            "reason": reason,
            "socket": self.job["socket"],
            "port": self.job["port"],
            "beat": time.time(),
        }
        new = self.folder / "state.json.new"
        new.write_text(json.dumps(state), encoding="utf-8")
        os.replace(new, self.folder / "state.json")

    def run(self) -> locks.FileLock | None:
        """Keep the server up until nobody is left. Gives back the users' lock, held alone, if that is why it ended."""
        self.say("starting")
        found, _ = read_postmaster(self.cluster)
        if is_postgres(found, self.cluster):
            self.server = found
        while True:
            if not self.alive():
                reason = self.start()
                if reason:
                    self.say("failed", reason)
                    return None
            ready = read_postmaster(self.cluster) == (self.server, "ready")
            self.came_up = self.came_up or ready
            status = "ready" if ready else "starting"
            if status != self.status or time.monotonic() - self.beat > BEAT_S:
                self.say(status)
            alone = self.alone()
            if alone or self.asked_to_stop:
                self.stop()
                return alone
            # A lock that is let go and a server that was taken over tell nobody: looking is all there is, for as long as it keeps.
            time.sleep(LOOK_S)

    def alive(self) -> bool:
        """Whether the server runs, ours or the one taken over."""
        if self.child is not None:
            return self.child.poll() is None
        return is_postgres(self.server, self.cluster)

    def start(self) -> str:
        """Start the server. Returns why it cannot be, or nothing."""
        now = time.monotonic()
        if self.child is not None and not self.came_up:
            last = self.last_words()
            if now - self.first_try > STOP_S or not any(words in last for words in PASSING):
                return last or f"postgres ended with code {self.child.returncode}"
        else:
            self.first_try = now
            self.starts = [moment for moment in self.starts if now - moment < RESTARTS_WITHIN_S] + [now]
            if len(self.starts) > RESTARTS_AT_MOST:
                return self.last_words() or "postgres keeps ending"
        self.came_up = False
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.job["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.process_options()
            )
        self.server = self.child.pid
        self.say("starting")
        return ""

    def process_options(self) -> dict[str, Any]:
        """As whom and where a Postgres program runs."""
        options: dict[str, Any] = {"cwd": self.cluster, "env": self.job["environment"]}
        if self.job["owner"]:
            user, group = self.job["owner"]
            options |= {"user": user, "group": group, "extra_groups": []}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return options

    def last_words(self) -> str:
        """The last complaint in the server's log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace")[-4000:].splitlines()
        except OSError:
            return ""
        said = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        return said[-1].strip() if said else " ".join(lines[-1:]).strip()

    def alone(self) -> locks.FileLock | None:
        """The users' lock, if nobody has used the database for the time of grace."""
        held = locks.take(self.folder / "users.lock")
        if held is None:
            self.alone_since = None
            return None
        if self.alone_since is None:
            self.alone_since = time.monotonic()
        if time.monotonic() - self.alone_since >= self.job["grace"]:
            return held
        held.release()
        return None

    def stop(self) -> None:
        """End the server: open transactions are rolled back, everything committed is written down."""
        self.say("stopping")
        if sys.platform == "win32":
            command = [
                str(Path(self.job["command"][0]).with_name("pg_ctl.exe")),
                "stop",
                "-D",
                str(self.cluster),
                "-m",
                "fast",
            ]
            subprocess.run(command, check=False, timeout=STOP_S, **self.process_options())
        else:
            for number, patience in ((signal.SIGINT, STOP_S), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
                try:
                    os.kill(self.server, number)
                except ProcessLookupError:
                    break
                end = time.monotonic() + patience
                # A server that was taken over is no child of this process, so its end cannot be waited for.
                while self.alive() and time.monotonic() < end:
                    time.sleep(0.02)
                if not self.alive():
                    break
        (self.folder / "state.json").unlink(missing_ok=True)
        if self.job["socket"] and Path(self.job["socket"]).parent != self.folder:
            try:
                Path(self.job["socket"]).rmdir()
            except OSError:
                pass

    def ask_to_stop(self, *_: object) -> None:
        """Signal handler: stop at the next look."""
        self.asked_to_stop = True


def main() -> None:
    """Take the folder, leave the caller's session, keep the server."""
    job = json.loads(sys.argv[1])
    folder = Path(job["folder"])
    held = locks.take(folder / "keeper.lock", wait=2.0)
    if held is None:
        sys.exit(HELD)
    if sys.platform != "win32" and os.fork():
        os._exit(0)
    os.chdir(folder)
    keeper = Keeper(job)
    if keeper.log.exists() and keeper.log.stat().st_size > LOG_AT_MOST:
        os.replace(keeper.log, keeper.log.with_suffix(".log.1"))
    signal.signal(signal.SIGTERM, keeper.ask_to_stop)
    signal.signal(signal.SIGINT, keeper.ask_to_stop)
    alone = keeper.run()
    # In this order: who gets the users' lock next has to find the keeper's free.
    held.release()
    if alone:
        alone.release()


if __name__ == "__main__":
    main()
