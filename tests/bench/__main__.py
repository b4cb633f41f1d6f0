"""`python -m tests.bench`: every figure, in one run. Ends with code 1 if one is over its limit."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.foundation import database
from tests.bench import carriers, clocks, data, disputes, imports, packs, reads, screens
from tests.bench.data import Size
from tests.bench.figures import Table
from tests.bench.server import serving

PARTS = ("clocks", "reads", "carriers", "import", "pack", "pages", "load")


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    large: Size
    small: Size
    rounds: int
    rows: int
    imports: int
    photos: int
    photo: tuple[int, int]
    people: int
    seconds: float
    clocks: int


FULL = Plan(Size(1_000_000, 100_000), Size(100_000, 10_000), 60, 100_000, 2, 20, (4000, 3000), 100, 60.0, 100_000)
QUICK = Plan(Size(20_000, 2_000), Size(3_000, 200), 15, 5_000, 1, 6, (1600, 1200), 20, 12.0, 5_000)


def main(arguments: Sequence[str] | None = None) -> bool:
    """Run what was asked for; whether every figure keeps its limit."""
    asked = _asked(arguments)
    plan = QUICK if asked.quick else FULL
    folder = asked.data or Path(tempfile.mkdtemp(prefix="recoup-bench-"))
    table = Table()
    try:
        run(plan, folder, set(asked.only or PARTS), table)
    finally:
        if asked.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{plan.large.shipments:,} shipments, {plan.large.incidents:,} incidents, {os.cpu_count()} cores\n")
    print(table.text())
    if asked.json:
        asked.json.write_text(
            json.dumps([{**asdict(one), "ok": one.ok} for one in table.figures], ensure_ascii=False, indent=1)
        )
    return table.ok


def run(plan: Plan, folder: Path, parts: set[str], table: Table) -> None:
    """Measure the parts into the table."""
    if "clocks" in parts:
        clocks.measure(table, folder, plan.clocks)
    if parts == {"clocks"}:
        return
    large, small = folder / "large", folder / "small"
    _data(table, large, plan.large)
    with data.at_work(large):
        if parts & {"pages", "load"}:
            disputes.fill()
        with database.reading() as session:
            of_large = data.samples(session)
        table.add("database", data.database_size(), "GB")
        if "reads" in parts:
            reads.measure(table, plan.rounds)
        compared = carriers.took(plan.rounds // 3) if "carriers" in parts else None
        if "import" in parts:
            imports.measure(table, plan.rows, plan.imports)
            imports.folder(table, plan.rows)
        if "pack" in parts:
            packs.measure(table, plan.photos, plan.photo, max(3, plan.rounds // 10))
    if not parts & {"pages", "load", "carriers"}:
        return
    _data(table, small, plan.small)
    with data.at_work(small):
        if parts & {"pages", "load"}:
            disputes.fill(disputes.OPEN // 10)
        with database.reading() as session:
            of_small = data.samples(session)
        if compared is not None:
            carriers.tell(table, compared, carriers.took(plan.rounds // 3))
    if not parts & {"pages", "load"}:
        return
    with serving(large) as big:
        with serving(small) as little:
            empty = screens.measure(table, big, of_large, little, of_small, plan.rounds)
        if "load" in parts:
            screens.crowd(table, big, of_large, empty, plan.people, plan.seconds)


def _data(table: Table, folder: Path, size: Size) -> None:
    took = data.build(folder, size)
    if took is not None:
        table.add(f"demo: {size.shipments:,} shipments, {size.incidents:,} incidents", took, "s")


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be given again")
    parser.add_argument("--quick", action="store_true", help="small sizes, for working on the bench itself")
    parser.add_argument("--data", type=Path, help="a folder to build the data in and keep it, or one kept from before")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
