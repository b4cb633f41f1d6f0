"""An incident is registered once, changed by one hand at a time, and closed only when the books agree."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.cases import checklist, contacts, incidents
from core.cases.clocks import running
from core.foundation.audit import check_chain
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import Incident, IncidentOffer, Shipment
from core.models.contact import Channel, Party
from core.models.imports import OfferState
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account
from core.money import ledger
from tests.factories import NOW, make_policy, make_shipment
from tests.people import acting, person


def register(session: Session, actor: Actor, shipment: Shipment | None = None, **more: object) -> Incident:
    values: dict[str, object] = {
        "shipment_id": (shipment or make_shipment(session)).id,
        "type": IncidentType.LOST,
        "stage": Stage.LAST_MILE,
        "noticed_by": NoticedBy.BUYER,
        "noticed_at": NOW,
        "now": NOW,
    }
    return incidents.register(session, actor=actor, **{**values, **more})  # type: ignore[arg-type]


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)


def test_a_registered_loss_has_a_reference_a_tier_and_its_value_booked(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    assert incident.reference == "INC-2026-00001"
    assert incident.tier is Tier.CLAIM
    assert incident.gross_loss == Decimal("318.00")
    assert check_chain(session, incident.id) is None


def test_references_follow_each_other_in_the_year_of_the_teams_zone(session: Session) -> None:
    actor = acting(session)
    register(session, actor)
    assert register(session, actor).reference == "INC-2026-00002"
    new_year_in_shanghai = NOW.replace(month=12, day=31, hour=16, minute=30)
    assert register(session, actor, now=new_year_in_shanghai).reference == "INC-2027-00001"


def test_a_delay_is_no_loss_yet(session: Session) -> None:
    assert register(session, acting(session), type=IncidentType.DELAYED).gross_loss == 0


def test_the_same_parcel_and_type_is_registered_once_and_the_standing_case_named(session: Session) -> None:
    actor, shipment = acting(session), make_shipment(session)
    first = register(session, actor, shipment)
    with pytest.raises(Duplicate) as refused:
        register(session, actor, shipment)
    assert refused.value.reference == first.reference
    register(session, actor, shipment, type=IncidentType.DAMAGED)


def test_a_value_in_another_currency_or_noticed_tomorrow_is_refused(session: Session) -> None:
    actor = acting(session)
    with pytest.raises(Invalid):
        register(session, actor, value=Money(Decimal(5), "PHP"))
    with pytest.raises(Invalid):
        register(session, actor, noticed_at=NOW + timedelta(days=1))


def test_a_batch_keeps_its_good_rows_when_others_are_refused(session: Session) -> None:
    actor, there, fresh = acting(session), make_shipment(session), make_shipment(session)
    standing = register(session, actor, there)
    rows = [
        incidents.NewIncident(there.id, "A1", IncidentType.LOST),
        incidents.NewIncident(fresh.id, "B2", IncidentType.LOST),
    ]
    done = incidents.register_many(session, rows, actor=actor, now=NOW)
    assert [number for number, _reference in done.made] == ["B2"]
    assert done.refused[0][0] == "A1" and standing.reference in done.refused[0][1]


def test_two_people_editing_different_fields_do_not_clash(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    seen = {"stage": Stage.LAST_MILE, "buyer_said": ""}
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed={**seen, "buyer_said": "盒子碎了"}, now=NOW)
    changed = incidents.edit(
        session, incident.id, actor=actor, seen=seen, typed={**seen, "stage": Stage.CUSTOMS}, now=NOW
    )
    assert (changed.stage, changed.buyer_said) == (Stage.CUSTOMS, "盒子碎了")
    assert "盒子碎了" in changed.search_text


def test_two_people_editing_one_field_see_both_values(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    seen = {"stage": Stage.LAST_MILE}
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"stage": Stage.CUSTOMS}, now=NOW)
    with pytest.raises(Conflict) as clash:
        incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"stage": Stage.FIRST_MILE}, now=NOW)
    [field] = clash.value.fields
    assert (field.theirs, field.yours) == (Stage.CUSTOMS, Stage.FIRST_MILE)


def test_saving_what_was_shown_is_no_change_and_no_false_alarm(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    version = incident.version
    seen = {"stage": Stage.LAST_MILE}
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed=seen, now=NOW)
    assert incident.version == version


def test_a_corrected_value_rebooks_the_loss_and_proposes_the_tier_anew(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    seen = {"value_at_risk": Decimal("318.00")}
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"value_at_risk": Decimal("15")}, now=NOW)
    assert incident.gross_loss == Decimal(15)
    assert incident.tier is Tier.ABSORB
    assert ledger.imbalances(session, actor=acting(session, Role.LEAD)) == []


def test_a_case_given_away_takes_its_clocks_along(session: Session) -> None:
    actor, other = acting(session), person(session, Role.AGENT, "wei")
    incident = register(session, actor, owner_id=actor.person_id)
    contacts.log_contact(
        session,
        incident.id,
        actor=actor,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        summary="searching",
        promise="call back",
        promise_due_at=NOW + timedelta(hours=5),
        now=NOW,
    )
    incidents.assign(session, incident.id, actor=actor, owner_id=other.id, now=NOW)
    assert [clock.owner_id for clock in running(session, incident.id)] == [other.id]
    assert incident.next_due_at == NOW + timedelta(hours=5)


def test_a_case_cannot_go_to_somebody_who_left(session: Session) -> None:
    actor, gone = acting(session), person(session, Role.AGENT, "gone", active=False)
    incident = register(session, actor)
    with pytest.raises(Invalid):
        incidents.assign(session, incident.id, actor=actor, owner_id=gone.id, now=NOW)


def test_a_case_closes_with_cause_and_result_and_its_clocks_stop(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    contacts.log_contact(
        session,
        incident.id,
        actor=actor,
        party=Party.BUYER,
        channel=Channel.CHAT,
        at=NOW,
        summary="will wait",
        promise="answer",
        promise_due_at=NOW + timedelta(days=1),
        now=NOW,
    )
    incidents.close(session, incident.id, actor=actor, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW)
    assert incident.state is IncidentState.CLOSED
    assert incident.next_due_at is None
    with pytest.raises(WrongState):
        incidents.close(session, incident.id, actor=actor, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW)
    with pytest.raises(WrongState):
        incidents.edit(session, incident.id, actor=actor, seen={}, typed={"stage": Stage.CUSTOMS}, now=NOW)


@pytest.mark.parametrize("result", [Result.RECOVERED, Result.PARTLY_RECOVERED])
def test_a_result_that_the_ledger_contradicts_is_refused(session: Session, result: Result) -> None:
    actor = acting(session)
    incident = register(session, actor)
    with pytest.raises(Invalid):
        incidents.close(session, incident.id, actor=actor, cause=Cause.UNKNOWN, result=result, now=NOW)


def test_a_parcel_that_arrives_after_all_takes_its_loss_back_and_reopening_books_it_again(session: Session) -> None:
    actor, lead = acting(session), acting(session, Role.LEAD)
    incident = register(session, actor)
    incidents.close(session, incident.id, actor=actor, cause=Cause.SORTING_ERROR, result=Result.ARRIVED, now=NOW)
    assert incident.gross_loss == 0
    with pytest.raises(NotAllowed):
        incidents.reopen(session, incident.id, actor=actor, reason="wrong parcel", now=NOW)
    with pytest.raises(Invalid):
        incidents.reopen(session, incident.id, actor=lead, reason=" ", now=NOW)
    incidents.reopen(session, incident.id, actor=lead, reason="it was another parcel", now=NOW)
    assert incident.state is IncidentState.PROVING
    assert incident.gross_loss == Decimal("318.00")
    assert check_chain(session, incident.id) is None


def test_a_promise_without_words_or_before_the_talk_is_refused(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    for more in (
        {"promise_due_at": NOW + timedelta(days=1)},
        {"promise": "call", "promise_due_at": NOW - timedelta(days=1)},
        {"at": NOW + timedelta(hours=1)},
        {"summary": "  "},
    ):
        values = {"party": Party.CARRIER, "channel": Channel.PHONE, "at": NOW, "summary": "talked", **more}
        with pytest.raises(Invalid):
            contacts.log_contact(session, incident.id, actor=actor, now=NOW, **values)  # type: ignore[arg-type]


def test_a_kept_promise_is_settled_once(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    contacts.log_contact(
        session,
        incident.id,
        actor=actor,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        name="Joana",
        staff_number="NV-77120",
        summary="hub search",
        promise="result of the search",
        promise_by=Party.CARRIER,
        promise_due_at=NOW + timedelta(days=2),
        now=NOW,
    )
    [clock] = running(session, incident.id)
    contacts.settle_promise(session, clock.id, actor=actor, kept=True, now=NOW)
    assert running(session, incident.id) == []
    assert incident.next_due_at is None
    with pytest.raises(WrongState):
        contacts.settle_promise(session, clock.id, actor=actor, kept=False, now=NOW)


def test_a_value_below_what_came_back_is_refused_at_its_field(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    sides = [(Account.BANK, sgd("200")), (Account.RECOVERY_CARRIER, sgd("-200"))]
    ledger.post(session, incident, sides, actor=actor, now=NOW, on_date=NOW.date())
    seen = {"value_at_risk": Decimal(318)}
    with pytest.raises(Invalid, match=r"SGD 200.00 came back .* only SGD 199.99") as refused:
        incidents.edit(
            session, incident.id, actor=actor, seen=seen, typed={"value_at_risk": Decimal("199.99")}, now=NOW
        )
    assert refused.value.field == "value_at_risk"
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"value_at_risk": Decimal(200)}, now=NOW)
    assert incident.gross_loss == incident.recovered == Decimal(200)


@pytest.mark.parametrize("value", ["12.345", "-1", "NaN", "1e15"])
def test_a_value_the_currency_cannot_hold_is_refused_and_nothing_booked(session: Session, value: str) -> None:
    actor = acting(session)
    incident = register(session, actor)
    seen = {"value_at_risk": Decimal(318)}
    with pytest.raises(Invalid) as refused:
        incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"value_at_risk": Decimal(value)}, now=NOW)
    assert refused.value.field == "value_at_risk"
    assert incident.value_at_risk == incident.gross_loss == Decimal("318.00")


def test_a_corrected_value_of_a_delay_moves_its_tier_and_books_nothing(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor, type=IncidentType.DELAYED)
    seen = {"value_at_risk": Decimal(318)}
    incidents.edit(session, incident.id, actor=actor, seen=seen, typed={"value_at_risk": Decimal(15)}, now=NOW)
    assert (incident.tier, incident.gross_loss, incident.base_value) == (Tier.ABSORB, Decimal(0), Decimal(15))


def test_no_loss_is_not_said_while_other_losses_are_booked(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    freight = ledger.post_loss(
        session, incident.id, actor=actor, account=Account.LOSS_FREIGHT, amount=sgd("16.20"), now=NOW
    )
    with pytest.raises(Invalid, match=r"SGD 16\.20 of other losses"):
        incidents.close(session, incident.id, actor=actor, cause=Cause.UNKNOWN, result=Result.NO_LOSS, now=NOW)
    ledger.reverse(session, freight.id, actor=actor, note="never sent", now=NOW)
    incidents.close(session, incident.id, actor=actor, cause=Cause.UNKNOWN, result=Result.NO_LOSS, now=NOW)
    assert incident.gross_loss == 0


def test_reopening_books_exactly_what_closing_took_back(session: Session) -> None:
    actor, lead, hour = acting(session), acting(session, Role.LEAD), timedelta(hours=1)
    incident = register(session, actor)
    [goods] = ledger.standing_postings(session, incident.id, Account.LOSS_GOODS)
    ledger.reverse(session, goods.id, actor=actor, note="found in the warehouse", now=NOW + hour)
    for amount in ("40", "2.50"):
        ledger.post_loss(session, incident.id, actor=actor, account=Account.LOSS_GOODS, amount=sgd(amount), now=NOW)
    close = {"actor": actor, "cause": Cause.SORTING_ERROR, "result": Result.ARRIVED, "now": NOW + 2 * hour}
    incidents.close(session, incident.id, **close)  # type: ignore[arg-type]
    assert incident.gross_loss == 0
    incidents.reopen(session, incident.id, actor=lead, reason="wrong parcel", now=NOW + 3 * hour)
    assert incident.gross_loss == Decimal("42.50")
    assert ledger.imbalances(session, actor=lead) == []


def test_a_batch_that_names_a_parcel_twice_registers_it_once(session: Session) -> None:
    shipment = make_shipment(session)
    rows = [incidents.NewIncident(shipment.id, number, IncidentType.LOST) for number in ("A1", "A2")]
    rows.append(incidents.NewIncident(make_shipment(session).id, "B1", IncidentType.LOST))
    done = incidents.register_many(session, rows, actor=acting(session), now=NOW)
    assert done.made == (("A1", "INC-2026-00001"), ("B1", "INC-2026-00002"))
    assert [number for number, _sentence in done.refused] == ["A2"]


def test_what_a_keyboard_or_an_address_bar_can_send_is_a_refusal_or_kept_without_it(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor, buyer_said="box \x00crushed\ud800")
    assert incident.buyer_said == "box crushed"
    with pytest.raises(NotFound):
        incidents.incident_by_reference(session, "INC-\x002026-0000\ud800", actor=actor)
    talk = {"party": Party.CARRIER, "channel": Channel.PHONE, "at": NOW, "now": NOW}
    said = contacts.log_contact(session, incident.id, actor=actor, summary="a\x00b", **talk)  # type: ignore[arg-type]
    assert said.summary == "ab"
    with pytest.raises(Invalid, match="too long") as refused:
        contacts.log_contact(session, incident.id, actor=actor, summary="ok", name="x" * 201, **talk)  # type: ignore[arg-type]
    assert refused.value.field == "name"


def test_a_promise_made_after_the_end_starts_no_clock(session: Session) -> None:
    actor = acting(session)
    incident = register(session, actor)
    incidents.close(session, incident.id, actor=actor, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW)
    contacts.log_contact(
        session,
        incident.id,
        actor=actor,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        summary="still searching",
        promise="call back",
        promise_due_at=NOW + timedelta(days=1),
        now=NOW,
    )
    assert running(session, incident.id) == []
    assert incident.next_due_at is None


def test_an_offer_taken_by_one_case_stays_with_it(session: Session) -> None:
    actor, shipment = acting(session), make_shipment(session)
    offer = IncidentOffer(shipment_id=shipment.id, type=IncidentType.LOST, reason="lost", created_at=NOW)
    session.add(offer)
    session.flush()
    first = register(session, actor, shipment, offer_id=offer.id)
    register(session, actor, shipment, type=IncidentType.DAMAGED, offer_id=offer.id)
    assert (offer.state, offer.incident_id) == (OfferState.TAKEN, first.id)


def test_a_checklist_of_no_card_says_so(session: Session) -> None:
    incident = register(session, acting(session))
    with pytest.raises(NotFound):
        checklist.checklist(session, incident.id, 0, actor=acting(session, Role.VIEWER))
