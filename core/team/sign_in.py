"""Signing in with a password. Inner to the door: nobody is known yet, so there is no actor.

Three steps, so that no connection is held during the slow one: `begin` counts the try before anything is checked (a
burst of guesses at once cannot slip past the limit), `check` does exactly one Argon2 verification whatever the case,
`finish` opens the session. An unknown name, a wrong password, an inactive person and a locked account take the same
steps and the same time, and the lock works the same for a name that does not exist, so none of them tells which it
was.
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.config import settings
from core.foundation.permissions import ROLE_PERMISSIONS, SYSTEM, Actor
from core.models.tags import Tag
from core.models.team import Person, SignInTry
from core.team import passwords, sessions


@dataclass(frozen=True)
class Attempt:
    """One try. `held_until` is set when it comes too soon after too many others; `last` says that no further one is
    free.
    """

    username: str
    address: str
    person_id: int | None
    password_hash: str | None
    held_until: datetime | None
    last: bool
    lock_ends: datetime


@dataclass(frozen=True)
class Checked:
    """What `check` found: whether the password was right, and a stronger hash where the stored one is outdated."""

    good: bool
    renewed: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Who was proven, with the token of the session where one was opened; or nobody, and until when further tries are
    useless.
    """

    person_id: int | None
    token: str | None = None
    must_change_password: bool = False
    held_until: datetime | None = None


def spelt(username: str) -> str:
    """A username as it is stored: one spelling of what looks the same, in lower case, without space around it."""
    return unicodedata.normalize("NFKC", username.replace("\x00", "")).strip().lower()


def begin(session: Session, username: str, *, address: str, now: datetime) -> Attempt:
    """Count a try against the account name and the address, and look the account up. Commit before checking the
    password.
    """
    name = spelt(username)
    limits = settings()
    account = _count(session, _account(name), limits.lockout_tries, now)
    place = _count(session, _address(address), limits.lockout_address_tries, now)
    held = [until for until in (account.held_until, place.held_until) if until is not None]
    person = session.execute(
        select(Person.id, Person.password_hash).where(Person.username == name, Person.active)
    ).one_or_none()
    free = not held and person is not None
    return Attempt(
        username=name,
        address=address,
        person_id=person.id if free and person else None,
        password_hash=person.password_hash if free and person else None,
        held_until=max(held) if held else None,
        last=account.last or place.last,
        lock_ends=now + timedelta(minutes=limits.lockout_minutes),
    )


def check(attempt: Attempt, password: str) -> Checked:
    """One Argon2 verification, against a hash nobody has the password of when there is nothing to check. Touches no
    database.
    """
    good = passwords.matches(attempt.password_hash, password)
    if good and attempt.password_hash and passwords.outdated(attempt.password_hash):
        return Checked(True, passwords.hash_password(password))
    return Checked(good)


def finish(session: Session, attempt: Attempt, checked: Checked, *, user_agent: str, now: datetime) -> Outcome:
    """Open the session after a right password; otherwise say until when further tries are held, if they are."""
    outcome = prove(session, attempt, checked, now=now)
    if outcome.person_id is None:
        return outcome
    person = session.get_one(Person, outcome.person_id)
    token = enter(session, person, user_agent=user_agent, address=attempt.address, how="password", now=now)
    return replace(outcome, token=token)


def prove(session: Session, attempt: Attempt, checked: Checked, *, now: datetime) -> Outcome:
    """Settle a try without opening a session: forget the tries before it, or enter the lock it led to in the audit
    trail.
    """
    person = None
    if checked.good and attempt.person_id is not None:
        person = session.get(Person, attempt.person_id, with_for_update=True)
    # The account may have been closed or its password reset while this one was being checked.
    if person is None or not person.active or person.password_hash != attempt.password_hash:
        if attempt.last and attempt.held_until is None:
            _record_lock(session, attempt, now)
            return Outcome(None, held_until=attempt.lock_ends)
        return Outcome(None, held_until=attempt.held_until)
    forgive(session, attempt.username, address=attempt.address)
    if checked.renewed:
        person.password_hash = checked.renewed
        session.flush()
    return Outcome(person.id, must_change_password=person.must_change_password)


def enter(session: Session, person: Person, *, user_agent: str, address: str, how: str, now: datetime) -> str:
    """Open a session for somebody whose identity is proven, and enter it in the audit trail. Returns the token."""
    token = sessions.start(session, person.id, user_agent=user_agent, address=address, now=now)
    audit.record(
        session,
        Tag.SIGNED_IN,
        actor=acting(person),
        now=now,
        subject=("person", person.id),
        after={"how": how, "address": address},
    )
    return token


def leave(session: Session, token: str, *, now: datetime) -> None:
    """Sign out: the session is over at once, in every tab. A token without a session changes nothing."""
    person_id = sessions.end(session, sessions.hash_of(token), now=now)
    person = session.get(Person, person_id) if person_id is not None else None
    if person is not None:
        audit.record(session, Tag.SIGNED_OUT, actor=acting(person), now=now, subject=("person", person.id))


def forgive(session: Session, username: str, *, address: str) -> None:
    """Forget the tries against an account that was just proven, and take one back from its address."""
    unlock(session, username)
    session.execute(
        update(SignInTry)
        .where(SignInTry.subject == _address(address), SignInTry.tries > 0)
        .values(tries=SignInTry.tries - 1)
    )


def unlock(session: Session, username: str) -> None:
    """Forget the tries against an account."""
    session.execute(delete(SignInTry).where(SignInTry.subject == _account(spelt(username))))


def acting(person: Person) -> Actor:
    """The person as the actor of their own change."""
    return Actor(
        person.id,
        person.username,
        person.name,
        person.role,
        ROLE_PERMISSIONS[person.role],
        person.language or "en",
        person.zone or "UTC",
    )


@dataclass(frozen=True)
class _Counted:
    held_until: datetime | None
    last: bool


def _count(session: Session, subject: str, limit: int, now: datetime) -> _Counted:
    """One more try. Past the limit the clock of the lock stands still, so trying on does not lengthen it."""
    span = timedelta(minutes=settings().lockout_minutes)
    old = SignInTry.last_at < now - span
    row = session.execute(
        insert(SignInTry)
        .values(subject=subject, tries=1, last_at=now)
        .on_conflict_do_update(
            index_elements=[SignInTry.subject],
            set_={
                "tries": case((old, 1), else_=SignInTry.tries + 1),
                "last_at": case((old, now), (SignInTry.tries >= limit, SignInTry.last_at), else_=now),
            },
        )
        .returning(SignInTry.tries, SignInTry.last_at)
    ).one()
    return _Counted(row.last_at + span if row.tries > limit else None, row.tries >= limit)


def _account(name: str) -> str:
    return "account:" + hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()


def _address(address: str) -> str:
    """A household or an office has one IPv4 address, or a /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "address:" + hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return f"address:{ipaddress.ip_network((found, 64), strict=False)}"
    return f"address:{getattr(found, 'ipv4_mapped', None) or found}"


def _record_lock(session: Session, attempt: Attempt, now: datetime) -> None:
    audit.record(
        session,
        Tag.SIGN_IN_LOCKED,
        actor=SYSTEM,
        now=now,
        subject=("person", attempt.person_id),
        after={"address": attempt.address, "until": attempt.lock_ends},
    )
