"""People and their roles, as an admin keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.edits import merge
from core.foundation.errors import NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission, Role
from core.models.tags import Tag
from core.models.team import Person
from core.team import passwords, roster, sessions, sign_in
from core.team.roster import PersonRow

P = Permission

EDITABLE = ("username", "name", "email")
"""What `edit_person` changes; the role, being active and the password have verbs of their own."""


@dataclass(frozen=True)
class NewPerson:
    """A person just added, and the temporary password to hand over: it is shown once and must be changed at the first
    sign-in.
    """

    person: PersonRow
    temporary_password: str


@read(P.PERSON_READ)
def list_people(session: Session, *, actor: Actor, active: bool | None = None) -> list[PersonRow]:
    """Everybody on the team by name; only the active or only the inactive when asked."""
    query = roster.rows().order_by(Person.active.desc(), func.lower(Person.name), Person.id)
    if active is not None:
        query = query.where(Person.active.is_(active))
    return [PersonRow(*row) for row in session.execute(query)]


@read(P.PERSON_READ)
def get_person(session: Session, person_id: int, *, actor: Actor) -> PersonRow:
    """One person. Raises `NotFound`."""
    return roster.one(session, person_id)


@read(P.PERSON_READ)
def find_person(session: Session, username: str, *, actor: Actor) -> PersonRow:
    """One person by username, spelt any way. Raises `NotFound`."""
    found = session.execute(roster.rows().where(Person.username == sign_in.spelt(username))).one_or_none()
    if found is None:
        raise NotFound(_("There is nobody with the username {username}.", username=username))
    return PersonRow(*found)


@verb(P.PERSON_EDIT)
def create_person(
    session: Session,
    *,
    actor: Actor,
    username: str,
    name: str,
    role: Role,
    email: str | None = None,
    language: str | None = None,
    zone: str | None = None,
    now: datetime,
) -> NewPerson:
    """Add somebody to the team. They sign in with the temporary password returned, or through the provider by their
    e-mail.
    """
    roster.one_at_a_time(session)
    values = roster.checked({"username": username, "name": name, "email": email, "language": language, "zone": zone})
    roster.unused(session, values)
    password = passwords.temporary()
    person = Person(
        **values, role=role, password_hash=passwords.hash_password(password), must_change_password=True, created_at=now
    )
    session.add(person)
    session.flush()
    audit.record(
        session, Tag.PERSON_ADDED, actor=actor, now=now, subject=("person", person.id), after={**values, "role": role}
    )
    return NewPerson(roster.one(session, person.id), password)


@verb(P.PERSON_EDIT)
def edit_person(
    session: Session, person_id: int, *, actor: Actor, seen: Mapping[str, Any], typed: Mapping[str, Any], now: datetime
) -> PersonRow:
    """Change `EDITABLE` fields. `seen` is what the form showed, `typed` what came back; raises `Conflict` where both
    sides changed one.
    """
    roster.one_at_a_time(session)
    person = roster.locked(session, person_id)
    wanted = roster.checked({name: value for name, value in typed.items() if name in EDITABLE})
    changes = merge({name: getattr(person, name) for name in EDITABLE}, seen, wanted)
    roster.unused(session, changes, but=person_id)
    roster.change(session, person, changes, actor=actor, now=now)
    return roster.one(session, person_id)


@verb(P.PERSON_EDIT)
def set_role(session: Session, person_id: int, *, actor: Actor, role: Role, now: datetime) -> PersonRow:
    """Give a person another role, from their next click on. The last active admin stays one."""
    roster.one_at_a_time(session)
    person = roster.locked(session, person_id)
    if role is not Role.ADMIN:
        roster.another_admin(session, person)
    roster.change(session, person, {"role": role}, actor=actor, now=now)
    return roster.one(session, person_id)


@verb(P.PERSON_EDIT)
def deactivate(session: Session, person_id: int, *, actor: Actor, now: datetime) -> PersonRow:
    """Close an account: every session ends at once, what the person did keeps their name. The last active admin
    stays.
    """
    roster.one_at_a_time(session)
    person = roster.locked(session, person_id)
    roster.another_admin(session, person)
    roster.change(session, person, {"active": False}, actor=actor, now=now)
    sessions.end_all(session, person_id, now=now)
    return roster.one(session, person_id)


@verb(P.PERSON_EDIT)
def activate(session: Session, person_id: int, *, actor: Actor, now: datetime) -> PersonRow:
    """Open a closed account again, with the password it had."""
    roster.change(session, roster.locked(session, person_id), {"active": True}, actor=actor, now=now)
    return roster.one(session, person_id)


@verb(P.PERSON_EDIT)
def reset_password(session: Session, person_id: int, *, actor: Actor, now: datetime) -> str:
    """A new temporary password, shown once, to be changed at the next sign-in. Every session of the person ends, and
    so does a lock.
    """
    person = roster.locked(session, person_id)
    password = passwords.temporary()
    person.password_hash = passwords.hash_password(password)
    person.must_change_password = True
    session.flush()
    sign_in.unlock(session, person.username)
    sessions.end_all(session, person_id, now=now)
    audit.record(session, Tag.PASSWORD_RESET, actor=actor, now=now, subject=("person", person_id))
    return password


@verb(P.PERSON_EDIT)
def end_sessions(session: Session, person_id: int, *, actor: Actor, now: datetime) -> int:
    """Sign a person out everywhere, at once; how many sessions that ended."""
    roster.locked(session, person_id)
    ended = sessions.end_all(session, person_id, now=now)
    audit.record(
        session, Tag.SESSION_REVOKED, actor=actor, now=now, subject=("person", person_id), after={"sessions": ended}
    )
    return ended


@verb(P.PERSON_EDIT)
def unlink(session: Session, person_id: int, *, actor: Actor, now: datetime) -> PersonRow:
    """Forget which identity of the provider is this person's; the next sign-in with their e-mail links anew."""
    person = roster.locked(session, person_id)
    roster.change(session, person, {"oidc_issuer": None, "oidc_subject": None}, actor=actor, now=now)
    return roster.one(session, person_id)
