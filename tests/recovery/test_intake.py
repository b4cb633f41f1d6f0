"""From the moment an incident is taken in, the window that closes first is watched; a drafted claim takes its place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.cases.clocks import running
from core.cases.incidents import NewIncident
from core.desk.worklist import worklist
from core.foundation.audit import check_chain
from core.foundation.errors import Duplicate
from core.foundation.permissions import Actor, Role
from core.models import Incident, RuleCard
from core.models.clock import ClockKind
from core.models.incident import IncidentType, NoticedBy, Stage
from core.recovery import claims
from core.recovery.intake import take_in, take_in_many
from core.recovery.watching import WATCHED
from tests.factories import NOW, make_policy, make_rule_card, make_shipment
from tests.people import acting
from tests.recovery.claiming import taken


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    return acting(session, Role.AGENT)


@pytest.fixture
def card(session: Session) -> RuleCard:
    return make_rule_card(session, documents=[])


def test_the_window_runs_from_registering_on_and_stands_in_todays_list(
    session: Session, mei: Actor, card: RuleCard
) -> None:
    incident = taken(session, mei, accepted_at=NOW - timedelta(days=28))
    [clock] = running(session, incident.id, kinds=WATCHED)
    assert (clock.kind, clock.claim_id, clock.rule) == (ClockKind.CLAIM_WINDOW, None, card.code)
    assert incident.next_due_at == clock.due_at
    work = worklist(session, actor=mei, now=NOW, mine=True)
    assert {one.reference for one in work} == {incident.reference}
    assert clock.id in {one.clock_id for one in work}


def test_a_drafted_claim_puts_its_own_window_in_place_of_the_watched_one(
    session: Session, mei: Actor, card: RuleCard
) -> None:
    incident = taken(session, mei)
    claim = claims.draft_claim(session, incident.id, actor=mei, rule_card_id=card.id, now=NOW)
    [clock] = running(session, incident.id, kinds=WATCHED)
    assert clock.claim_id == claim.id
    assert check_chain(session, incident.id) is None


@pytest.mark.parametrize(
    "more",
    [
        {"value": Decimal("5.00")},
        {"accepted_at": NOW - timedelta(days=200), "shipped_at": NOW - timedelta(days=200)},
    ],
    ids=["absorbed by policy", "closed already"],
)
def test_what_is_absorbed_or_too_late_is_not_watched(
    session: Session, mei: Actor, card: RuleCard, more: dict[str, object]
) -> None:
    assert running(session, taken(session, mei, **more).id) == []


def test_a_batch_is_watched_too_and_one_refused_row_does_not_stop_it(
    session: Session, mei: Actor, card: RuleCard
) -> None:
    there, fresh = taken(session, mei), make_shipment(session)
    rows = [
        NewIncident(there.shipment_id, "A", IncidentType.LOST),
        NewIncident(fresh.id, "B", IncidentType.LOST),
    ]
    done = take_in_many(session, rows, actor=mei, now=NOW)
    assert [number for number, _reference in done.made] == ["B"]
    made = session.query(Incident).filter_by(shipment_id=fresh.id).one()
    assert [clock.kind for clock in running(session, made.id, kinds=WATCHED)] == [ClockKind.CLAIM_WINDOW]


def test_taking_in_twice_is_refused_and_watches_nothing_more(session: Session, mei: Actor, card: RuleCard) -> None:
    incident = taken(session, mei)
    with pytest.raises(Duplicate):
        take_in(
            session,
            actor=mei,
            shipment_id=incident.shipment_id,
            type=IncidentType.LOST,
            stage=Stage.UNKNOWN,
            noticed_by=NoticedBy.BUYER,
            noticed_at=NOW,
            now=NOW,
        )
    assert len(running(session, incident.id, kinds=WATCHED)) == 1
