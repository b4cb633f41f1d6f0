"""`import`: Seller Centre files into a shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.errors import Refusal
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM
from core.parcels.importers import FileResult
from core.recovery.bringing import bring_in


def register(cli: typer.Typer) -> None:
    cli.command("import")(run)


def run(
    files: Annotated[list[Path], typer.Argument(help="Files as Seller Centre exports them.", show_default=False)],
    shop: Annotated[str, typer.Option(help="The shop they are of; a new name opens a shop.", show_default=False)],
    market: Annotated[
        str | None, typer.Option(help="The market, like VN, where neither the shop nor the file says it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come in; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Import files, each as a whole or not at all. Ends with code 1 if one was refused; the others are imported."""
    with at_work():
        done: list[dict[str, Any]] = []
        refused: list[dict[str, str]] = []
        for path in files:
            try:
                with database.transaction() as session:
                    result = bring_in(
                        session, path, actor=SYSTEM, shop=shop, market=market, dry_run=dry_run, now=clock.now()
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
    typer.echo(f"{result.file}: {result.report} {result.market}, {counted}")
    if result.unknown_headings:
        typer.echo("  " + _("Headings Recoup does not know: {headings}", headings="; ".join(result.unknown_headings)))
    for line in result.said():
        typer.echo("  " + line)
    for row, sentence, values in result.refused_rows[:20]:
        typer.echo("  " + _("row {row}: {reason}", row=row, reason=_(sentence, **values)))
    if result.offers:
        typer.echo("  " + _n("{n} incident offered", "{n} incidents offered", result.offers))
    if result.dry_run:
        typer.echo("  " + _("Nothing was written."))
