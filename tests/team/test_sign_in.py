"""Signing in: one answer for every failure, one verification, locks that tell nothing, sessions that can be ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.config import settings
from core.foundation.permissions import SYSTEM, Role
from core.models.tags import Tag
from core.models.team import Person, SignInTry, WebSession
from core.team import passwords, people, sessions, sign_in
from tests.people import person

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GOOD = "four words in a row"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mei(session: Session) -> Person:
    return person(session, Role.AGENT, "mei", password_hash=passwords.hash_password(GOOD))


def _try(
    session: Session, username: str, password: str, *, now: datetime = NOW, address: str = "10.0.0.1"
) -> sign_in.Outcome:
    attempt = sign_in.begin(session, username, address=address, now=now)
    return sign_in.finish(session, attempt, sign_in.check(attempt, password), user_agent="Firefox", now=now)


def test_the_right_password_opens_a_session_that_is_written_down(session: Session, mei: Person) -> None:
    outcome = _try(session, " MEI ", GOOD)
    assert outcome.token
    who = sessions.whoami(session, outcome.token, now=NOW)
    assert who is not None
    assert (who.person_id, who.username, who.role) == (mei.id, "mei", Role.AGENT)
    row = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.SIGNED_IN)).one()
    assert (row.person_id, row.after) == (mei.id, {"how": "password", "address": "10.0.0.1"})


def test_the_table_holds_no_token(session: Session, mei: Person) -> None:
    token = _try(session, "mei", GOOD).token
    assert token
    stored = session.scalars(select(WebSession)).one()
    assert token.encode() not in stored.token_hash
    assert len(stored.token_hash) == 32
    assert len(token) >= 43
    mark = sessions.mark_of(stored.token_hash)
    assert sessions.whoami(session, mark, now=NOW) is None
    assert sessions.whoami(session, stored.token_hash.hex(), now=NOW) is None


def _unknown(session: Session, mei: Person) -> tuple[str, str]:
    return "nobody", GOOD


def _wrong(session: Session, mei: Person) -> tuple[str, str]:
    return "mei", "something else"


def _closed(session: Session, mei: Person) -> tuple[str, str]:
    mei.active = False
    session.flush()
    return "mei", GOOD


def _without_password(session: Session, mei: Person) -> tuple[str, str]:
    mei.password_hash = None
    session.flush()
    return "mei", GOOD


def _locked(session: Session, mei: Person) -> tuple[str, str]:
    for _ in range(settings().lockout_tries):
        _try(session, "mei", "something else")
    return "mei", GOOD


@pytest.mark.parametrize("prepare", [_unknown, _wrong, _closed, _without_password, _locked])
def test_every_failure_costs_one_verification_and_the_same_queries(
    session: Session,
    mei: Person,
    prepare: Callable[[Session, Person], tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    username, password = prepare(session, mei)
    calls: list[str] = []
    verify = passwords._verify

    def counted(stored: str, typed: str) -> bool:
        calls.append(stored)
        return verify(stored, typed)

    monkeypatch.setattr(passwords, "_verify", counted)
    outcome = _try(session, username, password)
    assert outcome.token is None
    assert outcome.person_id is None
    assert len(calls) == 1


@pytest.mark.parametrize("username", ["mei", "nobody"])
def test_the_lock_is_the_same_for_an_account_that_does_not_exist(session: Session, mei: Person, username: str) -> None:
    limit = settings().lockout_tries
    ends = timedelta(minutes=settings().lockout_minutes)
    for n in range(1, limit + 1):
        outcome = _try(session, username, "something else", now=NOW + n * MINUTE, address=f"10.0.0.{n}")
        assert outcome.held_until == (NOW + limit * MINUTE + ends if n == limit else None)
    last = NOW + limit * MINUTE
    for n in range(1, 4):
        outcome = _try(session, username, GOOD, now=last + n * MINUTE)
        assert (outcome.token, outcome.held_until) == (None, last + ends), (
            "trying on neither helps nor lengthens the lock"
        )


def test_after_the_lock_the_right_password_works_and_clears_the_count(session: Session, mei: Person) -> None:
    for _ in range(settings().lockout_tries + 2):
        _try(session, "mei", "something else")
    later = NOW + timedelta(minutes=settings().lockout_minutes, seconds=1)
    assert _try(session, "mei", GOOD, now=later).token
    assert not [row for row in session.scalars(select(SignInTry)) if row.subject.startswith("account:")]


def test_right_passwords_never_lock(session: Session, mei: Person) -> None:
    for _ in range(settings().lockout_address_tries + 3):
        assert _try(session, "mei", GOOD).token


def test_an_address_that_tries_many_names_is_held_and_others_are_not(session: Session, mei: Person) -> None:
    for n in range(settings().lockout_address_tries):
        _try(session, f"name{n}", "something else", address="10.9.9.9")
    assert _try(session, "mei", GOOD, address="10.9.9.9").held_until
    assert _try(session, "mei", GOOD, address="10.1.1.1").token


def test_addresses_of_one_ipv6_network_count_as_one(session: Session, mei: Person) -> None:
    for n in range(settings().lockout_address_tries):
        _try(session, f"name{n}", "something else", address=f"2001:db8::{n:x}")
    assert _try(session, "mei", GOOD, address="2001:db8::ffff:1").held_until
    assert _try(session, "mei", GOOD, address="2001:db8:0:1::1").token
    assert _try(session, "mei", GOOD, address="::ffff:10.1.1.1").token
    assert _try(session, "mei", GOOD, address="testclient").token


def test_a_burst_is_counted_before_anything_is_verified(session: Session, mei: Person) -> None:
    limit = settings().lockout_tries
    attempts = [sign_in.begin(session, "mei", address="10.0.0.1", now=NOW) for _ in range(limit + 5)]
    assert [attempt.password_hash is not None for attempt in attempts] == [True] * limit + [False] * 5


def test_the_lock_is_written_down_once_with_the_address_and_without_what_was_typed(
    session: Session, mei: Person
) -> None:
    for _ in range(settings().lockout_tries + 3):
        _try(session, "mei", "something else")
    for _ in range(settings().lockout_tries + 3):
        _try(session, "hunter2 typed into the wrong field", "x", address="10.0.0.2")
    rows = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.SIGN_IN_LOCKED).order_by(AuditEvent.id)).all()
    assert [row.subject_id for row in rows] == [mei.id, None]
    assert rows[0].after["address"] == "10.0.0.1"
    everything = str([row.after for row in rows]) + str([row.subject for row in session.scalars(select(SignInTry))])
    assert "hunter2" not in everything


def test_an_account_closed_while_the_password_is_checked_stays_closed(session: Session, mei: Person) -> None:
    attempt = sign_in.begin(session, "mei", address="10.0.0.1", now=NOW)
    checked = sign_in.check(attempt, GOOD)
    people.reset_password(session, mei.id, actor=SYSTEM, now=NOW)
    assert sign_in.finish(session, attempt, checked, user_agent="", now=NOW).token is None


def test_a_reset_ends_the_lock(session: Session, mei: Person) -> None:
    for _ in range(settings().lockout_tries):
        _try(session, "mei", "something else")
    temporary = people.reset_password(session, mei.id, actor=SYSTEM, now=NOW)
    outcome = _try(session, "mei", temporary)
    assert outcome.token
    assert outcome.must_change_password


def test_an_outdated_hash_is_renewed_at_sign_in(session: Session, mei: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    old = mei.password_hash
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert _try(session, "mei", GOOD).token
    assert mei.password_hash != old
    assert passwords.matches(mei.password_hash, GOOD)


def test_strange_bytes_are_just_a_wrong_name(session: Session) -> None:
    for username in ("", "\x00", "x" * 5000, "名字", "'; drop table person; --"):
        assert _try(session, username, "\x00\ud800").token is None


def test_a_session_slides_and_still_ends_at_its_longest_age(session: Session, mei: Person) -> None:
    token = _try(session, "mei", GOOD).token
    assert token
    idle, longest = timedelta(days=settings().session_idle_days), timedelta(days=settings().session_longest_days)
    at = NOW
    while at + idle - MINUTE < NOW + longest:
        at += idle - MINUTE
        who = sessions.whoami(session, token, now=at)
        assert who is not None
        assert sessions.due_for_touch(who, at)
        sessions.touch(session, who, now=at)
    assert sessions.whoami(session, token, now=NOW + longest - MINUTE)
    assert sessions.whoami(session, token, now=NOW + longest) is None


def test_an_idle_session_ends(session: Session, mei: Person) -> None:
    token = _try(session, "mei", GOOD).token
    assert token
    idle = timedelta(days=settings().session_idle_days)
    assert sessions.whoami(session, token, now=NOW + idle - MINUTE)
    assert sessions.whoami(session, token, now=NOW + idle) is None


def test_a_session_in_use_is_written_seldom(session: Session, mei: Person) -> None:
    token = _try(session, "mei", GOOD).token
    assert token
    who = sessions.whoami(session, token, now=NOW + MINUTE)
    assert who is not None
    assert not sessions.due_for_touch(who, NOW + MINUTE)


def test_signing_out_ends_that_session_only_and_touching_does_not_revive_it(session: Session, mei: Person) -> None:
    one, two = _try(session, "mei", GOOD).token, _try(session, "mei", GOOD).token
    assert one
    assert two
    who = sessions.whoami(session, one, now=NOW)
    assert who is not None
    sign_in.leave(session, one, now=NOW)
    sign_in.leave(session, one, now=NOW)
    sign_in.leave(session, "no such token", now=NOW)
    sessions.touch(session, who, now=NOW + timedelta(hours=1))
    assert sessions.whoami(session, one, now=NOW) is None
    assert sessions.whoami(session, two, now=NOW)
    assert len(session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.SIGNED_OUT)).all()) == 1


def test_a_role_changed_counts_from_the_next_question(session: Session, mei: Person) -> None:
    token = _try(session, "mei", GOOD).token
    assert token
    people.set_role(session, mei.id, actor=SYSTEM, role=Role.VIEWER, now=NOW)
    who = sessions.whoami(session, token, now=NOW)
    assert who is not None
    assert who.actor(language="en", zone="UTC").role is Role.VIEWER


def test_what_is_long_over_is_swept_away(session: Session, mei: Person) -> None:
    _try(session, "mei", GOOD)
    _try(session, "nobody", "x")
    sessions.sweep(session, now=NOW)
    assert session.scalars(select(WebSession)).all()
    sessions.sweep(session, now=NOW + timedelta(days=365))
    assert not session.scalars(select(WebSession)).all()
    assert not session.scalars(select(SignInTry)).all()
