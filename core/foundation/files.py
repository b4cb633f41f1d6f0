"""The file store: files kept by the SHA-256 of their bytes, written once and never changed.

Below the root, `ab/cd/abcd…` holds the file whose hash begins so. A file is written to a temporary name in the same
file system while it is hashed, flushed to the disk, made read-only and renamed into place, so a reader sees a whole
file or none. What a killed process leaves behind lies in `incoming/` and is swept away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal

from core.foundation.config import settings
from core.foundation.errors import NotFound, TooLarge, Unavailable
from core.foundation.language import _

if sys.platform != "win32":
    import fcntl

CHUNK = 1 << 20
SWEEP_AFTER = timedelta(minutes=10)
_SHA256 = re.compile(r"[0-9a-f]{64}")

Fault = Literal["missing", "changed"]


@dataclass(frozen=True)
class Stored:
    """A file in the store: SHA-256 in hex, size in bytes, and whether this call brought it in."""

    sha256: str
    size: int
    new: bool


def sha256_of(data: bytes | BinaryIO) -> str:
    """The SHA-256 of some bytes or of a file from where it stands, in hex."""
    digest = hashlib.sha256()
    for chunk in _chunks(data):
        digest.update(chunk)
    return digest.hexdigest()


class Incoming:
    """A file on its way into the store: write to `file` (it can seek); `stored` is there after the block has ended.

    Who has hashed the finished file already says so in `sha256` and saves reading it again.
    """

    stored: Stored

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256: str | None = None


class Store:
    """A content-addressed store below `root`, which is made if missing. Safe for many processes and threads at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(root) from error
        self.sweep()

    def put(self, data: bytes | BinaryIO, *, limit: int | None = None) -> Stored:
        """Store `data` (a stream is read from where it stands to its end). Over `limit` bytes raises TooLarge.

        A file that is there already is kept, unless its size shows that it was damaged: then the good copy replaces it.
        """
        with self.incoming() as coming:
            _copy(data, coming.file, limit)
        return coming.stored

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """Write a file straight into the store: kept when the block ends, dropped when it raises."""
        name = self._incoming / f"{os.getpid()}-{token_hex(8)}"
        try:
            with open(name, "x+b") as file:
                _hold(file)
                coming = Incoming(file)
                yield coming
                coming.stored = self._keep(name, file, coming.sha256)
        except OSError as error:
            raise _unavailable(self.root) from error
        finally:
            with contextlib.suppress(OSError):
                name.unlink(missing_ok=True)

    def _keep(self, name: Path, file: BinaryIO, sha256: str | None) -> Stored:
        """Put the finished temporary file in its place."""
        file.flush()
        size = file.seek(0, os.SEEK_END)
        if sha256 is None:
            file.seek(0)
            sha256 = sha256_of(file)
        target = self._target(sha256)
        if _size(target) == size:
            return Stored(sha256, size, new=False)
        os.fsync(file.fileno())
        fresh = not target.parent.exists()
        target.parent.mkdir(parents=True, exist_ok=True)
        if sys.platform == "win32":  # an open file cannot be renamed there
            file.close()
        os.chmod(name, 0o444)
        os.replace(name, target)
        _flush_folder(target.parent)
        if fresh:
            _flush_folder(target.parent.parent)
            _flush_folder(self.root)
        return Stored(sha256, size, new=True)

    def _target(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in hex")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def path(self, sha256: str) -> Path:
        """Where the file lies. NotFound if it is not there."""
        target = self._target(sha256)
        if not target.is_file():
            raise NotFound(
                _("The file {sha256} is missing from the store. Bring it back from the backup.", sha256=sha256[:12])
            )
        return target

    def open(self, sha256: str) -> BinaryIO:
        """The file, open for reading; the caller closes it. NotFound if it is not there."""
        return self.path(sha256).open("rb")

    def read(self, sha256: str) -> bytes:
        """All its bytes. NotFound if it is not there."""
        return self.path(sha256).read_bytes()

    def verify(self, sha256: str) -> Fault | None:
        """Read the file again: None when its bytes still have this hash, else what is wrong."""
        try:
            with self._target(sha256).open("rb") as file:
                return None if sha256_of(file) == sha256 else "changed"
        except FileNotFoundError:
            return "missing"

    def remove(self, sha256: str) -> bool:
        """Take the file's bytes away for good; whether they were there. Only for what the record says is gone."""
        target = self._target(sha256)
        try:
            if sys.platform == "win32":  # what is read-only cannot be removed there
                os.chmod(target, 0o600)
            target.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unavailable(self.root) from error
        return True

    def sweep(self, older_than: timedelta = SWEEP_AFTER) -> int:
        """Remove what killed processes left behind; how many files that was. One being written is left alone."""
        swept = 0
        for name in self._incoming.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - name.stat().st_mtime >= older_than.total_seconds() and _abandoned(name):
                    name.unlink()
                    swept += 1
        return swept


def _copy(data: bytes | BinaryIO, target: BinaryIO, limit: int | None) -> None:
    total = 0
    for chunk in _chunks(data):
        total += len(chunk)
        if limit is not None and total > limit:
            raise TooLarge(_("The file is larger than {megabytes} MB.", megabytes=limit // 1_000_000))
        target.write(chunk)


def _chunks(data: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK):
        yield chunk


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _hold(file: BinaryIO) -> None:
    """Mark a temporary file as being written. The system lets go when the process ends, however it ends."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # some network file systems know no locks; age alone guards the file there
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _abandoned(name: Path) -> bool:
    """Whether nobody writes to this temporary file any more. On Windows removing an open file fails by itself."""
    if sys.platform == "win32":
        return True
    with name.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _flush_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(root: Path) -> Unavailable:
    return Unavailable(
        _(
            "The folder for files, {folder}, cannot be written to. Check that the disk has room and who owns it.",
            folder=str(root),
        )
    )


_lock = threading.Lock()
_store: Store | None = None


def store() -> Store:
    """The store of this installation, in its data folder."""
    global _store
    root = settings().data_dir / "files"
    with _lock:
        if _store is None or _store.root != root:
            _store = Store(root)
        return _store
