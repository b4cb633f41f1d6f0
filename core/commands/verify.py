"""`verify`: check a claim pack, offline and without the database, or a case in the database."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Annotated

import typer

from core.cases.proof import CaseCustody, check_case
from core.commands import at_work, tell
from core.foundation import database, files
from core.foundation.errors import Refusal
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM
from core.recovery.verify import Verdict, against_case, verify_pack

LISTS = ("changed", "missing", "added")
_REFERENCE = re.compile(r"INC-\d{4}-\d+", re.IGNORECASE)


def register(cli: typer.Typer) -> None:
    cli.command("verify")(run)


def run(
    target: Annotated[str, typer.Argument(help="The pack, a ZIP file; or the reference of a case, INC-2026-00001.")],
    against: Annotated[bool, typer.Option("--database", help="A pack: ask the case in the database too.")] = False,
    with_files: Annotated[bool, typer.Option("--files/--no-files", help="A case: read its files again.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check a claim pack or a case: is every file and every event as it was written? Ends with code 1 if not."""
    if _REFERENCE.fullmatch(target) and not Path(target).exists():
        _case(target, with_files, as_json)
    else:
        _pack(Path(target), against, as_json)


def _case(reference: str, with_files: bool, as_json: bool) -> None:
    with at_work():
        with database.reading() as session:
            found = check_case(session, reference, files.store() if with_files else None, actor=SYSTEM)
        if as_json:
            tell({"ok": found.ok, **dataclasses.asdict(found)})
        else:
            _say_case(found)
        if not found.ok:
            raise typer.Exit(1)


def _say_case(found: CaseCustody) -> None:
    for one in found.findings:
        typer.echo(one.sentence)
    events, held = _n("{n} event", "{n} events", found.events), _n("{n} file", "{n} files", found.files)
    seen = _n("{n} pack as witness", "{n} packs as witnesses", found.witnesses)
    said = (
        _("{reference} holds: {events}, {files}, {packs}.")
        if found.ok
        else _("{reference} does not hold: {events}, {files}, {packs}.")
    )
    typer.echo(said.format(reference=found.reference, events=events, files=held, packs=seen))


def _pack(pack: Path, against: bool, as_json: bool) -> None:
    try:
        verdict = verify_pack(pack)
    except Refusal as refusal:
        if as_json:
            nothing: list[str] = []
            tell({"ok": False, "pack": str(pack), **dict.fromkeys(LISTS, nothing), "problems": [refusal.message]})
        else:
            typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from refusal
    differs: list[str] = []
    if against:
        with at_work(), database.reading() as session:
            differs = against_case(session, verdict, actor=SYSTEM)
    ok = verdict.ok and not differs
    if as_json:
        tell({"ok": ok, "pack": str(pack), **dataclasses.asdict(verdict), "differs": differs})
    else:
        _say(verdict, pack)
        for sentence in differs:
            typer.echo(sentence)
        if against and not differs:
            typer.echo(_("The case in the database says the same."))
    if not ok:
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
    for finding in verdict.events:
        typer.echo(finding.sentence)
    if verdict.ok:
        files = _n("{n} file", "{n} files", verdict.checked)
        typer.echo(_("{pack} is as it was built: {files} checked.", pack=pack.name, files=files))
    else:
        typer.echo(_("{pack} was changed after it was built.", pack=pack.name))
    typer.echo(_("SHA-256 of the pack: {sha256}", sha256=verdict.sha256))
