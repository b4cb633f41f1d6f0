"""`python -m core verify INC-…`: a case in the database, with every kind of damage named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from core.cases import evidence
from core.commands import verify
from core.foundation import config, database, files, startup
from core.foundation.permissions import SYSTEM
from core.models import Incident
from core.recovery import packs
from tests.factories import NOW, make_incident
from tests.packing import make_pack_case, phone_photo


@pytest.fixture
def run(live_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(startup, "database_up", lambda: None)
    monkeypatch.setattr(startup, "database_down", lambda wait: None)
    cli = typer.Typer()
    verify.register(cli)
    with config.override(data_dir=tmp_path):
        yield lambda *words: CliRunner().invoke(cli, list(words))


@pytest.fixture
def case(live_database: str, run: Any) -> Incident:
    with database.transaction() as session:
        incident = make_incident(session)
        for colour in ("red", "blue"):
            evidence.add_evidence(
                session,
                incident.id,
                actor=SYSTEM,
                name=f"{colour}.jpg",
                data=phone_photo(colour),
                kind="label_photo",
                now=NOW,
            )
        return incident


def tamper(statement: str) -> None:
    with database.transaction() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text(statement))


def test_a_case_that_holds_is_said(run: Any, case: Incident) -> None:
    result = run(case.reference.lower())
    assert result.exit_code == 0, result.output
    assert f"{case.reference} holds" in result.stdout
    told = json.loads(run(case.reference, "--json").stdout)
    assert (told["ok"], told["files"], told["findings"]) == (True, 2, [])


def test_what_does_not_hold_is_named_and_ends_with_one(run: Any, case: Incident) -> None:
    tamper("delete from audit_event where chain is not null and sequence = 2")
    tamper("update audit_event set after = '{}' where chain is not null and sequence = 1")
    with database.reading() as session:
        [red] = [one for one in evidence.list_evidence(session, case.id, actor=SYSTEM) if one.name == "red.jpg"]
    path = files.store().path(red.sha256)
    path.chmod(0o644)
    path.write_bytes(b"x" + path.read_bytes()[1:])
    result = run(case.reference)
    assert result.exit_code == 1
    for said in ("Event 1 is not as it was written", "Event 2 is missing", "“red.jpg” was changed", "does not hold"):
        assert said in result.stdout, result.stdout
    assert "“red.jpg”" not in run(case.reference, "--no-files").stdout
    told = json.loads(run(case.reference, "--json").stdout)
    assert {(one["kind"], one["event"]) for one in told["findings"]} >= {("changed", 1), ("missing", 2)}


def test_a_case_that_is_not_there_is_said(run: Any) -> None:
    result = run("INC-2020-00001")
    assert result.exit_code == 1
    assert "There is no incident INC-2020-00001." in result.output


def test_a_pack_is_held_against_its_case(run: Any, live_database: str) -> None:
    with database.transaction() as session:
        made = make_pack_case(session)
        pack = packs.build_pack(session, made.claim.id, actor=made.actor, now=NOW)
    result = run(str(pack.path), "--database")
    assert result.exit_code == 0, result.output
    assert "The case in the database says the same." in result.stdout
    tamper("update audit_event set after = '{}' where tag = 'evidence.added'")
    result = run(str(pack.path), "--database")
    assert result.exit_code == 1
    assert "is not as it was written" in result.stdout
