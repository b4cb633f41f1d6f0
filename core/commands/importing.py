"""`import`: files of every kind, one by one or a whole folder."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.errors import NotFound, Refusal
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM
from core.parcels.importers import FileResult
from core.parcels.importers.kinds import COUNT_LABELS
from core.recovery.bringing import bring_in, in_turn


def register(cli: typer.Typer) -> None:
    cli.command("import")(run)


def run(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files as Seller Centre exports them, lists of your own, or folders.", show_default=False),
    ],
    shop: Annotated[
        str, typer.Option(help="The shop they are of; a new name opens a shop. Scans and rates need none.")
    ] = "",
    market: Annotated[
        str | None, typer.Option(help="The market, like VN, where neither the shop nor the file says it.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is the password of locked workbooks.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come in; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Import files, each as a whole or not at all. Ends with code 1 if one was refused; the others are imported."""
    with at_work():
        done: list[dict[str, Any]] = []
        refused: list[dict[str, str]] = []
        password = _password(password_file)
        paths = _every(files)
        with closing(in_turn((path, password) for path in paths)) as turns:
            for path, waiting in zip(paths, turns, strict=True):
                try:
                    with database.transaction() as session:
                        result = bring_in(
                            session,
                            waiting,
                            actor=SYSTEM,
                            shop=shop,
                            market=market,
                            dry_run=dry_run,
                            now=clock.now(),
                        )
                except Refusal as refusal:
                    refused.append({"file": path.name, "reason": refusal.message})
                    typer.echo(f"{path.name}: {refusal.message}", err=True)
                    continue
                done.append(result.counts())
                if not as_json:
                    _say(result)
        if as_json:
            tell({"files": done, **({"refused_files": refused} if refused else {})})
        if refused:
            raise typer.Exit(1)


def _every(paths: list[Path]) -> list[Path]:
    """The files named, and those of a folder by name; hidden ones and what Excel keeps beside an open file are no exports.

    A folder without any stands for itself, and is refused as what it is.
    """
    found = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else []
        found += [one for one in inside if one.is_file() and not one.name.startswith((".", "~$"))] or [path]
    return found


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise NotFound(_("There is no file {path} that can be read.", path=str(path))) from None
    return lines[0] if lines else ""


def _say(result: FileResult) -> None:
    """One file in a few lines."""
    counted = _(
        "{rows} rows, {orders} orders, {shipments} shipments: {new} new, {updated} updated, {unchanged} unchanged, {refused} rows refused",
        rows=result.rows,
        orders=result.orders,
        shipments=result.shipments,
        new=result.new,
        updated=result.updated,
        unchanged=result.unchanged,
        refused=result.refused,
    )
    typer.echo(f"{result.file}: {' '.join(part for part in (result.report, result.market) if part)}, {counted}")
    if more := [f"{_(COUNT_LABELS.get(name, name))}: {n}" for name, n in result.more.items() if n]:
        typer.echo("  " + "; ".join(more))
    if result.unknown_headings:
        typer.echo("  " + _("Headings Recoup does not know: {headings}", headings="; ".join(result.unknown_headings)))
    for sentence, values in result.conflicts:
        typer.echo("  " + _(sentence, **values))
    for line in result.said():
        typer.echo("  " + line)
    for row, sentence, values in result.refused_rows[:20]:
        typer.echo("  " + _("row {row}: {reason}", row=row, reason=_(sentence, **values)))
    if result.offers:
        typer.echo("  " + _n("{n} incident offered", "{n} incidents offered", result.offers))
    if result.dry_run:
        typer.echo("  " + _("Nothing was written."))
