"""`check`: look through the whole record: chains, books, clocks, stored files."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from core.commands import at_work, tell
from core.desk.soundness import soundness
from core.foundation import database, files
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM


def register(cli: typer.Typer) -> None:
    cli.command("check")(run)


def run(
    with_files: Annotated[bool, typer.Option("--files/--no-files", help="Read every stored file again.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check that nothing was changed behind Recoup's back. Ends with code 1 if something was."""
    with at_work():
        with database.reading() as session:
            found = soundness(session, files.store(), actor=SYSTEM, with_files=with_files)
        if as_json:
            tell({"ok": found.ok, **dataclasses.asdict(found)})
        else:
            for broken in found.chains:
                typer.echo(
                    _(
                        "case {case}: event {place} is {kind}",
                        case=broken.chain,
                        place=broken.sequence,
                        kind=broken.kind,
                    )
                )
            for wrong in found.books:
                typer.echo(_("case {case}: its sums differ from its postings", case=wrong.incident_id))
            for reference in found.clocks:
                typer.echo(_("{reference}: its next moment is not its soonest clock", reference=reference))
            for reference in found.pauses:
                typer.echo(_("{reference}: a clock is held for another time than it was paused", reference=reference))
            for reference in found.payments:
                typer.echo(_("{reference}: what was paid is not the sum of its payouts", reference=reference))
            for reference in found.outcomes:
                typer.echo(
                    _(
                        "{reference}: what its buyer was given or it was paid is not what its books say",
                        reference=reference,
                    )
                )
            for sha, fault in found.files:
                typer.echo(_("file {sha256}: {fault}", sha256=sha, fault=fault))
            cases = _n("{n} case", "{n} cases", found.cases)
            stored = _n("{n} file", "{n} files", found.stored)
            events = _n("{n} event", "{n} events", found.events)
            said = (
                _("Everything holds: {cases}, {events}, {files}.")
                if found.ok
                else _("Not everything holds: {cases}, {events}, {files}.")
            )
            typer.echo(said.format(cases=cases, events=events, files=stored))
        if not found.ok:
            raise typer.Exit(1)
