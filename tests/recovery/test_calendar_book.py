"""Every window is counted with the team's own calendars: nobody forgets to hand them over."""

from __future__ import annotations

import ast
from pathlib import Path

import core

ROOT = Path(core.__file__).parent
NEEDED = {"claim_window": 3, "further": 3, "window_rule": 3}
ALLOWED = (
    # Where rules are defined and checked, before there is a team.
    "recovery/rule_cards/",
    # What is made up is made up before anybody changed a calendar.
    "demo/",
)


def test_whoever_counts_a_window_hands_over_the_teams_calendars() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for path in sorted(ROOT.rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(ALLOWED)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _short(node) in NEEDED and _given(node) < NEEDED[_short(node)]
    ]
    assert found == []


def test_only_the_book_reads_the_shipped_calendars() -> None:
    """`calendar_of` is what Recoup ships; what decides is `team_calendar`."""
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.rglob("*.py"))
        if "calendar_of(" in path.read_text(encoding="utf-8")
    ]
    assert [one for one in found if not one.startswith(("foundation/", "team/calendars/", *ALLOWED))] == []


def _short(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _given(node: ast.Call) -> int:
    return len(node.args) + len(node.keywords)
