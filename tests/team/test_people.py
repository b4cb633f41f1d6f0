"""People: added, edited, given roles, closed; always with an admin left and a row in the audit trail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import database
from core.foundation.audit import AuditEvent
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.models.tags import Tag
from core.models.team import Person
from core.team import account, passwords, people, roster, sessions
from tests.people import OUT, acting, actor_of, person

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def _tags(session: Session, subject_id: int) -> list[str]:
    rows = select(AuditEvent).where(AuditEvent.subject == "person", AuditEvent.subject_id == subject_id)
    return [row.tag for row in session.scalars(rows.order_by(AuditEvent.id))]


def _add(session: Session, **values: object) -> people.NewPerson:
    typed = {"username": "Wei.Chen", "name": "Wei Chen", "role": Role.AGENT} | values
    return people.create_person(session, actor=SYSTEM, now=NOW, **typed)  # type: ignore[arg-type]


def test_a_new_person_gets_a_temporary_password_that_has_to_be_changed(session: Session) -> None:
    made = _add(session, email="Wei@shop.example")
    assert made.person.username == "wei.chen"
    assert made.person.must_change_password
    stored = session.get_one(Person, made.person.id)
    assert stored.password_hash
    assert made.temporary_password not in stored.password_hash
    assert passwords.matches(stored.password_hash, made.temporary_password)
    row = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.PERSON_ADDED)).one()
    assert row.after["username"] == "wei.chen"
    assert "password" not in str(row.after)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "w"}, "username"),
        ({"username": "wei chen"}, "username"),
        ({"username": "魏"}, "username"),
        ({"name": "  "}, "name"),
        ({"email": "wei at shop"}, "email"),
        ({"language": "tlh"}, "language"),
        ({"zone": "Mars/Olympus"}, "zone"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_field(session: Session, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        _add(session, **values)
    assert refused.value.field == field


def test_a_taken_username_or_address_is_refused_and_named(session: Session) -> None:
    _add(session, email="wei@shop.example")
    with pytest.raises(Duplicate, match=r"wei\.chen is taken"):
        _add(session, username="WEI.CHEN")
    with pytest.raises(Duplicate, match=r"is wei\.chen's"):
        _add(session, username="other", email="WEI@SHOP.example")


def test_editing_different_fields_at_once_is_no_conflict_and_the_same_field_is(session: Session) -> None:
    made = _add(session).person
    seen = {"username": made.username, "name": made.name, "email": made.email}
    people.edit_person(session, made.id, actor=SYSTEM, seen=seen, typed={**seen, "name": "Chen Wei"}, now=NOW)
    later = people.edit_person(
        session, made.id, actor=SYSTEM, seen=seen, typed={**seen, "email": "w@x.example"}, now=NOW
    )
    assert (later.name, later.email) == ("Chen Wei", "w@x.example")
    with pytest.raises(Conflict) as conflict:
        people.edit_person(session, made.id, actor=SYSTEM, seen=seen, typed={**seen, "name": "W. Chen"}, now=NOW)
    assert [(clash.field, clash.theirs, clash.yours) for clash in conflict.value.fields] == [
        ("name", "Chen Wei", "W. Chen")
    ]


def test_nothing_changed_writes_nothing(session: Session) -> None:
    made = _add(session).person
    before = _tags(session, made.id)
    seen = {"username": made.username, "name": made.name, "email": made.email}
    people.edit_person(session, made.id, actor=SYSTEM, seen=seen, typed={**seen, "email": ""}, now=NOW)
    people.set_role(session, made.id, actor=SYSTEM, role=Role.AGENT, now=NOW)
    assert _tags(session, made.id) == before


def test_the_last_active_admin_can_be_neither_demoted_nor_closed(session: Session) -> None:
    one, two = person(session, Role.ADMIN, "one"), person(session, Role.ADMIN, "two")
    people.deactivate(session, two.id, actor=actor_of(one), now=NOW)
    with pytest.raises(WrongState, match="last admin"):
        people.set_role(session, one.id, actor=actor_of(one), role=Role.LEAD, now=NOW)
    with pytest.raises(WrongState, match="last admin"):
        people.deactivate(session, one.id, actor=actor_of(one), now=NOW)
    people.activate(session, two.id, actor=actor_of(one), now=NOW)
    assert people.set_role(session, one.id, actor=actor_of(one), role=Role.LEAD, now=NOW).role is Role.LEAD


def test_closing_an_account_and_resetting_a_password_end_every_session(session: Session) -> None:
    someone = person(session, Role.AGENT)
    for end in (people.deactivate, people.reset_password, people.end_sessions):
        someone.active = True
        someone.must_change_password = False
        session.flush()
        token = sessions.start(session, someone.id, user_agent="", address="", now=NOW)
        assert sessions.whoami(session, token, now=NOW)
        end(session, someone.id, actor=SYSTEM, now=NOW)
        session.expire_all()
        someone = session.get_one(Person, someone.id)
        someone.active = True
        session.flush()
        assert sessions.whoami(session, token, now=NOW) is None


def test_each_change_leaves_its_row(session: Session) -> None:
    made = _add(session).person
    admin = acting(session, Role.ADMIN)
    people.set_role(session, made.id, actor=admin, role=Role.LEAD, now=NOW)
    people.reset_password(session, made.id, actor=admin, now=NOW)
    people.deactivate(session, made.id, actor=admin, now=NOW)
    people.activate(session, made.id, actor=admin, now=NOW)
    assert _tags(session, made.id) == [
        Tag.PERSON_ADDED,
        Tag.PERSON_EDITED,
        Tag.PASSWORD_RESET,
        Tag.PERSON_EDITED,
        Tag.PERSON_EDITED,
    ]
    changed = session.scalars(
        select(AuditEvent).where(AuditEvent.tag == Tag.PERSON_EDITED).order_by(AuditEvent.id)
    ).first()
    assert changed is not None
    assert (changed.before, changed.after, changed.person_id) == ({"role": "agent"}, {"role": "lead"}, admin.person_id)


def test_only_an_admin_manages_people_and_everybody_their_own_account(session: Session) -> None:
    made = _add(session).person
    for role in (Role.AGENT, Role.LEAD, Role.MANAGER, Role.VIEWER):
        me = acting(session, role)
        with pytest.raises(NotAllowed):
            people.set_role(session, made.id, actor=me, role=Role.ADMIN, now=NOW)
        assert account.set_language(session, actor=me, language="zh-CN", now=NOW).language == "zh-CN"
        assert account.set_zone(session, actor=me, zone="Asia/Manila", now=NOW).zone == "Asia/Manila"
    with pytest.raises(NotAllowed):
        people.list_people(session, actor=OUT)
    with pytest.raises(NotFound):
        account.my_account(session, actor=SYSTEM)


def test_one_ends_ones_own_sessions_and_nobody_elses(session: Session) -> None:
    mine, other = person(session, Role.AGENT, "mine"), person(session, Role.AGENT, "other")
    token = sessions.start(session, mine.id, user_agent="Firefox", address="10.0.0.1", now=NOW)
    theirs = sessions.start(session, other.id, user_agent="", address="", now=NOW)
    [row] = account.my_sessions(session, actor=actor_of(mine), now=NOW)
    assert (row.user_agent, row.address) == ("Firefox", "10.0.0.1")
    account.revoke_session(session, sessions.mark_of(sessions.hash_of(theirs)), actor=actor_of(mine), now=NOW)
    assert sessions.whoami(session, theirs, now=NOW)
    account.revoke_session(session, row.mark, actor=actor_of(mine), now=NOW)
    assert sessions.whoami(session, token, now=NOW) is None
    assert account.my_sessions(session, actor=actor_of(mine), now=NOW) == []


def test_a_list_says_who_is_there_and_when_they_were_last_seen(session: Session) -> None:
    someone = person(session, Role.AGENT, "seen")
    sessions.start(session, someone.id, user_agent="", address="", now=NOW)
    closed = person(session, Role.AGENT, "closed", active=False)
    rows = {row.username: row for row in people.list_people(session, actor=SYSTEM)}
    assert rows["seen"].last_seen_at == NOW
    assert not rows["closed"].active
    assert closed.id not in {row.id for row in people.list_people(session, actor=SYSTEM, active=True)}
    assert people.find_person(session, " SEEN ", actor=SYSTEM).id == someone.id


def test_two_first_admins_at_once_are_one(live_database: str) -> None:
    results: list[str] = []
    together = threading.Barrier(2)

    def make(name: str) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                roster.first_admin(
                    session,
                    username=name,
                    name=name.title(),
                    password="four words in a row",
                    password_hash=passwords.hash_password("four words in a row"),
                    now=NOW,
                )
            results.append("made")
        except WrongState:
            results.append("refused")

    threads = [threading.Thread(target=make, args=(name,)) for name in ("anna", "bert")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["made", "refused"]
    with database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1


def test_two_admins_cannot_demote_each_other_at_once(live_database: str) -> None:
    with database.transaction() as session:
        one, two = person(session, Role.ADMIN, "one"), person(session, Role.ADMIN, "two")
    together = threading.Barrier(2)
    results: list[str] = []

    def demote(actor: Person, other: Person) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                people.set_role(session, other.id, actor=actor_of(actor), role=Role.AGENT, now=NOW)
            results.append("done")
        except WrongState:
            results.append("refused")

    threads = [threading.Thread(target=demote, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "refused"]
