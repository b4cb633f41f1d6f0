"""`python -m core redact`, as cron and people type it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from core.commands import redact
from core.foundation import clock, database, files, startup
from core.models import Shipment
from tests.factories import make_shipment


@pytest.fixture
def run(live_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(startup, "database_up", lambda: None)
    monkeypatch.setattr(startup, "database_down", lambda wait: None)
    monkeypatch.setattr(files, "store", lambda: files.Store(tmp_path))
    cli = typer.Typer()
    redact.register(cli)
    with database.transaction() as session:
        long_ago = clock.now() - timedelta(days=400)
        make_shipment(session, buyer_username="budi_7", ordered_at=long_ago, shipped_at=long_ago)
    return lambda *words: CliRunner().invoke(cli, list(words))


def name() -> str | None:
    with database.reading() as session:
        return session.scalars(select(Shipment.buyer_username)).one()


def test_a_dry_run_tells_what_would_go_and_nothing_it_did_not_count(run: Any) -> None:
    tried = run("--dry-run")
    assert tried.exit_code == 0 and name() == "budi_7", tried.output
    assert tried.stdout.startswith("Buyers' data would go: 0 parcels with cases, 1 other parcel")
    assert "stored file" not in tried.stdout
    assert "files" not in json.loads(run("--dry-run", "--json").stdout)
    done = run()
    assert done.exit_code == 0 and name() is None, done.output
    assert done.stdout.rstrip().endswith("0 stored files.")


def test_a_dry_run_of_one_case_says_what_to_leave_out(run: Any) -> None:
    refused = run("--dry-run", "--case", "INC-2026-00001")
    assert refused.exit_code == 1 and "leave out --case" in refused.output
    assert name() == "budi_7"
