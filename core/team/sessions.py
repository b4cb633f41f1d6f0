"""Sessions of signed-in browsers. Inner to the door: it answers who somebody is, so it cannot ask who is asking.

A token is 256 random bits; the table holds only its SHA-256. A session ends when it was not used for a while, at its
longest age, when its person is made inactive, or at once when it is revoked: every request and every screen run asks
the table again.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from core.foundation.config import settings
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.models.team import Person, SignInTry, WebSession

TOUCH_EVERY = timedelta(minutes=10)
"""How often the end of a session in use is moved: often enough to be sliding, seldom enough not to write on every
click.
"""

_KEPT_AFTER_END = timedelta(days=30)
_TRIES_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class SignedIn:
    """Who holds a session. `mark` names the session and gives nothing away; `language` and `zone` may be unset."""

    token_hash: bytes
    mark: str
    person_id: int
    username: str
    name: str
    role: Role
    language: str | None
    zone: str | None
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime

    def actor(self, *, language: str, zone: str) -> Actor:
        """The actor verbs are asked by, speaking the given language and zone unless the person chose others."""
        return Actor(
            self.person_id,
            self.username,
            self.name,
            self.role,
            ROLE_PERMISSIONS[self.role],
            self.language or language,
            self.zone or zone,
        )


_WHO = (
    select(
        Person.id,
        Person.username,
        Person.name,
        Person.role,
        Person.language,
        Person.zone,
        Person.must_change_password,
        WebSession.created_at,
        WebSession.last_seen_at,
    )
    .join(Person, Person.id == WebSession.person_id)
    .where(
        WebSession.token_hash == bindparam("token_hash"),
        WebSession.revoked_at.is_(None),
        WebSession.expires_at > bindparam("now", type_=WebSession.expires_at.type),
        Person.active,
    )
)


def hash_of(token: str) -> bytes:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def mark_of(token_hash: bytes) -> str:
    """A name for a session that may be shown: the token cannot be had from it, nor the session entered with it."""
    return hashlib.sha256(b"mark" + token_hash).hexdigest()[:24]


def start(session: Session, person_id: int, *, user_agent: str, address: str, now: datetime) -> str:
    """Open a session and return its token, which exists nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=hash_of(token),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            expires_at=_end(now, now),
            user_agent=user_agent[:300],
            address=address[:60],
        )
    )
    session.flush()
    return token


def whoami(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Who holds this token now: one indexed query. None for no session, one that ended, or a person made inactive."""
    token_hash = hash_of(token)
    row = session.execute(_WHO, {"token_hash": token_hash, "now": now}).one_or_none()
    return None if row is None else SignedIn(token_hash, mark_of(token_hash), *row)


def due_for_touch(who: SignedIn, now: datetime) -> bool:
    """Whether the session's end should be moved again."""
    return now - who.last_seen_at >= TOUCH_EVERY


def touch(session: Session, who: SignedIn, *, now: datetime) -> None:
    """The session is in use: move its end. A session revoked meanwhile stays revoked."""
    session.execute(
        update(WebSession)
        .where(WebSession.token_hash == who.token_hash, WebSession.revoked_at.is_(None))
        .values(last_seen_at=now, expires_at=_end(who.created_at, now))
    )


def end(session: Session, token_hash: bytes, *, now: datetime) -> int | None:
    """Revoke one session; the person it belonged to, or None when it had ended already."""
    return session.execute(
        update(WebSession)
        .where(WebSession.token_hash == token_hash, WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(WebSession.person_id)
    ).scalar_one_or_none()


def end_all(session: Session, person_id: int, *, now: datetime) -> int:
    """Revoke every running session of a person; how many that were."""
    running = (WebSession.person_id == person_id, WebSession.revoked_at.is_(None), WebSession.expires_at > now)
    ended = session.execute(update(WebSession).where(*running).values(revoked_at=now).returning(WebSession.token_hash))
    return len(ended.all())


def sweep(session: Session, *, now: datetime) -> None:
    """Forget sessions that ended long ago and tries to sign in of the day before."""
    session.execute(delete(WebSession).where(WebSession.expires_at < now - _KEPT_AFTER_END))
    session.execute(delete(SignInTry).where(SignInTry.last_at < now - _TRIES_KEPT))


def _end(created_at: datetime, now: datetime) -> datetime:
    idle, longest = settings().session_idle_days, settings().session_longest_days
    return min(now + timedelta(days=idle), created_at + timedelta(days=longest))
