"""What a file is, by its bytes: the return export is named `.xls` and holds XLSX, so names decide nothing.

`CONTAINERS` is asked from the top; a new kind of file is a row of it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.foundation.zips import BROKEN
from core.parcels.importers.archives import archive_sheets
from core.parcels.importers.platform_json import looks_like_returns, return_sheets
from core.parcels.importers.sheets import Notice, Sheet
from core.parcels.importers.tables import HeadingTables
from core.parcels.importers.texts import is_text, text_sheets
from core.parcels.importers.trackers import json_sheets
from core.parcels.importers.workbook_child import OLE, PACKAGE
from core.parcels.importers.workbooks import Begun, check_workbook, workbook_sheets
from core.parcels.json_text import looks_like_json

LARGEST_FILE = 300 * 1024**2
"""Bytes. A month of 100,000 rows is about 25 MB."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_LEGACY_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_PACKED = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|meta|head)", re.IGNORECASE)


@dataclass
class Source:
    """A file on its way in. `notices` collects what is worth saying of it; `password` is for locked workbooks; `begun` has it already."""

    data: bytes
    tables: HeadingTables
    password: str | None = None
    notices: list[Notice] = field(default_factory=list)
    inside: bool = False
    begun: Begun | None = None


@dataclass(frozen=True)
class Container:
    """A kind of file: how its bytes look, and how its sheets are read (or the sentence that refuses it)."""

    name: str
    looks: Callable[[bytes], bool]
    sheets: Callable[[Source], Iterator[Sheet]]


@dataclass(frozen=True)
class Opened:
    """An opened file: the name of its container, its sheets one after the other, and what is worth saying (grows while they are read).

    Close `sheets` when you have what you came for.
    """

    container: str
    sheets: Generator[Sheet, None, None]
    notices: list[Notice]


def open_file(data: bytes, tables: HeadingTables, password: str | None = None, begun: Begun | None = None) -> Opened:
    """Open a file. `tables` are the headings the team knows: text files are read in the encoding in which those come out.
    `begun` is what `begin` made of these very bytes.

    Raises `Invalid` (field "password": it is locked, or that is not the password) or `TooLarge` with a sentence for what cannot be
    read, some of it only while the sheets are read.
    """
    source = Source(data, tables, password, begun=begun)
    container = _container(source)
    return Opened(container.name, _sheets(container, source), source.notices)


def begin(data: bytes, password: str | None = None) -> Begun | None:
    """Have a workbook opened before its turn, with half the memory it will have then; None for what is no workbook.

    Raises `Invalid` or `TooLarge` for one that is not even opened.
    """
    if len(data) > LARGEST_FILE:
        raise too_large()
    if _is_workbook(data):
        check_workbook(data)
        return Begun(data, share=0.5)
    return Begun(data, password, share=0.5) if _is_book(data) else None


def too_large() -> TooLarge:
    """The refusal of a file over `LARGEST_FILE`."""
    return TooLarge(_("The file has more than {n} MB. Export a shorter period.", n=LARGEST_FILE // 1024**2))


def _container(source: Source) -> Container:
    data = source.data
    if not data.strip(b"\x00 \r\n\t"):
        raise Invalid(_("The file is empty."))
    if len(data) > LARGEST_FILE:
        raise too_large()
    found = next((one for one in CONTAINERS if one.looks(data)), None)
    if found is None:
        raise Invalid(
            _(
                "This is neither a workbook nor a table of text. Recoup imports XLSX, XLS, CSV, TSV and ZIP files of Seller"
                " Centre."
            )
        )
    return found


def _sheets(container: Container, source: Source) -> Generator[Sheet, None, None]:
    yield from container.sheets(source)


def _refuse(sentence: Callable[[], str]) -> Callable[[Source], Iterator[Sheet]]:
    def refuse(source: Source) -> Iterator[Sheet]:
        raise Invalid(sentence())

    return refuse


def _xlsx(source: Source) -> Iterator[Sheet]:
    check_workbook(source.data)
    return workbook_sheets(source.data, begun=source.begun)


def _ole(source: Source) -> Iterator[Sheet]:
    return workbook_sheets(source.data, source.password, source.begun)


def _text(source: Source) -> Iterator[Sheet]:
    return text_sheets(source.data, source.tables.spellings, source.notices)


def _archive(source: Source) -> Iterator[Sheet]:
    if source.inside:
        raise Invalid(_("There is an archive in this archive. Unpack it and import the files inside."))

    def member(data: bytes) -> Generator[Sheet, None, None]:
        inner = Source(data, source.tables, source.password, source.notices, inside=True)
        yield from _sheets(_container(inner), inner)

    return archive_sheets(source.data, member, source.notices)


def _is_zip(data: bytes) -> bool:
    return data.startswith(_ZIP)


def _parts(data: bytes) -> tuple[str, ...]:
    """The names of an archive's parts; none for what is no archive, or a broken one."""
    if not _is_zip(data):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(archive.namelist())
    except BROKEN:
        return ()


def _is_workbook(data: bytes) -> bool:
    """A workbook's archive; also one too broken to list its parts, where the part's name stands in the bytes."""
    names = _parts(data)
    return any(name.startswith("xl/workbook") for name in names) or (
        not names and _is_zip(data) and b"xl/workbook" in data
    )


def _is_book(data: bytes) -> bool:
    return data.startswith(OLE) and (PACKAGE in data or any(book in data for book in _LEGACY_BOOKS))


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
    Container("ZIP", _is_zip, _archive),
    Container(
        "archive",
        lambda data: data.startswith(_PACKED),
        _refuse(lambda: _("This is an archive that Recoup does not open. Unpack it and import the files inside.")),
    ),
    Container("locked workbook", lambda data: data.startswith(OLE) and PACKAGE in data, _ole),
    Container("XLS", _is_book, _ole),
    Container(
        "web page",
        lambda data: _PAGE.match(data[:1024]) is not None,
        _refuse(lambda: _("This is a web page under another name. Open it in Excel and save it as XLSX.")),
    ),
    Container("JSON", looks_like_returns, lambda source: return_sheets(source.data, source.notices)),
    Container("JSON", looks_like_json, lambda source: json_sheets(source.data, source.notices)),
    Container("CSV", lambda data: not data.startswith(OLE) and is_text(data), _text),
)
