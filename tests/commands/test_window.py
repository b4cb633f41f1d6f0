"""The command that says when a claim may be filed: `python -m core window` and `cards`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from core.commands import window
from core.foundation import clock, database, startup
from core.foundation.permissions import SYSTEM
from core.team import calendars


@pytest.fixture
def run(live_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(startup, "database_up", lambda: None)
    monkeypatch.setattr(startup, "database_down", lambda wait: None)
    cli = typer.Typer()
    window.register(cli)
    return lambda *words: CliRunner().invoke(cli, list(words))


def answer(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_window_says_opens_due_and_the_days_between(run: Any) -> None:
    found = answer(run("window", "--card", "NINJA-VAN-MY-LOST", "--event", "2026-01-30T10:00+08:00", "--json"))
    assert found["opens_at"] == "2026-01-30T10:00:00+08:00"
    assert found["due_at"] == "2026-02-23T23:59:59+08:00"
    assert [step["count"] for step in found["steps"] if step["kind"] == "counted"] == list(range(1, 15))
    assert next(step["name"] for step in found["steps"] if step["kind"] == "holiday") == "Chinese New Year"
    assert found["source"]


def test_window_reads_an_event_without_an_offset_in_the_cards_zone(run: Any) -> None:
    found = answer(run("window", "--card", "FLASH-TH-LOST", "--event", "2026-01-30T10:00", "--json"))
    assert found["event_at"] == "2026-01-30T10:00:00+07:00"
    assert found["due_at"] == "2026-02-14T23:59:59+07:00"


def test_window_counts_from_delivery_in_the_market_it_is_given(run: Any) -> None:
    words = ("window", "--card", "fedex-damaged", "--event", "2026-01-30T22:00-03:00", "--market", "br", "--json")
    assert answer(run(*words))["due_at"] == "2026-02-20T23:59:59-03:00"


def test_window_says_plainly_when_none_is_known(run: Any) -> None:
    found = answer(run("window", "--card", "YUNEXPRESS-LOST", "--event", "2026-01-30T10:00+08:00", "--json"))
    assert (found["opens_at"], found["due_at"]) == (None, None)
    assert found["unknown"] == "This payer's window is not known: file at once."
    assert found["doubts"]


def test_window_prints_lines_for_people(run: Any) -> None:
    result = run("window", "--card", "DHL-ECOMMERCE-LOST", "--event", "2026-01-01T09:00+08:00")
    assert result.exit_code == 0
    assert "Opens:  2026-02-15T00:00:00+08:00" in result.stdout
    assert "Closes: 2026-04-01T23:59:59+08:00" in result.stdout
    assert "2026-02-15  day 45  <- opens" in result.stdout
    assert "2026-04-01  day 90  <- closes" in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--card", "NINJA-VAN-MY", "--event", "2026-01-30"), "NINJA-VAN-MY-LOST"),
        (("--card", "QQQQ", "--event", "2026-01-30"), "There is no rule card"),
        (("--card", "FLASH-TH-LOST", "--event", "soon"), "is not a moment"),
        (("--card", "FLASH-TH-LOST", "--event", "2026-01-30", "--version", "7"), "has no version 7"),
    ],
)
def test_window_refuses_with_a_sentence(run: Any, words: tuple[str, ...], sentence: str) -> None:
    result = run("window", *words)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_cards_lists_what_there_is(run: Any) -> None:
    everywhere, malaysian = answer(run("cards", "--json")), answer(run("cards", "--market", "MY", "--json"))
    assert len(everywhere) > len(malaysian) > 20
    assert all(row["window"] and row["source"] for row in everywhere)
    assert "NINJA-VAN-MY-LOST" in run("cards", "--search", "ninja").stdout


def test_window_counts_with_the_teams_own_days_and_says_which(run: Any, live_database: str) -> None:
    with database.transaction() as session:
        calendars.add_day(session, "MY", date(2026, 2, 9), actor=SYSTEM, name="Flood", now=clock.now())
    found = answer(run("window", "--card", "NINJA-VAN-MY-LOST", "--event", "2026-01-30T10:00+08:00", "--json"))
    assert found["due_at"] == "2026-02-24T23:59:59+08:00"
    assert "Flood, not counted" in [step["sentence"] for step in found["steps"]]


def test_window_tells_the_further_limits_of_a_payer(run: Any) -> None:
    words = ("window", "--card", "4PX-C-LOST", "--event", "2026-03-02T10:00+08:00")
    (limit,) = answer(run(*words, "--json"))["limits"]
    assert (limit["kind"], limit["opens_at"], limit["due_at"]) == (
        "trace",
        "2026-03-11T00:00:00+08:00",
        "2026-05-01T23:59:59+08:00",
    )
    assert "Trace or inquiry: opens 2026-03-11T00:00:00+08:00, closes 2026-05-01T23:59:59+08:00" in run(*words).stdout
    form = answer(run("window", "--card", "NINJA-VAN-PH-LOST", "--event", "2026-03-02T10:00+08:00", "--json"))
    assert "not known" in form["limits"][0]["unknown"]


def test_window_names_years_whose_holidays_are_not_announced(run: Any) -> None:
    found = answer(run("window", "--card", "NINJA-VAN-MY-LOST", "--event", "2027-12-28T10:00+08:00", "--json"))
    assert found["unpublished_years"] == [2028]
    assert any("2028" in doubt for doubt in found["doubts"])
