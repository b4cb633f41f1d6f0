"""A server process on a data folder of its own: started, waited for, signed into, weighed, stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running Recoup. `address` is http://host:port."""

    address: str
    process: psutil.Process

    def megabytes(self) -> float:
        """What the serving process keeps to itself of the machine's memory, in MB; the database apart."""
        return float(self.process.memory_full_info().uss) / 1e6

    def cpu(self) -> float:
        """Seconds of a processor the serving process has used so far; the database apart."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def sign_in(self, username: str, password: str) -> str:
        """The cookie header of a new session of that person."""
        with httpx2.Client(base_url=self.address, headers={"Origin": self.address}) as client:
            answer = client.post("/sign-in", data={"username": username, "password": password})
            if answer.status_code != 303:
                raise RuntimeError(f"{username} cannot sign in: {answer.status_code}")
            return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The process's environment with nothing of Recoup's in it but the data folder."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOUP_") and name != "DATABASE_URL"
    }
    # The sweep runs for some seconds every five minutes: screens are measured without it, the sweep by itself.
    return {
        **clean,
        "RECOUP_DATA_DIR": str(folder),
        "RECOUP_ENV_FILE": os.devnull,
        "RECOUP_SWEEP_MINUTES": "0",
        **more,
    }


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server on the folder's data for the length of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "bench-server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.serve"],
            cwd=ROOT,
            env=environment(folder, RECOUP_PORT=str(port)),
            stdout=out,
            stderr=out,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, log)
        yield Server(address, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _try in range(900):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{log.read_text()[-3000:]}")
        try:
            if httpx2.get(f"{address}/healthz").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()[-3000:]}")
