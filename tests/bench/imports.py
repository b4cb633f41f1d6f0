"""Importing large workbooks, one and a folder of them, against merely reading them with python-calamine."""

from __future__ import annotations

import io
import time
from contextlib import closing
from datetime import timedelta

from python_calamine import CalamineWorkbook

from core.demo import workbooks
from core.foundation import clock, database
from core.foundation.permissions import SYSTEM
from core.recovery.bringing import Waiting, bring_in, in_turn
from tests.bench.figures import Table, p50

LIMIT = 3.0


MONTHS = 24
"""Monthly workbooks of a folder; with 100,000 rows a measure they hold 500,000 together."""


def folder(table: Table, rows: int) -> None:
    """A folder of monthly workbooks into one shop, one transaction each, over reading them; then the folder again."""
    now = clock.now()
    month = rows * 5 // MONTHS
    files = [
        workbooks.order_all(
            workbooks.order_rows(now - timedelta(days=30 * at), days=30, seed=f"{now}/month/{at}"), month
        )
        for at in reversed(range(MONTHS))
    ]
    reading = sum(_read(data, month) for data in files)
    fresh, again = _folder(files), _folder(files)
    words = f"{MONTHS} files, {month * MONTHS:,} rows, reading {reading:.1f} s"
    table.add("import: folder, over calamine", fresh / reading, limit=LIMIT, detail=f"{fresh:.1f} s, {words}")
    table.add("import: folder again, over calamine", again / reading, limit=LIMIT, detail=f"{again:.1f} s")


def measure(table: Table, rows: int, rounds: int) -> None:
    """A first import (all of it new) and a second one (nothing changed), each over one reading."""
    now = clock.now()
    fresh, again, reading = [], [], []
    for turn in range(rounds):
        orders = workbooks.order_rows(now, days=90, seed=f"{now}/{turn}")
        data = workbooks.order_all(orders, rows)
        reading.append(_read(data, rows))
        fresh.append(_import(data, turn))
        again.append(_import(data, turn))
        reading.append(_read(data, rows))
    words = f"{rows:,} rows, {len(data) / 1e6:.0f} MB, reading {p50(reading):.2f} s"
    table.add(
        "import: all new, over calamine", p50(fresh) / p50(reading), limit=LIMIT, detail=f"{p50(fresh):.2f} s, {words}"
    )
    table.add("import: unchanged, over calamine", p50(again) / p50(reading), limit=LIMIT, detail=f"{p50(again):.2f} s")


def _read(data: bytes, rows: int) -> float:
    began = time.perf_counter()
    found = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    took = time.perf_counter() - began
    if len(found) != rows + 1:
        raise RuntimeError(f"calamine read {len(found)} rows of {rows + 1}")
    return took


def _folder(files: list[bytes], turn: int = -1) -> float:
    """As the screen and the command take a folder: in turn."""
    began = time.perf_counter()
    with closing(in_turn((data, None) for data in files)) as turns:
        for waiting in turns:
            _import(waiting, turn)
    return time.perf_counter() - began


def _import(data: bytes | Waiting, turn: int) -> float:
    began = time.perf_counter()
    with database.transaction() as session:
        result = bring_in(
            session, data, actor=SYSTEM, shop=f"Bench {turn}", market="VN", file_name="Order.all.xlsx", now=clock.now()
        )
    took = time.perf_counter() - began
    if result.refused or not result.shipments:
        raise RuntimeError(f"the import refused {result.refused} rows")
    return took
