"""What the verbs about people share: locks, checks of what was typed, and the rules of the team as a whole. Inner:
asks no right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation import audit, clock
from core.foundation.errors import Duplicate, Invalid, NotFound, WrongState
from core.foundation.language import LANGUAGES, _
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models.tags import Tag
from core.models.team import Person, WebSession
from core.team import passwords, sign_in

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}[a-z0-9]", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LOCK = "recoup.people"


@dataclass(frozen=True)
class PersonRow:
    """One person as a list shows them. `last_seen_at` is the latest use of any session; `linked` means a provider
    signs them in.
    """

    id: int
    username: str
    name: str
    email: str | None
    role: Role
    active: bool
    language: str | None
    zone: str | None
    must_change_password: bool
    linked: bool
    has_password: bool
    last_seen_at: datetime | None


def is_empty(session: Session) -> bool:
    """Whether nobody is on the team yet: the very first visit."""
    return session.scalar(select(Person.id).limit(1)) is None


def first_admin(
    session: Session, *, username: str, name: str, password: str, password_hash: str, now: datetime
) -> Person:
    """The first admin of an empty team. Two at once: the second waits, and is refused with `WrongState`."""
    one_at_a_time(session)
    if not is_empty(session):
        raise WrongState(_("The first admin is there already. Sign in, or ask them for an account."))
    values = checked({"username": username, "name": name})
    passwords.check_policy(password, username=values["username"], name=values["name"])
    person = Person(**values, role=Role.ADMIN, password_hash=password_hash, created_at=now)
    session.add(person)
    session.flush()
    after = {**values, "role": Role.ADMIN}
    audit.record(session, Tag.PERSON_ADDED, actor=SYSTEM, now=now, subject=("person", person.id), after=after)
    return person


def one_at_a_time(session: Session) -> None:
    """Changes to the team wait for each other until commit, so that rules about several people hold: one admin left,
    unique names.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))


def locked(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def myself(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotFound(_("There is no such person."))
    return actor.person_id


def own(session: Session, actor: Actor, changes: dict[str, Any], now: datetime) -> PersonRow:
    person = locked(session, myself(actor))
    change(session, person, checked(changes), actor=actor, now=now)
    return one(session, person.id)


def change(session: Session, person: Person, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Write what really changes, with its audit row; nothing where nothing does."""
    real = {name: value for name, value in changes.items() if getattr(person, name) != value}
    if not real:
        return
    before = {name: getattr(person, name) for name in real}
    for name, value in real.items():
        setattr(person, name, value)
    session.flush()
    audit.record(
        session, Tag.PERSON_EDITED, actor=actor, now=now, subject=("person", person.id), before=before, after=real
    )


def another_admin(session: Session, person: Person) -> None:
    """Raise `WrongState` if the team would be left without an active admin."""
    if person.role is not Role.ADMIN or not person.active:
        return
    others = select(Person.id).where(Person.role == Role.ADMIN, Person.active, Person.id != person.id).limit(1)
    if session.scalar(others) is None:
        raise WrongState(_("{name} is the last admin. Make somebody else an admin first.", name=person.name))


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises `Invalid` with the field's name."""
    found: dict[str, Any] = {}
    for field, value in values.items():
        text = str(value or "").replace("\x00", "").strip()
        if field == "username":
            text = sign_in.spelt(text)
            if not _USERNAME.fullmatch(text):
                raise Invalid(_("A username has 2 to 64 letters a–z, digits, dots, dashes or underscores."), "username")
        elif field == "name" and not 1 <= len(text) <= 80:
            raise Invalid(_("A name has 1 to 80 characters."), "name")
        elif field == "email" and text and (len(text) > 200 or not _EMAIL.fullmatch(text)):
            raise Invalid(_("“{email}” is not an e-mail address.", email=text), "email")
        elif field == "language" and text and text not in LANGUAGES:
            raise Invalid(_("Recoup does not speak “{language}”.", language=text), "language")
        elif field == "zone" and text:
            clock.zone_of(text)
        found[field] = text or None
    return found


def unused(session: Session, values: Mapping[str, Any], but: int | None = None) -> None:
    """Raise `Duplicate` where the username or the e-mail is another person's."""
    for field, column in (("username", Person.username), ("email", func.lower(Person.email))):
        value = values.get(field)
        if not value:
            continue
        taken = session.execute(
            select(Person.id, Person.username).where(column == value.lower(), Person.id != (but or 0))
        ).first()
        if taken is not None and field == "username":
            raise Duplicate(_("The username {username} is taken.", username=value), taken.username)
        if taken is not None:
            raise Duplicate(
                _("The e-mail address {email} is {username}'s.", email=value, username=taken.username), taken.username
            )


def rows() -> Any:
    seen = select(func.max(WebSession.last_seen_at)).where(WebSession.person_id == Person.id).scalar_subquery()
    return select(
        Person.id,
        Person.username,
        Person.name,
        Person.email,
        Person.role,
        Person.active,
        Person.language,
        Person.zone,
        Person.must_change_password,
        Person.oidc_subject.is_not(None).label("linked"),
        Person.password_hash.is_not(None).label("has_password"),
        seen.label("last_seen_at"),
    )


def one(session: Session, person_id: int) -> PersonRow:
    found = session.execute(rows().where(Person.id == person_id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such person."))
    return PersonRow(*found)


def running(session: Session, person_id: int, now: datetime) -> list[WebSession]:
    return list(
        session.scalars(
            select(WebSession)
            .where(WebSession.person_id == person_id, WebSession.revoked_at.is_(None), WebSession.expires_at > now)
            .order_by(WebSession.last_seen_at.desc())
        )
    )
