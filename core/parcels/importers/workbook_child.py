"""Run as a script by `workbooks`: reads a workbook from standard input and writes the rows asked for to standard output.

It imports nothing of Recoup, so that it starts quickly, and limits its own memory before it opens anything. The talk, in lines of JSON:

    ← the workbook's size in bytes, then the workbook
    → {"sheet": name, "head": [first rows]}      for each sheet in turn, answered by
    ← {"next": true}                             or by what is wanted of the rows below the headings:
    ← {"start": row number, "width": columns, "pick": [positions], "blank": [positions]}
    → {"n": rows, "bytes": b}                    then a line with [[row numbers], [picked cells]] and b bytes of kept rows, one a line
    → {"end": "good" | "bad" | "locked" | "wide"}
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

import orjson

BATCH = 500
HEAD = 60
MOST_COLUMNS = 702
"""A to ZZ. An export has about 60."""


def batches(
    rows: Iterable[list[Any]], start: int, width: int, pick: list[int], blank: list[int]
) -> Iterator[tuple[list[int], list[Any], bytes]]:
    """Rows in batches: their numbers in the file (the first is `start`), the picked cells, and each row kept as a line of JSON.

    Empty rows are left out, short ones filled up, the cells at `blank` emptied. A picked position equal to `width` is an empty cell.
    `pick` has at least two positions.
    """
    choose, dumps = itemgetter(*pick), orjson.dumps
    numbers: list[int] = []
    picked: list[Any] = []
    kept: list[bytes] = []
    for number, cells in enumerate(rows, start):
        if not any(cells):
            continue
        row = cells if len(cells) == width else cells[:width] + [""] * (width - len(cells))
        for position in blank:
            row[position] = ""
        numbers.append(number)
        kept.append(dumps(row, default=str))
        row.append("")
        picked.append(choose(row))
        if len(numbers) == BATCH:
            yield numbers, picked, b"\n".join(kept)
            numbers, picked, kept = [], [], []
    if numbers:
        yield numbers, picked, b"\n".join(kept)


def _limit(memory: int) -> None:
    """Bound this process's memory where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return


def _say(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, default=str) + b"\n")


def _sheet(sheet: Any) -> None:
    """Offer one sheet, and write its rows where they are wanted."""
    rows = sheet.iter_rows()
    head = [list(row) for row in islice(rows, HEAD)]
    _say({"sheet": sheet.name, "head": head})
    sys.stdout.buffer.flush()
    asked = orjson.loads(sys.stdin.buffer.readline())
    if "next" in asked:
        return
    start = asked["start"]
    below = (row for part in (head[start - 1 :], rows) for row in part)
    for numbers, picked, body in batches(below, start, asked["width"], asked["pick"], asked["blank"]):
        _say({"n": len(numbers), "bytes": len(body)})
        _say([numbers, picked])
        sys.stdout.buffer.write(body)


def main() -> None:
    """Read, answer, end."""
    gc.disable()
    data = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    _limit(int(sys.argv[1]))
    import python_calamine as calamine

    end = "good"
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        del data
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_width > MOST_COLUMNS:
                end = "wide"
                break
            _sheet(sheet)
    except calamine.PasswordError:
        end = "locked"
    except (calamine.CalamineError, OSError, ValueError):
        end = "bad"
    _say({"end": end})
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # Whoever listened has heard enough; leave without the interpreter complaining on the way out.
        import os

        os._exit(0)
