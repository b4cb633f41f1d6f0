"""`people …`: who is on the team, for an admin at the keyboard of the server; also the way back in when nobody can sign in."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import _, _n
from core.foundation.permissions import ROLE_NAMES, SYSTEM, Role
from core.team import people
from core.team.roster import PersonRow

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Username = Annotated[str, typer.Argument(help="The username.")]

group = typer.Typer(
    no_args_is_help=True, help="Who is on the team: list, add, role, reset-password, close, open, sign-out."
)


def register(cli: typer.Typer) -> None:
    cli.add_typer(group, name="people")


@group.command("list")
def show(
    everybody: Annotated[bool, typer.Option("--all", help="Closed accounts too.")] = False, as_json: AsJson = False
) -> None:
    """List the team."""
    with at_work(), database.reading() as session:
        found = people.list_people(session, actor=SYSTEM, active=None if everybody else True)
    if as_json:
        tell([dataclasses.asdict(row) for row in found])
        return
    for row in found:
        seen = moment(row.last_seen_at, "UTC", year=True) if row.last_seen_at else _("never signed in")
        state = "" if row.active else " · " + _("account closed")
        typer.echo(f"{row.username}\t{row.name}\t{_(ROLE_NAMES[row.role])}\t{row.email or '-'}\t{seen}{state}")


@group.command("add")
def add(
    username: Username,
    name: Annotated[str, typer.Option(help="The name others see.")],
    role: Annotated[Role, typer.Option(help="What the person is on the team.")] = Role.AGENT,
    email: Annotated[str, typer.Option(help="Matches the person with single sign-on.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a person; prints the temporary password, which has to be changed at the first sign-in."""
    with at_work(), database.transaction() as session:
        made = people.create_person(
            session, actor=SYSTEM, username=username, name=name, role=role, email=email or None, now=clock.now()
        )
    if as_json:
        tell({**dataclasses.asdict(made.person), "temporary_password": made.temporary_password})
    else:
        typer.echo(_("{username} is on the team.", username=made.person.username))
        typer.echo(_("Temporary password: {password}", password=made.temporary_password))


@group.command("reset-password")
def reset_password(username: Username, as_json: AsJson = False) -> None:
    """Give a person a new temporary password, sign them out everywhere and end a lock."""
    with at_work(), database.transaction() as session:
        person = _found(session, username)
        password = people.reset_password(session, person.id, actor=SYSTEM, now=clock.now())
    if as_json:
        tell({"username": person.username, "temporary_password": password})
    else:
        typer.echo(_("Temporary password: {password}", password=password))


@group.command("role")
def set_role(username: Username, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give a person another role."""
    with at_work(), database.transaction() as session:
        row = people.set_role(session, _found(session, username).id, actor=SYSTEM, role=role, now=clock.now())
    typer.echo(_("{username} is {role} now.", username=row.username, role=_(ROLE_NAMES[row.role])))


@group.command("close")
def close(username: Username) -> None:
    """Close an account: signed out everywhere at once, nothing they did is lost."""
    with at_work(), database.transaction() as session:
        row = people.deactivate(session, _found(session, username).id, actor=SYSTEM, now=clock.now())
    typer.echo(_("{username} is closed.", username=row.username))


@group.command("open")
def reopen(username: Username) -> None:
    """Open a closed account again."""
    with at_work(), database.transaction() as session:
        row = people.activate(session, _found(session, username).id, actor=SYSTEM, now=clock.now())
    typer.echo(_("{username} is open again.", username=row.username))


@group.command("sign-out")
def sign_out(username: Username) -> None:
    """Sign a person out everywhere, at once."""
    with at_work(), database.transaction() as session:
        ended = people.end_sessions(session, _found(session, username).id, actor=SYSTEM, now=clock.now())
    typer.echo(_n("{n} session ended.", "{n} sessions ended.", ended))


def _found(session: Session, username: str) -> PersonRow:
    return people.find_person(session, username, actor=SYSTEM)
