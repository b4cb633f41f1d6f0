"""`redact`: buyers' data out of the record, once its days are over or because somebody asked. Meant for cron, once a day."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from core.commands import at_work, tell
from core.foundation import clock, database, files
from core.foundation.errors import Invalid
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM
from core.recovery.redaction import Redacted, clear_files, redact_all, redact_case, usual_days


def register(cli: typer.Typer) -> None:
    cli.command("redact")(run)


def run(
    case: Annotated[
        str, typer.Option("--case", help="Only this case's parcel, at once: a buyer asked. INC-2026-00001.")
    ] = "",
    note: Annotated[str, typer.Option(help="With --case: who asked, and how. No names.")] = "",
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would go, but for stored files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Remove buyers' names, words and pictures after their days; cases keep their numbers, money, dates and history.

    The days are the shop's own, else RECOUP_REDACT_DAYS, else those of core/data/privacy.toml, counted from the close of a parcel's
    last case. Safe to run at any time. Ends with code 1 if something failed; the rest is done all the same.
    """
    with at_work():
        store = files.store()
        if case:
            if dry:
                raise Invalid(_("--dry-run looks at everything. Leave it out, or leave out --case."))
            with database.transaction() as session:
                redact_case(session, case, actor=SYSTEM, note=note, now=clock.now())
            with database.transaction() as session:
                report = Redacted(cases=1, files=clear_files(session, store))
        else:
            report = redact_all(store, usual_days(), actor=SYSTEM, now=clock.now(), dry=dry)
        _say(report, dry, as_json)
        if report.failed:
            raise typer.Exit(1)


def _say(report: Redacted, dry: bool, as_json: bool) -> None:
    if as_json:
        failed = [{"kind": kind, "id": number, "why": why} for kind, number, why in report.failed]
        told = {**dataclasses.asdict(report), "failed": failed, "dry": dry}
        tell({name: value for name, value in told.items() if not (dry and name == "files")})
        return
    parts = [
        _n("{n} parcel with cases", "{n} parcels with cases", report.cases),
        _n("{n} other parcel", "{n} other parcels", report.parcels),
        _n("{n} dispute without a case", "{n} disputes without a case", report.disputes),
        _n("{n} imported file", "{n} imported files", report.imports),
    ]
    if not dry:
        parts.append(_n("{n} stored file", "{n} stored files", report.files))
    said = _("Buyers' data would go: {parts}.") if dry else _("Buyers' data removed: {parts}.")
    typer.echo(said.format(parts=", ".join(parts)))
    for kind, number, why in report.failed:
        typer.echo(f"{kind} {number}: {why}", err=True)
