"""Tables of text: which encoding and which separator, found by what comes out, never asked for.

Every way of reading is tried on the beginning of the file. The one in which most headings are known wins; where headings cannot tell
(English ones above a column of Chinese), the one whose letters are those people write does.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import N_, _
from core.parcels.importers.sheets import HEAD, MOST_COLUMNS, Notice, Sheet, TextSheet
from core.parcels.importers.tables import fold

ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "cp950": "Big5",
    "cp874": "TIS-620",
    "cp1252": "Windows-1252",
    "cp1258": "Windows-1258",
}
"""Python's names → what people call them, in the order that decides where nothing else does. cp950 is Big5, cp874 TIS-620, both
as Windows writes them."""

_ORDER = list(ENCODINGS)

DELIMITERS = (",", "\t", ";", "|")

_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE = 1 << 16
_BODY = 1 << 18
MOST_LINES = 1 << 21
"""Rows of a table of text, empty ones too: twice what a sheet of Excel holds."""
_CONTROLS = frozenset(
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x14\x15\x16\x17\x18\x19\x1b\x1c\x1d\x1e\x1f\x7f"
)
_THAI_MARKS = frozenset(
    "\u0e31\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
)


@dataclass(frozen=True)
class _Way:
    """One way of reading the file, and how many headings are known then in one row."""

    encoding: str
    delimiter: str
    known: int


def is_text(data: bytes) -> bool:
    """Whether some encoding makes text of the beginning."""
    return next(_decoded(data[:_SAMPLE]), None) is not None


def text_sheets(data: bytes, known: frozenset[str], notices: list[Notice]) -> Iterator[Sheet]:
    """The file as one sheet. `known` are the headings that mean something, folded and in lower case.

    Raises `Invalid` for what is no table of text, `TooLarge` for one with hundreds of columns.
    """
    ways = list(_ways(data, known))
    if not ways:
        raise _unreadable()
    most = max(way.known for way in ways)
    text, way = _read(data, [way for way in ways if way.known == most], notices)
    rows = _records(text, way.delimiter)
    yield TextSheet(list(islice(rows, HEAD)), rows, encoding=ENCODINGS[way.encoding])


def _read(data: bytes, ways: list[_Way], notices: list[Notice]) -> tuple[str, _Way]:
    """The whole text, and how it was read.

    Unicode that holds to the end is no accident; else the way with the likeliest letters, and what it lost is said.
    """
    for way in ways:
        if way.encoding.startswith("utf"):
            with suppress(UnicodeDecodeError):
                return data.decode(way.encoding), way
    best = max(ways, key=lambda way: (_likely(data[:_BODY], way.encoding), -_ORDER.index(way.encoding)))
    text = data.decode(best.encoding, "replace")
    if lost := text.count("\ufffd"):
        notices.append((N_("{n} letters of this file could not be read; they stand as “�”."), {"n": lost}))
    return text, best


def _decoded(sample: bytes) -> Iterator[tuple[str, str]]:
    """Encodings that make text of `sample`, with the text; a letter cut off at its end does not matter."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not sample.startswith(_MARKS):
            continue
        if encoding in ("utf-16-le", "utf-16-be") and (b"\x00" not in sample or sample.startswith(_MARKS)):
            continue
        try:
            text = codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
        except UnicodeDecodeError:
            if encoding != "utf-8-sig" or not _nearly(text := sample.decode(encoding, "replace")):
                continue
        if text and not _CONTROLS.intersection(text):
            yield encoding, text


def _nearly(text: str) -> bool:
    """Whether it is Unicode but for a broken letter here and there: other encodings break nearly all of their letters."""
    return 20 * text.count("\ufffd") <= sum(1 for letter in text if letter > "\x7f")


def _ways(data: bytes, known: frozenset[str]) -> Iterator[_Way]:
    for encoding, text in _decoded(data[:_SAMPLE]):
        usual = max(DELIMITERS, key=text.count)
        scores = {delimiter: _known(text, delimiter, known) for delimiter in DELIMITERS}
        delimiter = max(DELIMITERS, key=lambda one: (scores[one], one == usual))
        yield _Way(encoding, delimiter, scores[delimiter])


def _known(text: str, delimiter: str, known: frozenset[str]) -> int:
    """The most headings known in one of the first rows."""
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEAD))
    except csv.Error:
        return 0
    return max((sum(1 for cell in row if fold(cell).casefold() in known) for row in rows), default=0)


def _likely(body: bytes, encoding: str) -> float:
    """The share of letters beyond ASCII that people write in this encoding: 1 where there are none."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(body, final=False)
    before = "\n" + text
    letters = good = 0
    for last, letter in zip(before, text, strict=False):
        if letter < "\x80":
            continue
        letters += 1
        good += _usual(letter, last, encoding)
    return good / letters if letters else 1.0


def _usual(letter: str, last: str, encoding: str) -> bool:
    """Whether a letter beyond ASCII is a usual one behind `last`."""
    if letter == "\ufffd":
        return False
    if encoding in ("gb18030", "cp950"):
        # The national standards put the few thousand everyday signs first.
        code = letter.encode(encoding, "replace")
        usual = range(0xB0, 0xD8) if encoding == "gb18030" else range(0xA4, 0xC7)
        return len(code) == 2 and (code[0] in usual or code[0] in (0xA1, 0xA3))
    if encoding == "cp874":
        return "\u0e00" <= letter <= "\u0e7f" and (letter not in _THAI_MARKS or "\u0e00" <= last <= "\u0e7f")
    if encoding in ("cp1252", "cp1258"):
        mark = unicodedata.category(letter) == "Mn"
        return (letter.isalpha() or mark or letter in "ºª€₫–—’") and not (letter.isupper() and last.islower())
    return True


def _records(text: str, delimiter: str) -> Iterator[list[Any]]:
    """Rows padded to the widest so far, so that a missing cell is an empty one."""
    width = 0
    try:
        for count, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if count >= MOST_LINES:
                raise TooLarge(_("This table has more than {n} rows. Split it.", n=f"{MOST_LINES:,}"))
            width = max(width, len(record))
            if width > MOST_COLUMNS:
                raise TooLarge(
                    _("This table has hundreds of columns; an export has about 60. Download the export again.")
                )
            yield record + [""] * (width - len(record))
    except csv.Error as error:
        raise _unreadable() from error


def _unreadable() -> Invalid:
    return Invalid(_("The file is not a readable table of text."))
