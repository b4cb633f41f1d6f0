"""`sweep`: what time alone does to clocks: wake, escalate, mark what is lost. Meant for cron; the app does it too."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.language import _, _n
from core.foundation.permissions import SYSTEM
from core.insight.clusters import look_for_clusters
from core.insight.silence import keep_curves
from core.recovery.catching_up import catch_up_all
from core.recovery.sweep import sweep


def register(cli: typer.Typer) -> None:
    cli.command("sweep")(run)


def run(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Wake clocks whose window opened, escalate what comes near, mark what was missed; once a day, look for clusters of losses.

    Safe to run at any time and twice at once. Ends with code 1 if a clock failed; the others are done all the same.
    """
    with at_work():
        catch_up_all(actor=SYSTEM, now=clock.now())
        keep_curves(actor=SYSTEM, now=clock.now())
        report = sweep(actor=SYSTEM, now=clock.now())
        with database.transaction() as session:
            groups = look_for_clusters(session, actor=SYSTEM, now=clock.now()) or []
        if as_json:
            failed = [{"clock": number, "why": why} for number, why in report.failed]
            tell({**dataclasses.asdict(report), "failed": failed, "groups": groups})
        else:
            parts = [
                _n("{n} clock woke", "{n} clocks woke", report.woke),
                _n("{n} escalated", "{n} escalated", report.escalated),
                _n("{n} missed", "{n} missed", report.missed),
                _n("{n} claim put away", "{n} claims put away", report.expired),
            ]
            # What most sweeps have none of is only told where there is some.
            some = [
                (report.suspected, _n("{n} parcel newly silent", "{n} parcels newly silent", report.suspected)),
                (report.withdrawn, _n("{n} heard of again", "{n} heard of again", report.withdrawn)),
                (report.lapsed, _n("{n} dispute lapsed", "{n} disputes lapsed", report.lapsed)),
                (len(groups), _n("{n} group opened", "{n} groups opened", len(groups))),
            ]
            parts += [words for count, words in some if count]
            typer.echo(", ".join(parts) + ".")
        for number, why in report.failed:
            typer.echo(_("clock {number}: {why}", number=number, why=why), err=True)
        if report.failed:
            raise typer.Exit(1)
