"""One's own account: language, zone, password and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.gate import read, verb
from core.foundation.permissions import Actor, Permission
from core.models.tags import Tag
from core.team import passwords, roster, sessions
from core.team.roster import PersonRow

P = Permission


@dataclass(frozen=True)
class SessionRow:
    """One running session of one's own. `mark` names it for `revoke_session`."""

    mark: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str


@verb(P.ACCOUNT_EDIT)
def set_language(session: Session, *, actor: Actor, language: str | None, now: datetime) -> PersonRow:
    """Choose one's own language; None goes by the browser's."""
    return roster.own(session, actor, {"language": language}, now)


@verb(P.ACCOUNT_EDIT)
def set_zone(session: Session, *, actor: Actor, zone: str | None, now: datetime) -> PersonRow:
    """Choose the zone moments are shown in (an IANA name); None goes by the browser's."""
    return roster.own(session, actor, {"zone": zone}, now)


@read(P.ACCOUNT_EDIT)
def my_account(session: Session, *, actor: Actor) -> PersonRow:
    """One's own row."""
    return roster.one(session, roster.myself(actor))


@read(P.ACCOUNT_EDIT)
def my_sessions(session: Session, *, actor: Actor, now: datetime) -> list[SessionRow]:
    """One's own running sessions, the last used first."""
    return [
        SessionRow(sessions.mark_of(row.token_hash), row.created_at, row.last_seen_at, row.user_agent, row.address)
        for row in roster.running(session, roster.myself(actor), now)
    ]


@verb(P.ACCOUNT_EDIT)
def revoke_session(session: Session, mark: str, *, actor: Actor, now: datetime) -> None:
    """End one of one's own sessions at once. One that has ended already is no error."""
    for row in roster.running(session, roster.myself(actor), now):
        if sessions.mark_of(row.token_hash) == mark and sessions.end(session, row.token_hash, now=now) is not None:
            audit.record(
                session,
                Tag.SESSION_REVOKED,
                actor=actor,
                now=now,
                subject=("person", row.person_id),
                after={"started": row.created_at, "address": row.address},
            )


@verb(P.ACCOUNT_EDIT)
def revoke_other_sessions(session: Session, mark: str, *, actor: Actor, now: datetime) -> int:
    """End all of one's own sessions but the one with this mark; how many that ended."""
    others = [
        row for row in roster.running(session, roster.myself(actor), now) if sessions.mark_of(row.token_hash) != mark
    ]
    for row in others:
        sessions.end(session, row.token_hash, now=now)
    if others:
        after = {"sessions": len(others)}
        subject = ("person", roster.myself(actor))
        audit.record(session, Tag.SESSION_REVOKED, actor=actor, now=now, subject=subject, after=after)
    return len(others)


@verb(P.ACCOUNT_EDIT)
def change_password(session: Session, *, actor: Actor, password: str, password_hash: str, now: datetime) -> None:
    """Give oneself a new password. The edge proved the old one and made `password_hash` of `password`: both are slow.

    Every session of the person ends, so that whoever knew the old password is out; the edge opens a fresh one.
    """
    person = roster.locked(session, roster.myself(actor))
    passwords.check_policy(password, username=person.username, name=person.name, email=person.email)
    person.password_hash = password_hash
    person.must_change_password = False
    session.flush()
    sessions.end_all(session, person.id, now=now)
    audit.record(session, Tag.PASSWORD_CHANGED, actor=actor, now=now, subject=("person", person.id))
