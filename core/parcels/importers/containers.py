"""What a file is, by its bytes: the return export is named `.xls` and holds XLSX, so names decide nothing.

`CONTAINERS` is asked from the top; a new kind of file is a row of it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.parcels.importers.sheets import HEAD, Sheets, TextSheet
from core.parcels.importers.workbooks import check_workbook, workbook_sheets

LARGEST_FILE = 300 * 1024**2
"""Bytes. A month of 100,000 rows is about 25 MB."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LEGACY_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))

ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
"""Tried in turn on text files; UTF-16 only behind its mark."""

_DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True)
class Container:
    """A kind of file: how its bytes look, and how its sheets are read (or the sentence that refuses it)."""

    name: str
    looks: Callable[[bytes], bool]
    sheets: Callable[[bytes], Sheets]


def open_sheets(data: bytes) -> tuple[str, Sheets]:
    """The container's name and its sheets. Raises `Invalid` or `TooLarge` with a sentence for what cannot be read."""
    if not data.strip(b"\x00 \r\n\t"):
        raise Invalid(_("The file is empty."))
    if len(data) > LARGEST_FILE:
        raise too_large()
    found = next((one for one in CONTAINERS if one.looks(data)), None)
    if found is None:
        raise Invalid(
            _(
                "This is neither a workbook nor a table of text. Recoup imports XLSX, XLS and CSV files of Seller Centre."
            )
        )
    return found.name, found.sheets(data)


def too_large() -> TooLarge:
    """The refusal of a file over `LARGEST_FILE`."""
    return TooLarge(_("The file has more than {n} MB. Export a shorter period.", n=LARGEST_FILE // 1024**2))


def _refuse(sentence: Callable[[], str]) -> Callable[[bytes], Sheets]:
    def refuse(data: bytes) -> Sheets:
        raise Invalid(sentence())

    return refuse


def _xlsx(data: bytes) -> Sheets:
    check_workbook(data)
    return workbook_sheets(data)


def _is_zip(data: bytes) -> bool:
    return data.startswith(_ZIP)


def _parts(data: bytes) -> tuple[str, ...]:
    """The names of an archive's parts; none for what is no archive, or a broken one."""
    if not _is_zip(data):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return ()


def _is_workbook(data: bytes) -> bool:
    """A workbook's archive; also one too broken to list its parts, where the part's name stands in the bytes."""
    names = _parts(data)
    return any(name.startswith("xl/workbook") for name in names) or (
        not names and _is_zip(data) and b"xl/workbook" in data
    )


def _is_ole(data: bytes) -> bool:
    return data.startswith(_OLE)


def decode(data: bytes) -> str | None:
    """The text of a text file, None where it is none: not in a known encoding, or with control characters of binary files."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(mark in text[:4096] for mark in "\x00\x01\x02\x03\x08\x0e\x1f") else text
    return None


def _text(data: bytes) -> Sheets:
    text = (decode(data) or "").replace("\x00", "")
    head = text[:20_000]
    delimiter = max(_DELIMITERS, key=head.count)
    rows = _records(text, delimiter)
    yield TextSheet(list(islice(rows, HEAD)), rows)


def _records(text: str, delimiter: str) -> Iterator[list[Any]]:
    """Rows padded to the widest so far, so that a missing cell is an empty one."""
    width = 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            width = max(width, len(record))
            yield record + [""] * (width - len(record))
    except csv.Error as error:
        raise Invalid(_("The file is not a readable table of text.")) from error


CONTAINERS: tuple[Container, ...] = (
    Container("XLSX", _is_workbook, _xlsx),
    Container(
        "ODS",
        lambda data: _is_zip(data) and b"opendocument" in data[:200],
        _refuse(lambda: _("This is an OpenDocument table. Save it as XLSX first.")),
    ),
    Container(
        "ZIP",
        lambda data: _is_zip(data) and len(data) <= 22,
        _refuse(lambda: _("The archive is empty: there were no orders in that period.")),
    ),
    Container(
        "ZIP",
        _is_zip,
        _refuse(
            lambda: _("This is an archive, not a workbook, or it is damaged. Unpack it and import the files inside.")
        ),
    ),
    Container(
        "encrypted workbook",
        lambda data: _is_ole(data) and _ENCRYPTED in data,
        _refuse(lambda: _("The workbook is locked with a password. Save it without one first.")),
    ),
    Container("XLS", lambda data: _is_ole(data) and any(book in data for book in _LEGACY_BOOKS), workbook_sheets),
    Container("CSV", lambda data: not _is_ole(data) and decode(data[: 1 << 20]) is not None, _text),
)
