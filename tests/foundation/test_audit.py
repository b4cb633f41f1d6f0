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


def test_a_cut_end_shows_against_the_head_a_pack_carries(session: Session) -> None:
    write(session, 3)
    before = audit.head(session, 7)
    tamper(session, "delete from audit_event where sequence = 3")
    assert audit.check_chain(session, 7) is None
    assert audit.head(session, 7) != before


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
