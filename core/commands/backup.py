"""`backup` and `restore`: everything an installation has, in one folder, and back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from core.commands import at_work, refusals_told, tell
from core.foundation import backup, migrate, startup
from core.foundation.config import settings
from core.foundation.language import _

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(cli: typer.Typer) -> None:
    cli.command("backup")(save)
    cli.command("restore")(load)


def save(
    folder: Annotated[
        Path, typer.Argument(help="Where to. A folder that holds an earlier backup is brought up to date.")
    ],
    as_json: AsJson = False,
) -> None:
    """Back up the database and every file into a folder. Recoup may be running."""
    with at_work():
        done = backup.save(startup.address(settings()), settings().data_dir, folder)
    _told(done, as_json, folder)


def load(folder: Annotated[Path, typer.Argument(help="A backup.")], as_json: AsJson = False) -> None:
    """Bring a backup back into an empty installation."""
    with refusals_told():
        try:
            address = startup.address(settings())
            done = backup.load(address, settings().data_dir, folder)
            migrate.upgrade(address)
        finally:
            startup.database_down(wait=False, entirely=True)
    _told(done, as_json, folder)


def _told(done: backup.Copied, as_json: bool, folder: Path) -> None:
    if as_json:
        tell(dataclasses.asdict(done))
    else:
        typer.echo(
            _(
                "{folder}: database {size} MB, {copied} files copied, {kept} there already.",
                folder=folder,
                size=round(done.dump_bytes / 1e6, 1),
                copied=done.copied,
                kept=done.kept,
            )
        )
