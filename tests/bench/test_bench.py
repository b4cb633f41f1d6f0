"""The bench itself: its table, its capture of statements, its workbook. Nothing is timed here."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from core.demo import workbooks
from core.foundation import clock, database
from tests.bench import __main__ as bench
from tests.bench import reads
from tests.bench.figures import Table, p50, p95


def test_a_figure_over_its_limit_is_said_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.add("quick enough", 2.5, limit=3)
    table.add("only told", 99, "MB")
    before = table.ok
    table.add("too slow", 3.01, limit=3)
    assert (before, table.ok) == (True, False)
    assert "OVER" in table.text().splitlines()[-1]
    assert "too slow" in capsys.readouterr().out


def test_the_middle_and_the_nineteenth_of_twenty() -> None:
    assert p50([3, 1, 2]) == 2
    assert p95(list(range(1, 21))) == 19


def test_a_read_is_caught_with_its_statements_and_values(live_database: str) -> None:
    sent = reads._statements(database.engine(), lambda session: session.execute(text("SELECT :n + 1"), {"n": 1}).all())
    assert [(statement.startswith("SELECT"), dict(values)) for statement, values in sent] == [(True, {"n": 1})]


def test_the_workbook_holds_every_row_behind_a_dimension_that_lies() -> None:
    rows = workbooks.order_rows(clock.now(), days=10, seed=1)
    data = workbooks.order_all(rows, 40)
    read = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert (len(read), len(read[0])) == (41, 62)
    assert read[0][0] == "Mã đơn hàng"


def test_the_parts_can_be_chosen() -> None:
    assert bench._asked(["--only", "reads", "--only", "pack", "--quick"]).only == ["reads", "pack"]
    with pytest.raises(SystemExit):
        bench._asked(["--only", "everything"])
