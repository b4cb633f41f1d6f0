"""The file store: whole files or none, never changed, whatever kills the writer."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from core.foundation.errors import NotFound, TooLarge, Unavailable
from core.foundation.files import Store

DATA = b"photo of a crushed box" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def leftovers(store: Store) -> list[Path]:
    return list((store.root / "incoming").iterdir())


@pytest.mark.parametrize("data", [DATA, io.BytesIO(DATA)], ids=["bytes", "stream"])
def test_a_file_is_kept_under_its_hash(store: Store, data: bytes | io.BytesIO) -> None:
    stored = store.put(data)
    assert (stored.sha256, stored.size, stored.new) == (SHA, len(DATA), True)
    assert store.path(SHA) == store.root / SHA[:2] / SHA[2:4] / SHA
    assert store.read(SHA) == DATA
    with store.open(SHA) as file:
        assert file.read() == DATA
    assert store.verify(SHA) is None
    assert leftovers(store) == []


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    store.put(DATA)
    before = store.path(SHA).stat()
    assert store.put(DATA).new is False
    assert store.path(SHA).stat().st_mtime_ns == before.st_mtime_ns
    assert leftovers(store) == []


def test_a_stored_file_is_read_only(store: Store) -> None:
    store.put(DATA)
    assert store.path(SHA).stat().st_mode & 0o222 == 0


def test_a_torn_copy_is_replaced_by_the_good_one(store: Store) -> None:
    store.put(DATA)
    path = store.path(SHA)
    path.chmod(0o644)
    path.write_bytes(DATA[:100])
    assert store.verify(SHA) == "changed"
    assert store.put(DATA).new is True
    assert store.verify(SHA) is None


def test_a_flipped_byte_is_noticed(store: Store) -> None:
    store.put(DATA)
    path = store.path(SHA)
    path.chmod(0o644)
    path.write_bytes(b"P" + DATA[1:])
    assert store.verify(SHA) == "changed"


def test_a_missing_file_is_named(store: Store) -> None:
    assert store.verify(SHA) == "missing"
    with pytest.raises(NotFound, match=SHA[:12]):
        store.open(SHA)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, SHA + "/..", SHA[:-1]])
def test_only_a_hash_names_a_file(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.path(name)


def test_a_stream_over_the_limit_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(TooLarge, match="1 MB"):
        store.put(io.BytesIO(bytes(1_000_001)), limit=1_000_000)
    assert leftovers(store) == []


def test_a_stream_that_breaks_off_leaves_nothing(store: Store) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.put(Broken())
    assert leftovers(store) == []


def test_a_file_can_be_written_straight_into_the_store(store: Store) -> None:
    with store.incoming() as coming:
        coming.file.write(b"0123")
        coming.file.seek(1)
        coming.file.write(b"x")
    assert store.read(coming.stored.sha256) == b"0x23"


def test_many_writers_of_one_file_end_with_one_whole_file(store: Store) -> None:
    seen: list[str] = []
    writers = [threading.Thread(target=lambda: seen.append(store.put(DATA).sha256)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert seen == [SHA] * 8
    assert store.verify(SHA) is None
    assert leftovers(store) == []


WRITER = """
import sys, time
from pathlib import Path
from core.foundation.files import Store

class Slow:
    sent = 0
    def read(self, size):
        self.sent += 1
        if self.sent == 3:
            print("half way", flush=True)
            time.sleep(60)
        return b"x" * size

Store(Path(sys.argv[1])).put(Slow())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
def test_a_writer_killed_half_way_leaves_no_file_and_its_rest_is_swept(store: Store) -> None:
    command = [sys.executable, "-c", WRITER, str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half way\n"
        assert len(leftovers(store)) == 1
        assert store.sweep(timedelta(0)) == 0, "a file that is being written is not swept"
        os.kill(writer.pid, signal.SIGKILL)
    assert len(leftovers(store)) == 1
    assert store.sweep(timedelta(hours=1)) == 0, "what is young may be about to be written"
    assert store.sweep(timedelta(0)) == 1
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    assert store.put(DATA).new


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Unavailable, match="cannot be written to"):
        Store(tmp_path / "files")


def test_a_file_in_the_way_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written to"):
        Store(tmp_path / "files")
