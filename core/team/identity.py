"""Matching an identity of an OpenID provider to a person the admin created. Inner to the door: nobody is known yet.

By issuer and subject, which never change; the first time by the e-mail address, and only where the provider says it
verified it. A stranger is told so and nothing is created.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import NotAllowed
from core.foundation.language import _
from core.models.tags import Tag
from core.models.team import Person
from core.team import sign_in


def match(
    session: Session, *, issuer: str, subject: str, email: str | None, email_verified: bool, now: datetime
) -> Person:
    """The active person this identity belongs to, linked on the first time. Raises `NotAllowed` for anybody else."""
    person = session.scalars(
        select(Person).where(Person.oidc_issuer == issuer, Person.oidc_subject == subject).with_for_update()
    ).one_or_none()
    if person is None and email and email_verified:
        person = session.scalars(
            select(Person)
            .where(func.lower(Person.email) == email.strip().lower(), Person.oidc_subject.is_(None))
            .with_for_update()
        ).one_or_none()
        if person is not None and person.active:
            _link(session, person, issuer, subject, now)
    if person is None or not person.active:
        raise NotAllowed(
            _("You are signed in with the provider, but have no account here. Ask an admin to add your e-mail address.")
        )
    return person


def _link(session: Session, person: Person, issuer: str, subject: str, now: datetime) -> None:
    person.oidc_issuer, person.oidc_subject = issuer, subject
    # A first password nobody has used yet would stay open for ever once the provider does the signing in.
    if person.must_change_password:
        person.password_hash, person.must_change_password = None, False
    session.flush()
    audit.record(
        session,
        Tag.PERSON_EDITED,
        actor=sign_in.acting(person),
        now=now,
        subject=("person", person.id),
        before={"oidc_subject": None},
        after={"oidc_issuer": issuer, "oidc_subject": subject},
    )
