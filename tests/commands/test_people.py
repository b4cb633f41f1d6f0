"""The team from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import typer
from typer.testing import CliRunner

from core import commands
from core.commands import people as command


@pytest.fixture
def cli(live_database: str, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    @contextmanager
    def at_work() -> Iterator[None]:
        with commands.refusals_told():
            yield

    monkeypatch.setattr(command, "at_work", at_work)
    made = typer.Typer()
    command.register(made)
    made.callback()(lambda: None)
    return made


def _run(cli: typer.Typer, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["people", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_a_person_is_added_listed_and_given_a_new_password(cli: typer.Typer) -> None:
    made = json.loads(_run(cli, "add", "Mei.Lin", "--name", "Mei Lin", "--role", "admin", "--json"))
    assert (made["username"], made["role"], made["must_change_password"]) == ("mei.lin", "admin", True)
    assert "Temporary password: " in _run(cli, "add", "wei", "--name", "Wei", "--email", "wei@shop.example")
    listed = json.loads(_run(cli, "list", "--json"))
    assert [row["username"] for row in listed] == ["mei.lin", "wei"]
    assert "never signed in" in _run(cli, "list")
    again = json.loads(_run(cli, "reset-password", "wei", "--json"))
    assert again["temporary_password"] != made["temporary_password"]


def test_roles_and_closing_go_by_the_rules_of_the_team(cli: typer.Typer) -> None:
    _run(cli, "add", "mei", "--name", "Mei", "--role", "admin")
    _run(cli, "add", "wei", "--name", "Wei")
    assert "last admin" in _run(cli, "role", "mei", "agent", code=1)
    assert "wei is Lead now." in _run(cli, "role", "wei", "lead")
    assert "closed" in _run(cli, "close", "wei")
    assert len(json.loads(_run(cli, "list", "--json"))) == 1
    assert len(json.loads(_run(cli, "list", "--all", "--json"))) == 2
    assert "open again" in _run(cli, "open", "wei")
    assert "0 sessions ended." in _run(cli, "sign-out", "wei")


def test_a_refusal_is_a_sentence_and_an_exit_code(cli: typer.Typer) -> None:
    assert "There is nobody with the username nobody." in _run(cli, "close", "nobody", code=1)
    _run(cli, "add", "mei", "--name", "Mei")
    assert "is taken" in _run(cli, "add", "MEI", "--name", "Mei", code=1)
