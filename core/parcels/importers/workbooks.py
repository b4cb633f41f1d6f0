"""Workbooks, read in a process of their own.

The reader (python-calamine) puts every cell of the rectangle a sheet spans into memory at once, and a process that asks for more than
there is dies. A workbook comes from outside, so a child with bounded memory and time opens it; if that child dies, the person reads a
sentence and nobody else notices. It also keeps a long import from holding up the screens of everybody.

What the archive says of itself is looked at before, so that a plain bomb is not even opened.
"""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson
import psutil

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.foundation.zips import BROKEN
from core.parcels.importers.sheets import Batch, Sheet, long_row

if sys.platform == "linux":
    import fcntl

LARGEST_PART = 2 * 1024**3
LARGEST_RATIO = 200
"""Unpacked over packed. Real exports stand at 8 to 15, bombs near 1,000."""
FREE_OF_RATIO = 32 * 1024**2
MOST_PARTS = 2_000
MOST_MEMORY = 4 * 1024**3
LEAST_MEMORY = 1024**3
SECONDS = 180.0
"""Ten times what a file of 300,000 rows takes."""
PIPE = 1 << 20
"""Bytes between the child and this process: two batches, and the most a process may ask for without privileges."""
CHILD = Path(__file__).with_name("workbook_child.py")


def check_workbook(data: bytes) -> None:
    """Raise a sentence unless the XLSX in `data` says it is whole and no larger than an export can be. `Invalid`, `TooLarge`.

    What lies about its size meets the child's own bounds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except BROKEN as error:
        raise damaged() from error
    if len(parts) > MOST_PARTS:
        raise TooLarge(_("This workbook has {n} parts inside; that is not an export of Seller Centre.", n=len(parts)))
    for part in parts:
        if part.flag_bits & 1:
            raise Invalid(_("Parts of this file are locked with a password. Save it without one first."))
        if part.file_size > max(FREE_OF_RATIO, min(LARGEST_PART, LARGEST_RATIO * part.compress_size)):
            raise TooLarge(_("Unpacked, this workbook is far larger than an export can be. It was not opened."))


def memory() -> int:
    """How many bytes a child may take: half the machine, within bounds. A file of 100,000 rows takes half a gigabyte."""
    total: int = psutil.virtual_memory().total
    return max(LEAST_MEMORY, min(MOST_MEMORY, total // 2))


def damaged() -> Invalid:
    """The refusal of a file that cannot be read as what its first bytes say it is."""
    return Invalid(_("The file is damaged or is no workbook. Download it again from Seller Centre."))


def workbook_sheets(
    data: bytes, password: str | None = None, begun: Begun | None = None
) -> Generator[Sheet, None, None]:
    """The workbook's sheets; close the generator when you have what you came for.

    Cells are text, numbers, booleans or None; dates that the workbook holds as dates come as ISO text. `password` opens a locked one;
    it goes to the child through a pipe and is kept nowhere. `begun` is the child that has these very bytes already. Raises `Invalid`
    for what is no workbook (with the field "password" where it is locked or the password is wrong), `TooLarge` past memory or time.
    """
    work = begun or Begun(data, password)
    try:
        try:
            sheet = work.first_sheet()
        except TooLarge:
            if begun is None:
                raise
            # While it waited it had less memory, and its time ran: now it has the machine's whole patience.
            work.close()
            work = Begun(data, password)
            sheet = work.first_sheet()
        while sheet is not None:
            yield sheet
            if not sheet.taken:
                work.talk.send(orjson.dumps({"next": True}), b"\n")
            sheet = work.talk.next_sheet()
    finally:
        work.close()


class Begun:
    """A workbook in the hands of a child, which opens it; `close` ends the child.

    `share` is the part of `memory()` it may take.
    """

    def __init__(self, data: bytes, password: str | None = None, *, share: float = 1.0) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(int(memory() * share))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        _widen(self._child.stdout)
        self._alarm = self._alarmed()
        self.talk = _Talk(self._child)
        self.talk.send(orjson.dumps({"size": len(data), "password": password}), b"\n", data)

    def first_sheet(self) -> _WorkbookSheet | None:
        """The first sheet, as `_Talk.next_sheet`; its time runs anew from here."""
        self._alarm.cancel()
        self._alarm = self._alarmed()
        return self.talk.next_sheet()

    def close(self) -> None:
        """End the child; it may have ended before."""
        self._alarm.cancel()
        self._child.kill()
        for stream in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self._child.wait()

    def _alarmed(self) -> threading.Timer:
        alarm = threading.Timer(SECONDS, self._child.kill)
        alarm.start()
        return alarm


def _widen(pipe: IO[bytes] | None) -> None:
    """Let the child put a whole batch or two into the pipe and go on reading, where the system can (Linux) and may."""
    if sys.platform == "linux" and pipe is not None:
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


class _Talk:
    """This side of the talk that `workbook_child` describes."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child was started without pipes")
        self._to, self._from = child.stdin, child.stdout

    def send(self, *parts: bytes) -> None:
        try:
            for part in parts:
                self._to.write(part)
            self._to.flush()
        except OSError:
            pass  # it died; its silence is noticed where the answer is read

    def line(self) -> Any:
        """The next line. Raises `TooLarge` where the child died in the middle of the talk."""
        line = self._from.readline()
        if not line.endswith(b"\n"):
            raise self._died()
        return orjson.loads(line)

    def bytes(self, size: int) -> bytes:
        """So many bytes as they are."""
        found = self._from.read(size)
        if len(found) != size:
            raise self._died()
        return found

    def next_sheet(self) -> _WorkbookSheet | None:
        """The next sheet, None after the last. Raises `Invalid` or `TooLarge` where the workbook cannot be read."""
        said = self.line()
        if "sheet" in said:
            return _WorkbookSheet(said["sheet"], said["head"], self)
        self.ended(said)
        return None

    def ended(self, said: Any) -> None:
        """Raise what the child's last word means, unless it is good."""
        if said["end"] == "locked":
            raise Invalid(_("The workbook is locked. Give its password; it is used once and kept nowhere."), "password")
        if said["end"] == "wrong":
            raise Invalid(_("That is not the password of this workbook."), "password")
        if said["end"] == "wide":
            raise TooLarge(
                _(
                    "A sheet of this workbook has hundreds of columns; an export has about 60. Download the export again."
                )
            )
        if said["end"] == "long":
            raise long_row()
        if said["end"] == "bad":
            raise damaged()

    def _died(self) -> TooLarge:
        return TooLarge(
            _(
                "This workbook needs more memory or time to open than an export does. Save it again in Excel, or export a shorter"
                " period."
            )
        )


class _WorkbookSheet:
    """A sheet in the child's hands."""

    encoding = ""

    def __init__(self, name: str, head: list[list[Any]], talk: _Talk) -> None:
        self.name = name
        self.head = head
        self.taken = False
        self._talk = talk

    def batches(self, start: int, width: int, pick: Sequence[int], blank: Sequence[int]) -> Iterator[Batch]:
        """See `Sheet.batches`."""
        self.taken = True
        wanted = {"start": start, "width": width, "pick": list(pick), "blank": list(blank)}
        self._talk.send(orjson.dumps(wanted), b"\n")
        while "n" in (said := self._talk.line()):
            numbers, picked = self._talk.line()
            yield numbers, picked, self._talk.bytes(said["bytes"])
        if "done" not in said:
            self._talk.ended(said)
