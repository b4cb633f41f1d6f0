"""`python -m core import`, as a person types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from core.commands import importing
from core.foundation import database
from core.models import Shipment
from tests.parcels import exports


@contextmanager
def _nothing_to_start() -> Iterator[None]:
    yield


@pytest.fixture
def command(live_database: str, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command line over a database that is up already."""
    monkeypatch.setattr(importing, "at_work", _nothing_to_start)
    cli = typer.Typer()
    cli.callback()(lambda: None)
    importing.register(cli)
    return cli


def run(cli: typer.Typer, *words: object) -> Result:
    return CliRunner().invoke(cli, ["import", *map(str, words)])


def shipments() -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Shipment)) or 0


@pytest.mark.alone
def test_files_come_in_each_in_its_own_transaction(command: typer.Typer, tmp_path: Path) -> None:
    good, bad = tmp_path / "Order.all.20260201_20260228.xlsx", tmp_path / "photo.jpg"
    good.write_bytes(
        exports.vn_file(exports.vn(), exports.lost(order="2", package="2"), exports.vn(order="", package="3"))
    )
    bad.write_bytes(b"\xff\xd8\xff\xe0 nothing of ours")
    tried = run(command, good, "--shop", "Lion", "--dry-run", "--json")
    assert tried.exit_code == 0 and json.loads(tried.stdout)["files"][0]["new"] == 2 and shipments() == 0
    done = run(command, bad, good, "--shop", "Lion", "--market", "VN", "--json")
    assert done.exit_code == 1 and shipments() == 2
    said = json.loads(done.stdout)
    assert list(said["files"][0]) == [
        "file", "report", "market", "rows", "orders", "shipments", "new", "updated", "unchanged", "refused",
        "unknown_headings", "offers",
    ]  # fmt: skip
    assert said["refused_files"][0]["file"] == "photo.jpg"
    again = run(command, good, "--shop", "Lion")
    assert again.exit_code == 0 and "0 new" in again.stdout and "row 4: The row has no order number." in again.stdout
    assert json.loads(run(command, good, "--shop", "Lion", "--json").stdout).keys() == {"files"}


@pytest.mark.alone
def test_a_folder_without_files_is_refused_and_one_with_files_is_read(command: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "2026" / "02").mkdir(parents=True)
    said = run(command, tmp_path / "2026", "--dry-run")
    assert said.exit_code == 1 and "2026 is a folder. Name the files in it." in said.output
    (tmp_path / "2026" / ".hidden").write_bytes(b"x")
    assert run(command, tmp_path / "2026", "--dry-run").exit_code == 1
    (tmp_path / "2026" / "Order.all.20260201_20260228.xlsx").write_bytes(exports.vn_file(exports.vn()))
    assert run(command, tmp_path / "2026", "--shop", "Lion", "--market", "VN", "--dry-run").exit_code == 0
