"""The trail of a case cannot be changed, cut or extended unnoticed, not even in the database."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.permissions import SYSTEM
from core.models import Tag
from tests.factories import NOW

chains = count(1_000_000)


def write(session: Session, n: int, chain: int = 7) -> None:
    for number in range(n):
        audit.record(
            session,
            Tag.INCIDENT_COMMENTED,
            actor=SYSTEM,
            now=NOW,
            subject=("comment", number),
            chain=chain,
            after={"text": f"第 {number}"},
        )


def tamper(session: Session, statement: str) -> None:
    """Change the trail as somebody with full rights on the server could: with the triggers off."""
    session.execute(text("alter table audit_event disable trigger user"))
    session.execute(text(statement))
    session.execute(text("alter table audit_event enable trigger user"))
    session.expire_all()


def test_an_untouched_chain_holds_and_its_head_counts_the_rows(session: Session) -> None:
    write(session, 3)
    assert audit.check_chain(session, 7) is None
    length, head = audit.head(session, 7)
    assert length == 3 and len(head) == 64
    assert audit.head(session, 8) == (0, audit.GENESIS.hex())


@pytest.mark.parametrize(
    "statement", ["update audit_event set tag = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_the_database_refuses_to_change_the_trail(session: Session, statement: str) -> None:
    write(session, 1)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "kind", "place"),
    [
        ('update audit_event set after = \'{"text": "x"}\' where sequence = 2', "changed", 2),
        ("delete from audit_event where sequence = 2", "missing", 2),
        ("update audit_event set previous = hash where sequence = 3", "unlinked", 3),
        ("update audit_event set person_id = null, at = at + interval '1 second' where sequence = 1", "changed", 1),
    ],
)
def test_a_row_changed_behind_our_back_is_named(session: Session, statement: str, kind: str, place: int) -> None:
    write(session, 3)
    tamper(session, statement)
    assert audit.check_chain(session, 7) == audit.Break(7, place, kind)


def test_a_cut_end_is_named_event_by_event_because_the_record_knows_how_long_the_chain_was(session: Session) -> None:
    write(session, 4)
    before = audit.head(session, 7)
    tamper(session, "delete from audit_event where sequence > 2")
    assert audit.breaks(session, 7) == [audit.Break(7, 3, "cut"), audit.Break(7, 4, "cut")]
    assert audit.head(session, 7) != before


def test_a_chain_cut_off_whole_is_still_known_to_have_been(session: Session) -> None:
    write(session, 2)
    tamper(session, "delete from audit_event")
    assert audit.chains(session) == [7]
    assert audit.check_chain(session, 7) == audit.Break(7, 1, "cut")


def test_every_break_is_named_not_only_the_first(session: Session) -> None:
    write(session, 6)
    tamper(session, "delete from audit_event where sequence in (2, 6)")
    tamper(session, "update audit_event set after = '{}' where sequence = 4")
    found = [(one.sequence, one.kind) for one in audit.breaks(session, 7)]
    assert found == [(2, "missing"), (4, "changed"), (6, "cut")]


def test_a_chain_written_anew_is_told_by_who_saw_it_before(session: Session) -> None:
    write(session, 3)
    length, head = audit.head(session, 7)
    seen = audit.Witness(length, head, "a pack")
    assert audit.breaks(session, 7, [seen]) == []
    other = audit.Witness(2, "0" * 64, "a pack")
    assert audit.breaks(session, 7, [seen, other]) == [audit.Break(7, 2, "witness")]


def test_what_the_record_says_of_a_chain_only_grows(session: Session) -> None:
    write(session, 2)
    for statement in (
        "update chain_head set length = 1",
        "update chain_head set head = ''",
        "delete from chain_head",
        "truncate chain_head",
    ):
        with pytest.raises(DBAPIError, match="only"), session.begin_nested():
            session.execute(text(statement))


def test_each_case_has_a_chain_of_its_own(session: Session) -> None:
    write(session, 2, chain=7)
    write(session, 1, chain=8)
    tamper(session, "update audit_event set tag = 'x' where chain = 8")
    assert audit.check_chain(session, 7) is None
    assert audit.check_chain(session, 8) == audit.Break(8, 1, "changed")


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.binary(max_size=8)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from([1e16, -0.0, 1e400, 2**70, "\x00", "\ud800", "零", Decimal("-0"), Decimal("1E+5")])
)
anything = st.recursive(
    leaves,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inside, max_size=3)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.dictionaries(st.text(max_size=5), anything, max_size=3), after=anything)
def test_whatever_is_written_comes_back_as_it_was_hashed(session: Session, before: dict[str, Any], after: Any) -> None:
    chain = next(chains)
    audit.record(
        session,
        Tag.INCIDENT_EDITED,
        actor=SYSTEM,
        now=NOW,
        subject=("incident", 1),
        chain=chain,
        before=before,
        after={"after": after},
    )
    session.expire_all()
    assert audit.check_chain(session, chain) is None
