"""`verify`: check a claim pack, offline and without the database."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from core.commands import tell
from core.foundation.errors import Refusal
from core.foundation.language import _, _n
from core.recovery.verify import Verdict, verify_pack

LISTS = ("changed", "missing", "added")


def register(cli: typer.Typer) -> None:
    cli.command("verify")(run)


def run(
    pack: Annotated[Path, typer.Argument(help="The pack, a ZIP file.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check a claim pack: is every file in it the one that was packed? Ends with code 1 if not."""
    try:
        verdict = verify_pack(pack)
    except Refusal as refusal:
        if as_json:
            nothing: list[str] = []
            tell({"ok": False, "pack": str(pack), **dict.fromkeys(LISTS, nothing), "problems": [refusal.message]})
        else:
            typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from refusal
    if as_json:
        tell({"ok": verdict.ok, "pack": str(pack), **dataclasses.asdict(verdict)})
    else:
        _say(verdict, pack)
    if not verdict.ok:
        raise typer.Exit(1)


def _say(verdict: Verdict, pack: Path) -> None:
    for path in verdict.changed:
        typer.echo(_("changed: {path}", path=path))
    for path in verdict.missing:
        typer.echo(_("missing: {path}", path=path))
    for path in verdict.added:
        typer.echo(_("added: {path}", path=path))
    for problem in verdict.problems:
        typer.echo(problem)
    if verdict.ok:
        files = _n("{n} file", "{n} files", verdict.checked)
        typer.echo(_("{pack} is as it was built: {files} checked.", pack=pack.name, files=files))
    else:
        typer.echo(_("{pack} was changed after it was built.", pack=pack.name))
    typer.echo(_("SHA-256 of the pack: {sha256}", sha256=verdict.sha256))
