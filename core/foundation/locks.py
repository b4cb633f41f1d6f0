"""Locks between processes: a lock on a file, which the system lets go of when its holder ends, however it ends.

Only the standard library is used: the keeper of the embedded database runs on nothing else.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

PAUSE_S = 0.05


class FileLock:
    """A lock that is held. `release` lets it go; so does the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go. Calling it again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def take(path: Path, *, shared: bool = False, wait: float = 0.0) -> FileLock | None:
    """Lock the file at `path`, which is made if it is missing; None where others still hold it after `wait` seconds.

    Any number of processes hold it shared, or one alone. OSError where the folder cannot be written or cannot lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    end = time.monotonic() + wait
    try:
        while not _lock(descriptor, shared):
            if time.monotonic() >= end:
                os.close(descriptor)
                return None
            # The system can wait for a file's lock, but not for so long and no longer; so it is asked again, until `end`.
            time.sleep(PAUSE_S)
    except BaseException:
        os.close(descriptor)
        raise
    return FileLock(descriptor)


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("internal", ctypes.c_void_p),
            ("internal_high", ctypes.c_void_p),
            ("offset", wintypes.DWORD),
            ("offset_high", wintypes.DWORD),
            ("event", wintypes.HANDLE),
        )

    FAIL_AT_ONCE, EXCLUSIVE = 0x1, 0x2
    HELD_BY_ANOTHER = 33

    def _lock(descriptor: int, shared: bool) -> bool:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        flags = FAIL_AT_ONCE | (0 if shared else EXCLUSIVE)
        if kernel.LockFileEx(handle, flags, 0, 1, 0, ctypes.byref(_Overlapped())):
            return True
        if ctypes.get_last_error() in (HELD_BY_ANOTHER, 997):
            return False
        raise ctypes.WinError(ctypes.get_last_error())

else:
    import fcntl

    def _lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
