"""`python -m core serve`: one command from nothing to an answering app, and one Ctrl-C back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from core.foundation import keeper

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="sends signals the Unix way"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The app as `make run` starts it; killed at the end if the test did not end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "serve"],
        cwd=ROOT,
        env={**os.environ, "RECOUP_DATA_DIR": str(data), "RECOUP_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def healthy(process: subprocess.Popen[str], port: int, seconds: float = 60.0) -> dict[str, object]:
    """What /healthz says once it answers."""
    latest = time.monotonic() + seconds
    while time.monotonic() < latest and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the app never answered: {process.communicate(timeout=5) if process.poll() else ''}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_comes_up_from_nothing_says_where_and_ends_with_its_database(tmp_path: Path, number: int) -> None:
    port = free_port()
    with serving(tmp_path / "data", port) as process:
        assert healthy(process, port)["ok"] is True
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.count(f"http://localhost:{port}") == 1
    assert "Traceback" not in err
    assert keeper.read_state(tmp_path / "data" / "postgres") == {}


def test_a_killed_app_starts_again_on_the_same_folder(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "data", port) as process:
        healthy(process, port)
        process.kill()
        process.communicate()
    with serving(tmp_path / "data", port) as process:
        assert healthy(process, port)["ok"] is True
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = command("serve", RECOUP_PORT=port, RECOUP_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "RECOUP_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_told_in_one_sentence() -> None:
    done = command("serve", RECOUP_BASE_CURRENCY="dollars")
    assert done.returncode == 1
    assert done.stderr.startswith("RECOUP_BASE_CURRENCY has to be")
    assert "Traceback" not in done.stderr


def test_migrate_says_where_the_database_stands(tmp_path: Path) -> None:
    done = command("migrate", "--json", RECOUP_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_config_shows_what_is_in_force() -> None:
    done = command("config", "--json", RECOUP_PORT="9123")
    assert json.loads(done.stdout)["RECOUP_PORT"] == "9123"
