"""People and parcels for the browser tests, put straight into the server's database."""

from __future__ import annotations

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Person
from core.team import passwords, people

PASSWORD = "four words in a row"


def add_person(username: str, role: Role, password: str = PASSWORD) -> int:
    """Somebody with a password of their own, ready to sign in. Returns the person's id."""
    with database.transaction() as session:
        made = people.create_person(
            session, actor=SYSTEM, username=username, name=username.title(), role=role, email=None, now=clock.now()
        )
        person = session.get_one(Person, made.person.id)
        person.password_hash, person.must_change_password = passwords.hash_password(password), False
        return person.id
