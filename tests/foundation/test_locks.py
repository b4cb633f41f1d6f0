"""Locks on files: many may share one, one may have it alone, and the end of a process lets go."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from core.foundation import locks

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from core.foundation import locks
held = locks.take(Path(sys.argv[1]))
print("held" if held else "not held", flush=True)
sys.stdin.read()
"""


def test_many_share_and_nobody_has_it_alone_meanwhile(tmp_path: Path) -> None:
    first = locks.take(tmp_path / "lock", shared=True)
    second = locks.take(tmp_path / "lock", shared=True)
    assert first is not None
    assert second is not None
    assert locks.take(tmp_path / "lock") is None
    first.release()
    second.release()
    alone = locks.take(tmp_path / "lock")
    assert alone is not None
    assert locks.take(tmp_path / "lock", shared=True) is None
    alone.release()


def test_waiting_ends_when_the_time_is_up(tmp_path: Path) -> None:
    with locks.take(tmp_path / "lock") or locks.FileLock(-1):
        begun = time.monotonic()
        assert locks.take(tmp_path / "lock", wait=0.2) is None
        assert 0.2 <= time.monotonic() - begun < 5


def test_letting_go_twice_is_harmless(tmp_path: Path) -> None:
    held = locks.take(tmp_path / "lock")
    assert held is not None
    held.release()
    held.release()


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert locks.take(tmp_path / "lock") is None
    holder.kill()
    holder.communicate()
    free = locks.take(tmp_path / "lock", wait=5)
    assert free is not None
    free.release()
