"""Every payer's window is watched side by side; drafting replaces one of them; new facts of the parcel move them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.cases.clocks import running
from core.desk.asking import Stand, advise
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Claim, Clock, Incident, RuleCard, Shipment, Tag
from core.models.clock import ClockKind, ClockState
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.rule import ClockEvent, DayUnit, FilingChannel, PayerKind
from core.recovery import claims
from core.recovery.bringing import bring_in
from core.recovery.intake import take_in
from core.recovery.watching import WATCHED, follow_shipment
from tests.desk.plans import explained
from tests.factories import NOW, make_policy, make_rates, make_shipment
from tests.factories import make_rule_card as make_full_card
from tests.parcels import exports
from tests.parcels.exports import shipping, vn
from tests.people import acting
from tests.recovery.claiming import taken

DAY = timedelta(days=1)
DELIVERED = NOW - 3 * DAY


def make_rule_card(session: Session, **more: Any) -> RuleCard:
    """A card that asks for no proof, so that only windows run."""
    return make_full_card(session, **{"documents": [], **more})


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    return acting(session, Role.AGENT)


@pytest.fixture
def cards(session: Session) -> dict[PayerKind, RuleCard]:
    """A carrier open since acceptance, a platform that sleeps, an insurer that counts from delivery."""
    return {
        PayerKind.CARRIER: make_rule_card(session, payer_name="Flash"),
        PayerKind.PLATFORM: make_rule_card(
            session,
            payer_kind=PayerKind.PLATFORM,
            payer_name="Shopee",
            channel=FilingChannel.PLATFORM,
            clock_event=ClockEvent.SHIPPED,
            within=None,
            within_unit=None,
            not_before=40,
            not_before_unit=DayUnit.CALENDAR_DAYS,
        ),
        PayerKind.INSURER: make_rule_card(
            session,
            payer_kind=PayerKind.INSURER,
            payer_name="Assured",
            clock_event=ClockEvent.DELIVERED,
            within=14,
            cap={"kind": "amount", "amount": "2000", "currency": "SGD"},
        ),
    }


def watched(session: Session, incident: Incident) -> dict[str, Clock]:
    return {clock.title: clock for clock in running(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))}


def follow(session: Session, incident: Incident, **facts: Any) -> int:
    session.execute(update(Shipment).where(Shipment.id == incident.shipment_id).values(**facts))
    session.expire_all()
    return follow_shipment(session, incident.shipment_id, actor=SYSTEM, now=NOW)


def test_every_payer_has_a_clock_of_its_own_and_one_that_may_not_be_used_yet_sleeps(
    session: Session, mei: Actor, cards: dict[PayerKind, RuleCard]
) -> None:
    incident = taken(session, mei, delivered_at=DELIVERED)
    found = watched(session, incident)
    assert {"Shopee", "Assured"} < set(found) and len(found) == 3
    shopee = found["Shopee"]
    assert shopee.opens_at is not None and shopee.opens_at > NOW and shopee.due_at is None
    assert found["Assured"].due_at == datetime(2026, 12, 4, 15, 59, 59, tzinfo=UTC)
    assert {clock.claim_id for clock in found.values()} == {None}


def test_a_payer_whose_window_counts_from_something_unknown_is_not_watched_yet(
    session: Session, mei: Actor, cards: dict[PayerKind, RuleCard]
) -> None:
    assert "Assured" not in watched(session, taken(session, mei))


def test_of_two_cards_of_one_payer_the_closest_that_tells_a_window_is_watched(session: Session, mei: Actor) -> None:
    shipment = make_shipment(session)
    wide = make_rule_card(session, payer_name="Any", within=60)
    make_rule_card(session, payer_name="Close", market="SG", within=None, within_unit=None)
    incident = take_in(
        session,
        actor=mei,
        shipment_id=shipment.id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
    [clock] = running(session, incident.id, kinds=WATCHED)
    assert (clock.rule, clock.due_at is not None) == (wide.code, True)


def test_further_limits_of_a_payer_have_clocks_beside_its_window(session: Session, mei: Actor) -> None:
    make_rule_card(
        session,
        limits=[
            {
                "kind": "trace",
                "event": "accepted",
                "not_before": [12, "calendar_days"],
                "within": [60, "calendar_days"],
            },
            {"kind": "form", "event": "accepted", "within": [40, "calendar_days"], "note": "theirs"},
            {"kind": "documents", "event": "delivered", "within": [9, "calendar_days"]},
        ],
    )
    incident = taken(session, mei)
    assert [clock.kind for clock in running(session, incident.id, kinds=WATCHED)] == [
        ClockKind.CLAIM_WINDOW,
        ClockKind.DOCUMENTS,
        ClockKind.TRACE,
    ]
    follow(session, incident, accepted_at=NOW - 11 * DAY)
    due = {clock.kind: clock.due_at for clock in running(session, incident.id, kinds=WATCHED)}
    assert due[ClockKind.TRACE] == datetime(2027, 1, 11, 15, 59, 59, tzinfo=UTC)


def test_a_payer_whose_window_has_closed_is_not_watched_and_its_limits_neither(session: Session, mei: Actor) -> None:
    make_rule_card(session, limits=[{"kind": "trace", "event": "accepted", "within": [300, "calendar_days"]}])
    incident = taken(session, mei, accepted_at=NOW - 90 * DAY)
    assert running(session, incident.id, kinds=WATCHED) == []
    [advice] = advise(
        session, incident.shipment_id, incident.type, actor=mei, reported_at=NOW, incident_id=incident.id, now=NOW
    )
    assert (advice.stand, advice.sentence) == (Stand.CLOSED, "closed on 24 Sept")


def test_proof_that_perishes_is_watched_for_those_who_can_still_be_asked(session: Session, mei: Actor) -> None:
    make_full_card(session, within=90)
    make_full_card(
        session,
        payer_kind=PayerKind.INSURER,
        payer_name="Assured",
        within=2,
        documents=[{"code": "unboxing_video", "count": 1}],
    )
    clocks = running(session, taken(session, mei).id, kinds=(ClockKind.PROOF,))
    assert [clock.title for clock in clocks] == ["packing_video"]


def test_drafting_replaces_only_the_clock_of_its_own_payer(
    session: Session, mei: Actor, cards: dict[PayerKind, RuleCard]
) -> None:
    incident = taken(session, mei, delivered_at=DELIVERED)
    before = watched(session, incident)
    claim = claims.draft_claim(
        session, incident.id, actor=mei, rule_card_id=cards[PayerKind.INSURER].id, demand=None, now=NOW
    )
    after = watched(session, incident)
    assert after["Assured"].claim_id == claim.id and after["Assured"].id != before["Assured"].id
    assert {name for name, clock in after.items() if clock.claim_id is None} == set(before) - {"Assured"}
    assert before["Assured"].state is ClockState.CANCELLED
    assert check_chain(session, incident.id) is None


def test_a_delivery_that_becomes_known_starts_the_window_that_counts_from_it(
    session: Session, mei: Actor, cards: dict[PayerKind, RuleCard]
) -> None:
    incident = taken(session, mei)
    assert follow(session, incident, delivered_at=DELIVERED) == 1
    assert watched(session, incident)["Assured"].event_at == DELIVERED
    assert follow(session, incident, delivered_at=DELIVERED) == 0


def test_a_date_told_anew_moves_the_clock_with_a_trace(session: Session, mei: Actor) -> None:
    make_rule_card(session)
    incident = taken(session, mei)
    [clock] = running(session, incident.id, kinds=WATCHED)
    was = clock.due_at
    assert was is not None
    assert follow(session, incident, accepted_at=NOW - 8 * DAY) == 1
    [clock] = running(session, incident.id, kinds=WATCHED)
    assert clock.due_at == was + 2 * DAY
    assert incident.next_due_at == min(one.due_at for one in running(session, incident.id) if one.due_at)
    trail = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.CLOCK_MOVED)).one()
    assert datetime.fromisoformat(trail.before["due_at"]) == was
    assert check_chain(session, incident.id) is None


def test_an_unfiled_claim_follows_and_a_filed_one_stays(session: Session, mei: Actor) -> None:
    card = make_rule_card(session)
    draft, filed = (
        claims.draft_claim(session, taken(session, mei).id, actor=mei, rule_card_id=card.id, now=NOW) for _ in range(2)
    )
    claims.mark_ready(session, filed.id, actor=mei, now=NOW)
    claims.submit(session, filed.id, actor=mei, case_number="F-1", via="mail", now=NOW)
    was = filed.due_at
    for claim in (draft, filed):
        follow(session, session.get_one(Incident, claim.incident_id), accepted_at=NOW - 8 * DAY)
    moved, kept = session.get_one(Claim, draft.id), session.get_one(Claim, filed.id)
    assert (moved.event_at, moved.due_at) == (NOW - 8 * DAY, was + 2 * DAY if was else None)
    assert kept.due_at == was
    [clock] = running(session, moved.incident_id, kinds=(ClockKind.CLAIM_WINDOW,))
    assert clock.due_at == moved.due_at == moved.next_due_at


def test_a_date_a_person_typed_stays_until_the_parcel_itself_knows(session: Session, mei: Actor) -> None:
    card = make_rule_card(session, clock_event=ClockEvent.CARRIER_NOTICE)
    late = make_rule_card(session, clock_event=ClockEvent.DELIVERED, payer_kind=PayerKind.INSURER, payer_name="Assured")
    incident = taken(session, mei)
    typed = NOW - 2 * DAY
    notice = claims.draft_claim(session, incident.id, actor=mei, rule_card_id=card.id, event_at=typed, now=NOW)
    given = claims.draft_claim(session, incident.id, actor=mei, rule_card_id=late.id, event_at=typed, now=NOW)
    follow(session, incident, delivered_at=DELIVERED)
    assert session.get_one(Claim, notice.id).event_at == typed
    assert session.get_one(Claim, given.id).event_at == DELIVERED


def test_a_closed_case_follows_nothing(session: Session, mei: Actor) -> None:
    from core.cases import incidents
    from core.models.incident import Cause, Result

    make_rule_card(session)
    incident = taken(session, mei)
    incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=NOW)
    assert follow(session, incident, accepted_at=NOW - 8 * DAY) == 0


def test_an_import_that_tells_the_shipping_moves_the_windows_of_its_cases(session: Session, mei: Actor) -> None:
    make_rates(session)
    make_rule_card(session, zone="Asia/Ho_Chi_Minh")
    when = datetime(2026, 2, 20, tzinfo=UTC)

    def bring(*rows: dict[str, object]) -> None:
        bring_in(
            session,
            exports.vn_file(*rows),
            actor=SYSTEM,
            shop="Lion",
            file_name="Order.all.20260201_20260228.xlsx",
            now=when,
        )

    bring(shipping(shipped=""), shipping(order="260201AAAA0009", tracking="SPXVN000000009"))
    shipment = session.scalars(select(Shipment).where(Shipment.order_number != "260201AAAA0009")).one()
    incident = take_in(
        session,
        actor=mei,
        shipment_id=shipment.id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=when,
        value=Money(Decimal(3_000_000), "VND"),
        now=when,
    )
    before = len(running(session, incident.id, kinds=WATCHED))
    bring(vn(order=shipment.order_number, package=shipment.parcel_number, tracking=shipment.tracking_number))
    after = running(session, incident.id, kinds=WATCHED)
    assert (before, len(after)) == (0, 1)
    assert after[0].event_at == session.get_one(Shipment, shipment.id).shipped_at


def test_a_large_import_asks_once_which_cases_it_touches(session: Session, mei: Actor) -> None:
    for _ in range(30):
        make_shipment(session)
    incident = taken(session, mei)
    with explained(session) as plans:
        follow_shipment(session, incident.shipment_id, actor=SYSTEM, now=NOW)
    assert len(plans) <= 8


def test_who_is_asked_first_follows_window_and_cap(session: Session, mei: Actor) -> None:
    make_rule_card(session, payer_name="Flash", cap={"kind": "amount", "amount": "50", "currency": "SGD"})
    make_rule_card(
        session,
        payer_kind=PayerKind.INSURER,
        payer_name="Assured",
        within=60,
        cap={"kind": "amount", "amount": "200", "currency": "SGD"},
    )
    make_rule_card(
        session,
        payer_kind=PayerKind.PLATFORM,
        payer_name="Shopee",
        channel=FilingChannel.PLATFORM,
        not_before=20,
        not_before_unit=DayUnit.CALENDAR_DAYS,
    )
    shipment = make_shipment(session)

    def order(now: datetime) -> list[tuple[str, Stand]]:
        found = advise(session, shipment.id, IncidentType.LOST, actor=mei, reported_at=NOW, now=now)
        return [(one.of.card.payer_kind.value, one.stand) for one in found]

    assert order(NOW) == [("insurer", Stand.OPEN), ("carrier", Stand.OPEN), ("platform", Stand.ASLEEP)]
    assert order(NOW + 14 * DAY)[0] == ("carrier", Stand.HURRY)
    assert order(NOW + 25 * DAY) == [("insurer", Stand.OPEN), ("carrier", Stand.CLOSED), ("platform", Stand.CLOSED)]
    first, second, third = advise(session, shipment.id, IncidentType.LOST, actor=mei, reported_at=NOW, now=NOW)
    assert first.sentence.startswith("ask first: closes in ")
    assert first.sentence.endswith("pays up to SGD 200.00")
    assert second.sentence.startswith("next: ")
    assert third.sentence.startswith("next: opens in ")
    assert [one.rank for one in (first, second, third)] == [0, 1, 2]


def test_what_a_payer_pays_nothing_for_is_not_asked_first(session: Session, mei: Actor) -> None:
    make_rule_card(session, payer_name="Flash", cap={"kind": "none"}, within=12)
    make_rule_card(session, payer_kind=PayerKind.INSURER, payer_name="Assured", within=90)
    shipment = make_shipment(session, value=Decimal(100))
    found = advise(session, shipment.id, IncidentType.LOST, actor=mei, reported_at=NOW, now=NOW)
    assert [one.stand for one in found] == [Stand.OPEN, Stand.NOTHING]
    assert found[1].sentence.endswith("pays nothing")
