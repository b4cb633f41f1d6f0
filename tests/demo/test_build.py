"""A small demo is whole: sizes, states, chains, books, clocks; the same seed makes the same; real data is never touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.demo import build as building
from core.desk.soundness import soundness
from core.foundation import files
from core.foundation.errors import WrongState
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, Clock, Incident, IncidentOffer, Person, Posting, Shipment, StoredFile
from core.models.claim import ClaimState
from core.models.clock import ClockState
from core.models.imports import OfferState
from core.models.incident import IncidentState
from core.models.reference import next_references
from core.team import passwords
from tests.factories import make_shop

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PASSWORD = "quiet-river-93"


# Ids go on from play to play; everything else has to be the same.
DIGEST = """
SELECT md5(string_agg(said, '' ORDER BY said)) FROM (
    SELECT (
        to_jsonb(t)
        - '{{id,incident_id,claim_id,contact_id,shipment_id,posting_id,shop_id,owner_id,registered_by,created_by}}'::text[]
        - '{{subject_id,chain,person_id,logged_by,added_by,submitted_by,hash,previous,before,after,rule_card_id}}'::text[]
        - '{{import_id,tier_policy_version,carrier_id,content_hash,dispute_id}}'::text[]
    )::text AS said
    FROM {table} t
) one
"""


def _build(session: Session, *, incidents: int = 160, shipments: int = 5_000, seed: int = 1) -> building.Built:
    return building.build(
        session, incidents=incidents, shipments=shipments, seed=seed, password=PASSWORD, base_currency="SGD", now=NOW
    )


@pytest.fixture
def demo(session: Session) -> building.Built:
    """A small demo."""
    return _build(session)


def _count(session: Session, what: Any) -> int:
    return session.scalar(select(func.count()).select_from(what)) or 0


def test_a_demo_has_what_was_asked_for_in_every_state(session: Session, demo: building.Built) -> None:
    offered = _count(session, select(IncidentOffer.id).where(IncidentOffer.state == OfferState.OPEN).subquery())
    assert (demo.shipments, demo.incidents) == (5_000, 160)
    assert _count(session, Incident) == 160
    assert _count(session, Shipment) >= 5_000
    assert offered == demo.offers > 0
    assert set(session.scalars(select(Incident.state))) == set(IncidentState)
    assert set(session.scalars(select(Claim.state))) == set(ClaimState)
    assert set(session.scalars(select(Person.role))) == set(Role)

    everybody = session.scalars(select(Person)).all()
    assert all(passwords.matches(one.password_hash, PASSWORD) and not one.must_change_password for one in everybody[:2])

    due = select(Clock.due_at).where(Clock.state == ClockState.RUNNING, Clock.due_at.is_not(None))
    waiting = sorted(one for one in session.scalars(due) if one is not None)
    assert any(one < NOW for one in waiting)
    assert any(NOW < one < NOW + timedelta(days=3) for one in waiting)

    references = session.scalars(select(Incident.reference).order_by(Incident.registered_at)).all()
    assert references == sorted(references)

    last = max(reference for reference in references if reference.startswith("INC-2026"))
    assert next_references(session, "INC", NOW)[0] == f"INC-2026-{int(last[-5:]) + 1:05d}"

    found = soundness(session, files.store(), actor=SYSTEM)
    assert found.ok, found
    assert (found.cases, found.stored) == (160, _count(session, StoredFile))
    assert _count(session, Posting) > 100
    grams = text("SELECT count(*) FROM incident WHERE search_grams <> recoup_grams(search_text)")
    assert session.execute(grams).scalar_one() == 0


def test_a_demo_is_refused_where_somebodys_data_is(session: Session) -> None:
    make_shop(session)
    with pytest.raises(WrongState, match="1 shops"):
        building.refuse_if_used(session)


def test_an_empty_database_takes_a_demo(session: Session) -> None:
    building.refuse_if_used(session)


def test_the_same_seed_makes_the_same_demo(session: Session) -> None:
    tables = ("incident", "claim", "clock", "contact", "evidence", "entry", "audit_event", "shipment", "shipment_line")

    def content(seed: int) -> list[str]:
        first = session.begin_nested()
        _build(session, incidents=40, shipments=1_500, seed=seed)
        found = [session.execute(text(DIGEST.format(table=table))).scalar_one() for table in tables]
        first.rollback()
        session.expire_all()
        return found

    once = content(3)
    assert once == content(3)
    assert once != content(4)


@pytest.mark.parametrize("sizes", [(0, 100), (1, 100), (30, 400)])
def test_small_demos_are_whole_too(session: Session, sizes: tuple[int, int]) -> None:
    incidents, shipments = sizes
    made = _build(session, incidents=incidents, shipments=shipments)
    assert made.incidents == incidents == _count(session, Incident)
    assert soundness(session, files.store(), actor=SYSTEM).ok


SHAPE = """
SELECT 'key', conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname || tgrelid::regclass, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
"""


def test_a_large_demo_puts_indexes_aside_and_back(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {tuple(row) for row in session.execute(text(SHAPE))}
    monkeypatch.setattr(building, "MANY", 10)
    made = _build(session, incidents=50, shipments=1_500)
    assert {tuple(row) for row in session.execute(text(SHAPE))} ^ before == set()
    assert made.incidents == 50
    assert soundness(session, files.store(), actor=SYSTEM).ok
