"""Requests with their history, their cases and clocks, in a real database."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import incidents
from core.foundation.errors import Conflict, Duplicate, Invalid, WrongState
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor
from core.models import Clock, Dispute, DisputeVersion, ImportRun, Incident, IncidentOffer, Shipment, ShipmentLine, Shop
from core.models.clock import ClockKind, ClockState
from core.models.dispute import DisputeStatus, DueBasis, Negotiation, ReturnReason, Solution, Source
from core.models.imports import OfferCause, OfferState
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage
from core.recovery import disputes, intake
from core.recovery.disputes.recording import Saying, write_down
from tests.factories import NOW, make_shipment, make_shop

S, R, K = DisputeStatus, ReturnReason, ClockKind


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def run(session: Session, shop: Shop) -> ImportRun:
    made = ImportRun(
        shop_id=shop.id, file_name="r.xls", sha256=b"", report="Order.return_refund", market=shop.market, at=NOW,
        counts={}, headings=[], unknown_headings=[],
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def tell(
    session: Session, shop: Shop, number: str = "R1", *, of: ImportRun | None = None, days: float = 0, **facts: Any
) -> Dispute:
    source = Source.IMPORT if of is not None else Source.HAND
    (made,) = write_down(
        session,
        shop,
        [Saying(number, facts)],
        source=source,
        import_id=of.id if of is not None else None,
        as_of=at(days),
        actor=SYSTEM,
        now=NOW,
    )
    return made


def damaged(shipment: Shipment, **more: Any) -> dict[str, Any]:
    return {
        "order_number": shipment.order_number,
        "reason": R.DAMAGED,
        "reason_text": "Produto danificado",
        "status": S.REQUESTED,
        "amount": Decimal("20"),
        "requested_at": at(-1),
        "response_due_at": at(1),
        **more,
    }


def offers(session: Session) -> list[tuple[int, IncidentType, OfferState]]:
    rows = session.execute(select(IncidentOffer.shipment_id, IncidentOffer.type, IncidentOffer.state))
    return [(row[0], row[1], row[2]) for row in rows]


def clocks_of(session: Session, dispute: Dispute) -> list[Clock]:
    session.expire_all()
    return list(session.scalars(select(Clock).where(Clock.dispute_id == dispute.id).order_by(Clock.id)))


def take(session: Session, shipment: Shipment, mei: Actor, kind: IncidentType = IncidentType.DAMAGED) -> Incident:
    offer = session.scalars(select(IncidentOffer).where(IncidentOffer.shipment_id == shipment.id)).one_or_none()
    return intake.take_in(
        session,
        actor=mei,
        shipment_id=shipment.id,
        type=kind,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        offer_id=offer.id if offer else None,
        now=NOW,
    )


# --- statements and their history ----------------------------------------------------------------------------------------


def test_a_return_id_that_comes_again_adds_to_its_history_and_the_newer_state_stands(
    session: Session, shop: Shop
) -> None:
    first = tell(session, shop, of=run(session, shop), status=S.REQUESTED, amount=Decimal(20))
    again = tell(session, shop, of=run(session, shop), days=3, status=S.ACCEPTED, compensation=Decimal(5))
    assert again.id == first.id
    assert (again.status, again.amount, again.compensation) == (S.ACCEPTED, Decimal(20), Decimal(5))
    told = session.scalars(select(DisputeVersion.facts).order_by(DisputeVersion.id)).all()
    assert [one["status"] for one in told] == ["requested", "accepted"]


def test_an_older_file_adds_to_the_history_and_overwrites_nothing(session: Session, shop: Shop) -> None:
    tell(session, shop, of=run(session, shop), days=3, status=S.ACCEPTED, amount=Decimal(25))
    made = tell(session, shop, of=run(session, shop), days=1, status=S.REQUESTED, amount=Decimal(20))
    assert (made.status, made.amount) == (S.ACCEPTED, Decimal(25))
    assert session.scalar(select(func.count()).select_from(DisputeVersion)) == 2


def test_the_same_id_of_two_shops_is_two_requests(session: Session, shop: Shop) -> None:
    other = make_shop(session)
    assert tell(session, shop, status=S.REQUESTED).id != tell(session, other, status=S.REQUESTED).id


def test_what_was_said_can_neither_be_changed_nor_taken_away_by_anybody(session: Session, shop: Shop) -> None:
    tell(session, shop, of=run(session, shop), status=S.REQUESTED)
    for statement in ("UPDATE dispute_version SET progress = 9", "DELETE FROM dispute_version"):
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(statement))


def test_deleting_an_import_takes_exactly_its_statements_away(session: Session, shop: Shop) -> None:
    shipment = make_shipment(session, shop)
    kept, gone = run(session, shop), run(session, shop)
    tell(session, shop, of=kept, **damaged(shipment))
    tell(session, shop, of=gone, days=2, status=S.CLOSED, amount=Decimal(15))
    tell(session, shop, "R2", of=gone, status=S.REQUESTED)
    before = tell(session, shop, "R3", of=kept, status=S.JUDGING)
    disputes.RETURNS.delete(session, gone, actor=SYSTEM, now=NOW)
    session.expire_all()
    left = {one.return_number: (one.status, one.amount) for one in session.scalars(select(Dispute))}
    assert left == {"R1": (S.REQUESTED, Decimal(20)), "R3": (S.JUDGING, None)}
    assert before.return_number == "R3"
    assert set(session.scalars(select(DisputeVersion.import_id))) == {kept.id}
    # The door is shut again behind it.
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text("DELETE FROM dispute_version"))


def test_deleting_takes_the_offers_of_the_file_along_but_not_what_another_file_says(
    session: Session, shop: Shop
) -> None:
    one, two = make_shipment(session, shop), make_shipment(session, shop)
    first, second = run(session, shop), run(session, shop)
    tell(session, shop, of=first, **damaged(one))
    tell(session, shop, of=second, days=1, **damaged(one))
    tell(session, shop, "R2", of=first, **damaged(two))
    assert len(offers(session)) == 2
    disputes.RETURNS.delete(session, first, actor=SYSTEM, now=NOW)
    assert offers(session) == [(one.id, IncidentType.DAMAGED, OfferState.OPEN)]


def test_an_import_cannot_be_deleted_once_a_case_was_made_of_it(session: Session, shop: Shop, mei: Actor) -> None:
    shipment, of = make_shipment(session, shop), run(session, shop)
    tell(session, shop, of=of, **damaged(shipment))
    incident = take(session, shipment, mei)
    with pytest.raises(WrongState, match=incident.reference):
        disputes.RETURNS.delete(session, of, actor=SYSTEM, now=NOW)
    assert session.scalar(select(func.count()).select_from(DisputeVersion)) == 1


# --- offers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (R.DAMAGED, IncidentType.DAMAGED),
        (R.SPILLED, IncidentType.DAMAGED),
        (R.MISSING, IncidentType.MISSING_CONTENTS),
        (R.NOT_RECEIVED, IncidentType.LOST),
    ],
)
def test_a_request_about_a_loss_is_offered_as_an_incident(
    session: Session, shop: Shop, reason: ReturnReason, kind: IncidentType
) -> None:
    shipment, of = make_shipment(session, shop), run(session, shop)
    tell(session, shop, of=of, **damaged(shipment, reason=reason))
    offer = session.scalars(select(IncidentOffer)).one()
    assert (offer.shipment_id, offer.type, offer.cause, offer.import_id) == (
        shipment.id,
        kind,
        OfferCause.RETURN,
        of.id,
    )
    assert offer.reason == "Produto danificado"


@pytest.mark.parametrize("facts", [{"reason": R.CHANGED_MIND}, {"reason": R.UNKNOWN}, {"status": S.CANCELLED}])
def test_other_reasons_and_requests_taken_back_offer_nothing(
    session: Session, shop: Shop, facts: dict[str, Any]
) -> None:
    tell(session, shop, of=run(session, shop), **damaged(make_shipment(session, shop), **facts))
    assert offers(session) == []


def test_an_offer_goes_when_the_buyer_takes_the_request_back(session: Session, shop: Shop) -> None:
    shipment = make_shipment(session, shop)
    tell(session, shop, of=run(session, shop), **damaged(shipment))
    tell(session, shop, of=run(session, shop), days=1, status=S.CANCELLED)
    assert offers(session) == [(shipment.id, IncidentType.DAMAGED, OfferState.DISMISSED)]


def test_what_was_dismissed_is_not_offered_again(session: Session, shop: Shop) -> None:
    shipment = make_shipment(session, shop)
    tell(session, shop, of=run(session, shop), **damaged(shipment))
    session.scalars(select(IncidentOffer)).one().state = OfferState.DISMISSED
    session.flush()
    tell(session, shop, of=run(session, shop), days=1, **damaged(shipment, status=S.PROCESSING))
    assert [state for _id, _type, state in offers(session)] == [OfferState.DISMISSED]


def test_a_request_that_came_before_its_order_finds_its_parcel_later(session: Session, shop: Shop, mei: Actor) -> None:
    of = run(session, shop)
    made = tell(session, shop, of=of, order_number="261120LATER001", reason=R.MISSING, status=S.REQUESTED)
    assert (made.shipment_id, offers(session)) == (None, [])
    shipment = make_shipment(session, shop, order_number="261120LATER001")
    assert disputes.find_parcels(session, shop.id, actor=mei, now=NOW) == 1
    assert made.shipment_id == shipment.id
    assert session.scalars(select(IncidentOffer.import_id)).one() == of.id
    assert disputes.find_parcels(session, shop.id, actor=mei, now=NOW) == 0


def test_of_several_parcels_of_an_order_the_one_with_the_tracking_number_or_the_item_is_meant(
    session: Session, shop: Shop
) -> None:
    first = make_shipment(session, shop, order_number="261120MANY0001", parcel_number="1")
    second = make_shipment(session, shop, order_number="261120MANY0001", parcel_number="2")
    by_number = tell(
        session, shop, "R1", order_number="261120MANY0001", tracking_number=second.tracking_number, status=S.REQUESTED
    )
    by_item = tell(
        session,
        shop,
        "R2",
        order_number="261120MANY0001",
        items=[{"name": "Lamp", "sku": "LAMP-1"}],
        status=S.REQUESTED,
    )
    assert (by_number.shipment_id, by_item.shipment_id) == (second.id, first.id)


def test_of_several_parcels_the_item_tells_the_second_as_well_and_the_number_goes_before_it(
    session: Session, shop: Shop
) -> None:
    order = "261120MANY0002"
    first = make_shipment(session, shop, order_number=order, parcel_number="1")
    second = make_shipment(session, shop, order_number=order, parcel_number="2")
    line = session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == second.id)).one()
    line.sku = "LAMP-2"
    session.flush()
    items = [{"name": "Lamp", "sku": "LAMP-2"}]
    by_item = tell(session, shop, "R1", order_number=order, items=items)
    by_both = tell(session, shop, "R2", order_number=order, items=items, tracking_number=first.tracking_number)
    by_none = tell(session, shop, "R3", order_number=order, items=[{"name": "?", "sku": "OTHER"}])
    assert [one.shipment_id for one in (by_item, by_both, by_none)] == [second.id, first.id, first.id]


def test_the_same_order_number_of_another_shop_is_another_order(session: Session, shop: Shop) -> None:
    theirs = make_shipment(session, make_shop(session), order_number="261120SAME0001")
    assert tell(session, shop, "R1", **damaged(theirs)).shipment_id is None
    ours = make_shipment(session, shop, order_number="261120SAME0001")
    assert tell(session, shop, "R2", **damaged(ours)).shipment_id == ours.id


# --- cases and clocks ----------------------------------------------------------------------------------------------------


def test_taking_the_offer_makes_the_case_with_the_requests_deadline_as_a_clock(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    incident = take(session, shipment, mei)
    assert made.incident_id == incident.id
    (clock,) = clocks_of(session, made)
    assert (clock.kind, clock.due_at, clock.title, clock.rule, clock.zone) == (
        K.DISPUTE_RESPONSE,
        at(1),
        "R1",
        "platform",
        "Asia/Singapore",
    )
    session.refresh(incident)
    assert (incident.next_due_at, incident.next_clock) == (at(1), "dispute_response")


def test_a_file_about_a_parcel_whose_case_stands_gives_the_request_to_that_case(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    incident = take(session, shipment, mei)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    assert (made.incident_id, offers(session)) == (incident.id, [])
    assert [clock.kind for clock in clocks_of(session, made)] == [K.DISPUTE_RESPONSE]


def test_a_request_of_another_reason_does_not_join_a_case_of_another_kind(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    take(session, shipment, mei, IncidentType.LOST)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    assert made.incident_id is None
    assert [kind for _id, kind, _state in offers(session)] == [IncidentType.DAMAGED]


def test_each_moment_is_a_clock_of_its_own_and_moves_with_newer_files(session: Session, shop: Shop, mei: Actor) -> None:
    shipment = make_shipment(session, shop)
    made = tell(
        session, shop, of=run(session, shop), **damaged(shipment, evidence_due_at=at(3), compensation_due_at=at(9))
    )
    take(session, shipment, mei)
    assert {one.kind: one.due_at for one in clocks_of(session, made)} == {
        K.DISPUTE_RESPONSE: at(1),
        K.DISPUTE_EVIDENCE: at(3),
        K.DISPUTE_COMPENSATION: at(9),
    }
    tell(session, shop, of=run(session, shop), days=1, response_due_at=at(2), status=S.REQUESTED)
    assert {one.kind: one.due_at for one in clocks_of(session, made)}[K.DISPUTE_RESPONSE] == at(2)
    tell(session, shop, of=run(session, shop), days=2, status=S.SELLER_DISPUTE)
    states = {one.kind: one.state for one in clocks_of(session, made)}
    assert states == {
        K.DISPUTE_RESPONSE: ClockState.MET,
        K.DISPUTE_EVIDENCE: ClockState.RUNNING,
        K.DISPUTE_COMPENSATION: ClockState.RUNNING,
    }
    tell(session, shop, of=run(session, shop), days=3, status=S.CLOSED)
    assert {one.state for one in clocks_of(session, made)} == {ClockState.MET, ClockState.CANCELLED}


def test_the_markets_usual_days_are_a_stopgap_until_the_requests_own_date_is_known(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment, response_due_at=None))
    assert (made.response_due_at, made.response_basis) == (at(1), DueBasis.FALLBACK)
    take(session, shipment, mei)
    (clock,) = clocks_of(session, made)
    assert (clock.rule, clock.reasoning[0]["kind"]) == ("response_days", "dispute_fallback")
    tell(session, shop, of=run(session, shop), days=1, response_due_at=at(4), status=S.REQUESTED)
    (clock,) = clocks_of(session, made)
    assert (clock.rule, clock.due_at, clock.reasoning) == ("platform", at(4), [{"kind": "dispute_given"}])
    assert made.response_basis is DueBasis.GIVEN


def test_a_moment_that_has_passed_starts_no_clock(session: Session, shop: Shop, mei: Actor) -> None:
    shipment = make_shipment(session, shop)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment, response_due_at=at(-2)))
    take(session, shipment, mei)
    assert clocks_of(session, made) == []
    assert made.next_due_at is None


def test_a_closed_case_gets_no_clocks_and_a_reopened_one_gets_them_back(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    incident = take(session, shipment, mei)
    late = at(9)
    incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=late)
    ended = [one.state for one in clocks_of(session, made)]
    assert ClockState.RUNNING not in ended
    tell(session, shop, of=run(session, shop), days=1, status=S.REQUESTED, evidence_due_at=at(3))
    assert [one.state for one in clocks_of(session, made)] == ended
    incidents.reopen(session, incident.id, actor=mei, reason="more proof", now=NOW)
    living = [one for one in clocks_of(session, made) if one.state is ClockState.RUNNING]
    assert [(one.kind, one.dispute_id) for one in living] == [(K.DISPUTE_RESPONSE, made.id)]


# --- by hand -------------------------------------------------------------------------------------------------------------


def enter(session: Session, incident: Incident, mei: Actor, number: str = " r-9 ", **more: Any) -> Dispute:
    return disputes.enter_dispute(
        session, incident.id, actor=mei, return_number=number, reason=R.DAMAGED, now=NOW, **more
    )


def test_a_request_entered_by_hand_is_of_the_case_and_runs(session: Session, shop: Shop, mei: Actor) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    made = enter(
        session,
        incident,
        mei,
        amount=Money(Decimal(20), "SGD"),
        solution=Solution.REFUND_ONLY,
        due_at=at(1),
        buyer_said="Box crushed",
    )
    assert (made.return_number, made.incident_id, made.amount) == ("R-9", incident.id, Decimal(20))
    assert [one.due_at for one in clocks_of(session, made)] == [at(1)]
    version = session.scalars(select(DisputeVersion)).one()
    assert (version.source, version.person_id) == (Source.HAND, mei.person_id)


def test_a_request_without_a_date_counts_from_when_it_was_asked_for(session: Session, shop: Shop, mei: Actor) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    made = enter(session, incident, mei, requested_at=at(-1))
    assert (made.response_due_at, made.response_basis) == (at(1), DueBasis.FALLBACK)
    bare = enter(session, incident, mei, "R-10")
    assert (bare.response_due_at, clocks_of(session, bare)) == (None, [])


def test_a_file_that_tells_of_it_later_adds_to_what_was_typed(session: Session, shop: Shop, mei: Actor) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    made = enter(session, incident, mei, due_at=at(1))
    tell(session, shop, "R-9", of=run(session, shop), days=1, status=S.REQUESTED, response_due_at=at(2))
    assert (made.response_due_at, made.reason) == (at(2), R.DAMAGED)
    assert [one.due_at for one in clocks_of(session, made)] == [at(2)]


def test_a_request_that_belongs_to_another_case_is_refused_with_its_reference(
    session: Session, shop: Shop, mei: Actor
) -> None:
    first = take(session, make_shipment(session, shop), mei)
    second = take(session, make_shipment(session, shop), mei)
    enter(session, first, mei)
    with pytest.raises(Duplicate, match=first.reference):
        enter(session, second, mei)


def test_a_request_that_files_know_of_another_order_is_not_taken_from_its_parcel(
    session: Session, shop: Shop, mei: Actor
) -> None:
    other = make_shipment(session, shop)
    made = tell(session, shop, "R-9", of=run(session, shop), **damaged(other))
    incident = take(session, make_shipment(session, shop), mei)
    with pytest.raises(Invalid, match=other.order_number) as refused:
        enter(session, incident, mei)
    assert refused.value.field == "return_number"
    session.refresh(made)
    assert (made.shipment_id, made.incident_id, made.order_number) == (other.id, None, other.order_number)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"number": "  "}, "return_number"),
        ({"due_at": at(-1)}, "due_at"),
        ({"requested_at": at(1)}, "requested_at"),
        ({"amount": Money(Decimal(1), "PHP")}, "amount"),
        ({"amount": Money(Decimal(-1), "SGD")}, "amount"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    session: Session, shop: Shop, mei: Actor, more: dict[str, Any], field: str
) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    with pytest.raises(Invalid) as refused:
        enter(session, incident, mei, **more)
    assert refused.value.field == field


def test_what_a_person_sees_in_seller_centre_is_a_statement_of_its_own(
    session: Session, shop: Shop, mei: Actor
) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    made = enter(session, incident, mei, due_at=at(1))
    seen = {"status": S.REQUESTED, "evidence_due_at": None}
    disputes.change_dispute(
        session, made.id, actor=mei, seen=seen, typed={"status": S.JUDGING, "evidence_due_at": at(4)}, now=at(0.1)
    )
    assert (made.status, made.evidence_due_at) == (S.JUDGING, at(4))
    states = {one.kind: one.state for one in clocks_of(session, made)}
    assert states == {K.DISPUTE_RESPONSE: ClockState.CANCELLED, K.DISPUTE_EVIDENCE: ClockState.RUNNING}
    assert session.scalar(select(func.count()).select_from(DisputeVersion)) == 2
    assert session.get_one(Incident, incident.id).touched_at == at(0.1), "somebody worked on the case"


def test_a_moment_that_fell_away_runs_again_when_it_is_asked_again(session: Session, shop: Shop, mei: Actor) -> None:
    made = enter(session, take(session, make_shipment(session, shop), mei), mei)
    talks = (Negotiation.PENDING_RESPOND, Negotiation.TERMINATED, Negotiation.PENDING_RESPOND)
    for n, negotiation in enumerate(talks, 1):
        tell(session, shop, made.return_number, days=n / 10, negotiation=negotiation, offer_due_at=at(1))
    found = [(one.state, one.due_at) for one in clocks_of(session, made) if one.kind is K.DISPUTE_OFFER]
    assert found == [(ClockState.CANCELLED, at(1)), (ClockState.RUNNING, at(1))]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"state": "won"}, None, "cannot be changed here"),
        ({"return_number": "R9", "status": S.JUDGING}, None, "cannot be changed here"),
        ({"amount": Decimal("-0.01")}, "amount", "negative"),
        ({"response_due_at": None}, "response_due_at", "cannot be emptied"),
    ],
)
def test_what_is_not_for_people_to_change_is_refused_and_leaves_nothing(
    session: Session, shop: Shop, mei: Actor, typed: dict[str, Any], field: str | None, says: str
) -> None:
    made = enter(session, take(session, make_shipment(session, shop), mei), mei, due_at=at(1))
    seen = {name: getattr(made, name) for name in typed}
    with pytest.raises(Invalid, match=says) as refused:
        disputes.change_dispute(session, made.id, actor=mei, seen=seen, typed=typed, now=NOW)
    assert refused.value.field == field
    assert session.scalar(select(func.count()).select_from(DisputeVersion)) == 1


def test_what_is_typed_as_it_was_is_no_change(session: Session, shop: Shop, mei: Actor) -> None:
    made = enter(session, take(session, make_shipment(session, shop), mei), mei)
    seen = {"status": made.status}
    disputes.change_dispute(session, made.id, actor=mei, seen=seen, typed=seen, now=at(1))
    assert session.scalar(select(func.count()).select_from(DisputeVersion)) == 1


def test_two_people_changing_the_same_field_settle_it_themselves(session: Session, shop: Shop, mei: Actor) -> None:
    incident = take(session, make_shipment(session, shop), mei)
    made = enter(session, incident, mei)
    disputes.change_dispute(
        session, made.id, actor=mei, seen={"status": S.REQUESTED}, typed={"status": S.ACCEPTED}, now=NOW
    )
    with pytest.raises(Conflict):
        disputes.change_dispute(
            session, made.id, actor=mei, seen={"status": S.REQUESTED}, typed={"status": S.JUDGING}, now=NOW
        )
    disputes.change_dispute(session, made.id, actor=mei, seen={"amount": None}, typed={"amount": Decimal(7)}, now=NOW)
    assert (made.status, made.amount) == (S.ACCEPTED, Decimal(7))


def test_saying_that_it_is_done_settles_the_clock_and_a_file_does_not_start_it_again(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    take(session, shipment, mei)
    (clock,) = clocks_of(session, made)
    disputes.settle_due(session, clock.id, actor=mei, done=True, note="answered with video", now=NOW)
    tell(session, shop, of=run(session, shop), days=1, status=S.PROCESSING, amount=Decimal(30))
    assert [one.state for one in clocks_of(session, made)] == [ClockState.MET]
    with pytest.raises(WrongState):
        disputes.settle_due(session, clock.id, actor=mei, done=True, now=NOW)
    # A later moment of the platform's own asks anew.
    tell(session, shop, of=run(session, shop), days=2, status=S.PROCESSING, response_due_at=at(5))
    assert [(one.state, one.due_at) for one in clocks_of(session, made)] == [
        (ClockState.MET, at(1)),
        (ClockState.RUNNING, at(5)),
    ]


def test_a_request_entered_on_a_case_of_another_kind_offers_no_second_one(
    session: Session, shop: Shop, mei: Actor
) -> None:
    incident = take(session, make_shipment(session, shop), mei, IncidentType.LOST)
    made = enter(session, incident, mei)
    assert (made.incident_id, offers(session)) == (incident.id, [])


def test_a_request_added_to_a_case_takes_its_offer_along(session: Session, shop: Shop, mei: Actor) -> None:
    shipment = make_shipment(session, shop)
    incident = take(session, shipment, mei, IncidentType.LOST)
    made = tell(session, shop, of=run(session, shop), **damaged(shipment))
    assert [state for _id, _kind, state in offers(session)] == [OfferState.OPEN]
    disputes.add_to_case(session, made.id, actor=mei, incident_id=incident.id, now=NOW)
    assert made.incident_id == incident.id
    assert [state for _id, _kind, state in offers(session)] == [OfferState.DISMISSED]
    with pytest.raises(WrongState):
        disputes.add_to_case(session, made.id, actor=mei, incident_id=incident.id, now=NOW)
    other = take(session, make_shipment(session, shop), mei)
    loose = tell(session, shop, "R2", of=run(session, shop), **damaged(shipment, reason=R.OTHER))
    with pytest.raises(Invalid):
        disputes.add_to_case(session, loose.id, actor=mei, incident_id=other.id, now=NOW)
