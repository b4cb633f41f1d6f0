"""Files handed in one after the other: while one is taken in, the next one's workbook is being opened."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path

from core.foundation.errors import Invalid, NotFound, Refusal
from core.foundation.language import _
from core.parcels.importers import containers
from core.parcels.importers.workbooks import Begun


def bytes_of(source: Path | bytes) -> bytes:
    """What a file holds. Raises `Invalid` (a folder), `NotFound` (nothing that can be read), `TooLarge`."""
    if isinstance(source, bytes):
        return source
    try:
        if source.stat().st_size > containers.LARGEST_FILE:
            raise containers.too_large()
        return source.read_bytes()
    except IsADirectoryError:
        raise Invalid(_("{path} is a folder. Name the files in it.", path=str(source))) from None
    except OSError:
        raise NotFound(_("There is no file {path} that can be read.", path=str(source))) from None


class Waiting:
    """A file that waits for its turn, its workbook being opened meanwhile. Nothing is said of it before: what is wrong with the file
    is found again, and said, in its turn.
    """

    def __init__(self, source: Path | bytes, password: str | None = None) -> None:
        self.source = source
        self.password = password
        self._data: bytes | None = None
        self._begun: Begun | None = None
        self._taken = False
        self._work = threading.Thread(target=self._begin, daemon=True)
        self._work.start()

    def _begin(self) -> None:
        with suppress(Refusal, OSError):
            self._data = bytes_of(self.source)
            self._begun = containers.begin(self._data, self.password)

    def take(self) -> tuple[bytes, Begun | None]:
        """The file's bytes, and the child that has them, where one does and was not taken before. Raises as `bytes_of`."""
        self._work.join()
        data = self._data if self._data is not None else bytes_of(self.source)
        begun = None if self._taken else self._begun
        self._taken = True
        return data, begun

    def close(self) -> None:
        """End the child, taken or not."""
        self._work.join()
        if self._begun is not None:
            self._begun.close()


def in_turn(files: Iterable[tuple[Path | bytes, str | None]]) -> Generator[Waiting, None, None]:
    """Each file with its password, as `import_file` takes it, when its turn comes. One waits at a time; close the generator."""
    mine: Waiting | None = None
    following: Waiting | None = None
    try:
        for source, password in files:
            mine, following = following, Waiting(source, password)
            if mine is not None:
                yield mine
                mine.close()
        mine, following = following, None
        if mine is not None:
            yield mine
    finally:
        for one in (mine, following):
            if one is not None:
                one.close()


__all__ = ["Waiting", "bytes_of", "in_turn"]
