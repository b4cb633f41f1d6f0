"""`migrate`: bring the database up to date without serving, or look how far it is."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from core.commands import at_work, tell
from core.foundation import database, migrate
from core.foundation.language import _


def register(cli: typer.Typer) -> None:
    cli.command("migrate")(run)


def run(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Bring the database up to date. `serve` does so by itself."""
    with at_work():
        found = migrate.state(database.engine())
        if as_json:
            tell({**dataclasses.asdict(found), "ok": found.ok})
        else:
            typer.echo(_("The database is at revision {revision}.", revision=found.current))
