"""The bench itself: its table, its capture of statements, its workbook. Nothing is timed here."""

from __future__ import annotations

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.demo import workbooks
from core.foundation import clock, database
from core.models.incident import Cause, IncidentState, Result
from tests.bench import __main__ as bench
from tests.bench import data, reads
from tests.bench.figures import Table, p50, p95
from tests.factories import NOW, make_incident, make_shipment, make_shop


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


def _made(closed: dict[data.Makeup, str]) -> data.Samples:
    return data.Samples((), "", 0, (), closed)


def test_a_case_is_compared_with_one_made_of_the_same_and_the_fullest_such() -> None:
    bare, full, other = (
        ("claim", "lost", "", 1),
        ("claim", "lost", "paid photo", 2),
        ("absorb", "lost", "paid photo video", 9),
    )
    large = _made({bare: "INC-1", full: "INC-2", other: "INC-3"})
    small = _made({full: "INC-8", bare: "INC-9"})
    assert data.twins(large, small) == ("INC-2", "INC-8")
    with pytest.raises(SystemExit):
        data.twins(large, _made({}))


def test_what_closed_cases_are_made_of_is_read_from_the_database(session: Session) -> None:
    shop = make_shop(session)
    over: dict[str, Any] = {
        "state": IncidentState.CLOSED, "cause": Cause.UNKNOWN, "result": Result.ABSORBED, "closed_at": NOW,
    }  # fmt: skip
    alike = [make_incident(session, make_shipment(session, shop), **over) for _n in range(2)]
    make_incident(session, make_shipment(session, shop))
    [(makeup, reference)] = data._closed(session).items()
    assert reference in {one.reference for one in alike}
    assert makeup[:2] == (alike[0].tier.value, alike[0].type.value)


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
