"""Run as a script by `workbooks`: reads a workbook from standard input and writes the rows asked for to standard output.

It imports nothing of Recoup, so that it starts quickly, and limits its own memory before it opens anything. The talk, in lines of JSON:

    ← {"size": bytes, "password": text or null}, then the workbook
    → {"sheet": name, "head": [first rows]}      for each sheet in turn, answered by
    ← {"next": true}                             or by what is wanted of the rows below the headings:
    ← {"start": row number, "width": columns, "pick": [positions], "blank": [positions]}
    → {"n": rows, "bytes": b}                    then a line with [[row numbers], [picked cells]] and b bytes of kept rows, one a line
    → {"done": true}                             where the sheet ends
    → {"end": "good" | "bad" | "locked" | "wrong" | "wide" | "long"}

A locked workbook is unlocked in here, in memory: its own words say how long that takes, and they come from outside too.
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
LONGEST_ROW = 1 << 18
"""Bytes of a row as it is kept. A cell of Excel holds 32,767 letters at most, a row of an export some thousand."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKAGE = "EncryptedPackage".encode("utf-16-le")


class TooLong(Exception):
    """A row of more than `LONGEST_ROW`."""


def batches(
    rows: Iterable[list[Any]], start: int, width: int, pick: list[int], blank: list[int]
) -> Iterator[tuple[list[int], list[Any], bytes]]:
    """Rows in batches: their numbers in the file (the first is `start`), the picked cells, and each row kept as a line of JSON.

    Empty rows are left out, short ones filled up, the cells at `blank` emptied. A picked position equal to `width` is an empty cell.
    `pick` has at least two positions. The letter of no meaning (NUL) is taken out of all cells: workbooks can say it, and no database
    keeps it. Raises `TooLong`.
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
        line = dumps(row, default=str)
        if b"\\u0000" in line:
            row = [cell.replace("\0", "") if isinstance(cell, str) else cell for cell in row]
            line = dumps(row, default=str)
        if len(line) > LONGEST_ROW:
            raise TooLong
        numbers.append(number)
        kept.append(line)
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
    _say({"done": True})


def _unlocked(data: bytes, password: str | None) -> tuple[bytes, str]:
    """The workbook without its password, and "good"; or what it was and why not: "locked", "wrong", "bad"."""
    if not data.startswith(OLE):
        return data, "good"
    import msoffcrypto
    from msoffcrypto.exceptions import InvalidKeyError

    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not office.is_encrypted():
            return data, "good"
        if not password:
            return data, "locked"
        plain = io.BytesIO()
        # The old kind of book is always checked, the new one only when asked.
        office.load_key(password=password, **({"verify_password": True} if PACKAGE in data else {}))
        office.decrypt(plain)
    except InvalidKeyError:
        return data, "wrong"
    except Exception:
        # It comes from outside and its reader raises whatever it stumbles over. The old kind of book may still be readable.
        return data, "bad" if PACKAGE in data else "good"
    return plain.getvalue(), "good"


def _read(data: bytes) -> str:
    """Write what is asked of the workbook's sheets; how it ended."""
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_width > MOST_COLUMNS:
                return "wide"
            _sheet(sheet)
    except TooLong:
        return "long"
    except calamine.PasswordError:
        return "locked"
    except (calamine.CalamineError, OSError, ValueError):
        return "bad"
    return "good"


def main() -> None:
    """Read, answer, end."""
    gc.disable()
    wanted = orjson.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(wanted["size"])
    _limit(int(sys.argv[1]))
    data, end = _unlocked(data, wanted["password"])
    _say({"end": _read(data) if end == "good" else end})
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # Whoever listened has heard enough; leave without the interpreter complaining on the way out.
        import os

        os._exit(0)
