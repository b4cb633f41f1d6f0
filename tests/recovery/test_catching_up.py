"""Cases of an earlier version are watched as new ones are, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import config
from core.foundation.audit import check_chain
from core.foundation.permissions import SYSTEM, Role
from core.models import Clock, Evidence, Incident
from core.models.clock import ClockKind, ClockState
from core.models.incident import Cause, IncidentState, Result, Tier
from core.models.rule import PayerKind
from core.recovery.catching_up import catch_up, catch_up_all
from core.recovery.intake import take_in
from tests.factories import NOW, make_carrier, make_incident, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import acting


@pytest.fixture(autouse=True)
def two_payers(session: Session, tmp_path: Path) -> Iterator[None]:
    make_rates(session)
    make_policy(session)
    make_rule_card(session, payer_name="Flash", documents=[])
    make_rule_card(
        session,
        payer_kind=PayerKind.PLATFORM,
        payer_name="Shopee",
        documents=[{"code": "chat_with_buyer", "count": 1}],
    )
    with config.override(data_dir=tmp_path):
        yield


def held(session: Session, incident: Incident) -> tuple[list[tuple[ClockKind, str]], int]:
    """The running clocks of a case by kind and title, and how many states of its tracking are kept."""
    running = select(Clock).where(Clock.incident_id == incident.id, Clock.state == ClockState.RUNNING)
    clocks = [(one.kind, one.title) for one in session.scalars(running.order_by(Clock.id))]
    kept = session.scalars(select(Evidence).where(Evidence.incident_id == incident.id)).all()
    return clocks, len([one for one in kept if one.kind == "tracking_snapshot"])


def test_an_open_case_of_before_is_watched_like_a_new_one_and_only_once(session: Session) -> None:
    flash = make_carrier(session, name="Flash")
    before = make_incident(session, make_shipment(session, carrier=flash))
    new = make_shipment(session, carrier=flash)
    made = take_in(
        session,
        actor=acting(session, Role.AGENT),
        shipment_id=new.id,
        type=before.type,
        stage=before.stage,
        noticed_by=before.noticed_by,
        noticed_at=NOW,
        now=NOW,
    )
    assert catch_up(session, actor=SYSTEM, now=NOW) == 1
    assert held(session, before) == held(session, made)
    assert {kind for kind, _title in held(session, before)[0]} >= {ClockKind.CLAIM_WINDOW}
    assert len(held(session, before)[0]) >= 2
    assert before.next_due_at == made.next_due_at
    assert check_chain(session, before.id) is None
    assert catch_up(session, actor=SYSTEM, now=NOW) == 0


def test_closed_cases_are_left_alone_and_absorbed_ones_keep_their_tracking_only(session: Session) -> None:
    over: dict[str, Any] = {
        "state": IncidentState.CLOSED,
        "closed_at": NOW,
        "cause": Cause.UNKNOWN,
        "result": Result.ABSORBED,
    }
    closed, absorbed = make_incident(session, **over), make_incident(session, tier=Tier.ABSORB)
    assert catch_up(session, actor=SYSTEM, now=NOW) == 1
    assert held(session, closed) == ([], 0)
    clocks, kept = held(session, absorbed)
    assert clocks == [] and kept > 0


def test_many_are_caught_up_on_some_at_a_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recovery.catching_up.AT_ONCE", 2)
    monkeypatch.setattr(catch_up, "__kwdefaults__", {"most": 2})
    for _case in range(5):
        make_incident(session)
    opened = 0

    @contextmanager
    def transaction() -> Iterator[Session]:
        nonlocal opened
        opened += 1
        with session.begin_nested():
            yield session

    assert catch_up_all(actor=SYSTEM, now=NOW, transaction=transaction, most=2) == 2
    assert catch_up_all(actor=SYSTEM, now=NOW, transaction=transaction) == 3
    assert opened == 3
    assert catch_up_all(actor=SYSTEM, now=NOW, transaction=transaction, stop=lambda: True) == 0
