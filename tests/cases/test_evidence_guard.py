"""The database lets evidence be withdrawn and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.models import Evidence, StoredFile
from tests.factories import NOW, make_incident


@pytest.fixture
def evidence(session: Session) -> Evidence:
    session.add(StoredFile(sha256="a" * 64, size=1, media_type="image/jpeg", stored_at=NOW))
    session.add(StoredFile(sha256="b" * 64, size=1, media_type="image/jpeg", stored_at=NOW))
    session.flush()
    made = Evidence(incident_id=make_incident(session).id, sha256="a" * 64, name="box.jpg", kind="other", added_at=NOW)
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize(
    "change",
    [
        "update evidence set sha256 = repeat('b', 64)",
        "update evidence set name = 'other.jpg'",
        "update evidence set added_at = added_at - interval '1 day'",
        "delete from evidence",
        "truncate evidence cascade",
    ],
)
def test_evidence_cannot_be_changed_or_removed(session: Session, evidence: Evidence, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(change))


def test_evidence_can_be_withdrawn_once_and_not_unwithdrawn(session: Session, evidence: Evidence) -> None:
    evidence.withdrawn_at, evidence.withdrawn_reason = NOW, "another parcel"
    session.flush()
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("update evidence set withdrawn_at = null, withdrawn_reason = null"))
