"""A sheet as the reader takes it: its first rows to be recognised by, then the cells asked for, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.foundation.errors import TooLarge
from core.foundation.language import _
from core.parcels.importers.workbook_child import HEAD, MOST_COLUMNS, TooLong, batches

Batch = tuple[list[int], list[Any], bytes]
"""Row numbers in the file, the picked cells of each row, and the whole rows as they are kept: a line of JSON each."""

Notice = tuple[str, dict[str, Any]]
"""A sentence for `_()` and its values."""


class Sheet(Protocol):
    """One sheet of a file. `head` are its first rows, from row 1 on; `name` is what the file calls it, "" for a table of text.

    `encoding` is what a table of text is written in, as people call it (`texts.ENCODINGS`); "" for everything else.
    """

    head: list[list[Any]]
    name: str
    encoding: str

    def batches(self, start: int, width: int, pick: Sequence[int], blank: Sequence[int]) -> Iterator[Batch]:
        """The rows from `start` on, without empty ones; the cells at `blank` emptied. Position `width` is an empty cell."""
        ...


Sheets = Iterable[Sheet]
"""Sheets in the order of the file; one is done with before the next is asked for."""


@dataclass
class TextSheet:
    """A table of text, read in this process."""

    head: list[list[Any]]
    rest: Iterator[list[Any]]
    name: str = ""
    encoding: str = ""

    def batches(self, start: int, width: int, pick: Sequence[int], blank: Sequence[int]) -> Iterator[Batch]:
        """See `Sheet.batches`."""
        below = (row for part in (self.head[start - 1 :], self.rest) for row in part)
        try:
            yield from batches(below, start, width, list(pick), list(blank))
        except TooLong as error:
            raise long_row() from error


def long_row() -> TooLarge:
    """The refusal of a file with a row far longer than any of an export."""
    return TooLarge(
        _("A row of this file holds far more text than a row of an export does. Download the export again.")
    )


__all__ = ["HEAD", "MOST_COLUMNS", "Batch", "Notice", "Sheet", "Sheets", "TextSheet", "long_row"]
