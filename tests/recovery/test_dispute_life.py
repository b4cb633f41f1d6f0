"""The life of a dispute in a real database: every move kept with what was sent, its clocks, the books, and what files and time do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import incidents
from core.desk.case_disputes import disputes_of
from core.desk.next_step import Next, next_step
from core.desk.story import story
from core.foundation.errors import Invalid, WrongState
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor
from core.models import AuditEvent, Clock, Dispute, DisputeStep, ImportRun, Incident, SettlementMatch, Shipment, Shop
from core.models.clock import ClockKind, ClockState
from core.models.dispute import (
    CompensationStatus,
    DisputeState,
    DisputeStatus,
    DueBasis,
    Negotiation,
    ReturnReason,
    Source,
    StepBy,
)
from core.models.incident import Cause, IncidentState, IncidentType, Result, Tier
from core.models.ledger import Account
from core.money import ledger
from core.recovery import disputes, settlements
from core.recovery.disputes import DisputeAction, Sent
from core.recovery.disputes.recording import Saying, write_down
from tests.factories import NOW, make_rule_card, make_shipment
from tests.recovery.settlements.money import make_line, make_run
from tests.recovery.test_disputes import at, take

S, P, K, A = DisputeState, DisputeStatus, ClockKind, DisputeAction
TEXT = Sent("The parcel was packed in two layers, exhibit 1.", "en", ({"number": 1, "evidence_id": 7},), reason=50)


def tell(session: Session, shop: Shop, *, of: ImportRun | None = None, days: float = 0, **facts: Any) -> Dispute:
    (made,) = write_down(
        session,
        shop,
        [Saying("R1", facts)],
        source=Source.IMPORT if of is not None else Source.HAND,
        import_id=of.id if of is not None else None,
        as_of=at(days),
        actor=SYSTEM,
        now=NOW,
    )
    return made


@pytest.fixture
def shipment(session: Session, shop: Shop) -> Shipment:
    return make_shipment(session, shop, value=Decimal(100))


def asked(session: Session, shop: Shop, shipment: Shipment, mei: Actor, **more: Any) -> tuple[Dispute, Incident]:
    """A request of a damaged parcel of 100, answer due tomorrow, with its case."""
    facts = {
        "order_number": shipment.order_number,
        "reason": ReturnReason.DAMAGED,
        "status": P.REQUESTED,
        "amount": Decimal(100),
        "requested_at": at(-1),
        "response_due_at": at(1),
        **more,
    }
    dispute = tell(session, shop, of=make_run(session, shop.id), days=-1, **facts)
    incident = take(session, shipment, mei)
    session.refresh(dispute)
    assert dispute.incident_id == incident.id
    return dispute, incident


def steps(session: Session, dispute: Dispute) -> list[DisputeStep]:
    return list(
        session.scalars(select(DisputeStep).where(DisputeStep.dispute_id == dispute.id).order_by(DisputeStep.id))
    )


def clock(session: Session, dispute: Dispute, kind: ClockKind) -> Clock:
    query = select(Clock).where(Clock.dispute_id == dispute.id, Clock.kind == kind).order_by(Clock.id.desc()).limit(1)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def move(session: Session, dispute: Dispute, action: DisputeAction, mei: Actor, **more: Any) -> Dispute:
    return disputes.move_dispute(session, dispute.id, action, actor=mei, **{"now": NOW, **more})


def stands(dispute: Dispute) -> DisputeState:
    return dispute.state


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


def booked(session: Session, incident: Incident, mei: Actor) -> dict[Account, Decimal]:
    found = ledger.balance(session, incident.id, actor=mei)
    return {account: money.amount for account, money in found.by_account.items()}


# --- what is kept --------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_to_the_letter_with_who_when_and_its_exhibits(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.PREPARE, mei)
    made = move(session, dispute, A.ANSWER, mei, sent=TEXT, at=at(-0.1))
    assert (made.state, made.state_at, made.answered_at) == (S.ANSWERED, at(-0.1), at(-0.1))
    prepared, answered = steps(session, dispute)
    assert (prepared.source, prepared.target) == (S.OPENED, S.PREPARING)
    assert (answered.source, answered.target, answered.by) == (S.PREPARING, S.ANSWERED, StepBy.PERSON)
    assert (answered.sent, answered.language, answered.reason, answered.person_id) == (
        TEXT.text,
        "en",
        50,
        mei.person_id,
    )
    assert answered.exhibits == [{"number": 1, "evidence_id": 7}]
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "dispute.answered")).one()
    assert told.after["exhibits"] == 1


def test_a_step_can_neither_be_changed_nor_taken_away(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    for statement in ("UPDATE dispute_step SET sent = 'other'", "DELETE FROM dispute_step"):
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("action", "more", "field"),
    [
        (A.ANSWER, {"sent": Sent("  ")}, "sent"),
        (A.ANSWER, {"sent": Sent("x", receipt_id=10**9)}, "receipt_id"),
        (A.ANSWER, {"sent": TEXT, "at": at(1)}, "at"),
        (A.COUNTER, {}, "amount"),
        (A.COUNTER, {"amount": Money(Decimal(5), "USD")}, "amount"),
        (A.COUNTER, {"amount": sgd("-1")}, "amount"),
        (A.RECORD_OFFER, {"amount": sgd("5"), "due_at": at(-1)}, "due_at"),
        (A.WIN_PART, {}, "amount"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    session: Session,
    shop: Shop,
    shipment: Shipment,
    mei: Actor,
    action: DisputeAction,
    more: dict[str, Any],
    field: str,
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    with pytest.raises(Invalid) as refused:
        move(session, dispute, action, mei, **more)
    assert refused.value.field == field


def test_a_request_without_a_case_is_not_moved_by_people(session: Session, shop: Shop, mei: Actor) -> None:
    dispute = tell(session, shop, status=P.REQUESTED)
    with pytest.raises(WrongState, match="R1 belongs to no case"):
        move(session, dispute, A.PREPARE, mei)


def test_notes_of_the_mediation_stand_among_the_moves_and_move_nothing(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    disputes.note_dispute(session, dispute.id, actor=mei, text="Asked for the packing video by phone.", now=NOW)
    (step,) = steps(session, dispute)
    assert (step.action, step.source, step.target, step.note) == (
        "note",
        S.OPENED,
        S.OPENED,
        "Asked for the packing video by phone.",
    )
    with pytest.raises(Invalid):
        disputes.note_dispute(session, dispute.id, actor=mei, text=" ", now=NOW)


# --- clocks --------------------------------------------------------------------------------------------------------------


def test_answering_meets_the_days_to_answer_and_to_give_proof_and_a_repeated_file_starts_neither(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei, evidence_due_at=at(2), return_due_at=at(5))
    assert dispute.next_due_at == at(1)
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    assert clock(session, dispute, K.DISPUTE_RESPONSE).state is ClockState.MET
    assert clock(session, dispute, K.DISPUTE_EVIDENCE).state is ClockState.MET
    assert dispute.next_due_at == at(5)
    tell(session, shop, of=make_run(session, shop.id), days=0.5, status=P.REQUESTED, amount=Decimal(99))
    assert stands(dispute) is S.ANSWERED
    assert clock(session, dispute, K.DISPUTE_EVIDENCE).state is ClockState.MET
    assert dispute.next_due_at == at(5)


def test_answering_one_request_meets_its_own_days_and_no_others_of_the_case(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, return_due_at=at(5))
    other = disputes.enter_dispute(
        session,
        incident.id,
        actor=mei,
        return_number="R2",
        reason=ReturnReason.DAMAGED,
        due_at=at(2),
        requested_at=at(-1),
        now=NOW,
    )
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    assert clock(session, dispute, K.DISPUTE_RESPONSE).state is ClockState.MET
    assert clock(session, dispute, K.DISPUTE_RETURN).state is ClockState.RUNNING, "the goods come back all the same"
    assert clock(session, other, K.DISPUTE_RESPONSE).state is ClockState.RUNNING
    assert (other.state, other.next_due_at, incident.next_due_at) == (S.OPENED, at(2), at(2))
    assert dispute.next_due_at == at(5), "each has its own next moment"


def test_more_proof_asked_for_by_a_later_day_is_a_clock_again(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei, evidence_due_at=at(2))
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    tell(session, shop, of=make_run(session, shop.id), days=1, status=P.JUDGING, evidence_due_at=at(4))
    again = clock(session, dispute, K.DISPUTE_EVIDENCE)
    assert (again.state, again.due_at, dispute.next_due_at) == (ClockState.RUNNING, at(4), at(4))
    move(session, dispute, A.SEND_MORE, mei, sent=Sent("The video of the packing."))
    assert clock(session, dispute, K.DISPUTE_EVIDENCE).state is ClockState.MET
    assert stands(dispute) is S.JUDGING


def test_an_offer_that_is_recorded_has_its_day_as_a_clock_and_answering_it_meets_it(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.RECORD_OFFER, mei, amount=sgd("40"), due_at=at(0.5))
    assert (dispute.state, dispute.offered, dispute.offer_due_at) == (S.OFFERED, Decimal(40), at(0.5))
    assert clock(session, dispute, K.DISPUTE_OFFER).state is ClockState.RUNNING
    move(session, dispute, A.DECLINE_OFFER, mei, now=NOW + timedelta(hours=1))
    assert stands(dispute) is S.PREPARING
    assert clock(session, dispute, K.DISPUTE_OFFER).state is ClockState.MET
    assert clock(session, dispute, K.DISPUTE_RESPONSE).state is ClockState.RUNNING


def test_an_offer_without_a_day_is_what_comes_next_on_the_case_unless_something_is_due_within_a_day(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, response_due_at=at(2))
    move(session, dispute, A.RECORD_OFFER, mei, amount=sgd("40"))

    def following(days: float) -> Next | None:
        requests = disputes_of(session, incident.id, shipment.id, actor=mei)
        told = story(session, incident.reference, actor=mei)
        return next_step(told, actor=mei, now=at(days), requests=requests)

    found = following(0)
    assert found is not None and found.sentence == "Answer the offer in return R1: no day for it is known"
    assert (found.detail, found.at, found.step) == ("Offered SGD 40.00.", None, None)
    soon = following(1.5)
    assert soon is not None and soon.at == at(2)
    move(session, dispute, A.DECLINE_OFFER, mei)
    after = following(0)
    assert after is not None and after.at == at(2)


def test_saying_that_the_answer_was_sent_there_counts_as_answered(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    due = clock(session, dispute, K.DISPUTE_RESPONSE)
    disputes.settle_due(session, due.id, actor=mei, done=True, note="Sent in Seller Centre.", now=NOW)
    session.refresh(dispute)
    assert (dispute.state, dispute.answered_at, dispute.next_due_at) == (S.ANSWERED, NOW, None)


# --- offers --------------------------------------------------------------------------------------------------------------


def test_counter_offers_end_where_the_platform_says(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(
        session, shop, shipment, mei, negotiation=Negotiation.PENDING_RESPOND, counter_limit=1, offered=Decimal(60)
    )
    assert stands(dispute) is S.OFFERED
    move(session, dispute, A.COUNTER, mei, amount=sgd("30"), now=NOW)
    assert stands(dispute) is S.COUNTERED
    later = NOW + timedelta(hours=2)
    tell(session, shop, of=make_run(session, shop.id), days=0.5, negotiation=Negotiation.PENDING_RESPOND)
    assert stands(dispute) is S.OFFERED
    with pytest.raises(WrongState, match="no further counter-offer"):
        move(session, dispute, A.COUNTER, mei, amount=sgd("35"), now=later)
    # The platform may allow another one.
    tell(session, shop, of=make_run(session, shop.id), days=1, counter_limit=1)
    move(session, dispute, A.COUNTER, mei, amount=sgd("35"), now=at(2))
    made = move(session, dispute, A.COUNTER_TAKEN, mei, now=at(2.5))
    assert (made.state, made.refunded) == (S.SETTLED, Decimal(35))


def test_accepting_an_offer_takes_its_amount(session: Session, shop: Shop, shipment: Shipment, mei: Actor) -> None:
    dispute, _incident = asked(
        session, shop, shipment, mei, negotiation=Negotiation.PENDING_RESPOND, offered=Decimal("12.34")
    )
    made = move(session, dispute, A.ACCEPT_OFFER, mei)
    assert (made.state, made.refunded) == (S.SETTLED, Decimal("12.34"))


# --- files and time ------------------------------------------------------------------------------------------------------


def test_the_platforms_word_moves_it_on_as_a_step_and_an_older_file_never_back(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    tell(session, shop, of=make_run(session, shop.id), days=1, status=P.JUDGING)
    assert stands(dispute) is S.JUDGING
    last = steps(session, dispute)[-1]
    assert (last.by, last.action, last.source, last.target) == (StepBy.PLATFORM, "follow", S.ANSWERED, S.JUDGING)
    tell(session, shop, of=make_run(session, shop.id), days=-2, status=P.REQUESTED)
    assert stands(dispute) is S.JUDGING
    move(session, dispute, A.WIN, mei)
    tell(session, shop, of=make_run(session, shop.id), days=2, status=P.CLOSED)
    assert stands(dispute) is S.WON


def test_deleting_the_import_takes_its_move_back(session: Session, shop: Shop, shipment: Shipment, mei: Actor) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    gone = make_run(session, shop.id)
    tell(session, shop, of=gone, days=1, status=P.REFUND_PAID, refunded_at=at(-0.1))
    assert stands(dispute) is S.LOST
    disputes.RETURNS.delete(session, gone, actor=SYSTEM, now=NOW)
    session.refresh(dispute)
    assert stands(dispute) is S.ANSWERED
    assert [one.target for one in steps(session, dispute)] == [S.ANSWERED, S.LOST, S.ANSWERED]


def test_a_day_that_passed_without_an_answer_is_told_once_and_the_markets_days_end_nothing(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei)
    other = make_shipment(session, shop)
    (guess,) = write_down(
        session, shop,
        [Saying("R2", {"order_number": other.order_number, "status": P.REQUESTED, "requested_at": at(-1)})],
        source=Source.HAND, as_of=NOW, actor=SYSTEM, now=NOW,
    )  # fmt: skip
    assert guess.response_basis is DueBasis.FALLBACK
    assert disputes.lapse(session, actor=SYSTEM, now=at(0.5)) == (0, None)
    assert disputes.lapse(session, actor=SYSTEM, now=at(3)) == (1, None)
    assert disputes.lapse(session, actor=SYSTEM, now=at(4)) == (0, None)
    session.refresh(dispute)
    assert (dispute.state, guess.state) == (S.EXPIRED, S.OPENED)
    (step,) = steps(session, dispute)
    assert (step.by, step.action) == (StepBy.TIME, "expire")
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "dispute.moved")).all()
    assert [one.chain for one in told] == [incident.id]


def test_a_late_answer_that_was_taken_all_the_same_counts(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    disputes.lapse(session, actor=SYSTEM, now=at(2))
    move(session, dispute, A.ANSWER, mei, sent=TEXT, now=at(2.1))
    assert stands(dispute) is S.ANSWERED


# --- the books -----------------------------------------------------------------------------------------------------------


def test_a_refund_up_to_the_goods_loss_is_that_very_loss(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.LOSE, mei)
    assert dispute.refunded == Decimal(100)
    assert booked(session, incident, mei) == {Account.LOSS_GOODS: Decimal(100), Account.GOODS: Decimal(-100)} or booked(
        session, incident, mei
    ) == {Account.LOSS_GOODS: Decimal(100)}


def test_what_a_refund_costs_beyond_the_goods_is_a_loss_and_goes_when_it_is_won_after_all(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.LOSE, mei, amount=sgd("130"))
    assert booked(session, incident, mei)[Account.LOSS_REFUND] == Decimal(30)
    move(session, dispute, A.WIN_PART, mei, amount=sgd("110"))
    assert booked(session, incident, mei)[Account.LOSS_REFUND] == Decimal(10)
    move(session, dispute, A.WIN, mei)
    assert Account.LOSS_REFUND not in booked(session, incident, mei)
    assert dispute.refund_posting_id is None


def test_two_refunds_of_one_case_share_the_goods_loss(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    first, incident = asked(session, shop, shipment, mei)
    second = disputes.enter_dispute(
        session, incident.id, actor=mei, return_number="R2", reason=ReturnReason.DAMAGED, amount=sgd("70"), now=NOW
    )
    move(session, first, A.LOSE, mei, amount=sgd("80"))
    move(session, second, A.CONCEDE, mei)
    assert booked(session, incident, mei)[Account.LOSS_REFUND] == Decimal(50)


def test_a_refund_the_platform_tells_of_is_booked_by_the_file(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, amount=Decimal(140))
    gone = make_run(session, shop.id)
    tell(session, shop, of=gone, days=1, status=P.REFUND_PAID, refunded_at=at(-0.1))
    assert booked(session, incident, mei)[Account.LOSS_REFUND] == Decimal(40)
    disputes.RETURNS.delete(session, gone, actor=SYSTEM, now=NOW)
    assert Account.LOSS_REFUND not in booked(session, incident, mei)
    assert dispute.refund_posting_id is None


def test_compensation_is_asked_granted_paid_and_taken_back(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, compensation_due_at=at(3))
    move(session, dispute, A.LOSE, mei)
    assert clock(session, dispute, K.DISPUTE_COMPENSATION).state is ClockState.RUNNING
    move(session, dispute, A.REQUEST_COMPENSATION, mei, sent=Sent("The parcel broke with the platform's carrier."))
    assert clock(session, dispute, K.DISPUTE_COMPENSATION).state is ClockState.MET
    tell(
        session, shop, of=make_run(session, shop.id), days=1,
        compensation_status=CompensationStatus.APPROVED, compensation=Decimal(60),
    )  # fmt: skip
    assert stands(dispute) is S.COMPENSATION_APPROVED
    move(session, dispute, A.PAY, mei)
    assert (dispute.state, dispute.paid) == (S.PAID, Decimal(60))
    assert booked(session, incident, mei)[Account.RECOVERY_PLATFORM] == Decimal(-60)
    session.refresh(incident)
    assert incident.recovered == Decimal(60)
    move(session, dispute, A.TAKE_BACK, mei, note="It was another return's.")
    session.refresh(incident)
    assert (dispute.state, incident.recovered) == (S.COMPENSATION_APPROVED, Decimal(0))


def test_no_more_comes_back_than_was_lost(session: Session, shop: Shop, shipment: Shipment, mei: Actor) -> None:
    dispute, _incident = asked(session, shop, shipment, mei)
    move(session, dispute, A.LOSE, mei)
    with pytest.raises(Invalid, match="more than the loss"):
        move(session, dispute, A.PAY, mei, amount=sgd("101"))


def test_a_case_does_not_close_over_a_request_that_can_still_be_answered(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei)

    def closed() -> None:
        incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=NOW)

    with pytest.raises(WrongState, match=dispute.return_number):
        closed()
    move(session, dispute, A.CONCEDE, mei)
    closed()
    assert incident.state is IncidentState.CLOSED


def test_nothing_is_booked_in_a_closed_case_and_people_are_told_to_reopen_it(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, amount=Decimal(140))
    incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=at(20))
    tell(session, shop, of=make_run(session, shop.id), days=1, status=P.REFUND_PAID, refunded_at=at(-0.1))
    assert Account.LOSS_REFUND not in booked(session, incident, mei)
    with pytest.raises(WrongState, match="Reopen"):
        move(session, dispute, A.LOSE, mei)
    assert incident.type is IncidentType.DAMAGED


def test_a_line_of_compensation_pays_the_dispute_and_letting_it_go_takes_it_back(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    dispute, incident = asked(session, shop, shipment, mei, compensation=Decimal(45))
    move(session, dispute, A.ANSWER, mei, sent=TEXT)
    make_line(session, shipment, "45.00", return_number="R1")
    settlements.suggest(session, actor=mei, now=NOW)
    (match,) = session.scalars(select(SettlementMatch)).all()
    settlements.accept(session, match.id, actor=mei, now=NOW)
    session.refresh(incident)
    assert (dispute.state, dispute.paid, incident.recovered) == (S.PAID, Decimal(45), Decimal(45))
    settlements.unmatch(session, match.id, actor=mei, note="another parcel's", now=NOW)
    session.refresh(incident)
    assert (dispute.state, dispute.paid, incident.recovered) == (S.COMPENSATION_APPROVED, None, Decimal(0))


# --- what is left --------------------------------------------------------------------------------------------------------


def test_a_lost_dispute_leads_to_the_carriers_window_that_is_still_open_though_the_case_was_let_go(
    session: Session, shop: Shop, shipment: Shipment, mei: Actor
) -> None:
    make_rule_card(session, type=IncidentType.DAMAGED)
    dispute, incident = asked(session, shop, shipment, mei)
    incident.tier = Tier.ABSORB
    session.execute(delete(Clock).where(Clock.kind == K.CLAIM_WINDOW))
    session.flush()
    move(session, dispute, A.LOSE, mei)
    window = session.scalars(select(Clock).where(Clock.kind == K.CLAIM_WINDOW, Clock.incident_id == incident.id)).one()
    assert window.state is ClockState.RUNNING
    # A second decision starts no second clock.
    move(session, dispute, A.WIN_PART, mei, amount=sgd("50"))
    assert len(session.scalars(select(Clock).where(Clock.kind == K.CLAIM_WINDOW)).all()) == 1
