"""Every raw row of a file into the database, and those that were refused with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson
from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.models import ImportBlock, ImportRow, ImportRun
from core.parcels.importers.copying import copy, cursor_of, line
from core.parcels.importers.kinds import Refused, Rows, unpack


def keep(session: Session, run: ImportRun, rows: Rows, refused: Mapping[int, Refused]) -> None:
    """Keep the rows under their run."""
    run_id = run.id  # asked for in the middle of a COPY it would wait for itself
    cursor = cursor_of(session)
    with cursor.copy("copy import_block (import_id, first_row, last_row, body) from stdin (format binary)") as sink:
        sink.set_types(["int4", "int4", "int4", "bytea"])
        for block in rows.kept:
            sink.write_row((run_id, block.numbers[0], block.numbers[-1], block.body))
    copy(cursor, "copy import_row (import_id, row, raw, refused) from stdin", _refused(run_id, rows, refused))


def drop(session: Session, run: ImportRun) -> None:
    """Take a run's raw rows away."""
    session.execute(delete(ImportBlock).where(ImportBlock.import_id == run.id))
    session.execute(delete(ImportRow).where(ImportRow.import_id == run.id))


def _refused(import_id: int, rows: Rows, refused: Mapping[int, Refused]) -> Iterator[str]:
    for block in rows.kept:
        if not refused.keys() & set(block.numbers):
            continue
        for number, raw in unpack(block.body).items():
            if (why := refused.get(number)) is not None:
                reason = orjson.dumps([why.sentence, why.values]).decode()
                yield line([import_id, number, raw.decode().replace("\\u0000", ""), reason])


__all__ = ["drop", "keep"]
