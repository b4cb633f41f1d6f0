"""Proof that perishes has a clock from the day a case opens, met by what comes in, started again by what goes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import evidence, incidents, proof
from core.cases.clocks import running
from core.foundation import audit, config
from core.foundation.audit import AuditEvent
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import Actor, Role
from core.models import Clock, Evidence, Incident, RuleCard, Shipment, Tag
from core.models.clock import ClockKind
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage
from core.recovery.intake import take_in
from tests.factories import NOW, make_incident, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import OUT, acting

DOCUMENTS = [{"code": "packing_video"}, {"code": "outer_box_photo", "count": 2}, {"code": "proof_of_value"}]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[None]:
    with config.override(data_dir=tmp_path):
        yield


@pytest.fixture
def lead(session: Session) -> Actor:
    make_rates(session)
    make_policy(session)
    return acting(session, Role.LEAD)


def opened(session: Session, actor: Actor, **shipment: Any) -> Incident:
    """A lost parcel taken in under one card, delivered two days ago and shipped ten days ago."""
    parcel = make_shipment(session, **{"delivered_at": NOW - 2 * DAY, **shipment})
    return take_in(
        session,
        actor=actor,
        shipment_id=parcel.id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )


def photo(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return out.getvalue()


def bring(session: Session, actor: Actor, incident: Incident, kind: str, colour: str) -> Evidence:
    return evidence.add_evidence(
        session, incident.id, actor=actor, name=f"{colour}.jpg", data=photo(colour), kind=kind, now=NOW
    )


def asked(session: Session, incident: Incident) -> list[tuple[str, str]]:
    """Kind and state of the clocks of proof, in the order they were started."""
    query = select(Clock).where(Clock.incident_id == incident.id, Clock.kind == ClockKind.PROOF).order_by(Clock.id)
    return [(one.title, one.state.value) for one in session.scalars(query)]


@pytest.fixture
def card(session: Session) -> RuleCard:
    return make_rule_card(session, documents=DOCUMENTS)


def test_the_first_tasks_of_a_case_are_what_will_be_gone_first(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    tasks = proof.first_tasks(session, incident.id, actor=lead)
    assert [(task.kind, task.who) for task in tasks] == [("outer_box_photo", "buyer"), ("packing_video", "warehouse")]
    assert tasks[0].due_at == datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC)
    assert tasks[1].due_at == datetime(2026, 12, 13, 15, 59, 59, tzinfo=UTC)
    assert tasks[0].reasoning[0]["needed"] == 2
    assert incident.next_due_at == tasks[0].due_at
    assert audit.check_chain(session, incident.id) is None


def test_the_lists_of_all_payers_together_are_asked_for(session: Session, lead: Actor, card: RuleCard) -> None:
    make_rule_card(session, documents=[{"code": "chat_with_buyer"}, {"code": "packing_video", "count": 2}])
    incident = make_incident(session, make_shipment(session, delivered_at=NOW))
    cards = session.scalars(select(RuleCard).order_by(RuleCard.id)).all()
    made = proof.start_clocks(session, incident, cards, actor=lead, now=NOW)
    assert {clock.title: clock.reasoning[0]["needed"] for clock in made} == {
        "outer_box_photo": 2,
        "packing_video": 2,
        "chat_with_buyer": 1,
    }
    assert proof.start_clocks(session, incident, cards, actor=lead, now=NOW) == []


def test_enough_of_it_meets_the_clock_and_too_little_again_starts_it_again(
    session: Session, lead: Actor, card: RuleCard
) -> None:
    incident = opened(session, lead)
    bring(session, lead, incident, "outer_box_photo", "red")
    assert ("outer_box_photo", "running") in asked(session, incident)
    second = bring(session, lead, incident, "outer_box_photo", "blue")
    assert ("outer_box_photo", "met") in asked(session, incident)
    evidence.withdraw_evidence(session, second.id, actor=lead, reason="of another parcel", now=NOW)
    assert [state for kind, state in asked(session, incident) if kind == "outer_box_photo"] == ["met", "running"]
    bring(session, lead, incident, "outer_box_photo", "green")
    assert [state for kind, state in asked(session, incident) if kind == "outer_box_photo"] == ["met", "met"]
    assert audit.check_chain(session, incident.id) is None


def test_what_cannot_be_read_meets_nothing(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    out = io.BytesIO()
    Image.new("RGB", (100, 60), "red").save(out, "PNG")
    for name in ("a.png", "b.png"):
        data = out.getvalue() + name.encode()
        evidence.add_evidence(session, incident.id, actor=lead, name=name, data=data, kind="outer_box_photo", now=NOW)
    assert ("outer_box_photo", "running") in asked(session, incident)


def test_what_the_case_held_from_the_start_gets_its_clock_when_it_is_withdrawn(session: Session, lead: Actor) -> None:
    make_rule_card(session, documents=[{"code": "tracking_snapshot"}])
    incident = opened(session, lead, status_text="In transit")
    assert asked(session, incident) == []
    for row in session.scalars(select(Evidence).where(Evidence.incident_id == incident.id)).all():
        evidence.withdraw_evidence(session, row.id, actor=lead, reason="of another parcel", now=NOW)
    assert asked(session, incident) == [("tracking_snapshot", "running")]


def test_what_is_gone_when_the_case_opens_gets_no_clock(session: Session, lead: Actor, card: RuleCard) -> None:
    long_ago = NOW - 60 * DAY
    parcel = make_shipment(session, accepted_at=long_ago, shipped_at=long_ago, delivered_at=long_ago)
    incident = make_incident(session, parcel)
    assert proof.start_clocks(session, incident, [card], actor=lead, now=NOW) == []
    [found] = proof.gap(session, incident.id, [card], actor=lead)
    assert [item.gone and item.gone.at < NOW for item in found.items] == [True, True, None]


def test_a_date_that_becomes_known_moves_the_clock_with_a_trace(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead, delivered_at=None)
    assert next(task.kind for task in proof.first_tasks(session, incident.id, actor=lead)) == "outer_box_photo"
    session.get_one(Shipment, incident.shipment_id).delivered_at = NOW - 3 * DAY
    session.flush()
    assert proof.follow_dates(session, [incident], actor=lead, now=NOW) == 1
    assert proof.follow_dates(session, [incident], actor=lead, now=NOW) == 0
    [first, _second] = proof.first_tasks(session, incident.id, actor=lead)
    assert first.due_at == datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)
    assert len(session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.CLOCK_MOVED)).all()) == 1
    assert audit.check_chain(session, incident.id) is None


def test_a_case_may_set_its_own_day_and_go_back_to_what_is_typical(
    session: Session, lead: Actor, card: RuleCard
) -> None:
    incident = opened(session, lead)

    def days() -> dict[str, date]:
        return {
            task.kind: task.due_at.astimezone(UTC).date()
            for task in proof.first_tasks(session, incident.id, actor=lead)
        }

    typical = days()
    gone = proof.set_gone_on(session, incident.id, "packing_video", actor=lead, on=date(2026, 11, 25), now=NOW)
    assert gone is not None and gone.by_hand
    assert days() == {"packing_video": date(2026, 11, 25), "outer_box_photo": typical["outer_box_photo"]}
    assert next(iter(days())) == "packing_video"
    [found] = proof.gap(session, incident.id, [card], actor=lead)
    assert found.missing[0].gone is not None and found.missing[0].gone.why == "Set by the team for this case."
    proof.set_gone_on(session, incident.id, "packing_video", actor=lead, on=None, now=NOW)
    assert days() == typical
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.PROOF_DATED).order_by(AuditEvent.id)).all()
    assert [(one.before["gone_on"], one.after["gone_on"]) for one in told] == [
        (None, "2026-11-25"),
        ("2026-11-25", None),
    ]
    assert audit.check_chain(session, incident.id) is None


def test_proof_said_to_be_gone_already_is_missed(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    proof.set_gone_on(session, incident.id, "packing_video", actor=lead, on=date(2026, 11, 20), now=NOW)
    assert ("packing_video", "missed") in asked(session, incident)
    bring(session, lead, incident, "packing_video", "red")
    assert [state for kind, state in asked(session, incident) if kind == "packing_video"] == ["missed"]


def test_a_kind_nobody_asks_for_can_get_a_day_too(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    proof.set_gone_on(session, incident.id, "call_record", actor=lead, on=date(2026, 11, 30), now=NOW)
    assert ("call_record", "running") in asked(session, incident)


@pytest.mark.parametrize(
    ("kind", "on", "refused"),
    [
        ("nonsense", date(2026, 12, 1), NotFound),
        ("packing_video", date(2036, 12, 1), Invalid),
        ("packing_video", date(2016, 12, 1), Invalid),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(
    session: Session, lead: Actor, card: RuleCard, kind: str, on: date, refused: type[Exception]
) -> None:
    incident = opened(session, lead)
    with pytest.raises(refused):
        proof.set_gone_on(session, incident.id, kind, actor=lead, on=on, now=NOW)


def test_a_closed_case_gets_no_clock_of_proof(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    first = bring(session, lead, incident, "packing_video", "red")
    incidents.close(session, incident.id, actor=lead, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW)
    assert running(session, incident.id) == []
    evidence.withdraw_evidence(session, first.id, actor=lead, reason="wrong", now=NOW)
    assert running(session, incident.id) == []
    with pytest.raises(WrongState):
        proof.set_gone_on(session, incident.id, "packing_video", actor=lead, on=date(2026, 12, 1), now=NOW)


def test_nobody_without_the_right_sets_a_day_or_sees_the_tasks(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead)
    with pytest.raises(NotAllowed):
        proof.set_gone_on(session, incident.id, "packing_video", actor=OUT, on=date(2026, 12, 1), now=NOW)
    with pytest.raises(NotAllowed):
        proof.first_tasks(session, incident.id, actor=OUT)
    with pytest.raises(NotAllowed):
        proof.set_gone_on(
            session, incident.id, "packing_video", actor=acting(session, Role.VIEWER), on=date(2026, 12, 1), now=NOW
        )


def test_what_the_policy_absorbs_is_not_asked_for(session: Session, lead: Actor, card: RuleCard) -> None:
    incident = opened(session, lead, value=Decimal("5.00"))
    assert asked(session, incident) == []
