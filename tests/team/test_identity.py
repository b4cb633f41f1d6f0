"""Identities of a provider: matched to people the admin created, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotAllowed
from core.foundation.permissions import SYSTEM, Role
from core.models.team import Person
from core.team import identity, people
from tests.people import person

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ISSUER = "https://id.example"


def _match(session: Session, subject: str = "s-1", email: str | None = "mei@shop.example", **more: object) -> Person:
    values = {"issuer": ISSUER, "email_verified": True, "now": NOW} | more
    return identity.match(session, subject=subject, email=email, **values)  # type: ignore[arg-type]


def test_the_first_time_goes_by_the_verified_address_and_later_by_the_subject(session: Session) -> None:
    mei = person(session, Role.AGENT, "mei", email="Mei@Shop.example")
    assert _match(session).id == mei.id
    assert (mei.oidc_issuer, mei.oidc_subject) == (ISSUER, "s-1")
    assert _match(session, email="new@elsewhere.example", email_verified=False).id == mei.id


@pytest.mark.parametrize("verified", [False, None])
def test_an_address_the_provider_did_not_verify_matches_nobody(session: Session, verified: bool | None) -> None:
    person(session, Role.AGENT, "mei", email="mei@shop.example")
    with pytest.raises(NotAllowed, match="no account here"):
        _match(session, email_verified=verified)


def test_a_stranger_is_refused_and_nothing_is_made(session: Session) -> None:
    before = session.scalar(select(func.count()).select_from(Person))
    for email in ("stranger@elsewhere.example", None, ""):
        with pytest.raises(NotAllowed):
            _match(session, email=email)
    assert session.scalar(select(func.count()).select_from(Person)) == before


def test_another_identity_with_the_same_address_does_not_take_over(session: Session) -> None:
    person(session, Role.AGENT, "mei", email="mei@shop.example")
    _match(session, "s-1")
    with pytest.raises(NotAllowed):
        _match(session, "s-2")
    with pytest.raises(NotAllowed):
        _match(session, "s-1", issuer="https://other.example")


def test_a_closed_account_is_refused_by_subject_and_by_address(session: Session) -> None:
    mei = person(session, Role.AGENT, "mei", email="mei@shop.example", active=False)
    with pytest.raises(NotAllowed):
        _match(session)
    assert mei.oidc_subject is None
    mei.active = True
    session.flush()
    _match(session)
    mei.active = False
    session.flush()
    with pytest.raises(NotAllowed):
        _match(session)


def test_linking_closes_the_unused_first_password_and_keeps_a_chosen_one(session: Session) -> None:
    made = people.create_person(
        session, actor=SYSTEM, username="wei", name="Wei", role=Role.AGENT, email="wei@shop.example", now=NOW
    )
    linked = _match(session, "s-9", "wei@shop.example")
    assert (linked.id, linked.password_hash, linked.must_change_password) == (made.person.id, None, False)
    mei = person(session, Role.AGENT, "mei", email="mei@shop.example", password_hash="kept")
    assert _match(session).password_hash == "kept"
    people.unlink(session, mei.id, actor=SYSTEM, now=NOW)
    assert _match(session, "s-2").id == mei.id
