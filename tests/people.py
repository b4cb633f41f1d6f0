"""The people of the tests. OUT is signed in as nobody and must see nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.models import Person

OUT = Actor(None, "out", "Out", None, frozenset())


def person(session: Session, role: Role, username: str | None = None, **more: object) -> Person:
    """A person of that role, stored."""
    name = username or f"{role.value}-mei"
    made = Person(username=name, name=name.title(), role=role, **more)
    session.add(made)
    session.flush()
    return made


def actor_of(someone: Person, zone: str = "Asia/Shanghai", language: str = "en") -> Actor:
    """The actor a stored person is."""
    return Actor(
        someone.id, someone.username, someone.name, someone.role, ROLE_PERMISSIONS[someone.role], language, zone
    )


def acting(session: Session, role: Role = Role.AGENT, username: str | None = None) -> Actor:
    """A new person of that role, as an actor."""
    return actor_of(person(session, role, username))
