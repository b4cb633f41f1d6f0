"""The comparison on the command line: `python -m core carriers`."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from core.commands import carriers
from core.foundation import startup


@pytest.fixture
def run(live_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(startup, "database_up", lambda: None)
    monkeypatch.setattr(startup, "database_down", lambda wait: None)
    cli = typer.Typer()
    carriers.register(cli)
    return lambda *words: CliRunner().invoke(cli, list(words))


def test_carriers_prints_the_comparison_as_json(run: Any) -> None:
    result = run("--outcome", "lost,damaged", "--from", "2026-01-01", "--to", "2026-06-30", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["outcomes"], found["from"], found["to"]) == (["lost", "damaged"], "2026-01-01", "2026-06-30")
    assert (found["parcels"], found["channels"]) == (0, [])


def test_carriers_says_plainly_that_nothing_was_shipped(run: Any) -> None:
    result = run("--outcome", "failed", "--to", "2026-06-30")
    assert result.exit_code == 0, result.output
    assert "Failed delivery" in result.stdout
    assert "No parcel was shipped in this time." in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--outcome", "stolen"), "There is no outcome “stolen”"),
        (("--outcome", ","), "Choose at least one outcome."),
        (("--outcome", "lost", "--from", "last year"), "--from wants a date"),
        (("--outcome", "lost", "--from", "2026-02-01", "--to", "2026-01-01"), "ends before it starts"),
        (("--outcome", "lost", "--shop", "Nobody's"), "There is no shop named Nobody's."),
    ],
)
def test_carriers_answers_a_wrong_question_with_a_sentence(run: Any, words: tuple[str, ...], sentence: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert sentence in result.stderr
