"""A shared view on a schedule: `python -m core report NAME --out FILE`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import typer
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from core.commands import report
from core.foundation import clock, database, startup
from core.foundation.permissions import Role
from core.team import views
from tests.factories import make_incident, make_rates
from tests.people import actor_of, person


@pytest.fixture
def run(live_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(startup, "database_up", lambda: None)
    monkeypatch.setattr(startup, "database_down", lambda wait: None)
    cli = typer.Typer()
    report.register(cli)
    return lambda *words: CliRunner().invoke(cli, list(words))


def share(session: Session, username: str, name: str, *, shared: bool = True, **query: str) -> None:
    owner = person(session, Role.LEAD, username, zone="Asia/Manila", language="en")
    views.save_view(
        session, actor=actor_of(owner), screen="insights", name=name, query=query, shared=shared, now=clock.now()
    )


@pytest.fixture
def team(live_database: str) -> None:
    with database.transaction() as session:
        make_rates(session)
        make_incident(session, registered_at=clock.now())
        share(session, "lena", "By type", rows="type", days="30")
        share(session, "mo", "Both", rows="market")
        share(session, "pat", "both", rows="tier")
        share(session, "quin", "Mine alone", shared=False)


def test_a_workbook_is_made_of_a_shared_view_however_its_name_is_written(run: Any, team: None, tmp_path: Path) -> None:
    out = tmp_path / "weekly.xlsx"
    out.write_text("last week's")
    result = run("by TYPE", "--out", str(out))
    assert result.exit_code == 0, result.output
    opened = CalamineWorkbook.from_path(out)
    assert opened.sheet_names == ["Numbers", "Cases", "About"]
    assert opened.get_sheet_by_index(0).to_python()[1] == ["Lost", 1, 1, 1]
    assert len(opened.get_sheet_by_index(1).to_python()) == 2
    assert "Registered at (Asia/Manila)" in opened.get_sheet_by_index(1).to_python()[0]
    assert list(tmp_path.iterdir()) == [out]


def test_a_view_of_a_name_that_several_share_wants_its_owner(run: Any, team: None, tmp_path: Path) -> None:
    out = tmp_path / "both.csv"
    result = run("Both", "--out", str(out))
    assert result.exit_code == 1 and "Say whose" in result.stderr and not out.exists()
    assert run("Both", "--out", str(out), "--owner", "pat").exit_code == 0
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["Tier", "Incidents", "Cases", "Cases behind"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("Mine alone", "--out", "a.csv"), "No view named “Mine alone” is shared. There are: Both; By type; both."),
        (("By type", "--out", "a.pdf"), "ends in .xlsx or .csv"),
        (("By type", "--out", "no/such/folder/a.csv"), "cannot be written"),
        (("By type", "--out", "a.csv", "--language", "xx"), "--language wants one of en, zh-CN."),
        (("By type", "--out", "a.csv", "--zone", "Moon/Base"), "is not a time zone"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(
    run: Any, team: None, words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert list(tmp_path.iterdir()) == []
