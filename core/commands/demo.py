"""`demo`: fill an empty database with a believable team."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer
from sqlalchemy import text

from core.commands import at_work, tell
from core.demo import build as building
from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.language import _
from core.foundation.permissions import ROLE_NAMES
from core.team import passwords

LARGE = 50_000


def register(cli: typer.Typer) -> None:
    cli.command("demo")(run)


def run(
    incidents: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many cases.")] = 400,
    shipments: Annotated[int, typer.Option(min=100, max=10_000_000, help="How many parcels.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same demo.")] = 1,
    password: Annotated[
        str, typer.Option(help="Everybody's password; a random one is made and shown if not given.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Fill an empty database with a made-up team, its parcels and cases, and print how to sign in. Refused where data is."""
    with at_work():
        chosen = password or passwords.temporary()
        with database.transaction() as session:
            building.refuse_if_used(session)
            made = building.build(
                session,
                incidents=incidents,
                shipments=shipments,
                seed=seed,
                password=chosen,
                base_currency=settings().base_currency,
                now=clock.now(),
                tell=lambda said: typer.echo(f"  {said} …", err=True),
            )
        if shipments >= LARGE:
            _vacuum()
    if as_json:
        tell({**dataclasses.asdict(made), "password": chosen})
        return
    typer.echo(
        _(
            "{shipments} shipments, {incidents} incidents, {offers} more offered by an import.",
            shipments=f"{made.shipments:,}",
            incidents=f"{made.incidents:,}",
            offers=made.offers,
        )
    )
    typer.echo(_("Everybody's password is {password} (shown this once).", password=chosen))
    typer.echo(_("This is a demo: everybody named here is made up. Do not put real data beside it."))
    for sign in made.sign_ins:
        typer.echo(f"  {sign.username:<12} {_(ROLE_NAMES[sign.role]):<10} {sign.name}")


def _vacuum() -> None:
    """Let the database note which pages everybody may see, as it would by itself in time: reads of indexes alone need it."""
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM (ANALYZE)"))
