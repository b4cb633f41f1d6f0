"""A form sent twice writes once; two hands on one field see each other; nothing warns without a reason."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.foundation import database, edits, submissions
from core.foundation.errors import Conflict, NotAllowed, Unavailable
from core.foundation.permissions import SYSTEM, Role
from core.models import Shipment
from tests.factories import NOW, make_shipment
from tests.people import acting


def test_the_second_sender_gets_what_the_first_one_made(session: Session) -> None:
    calls: list[int] = []

    def write() -> dict[str, str]:
        calls.append(1)
        return {"reference": "INC-2026-00001"}

    first = submissions.once(session, "k1", write, actor=SYSTEM, now=NOW)
    second = submissions.once(session, "k1", write, actor=SYSTEM, now=NOW)
    assert first == ({"reference": "INC-2026-00001"}, True)
    assert second == ({"reference": "INC-2026-00001"}, False)
    assert calls == [1]


def test_a_key_belongs_to_the_person_who_used_it(session: Session) -> None:
    submissions.once(session, "k1", lambda: None, actor=acting(session), now=NOW)
    with pytest.raises(NotAllowed):
        submissions.once(session, "k1", lambda: None, actor=acting(session, Role.LEAD), now=NOW)


def test_two_at_the_same_moment_write_once(live_database: str) -> None:
    written: list[int] = []
    results: list[Any] = []
    together = threading.Barrier(4)

    def write() -> int:
        written.append(1)
        return 5

    def click() -> None:
        together.wait()
        with database.transaction() as session:
            results.append(submissions.once(session, "k", write, actor=SYSTEM, now=NOW))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 1
    assert sorted(results) == [(5, False), (5, False), (5, False), (5, True)]


def test_a_write_that_failed_leaves_its_key_free(live_database: str) -> None:
    def fail() -> None:
        raise RuntimeError("disk")

    with pytest.raises(RuntimeError), database.transaction() as session:
        submissions.once(session, "k", fail, actor=SYSTEM, now=NOW)
    with database.transaction() as session:
        assert submissions.once(session, "k", lambda: 1, actor=SYSTEM, now=NOW) == (1, True)


def test_of_several_writes_the_one_whose_record_moved_is_undone_alone(session: Session) -> None:
    first, second = make_shipment(session), make_shipment(session)
    with database.on_its_own(session):
        first.service = "kept"
    session.execute(text("update shipment set version = version + 1 where id = :id"), {"id": second.id})
    with pytest.raises(Conflict, match="meanwhile"), database.on_its_own(session):
        second.service = "undone"
    session.expire_all()
    assert (first.service, second.service) == ("kept", None)


def test_of_several_writes_the_one_that_waits_too_long_is_undone_alone(live_database: str) -> None:
    with database.transaction() as session:
        ids = [make_shipment(session).id for _ in range(2)]
    with database.transaction() as other, database.transaction() as session:
        session.execute(text("set local lock_timeout = '100ms'"))
        other.get(Shipment, ids[1], with_for_update=True)
        mine = [session.get_one(Shipment, one) for one in ids]
        with database.on_its_own(session):
            mine[0].service = "kept"
        with pytest.raises(Unavailable, match="at this very moment"), database.on_its_own(session):
            mine[1].service = "undone"
    with database.reading() as session:
        assert [session.get_one(Shipment, one).service for one in ids] == ["kept", None]


def test_of_several_writes_a_bug_is_raised_as_it_is(session: Session) -> None:
    with pytest.raises(ProgrammingError), database.on_its_own(session):
        session.execute(text("select nothing_there"))
    assert session.execute(text("select 1")).scalar_one() == 1


fields = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=3, max_size=3)


@given(seen=fields, theirs=fields, yours=fields)
def test_a_conflict_is_exactly_a_field_both_changed_differently(
    seen: dict[str, int], theirs: dict[str, int], yours: dict[str, int]
) -> None:
    clashing = {k for k in seen if yours[k] != seen[k] and theirs[k] != seen[k] and yours[k] != theirs[k]}
    if clashing:
        with pytest.raises(Conflict) as conflict:
            edits.merge(theirs, seen, yours)
        assert {field.field for field in conflict.value.fields} == clashing
        return
    after = {**theirs, **edits.merge(theirs, seen, yours)}
    assert all(after[k] == (yours[k] if yours[k] != seen[k] else theirs[k]) for k in seen)
