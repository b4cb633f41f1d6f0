"""Archives of exports: Thailand sends a month as `…_part_1_of_3.xlsx`, `…_part_2_of_3.xlsx` in one ZIP.

The parts of one report are read as one sheet, whose rows count on from part to part: an order may stand on both sides of the cut.
Files beside them are read by themselves; what is no table is left out and said. Nothing is ever written to disk.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from core.foundation.errors import Invalid, Refusal, TooLarge
from core.foundation.language import N_, _
from core.foundation.zips import BROKEN
from core.parcels.importers.sheets import Batch, Notice, Sheet
from core.parcels.importers.tables import fold
from core.parcels.importers.workbooks import FREE_OF_RATIO, LARGEST_RATIO, damaged

MOST_MEMBERS = 200
LARGEST_MEMBER = 300 * 1024**2
LARGEST_TOGETHER = 1024**3
TABLES = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".json")

_PART = re.compile(r"(.*)[_ -]part[_ -](\d{1,4})[_ -]of[_ -](\d{1,4})(\.\w{1,5})?", re.IGNORECASE)

Open = Callable[[bytes], Generator[Sheet, None, None]]
"""Opens the bytes of a member that is no archive itself."""


class _Member(NamedTuple):
    """A file of the archive: its place among the parts of one report (0 for a file by itself) and of how many."""

    info: zipfile.ZipInfo
    name: str
    stem: str
    part: int
    of: int


def archive_sheets(data: bytes, open_member: Open, notices: list[Notice]) -> Iterator[Sheet]:
    """The sheets of every table in the archive. Adds to `notices` what was left out.

    Raises `Invalid` for a broken, locked or nested archive, for a missing part and for one with nothing to read, `TooLarge` for a
    bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise damaged() from error
    with archive:
        for parts in _together(_members(archive, notices)):
            yield from _sheets(archive, parts, open_member)


def _members(archive: zipfile.ZipFile, notices: list[Notice]) -> list[_Member]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        raise TooLarge(_("This archive holds {n} files; put at most {most} in one.", n=len(infos), most=MOST_MEMBERS))
    found = []
    for info in infos:
        name = re.split(r"[/\\]", info.filename)[-1]
        if name.startswith(".") or info.filename.startswith("__MACOSX"):
            continue
        if not name.lower().endswith(TABLES):
            if name.lower().endswith((".zip", ".rar", ".7z", ".gz")):
                raise _nested(name)
            notices.append((N_("“{name}” in the archive is no table and was left out."), {"name": name[:120]}))
            continue
        _bounded(info, name)
        part = _PART.fullmatch(name)
        found.append(
            _Member(info, name, part[1] + (part[4] or ""), int(part[2]), int(part[3]))
            if part
            else _Member(info, name, name, 0, 0)
        )
    if sum(one.info.file_size for one in found) > LARGEST_TOGETHER:
        raise TooLarge(
            _("Unpacked, this archive is far larger than exports can be. It was not opened. Put fewer files in one.")
        )
    if not found:
        raise Invalid(_("There is no export in this archive. Recoup reads XLSX, XLS, CSV, TSV and JSON files in it."))
    return found


def _bounded(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & 1:
        raise Invalid(_("The archive is locked with a password. Unpack it and import the files inside."))
    if info.file_size > LARGEST_MEMBER or info.file_size > max(FREE_OF_RATIO, LARGEST_RATIO * info.compress_size):
        raise TooLarge(_("Unpacked, “{name}” is far larger than an export can be. It was not opened.", name=name))


def _together(members: Sequence[_Member]) -> list[list[_Member]]:
    """Members by report: the parts of one in their order, each file by itself alone. Raises `Invalid` where a part is missing."""
    groups: dict[tuple[str, int], list[_Member]] = {}
    for member in members:
        groups.setdefault((member.stem, member.of), []).append(member)
    for (_stem, of), parts in groups.items():
        parts.sort(key=lambda one: one.part)
        there = [one.part for one in parts]
        if of and there != list(range(1, of + 1)):
            missing = next((n for n in range(1, min(of, MOST_MEMBERS) + 1) if n not in there), of)
            raise Invalid(_("Part {n} of {of} is missing in this archive. Download it again.", n=missing, of=of))
    return list(groups.values())


def _sheets(archive: zipfile.ZipFile, parts: list[_Member], open_member: Open) -> Iterator[Sheet]:
    first, *others = parts
    with closing(_opened(archive, first, open_member)) as sheets:
        for sheet in sheets:
            sheet.name = f"{first.name}: {sheet.name}" if sheet.name else first.name
            yield _Joined(sheet, [(one.name, partial(_opened, archive, one, open_member)) for one in others])


def _opened(archive: zipfile.ZipFile, member: _Member, open_member: Open) -> Generator[Sheet, None, None]:
    try:
        with archive.open(member.info) as file:
            data = file.read(LARGEST_MEMBER + 1)
    except BROKEN as error:
        raise damaged() from error
    if len(data) > LARGEST_MEMBER:
        raise TooLarge(
            _("Unpacked, “{name}” is far larger than an export can be. It was not opened.", name=member.name)
        )
    try:
        yield from open_member(data)
    except Invalid as refusal:
        raise Invalid(_said(member, refusal), refusal.field) from refusal
    except TooLarge as refusal:
        raise TooLarge(_said(member, refusal)) from refusal


def _said(member: _Member, refusal: Refusal) -> str:
    """Why the archive is refused, with the file in it that is the reason."""
    return _("“{name}” in the archive: {reason}", name=member.name[:120], reason=refusal.message)


def _nested(name: str) -> Invalid:
    return Invalid(
        _("There is an archive in this archive: “{name}”. Unpack it and import the files inside.", name=name)
    )


class _Joined:
    """The sheet of a first part with the rows of the other parts behind its own."""

    def __init__(self, first: Sheet, others: list[tuple[str, Callable[[], Generator[Sheet, None, None]]]]) -> None:
        self.head, self.name, self.encoding = first.head, first.name, first.encoding
        self._first, self._others = first, others

    def batches(self, start: int, width: int, pick: Sequence[int], blank: Sequence[int]) -> Iterator[Batch]:
        """See `Sheet.batches`. Raises `Invalid` where a part has other headings than the first."""
        headings = _written(self.head[start - 2])
        last = start - 1
        for batch in self._first.batches(start, width, pick, blank):
            last = batch[0][-1]
            yield batch
        for name, opened in self._others:
            with closing(opened()) as sheets:
                sheet, below = _below(sheets, headings, name)
                before = last
                for numbers, picked, kept in sheet.batches(below, width, pick, blank):
                    counted = [number - below + 1 + before for number in numbers]
                    last = counted[-1]
                    yield counted, picked, kept


def _below(sheets: Iterator[Sheet], headings: list[str], name: str) -> tuple[Sheet, int]:
    """The sheet with these headings and the row below them."""
    for sheet in sheets:
        for at, row in enumerate(sheet.head, 1):
            if _written(row) == headings:
                return sheet, at + 1
    raise Invalid(_("“{name}” has other headings than the first part of the archive.", name=name))


def _written(row: Sequence[Any]) -> list[str]:
    texts = [fold(cell) if isinstance(cell, str) else "" for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts
