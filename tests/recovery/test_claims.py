"""A claim goes out inside its window with its documents, every answer is chased, and the money is booked once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import incidents
from core.cases.clocks import running
from core.foundation.audit import check_chain
from core.foundation.errors import (
    Duplicate,
    GuardFailed,
    Invalid,
    NotAllowed,
    NotFound,
    Refusal,
    TooEarly,
    TooLate,
    WrongState,
)
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import Carrier, Claim, Clock, Incident, Payout
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage
from core.models.ledger import Account, PayoutBack
from core.models.rule import ClockEvent, DayUnit
from core.money import ledger
from core.recovery import claims, payouts
from core.recovery.claim_states import ANSWERS, CLAIMS, ClaimAction
from tests.factories import NOW, make_rule_card, make_shipment
from tests.people import acting
from tests.recovery.claiming import DAY, approve, draft, filed, pay, prove, reject, sgd


def test_a_draft_asks_for_the_booked_loss_and_its_window_is_a_clock(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = draft(session, mei, incident)
    assert claim.reference == "CL-2026-00001"
    assert claim.demand == Decimal("318.00")
    # Accepted on 13 November in Singapore; thirty days later the day ends at 23:59:59 there.
    assert claim.due_at == datetime(2026, 12, 13, 15, 59, 59, tzinfo=UTC)
    assert claim.window_why
    [clock] = running(session, incident.id)
    assert (clock.kind, clock.due_at, clock.claim_id) == (ClockKind.CLAIM_WINDOW, claim.due_at, claim.id)
    assert incident.next_due_at == claim.due_at


def test_the_demand_stays_below_the_cap(session: Session, mei: Actor, incident: Incident) -> None:
    card = make_rule_card(session, cap={"kind": "amount", "amount": "100", "currency": "USD"})
    claim = draft(session, mei, incident, card)
    assert claim.demand == claim.cap == Decimal("130.00")
    assert "USD 100.00" in claim.cap_text


def test_a_second_claim_on_the_same_payer_waits_for_the_first_to_end(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session)
    first = draft(session, mei, incident, card)
    with pytest.raises(Duplicate) as refused:
        draft(session, mei, incident, card)
    assert refused.value.reference == first.reference
    claims.withdraw(session, first.id, actor=mei, reason="wrong demand", now=NOW)
    assert draft(session, mei, incident, card).id != first.id


def test_a_card_for_another_kind_of_incident_is_refused(session: Session, mei: Actor, incident: Incident) -> None:
    with pytest.raises(Invalid):
        draft(session, mei, incident, make_rule_card(session, type=IncidentType.DAMAGED))


def test_a_claim_without_its_documents_is_refused_naming_them(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    prove(session, incident, "packing_video")
    with pytest.raises(GuardFailed, match="Proof of value") as refused:
        claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    assert refused.value.missing == ("proof_of_value",)


def test_withdrawn_evidence_no_longer_counts(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    [_video, invoice] = prove(session, incident, "packing_video", "proof_of_value")
    invoice.withdrawn_at, invoice.withdrawn_reason = NOW, "another order"
    session.flush()
    with pytest.raises(GuardFailed):
        claims.mark_ready(session, claim.id, actor=mei, now=NOW)


def test_a_claim_before_its_window_opens_is_refused_with_the_date(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, not_before=21, not_before_unit=DayUnit.CALENDAR_DAYS)
    claim = draft(session, mei, incident, card)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    with pytest.raises(TooEarly, match="4 Dec 2026"):
        claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", now=NOW)
    assert claim.opens_at is not None
    claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", now=claim.opens_at)


def test_a_claim_after_its_window_closed_is_refused_with_the_date_and_may_only_expire(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = draft(session, mei, incident)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    assert claim.due_at is not None
    too_late = claim.due_at + timedelta(seconds=1)
    with pytest.raises(TooLate, match="13 Dec 2026 23:59"):
        claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", now=too_late)
    with pytest.raises(WrongState):
        claims.expire(session, claim.id, actor=mei, now=NOW)
    claims.expire(session, claim.id, actor=mei, now=too_late)
    assert claim.state is ClaimState.EXPIRED and running(session, incident.id) == []


def test_a_demand_beyond_the_booked_loss_is_refused(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident, demand=sgd("400"))
    prove(session, incident, "packing_video", "proof_of_value")
    with pytest.raises(GuardFailed, match="booked loss"):
        claims.mark_ready(session, claim.id, actor=mei, now=NOW)


def test_a_submission_keeps_case_number_channel_and_receipt_and_starts_the_answer_clock(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = draft(session, mei, incident)
    [_v, _p, receipt] = prove(session, incident, "packing_video", "proof_of_value", "receipt")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    with pytest.raises(Invalid):
        claims.submit(session, claim.id, actor=mei, case_number=" ", via="portal", now=NOW)
    claims.submit(session, claim.id, actor=mei, case_number="NV-1", via="portal", receipt_id=receipt.id, now=NOW)
    assert (claim.case_number, claim.submitted_by, claim.receipt_id) == ("NV-1", mei.person_id, receipt.id)
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.ANSWER]
    assert incident.state is IncidentState.CLAIMING


def test_a_receipt_of_another_case_is_refused(session: Session, mei: Actor, incident: Incident) -> None:
    other = incidents.register(
        session,
        actor=mei,
        shipment_id=make_shipment(session).id,
        type=IncidentType.LOST,
        stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
    [foreign] = prove(session, other, "receipt")
    claim = draft(session, mei, incident)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    with pytest.raises(Invalid):
        claims.submit(session, claim.id, actor=mei, case_number="1", via="p", receipt_id=foreign.id, now=NOW)


def test_information_asked_needs_words_and_a_date_and_is_a_clock_of_its_own(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    ask = ClaimAction.ASK_INFORMATION
    for text, due_at in (("", NOW + DAY), ("invoice", None), ("invoice", NOW - DAY)):
        with pytest.raises(Invalid):
            claims.record_answer(session, claim.id, ask, actor=mei, text=text, due_at=due_at, now=NOW)
    claims.record_answer(session, claim.id, ask, actor=mei, text="invoice", due_at=NOW + DAY, now=NOW)
    assert incident.next_due_at == NOW + DAY
    claims.record_answer(session, claim.id, ClaimAction.SEND_INFORMATION, actor=mei, text="sent", now=NOW)
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.ANSWER]
    assert claim.state is ClaimState.IN_REVIEW


def test_a_rejection_needs_the_payers_reason_and_opens_the_appeal(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    with pytest.raises(Invalid):
        claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=mei, denial_code="other", now=NOW)
    reject(session, mei, claim, "weight mismatch")
    [clock] = running(session, incident.id)
    assert clock.kind is ClockKind.APPEAL and clock.due_at is not None
    with pytest.raises(TooLate, match="appeal was due"):
        claims.appeal(session, claim.id, actor=mei, text="weighed again", now=clock.due_at + DAY)
    claims.appeal(session, claim.id, actor=mei, text="weighed again", now=NOW)
    assert claim.state is ClaimState.APPEALED
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.ANSWER]


def test_a_part_approval_is_less_than_the_demand_and_may_be_paid_or_appealed(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    for wrong in (None, sgd("0"), sgd("318.00"), Money(Decimal(5), "PHP")):
        with pytest.raises(Invalid):
            claims.record_answer(session, claim.id, part, actor=mei, amount=wrong, now=NOW)
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), due_at=NOW + 7 * DAY, now=NOW)
    kinds = {clock.kind for clock in running(session, incident.id)}
    assert kinds == {ClockKind.PAYMENT, ClockKind.APPEAL}


def test_from_a_lost_parcel_to_the_money_back(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("318.00"))
    assert claim.state is ClaimState.PAID
    found = ledger.balance(session, incident.id, actor=mei)
    assert (found.gross, found.recovered, found.net) == (sgd("318.00"), sgd("318.00"), sgd("0"))
    incidents.close(session, incident.id, actor=mei, cause=Cause.LOST_IN_TRANSIT, result=Result.RECOVERED, now=NOW)
    assert check_chain(session, incident.id) is None
    assert ledger.imbalances(session, actor=mei) == []


def test_a_payment_in_parts_is_paid_when_all_of_it_has_come(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("100"))
    assert claim.state is ClaimState.APPROVED
    pay(session, mei, claim, sgd("218.00"), "P-2")
    assert (claim.state, incident.recovered) == (ClaimState.PAID, Decimal("318.00"))


def test_nobody_is_paid_twice_or_more_than_approved(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    with pytest.raises(Invalid, match="was approved"):
        pay(session, mei, claim, sgd("318.01"))
    pay(session, mei, claim, sgd("10"))
    with pytest.raises(Duplicate):
        pay(session, mei, claim, sgd("10"))
    pay(session, mei, claim, sgd("308"), "P-2")
    with pytest.raises(Invalid, match="was approved"):
        pay(session, mei, claim, sgd("1"), "P-3")


def test_two_payers_together_cannot_bring_back_more_than_was_lost(
    session: Session, mei: Actor, incident: Incident
) -> None:
    first = filed(session, mei, incident)
    approve(session, mei, first)
    second = draft(
        session, mei, incident, make_rule_card(session, payer_name="Insurer", carrier_code="other", documents=[])
    )
    claims.mark_ready(session, second.id, actor=mei, now=NOW)
    claims.submit(session, second.id, actor=mei, case_number="I-1", via="mail", now=NOW)
    approve(session, mei, second)
    pay(session, mei, first, sgd("318.00"))
    with pytest.raises(Invalid, match=rf"SGD 318\.00 through {first.reference} \(Carrier.*With this payout more than"):
        pay(session, mei, second, sgd("0.01"), "P-2")


def test_a_payout_in_another_currency_says_what_it_was_worth(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    with pytest.raises(Invalid, match="worth in SGD"):
        pay(session, mei, claim, Money(Decimal(100), "USD"))
    pay(session, mei, claim, Money(Decimal(100), "USD"), amount=sgd("129.50"))
    [payout] = payouts.list_payouts(session, claim.id, actor=mei)
    assert (payout.amount, payout.received_amount, payout.received_currency) == (Decimal("129.50"), Decimal(100), "USD")


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2026, 11, 1)])
def test_money_cannot_come_tomorrow_or_before_the_claim(
    session: Session, mei: Actor, incident: Incident, day: date
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    with pytest.raises(Invalid):
        pay(session, mei, claim, sgd("1"), paid_on=day)


def test_a_case_does_not_close_over_a_claim_that_waits(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    with pytest.raises(WrongState, match=claim.reference):
        incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=NOW)


def test_a_window_nobody_knows_does_not_stop_the_filing(session: Session, mei: Actor, incident: Incident) -> None:
    card = make_rule_card(session, within=None, within_unit=None)
    claim = filed(session, mei, incident, card)
    assert claim.state is ClaimState.SUBMITTED and claim.due_at is None


def test_a_moment_the_parcel_does_not_know_is_written_down_and_the_window_follows(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, clock_event=ClockEvent.CARRIER_NOTICE)
    found = claims.window_of(session, incident.id, card.id, actor=mei)
    assert found.window is None and found.unknown
    claim = draft(session, mei, incident, card)
    assert claim.due_at is None
    claims.set_event(session, claim.id, actor=mei, event_at=NOW - 3 * DAY, now=NOW)
    assert claim.due_at == datetime(2026, 12, 20, 15, 59, 59, tzinfo=UTC)
    assert [clock.due_at for clock in running(session, incident.id)] == [claim.due_at]


def partly_paid(session: Session, mei: Actor, incident: Incident) -> Claim:
    """A claim of 318.00, granted 200.00, of which 100.00 came, and appealed for the rest."""
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), due_at=NOW + DAY, now=NOW)
    pay(session, mei, claim, sgd("100"))
    return claims.appeal(session, claim.id, actor=mei, text="the invoice says 318", now=NOW)


def test_what_was_paid_is_not_rejected_or_withdrawn_and_the_button_says_so(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = partly_paid(session, mei, incident)
    with pytest.raises(WrongState, match=r"SGD 100\.00 was paid"):
        reject(session, mei, claim)
    with pytest.raises(WrongState, match=r"SGD 100\.00 was paid"):
        claims.withdraw(session, claim.id, actor=mei, reason="tired", now=NOW)
    off = {one.action for one in claims.claim_offers(session, claim.id, actor=mei, now=NOW) if not one.permitted}
    assert off == {ClaimAction.REJECT, ClaimAction.WITHDRAW}


def test_a_new_answer_is_never_below_what_was_paid_and_may_equal_it(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = partly_paid(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    with pytest.raises(Invalid, match="was paid already"):
        claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("99.99"), now=NOW)
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("100"), due_at=NOW + DAY, now=NOW)
    # Nothing is left to be paid, so no payment is awaited.
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.APPEAL]
    claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=mei, now=NOW)
    assert (claim.next_due_at, incident.next_due_at) == (None, None)


def test_an_appeal_nobody_made_is_not_counted_as_made_when_the_money_comes(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), due_at=NOW + DAY, now=NOW)
    pay(session, mei, claim, sgd("200"))
    stopped = {
        clock.kind: clock.state
        for clock in session.scalars(select(Clock).where(Clock.claim_id == claim.id, Clock.settled_at.is_not(None)))
    }
    assert stopped[ClockKind.APPEAL] is ClockState.CANCELLED
    assert stopped[ClockKind.PAYMENT] is ClockState.MET


def test_a_loss_that_money_came_back_for_is_not_taken_back(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("100"))
    [goods] = ledger.standing_postings(session, incident.id, Account.LOSS_GOODS)
    with pytest.raises(Invalid, match=r"SGD 100\.00 came back for this case\. Without this loss only SGD 0\.00"):
        ledger.reverse(session, goods.id, actor=mei, note="no", now=NOW)


@pytest.mark.parametrize("demand", ["12.345", "0.001", "0", "1e14"])
def test_a_demand_the_currency_cannot_hold_is_refused(
    session: Session, mei: Actor, incident: Incident, demand: str
) -> None:
    claim = draft(session, mei, incident)
    seen, typed = {"demand": claim.demand}, {"demand": Decimal(demand)}
    with pytest.raises(Invalid) as refused:
        claims.edit_claim(session, claim.id, actor=mei, seen=seen, typed=typed, now=NOW)
    assert refused.value.field == "demand" and claim.demand == Decimal("318.00")


def test_a_card_that_has_a_newer_version_is_no_longer_drafted_under(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, code="TWICE", superseded_at=NOW)
    make_rule_card(session, code="TWICE", version=2)
    with pytest.raises(Invalid, match="newer version"):
        draft(session, mei, incident, card)


def test_a_moment_the_parcel_knows_is_not_written_over(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    with pytest.raises(Invalid, match="itself knows"):
        claims.set_event(session, claim.id, actor=mei, event_at=NOW - DAY, now=NOW)


def test_texts_from_outside_are_kept_without_what_the_database_cannot_hold(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = draft(session, mei, incident, note="a\x00b")
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    with pytest.raises(Invalid) as refused:
        claims.submit(session, claim.id, actor=mei, case_number="1", via="x" * 201, now=NOW)
    assert refused.value.field == "via"
    claims.submit(session, claim.id, actor=mei, case_number="N\x00V-1", via="por\x00tal", now=NOW)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("1"), "P\x00-1")
    assert (claim.note, claim.case_number, claim.submitted_via) == ("ab", "NV-1", "portal")
    with pytest.raises(Duplicate):
        pay(session, mei, claim, sgd("1"), "P-1")


def test_a_window_or_claim_that_is_not_there_is_a_sentence(session: Session, mei: Actor, incident: Incident) -> None:
    for incident_id, card_id in ((incident.id, 0), (0, make_rule_card(session).id)):
        with pytest.raises(NotFound):
            claims.window_of(session, incident_id, card_id, actor=mei)
    with pytest.raises(NotFound):
        claims.claim_offers(session, 0, actor=mei, now=NOW)


def _try(session: Session, claim: Claim, action: ClaimAction, actor: Actor) -> None:
    """Take `action` with everything it could ask for."""
    if action is ClaimAction.MARK_READY:
        claims.mark_ready(session, claim.id, actor=actor, now=NOW)
    elif action is ClaimAction.BACK_TO_DRAFT:
        claims.back_to_draft(session, claim.id, actor=actor, now=NOW)
    elif action is ClaimAction.SUBMIT:
        claims.submit(session, claim.id, actor=actor, case_number="1", via="portal", now=NOW)
    elif action is ClaimAction.APPEAL:
        claims.appeal(session, claim.id, actor=actor, text="because", now=NOW)
    elif action is ClaimAction.EXPIRE:
        claims.expire(session, claim.id, actor=actor, now=NOW + 60 * DAY)
    elif action is ClaimAction.WITHDRAW:
        claims.withdraw(session, claim.id, actor=actor, reason="because", now=NOW)
    elif action is ClaimAction.DISCARD:
        claims.discard(session, claim.id, actor=actor, now=NOW)
    elif action is ClaimAction.RECORD_OFFER:
        claims.record_offer(session, claim.id, actor=actor, amount=sgd("150"), now=NOW)
    elif action is ClaimAction.ACCEPT_OFFER:
        claims.accept_offer(session, claim.id, actor=actor, now=NOW)
    elif action is ClaimAction.DECLINE_OFFER:
        claims.decline_offer(session, claim.id, actor=actor, text="more", now=NOW)
    elif action is ClaimAction.FOLLOW_UP:
        claims.follow_up(session, claim.id, actor=actor, channel=Channel.PHONE, text="when?", now=NOW)
    elif action in PAYING:
        pay(session, actor, claim, sgd("200"), f"P-{action}", keep_surplus=True)
    elif action in BACK:
        took = session.scalars(select(Payout).where(Payout.claim_id == claim.id)).first()
        how = PayoutBack.MISTAKE if action is ClaimAction.TAKE_BACK else PayoutBack.BOUNCED
        payouts.reverse_payout(session, took.id if took else 0, actor=actor, how=how, note="a slip", now=NOW)
    else:
        assert action in ANSWERS
        part = sgd("200") if action is ClaimAction.PARTLY_APPROVE else None
        due = NOW + DAY if action is ClaimAction.ASK_INFORMATION else None
        claims.record_answer(
            session, claim.id, action, actor=actor, amount=part, text="words", due_at=due, denial_code="other", now=NOW
        )


PAYING = (ClaimAction.PAY, ClaimAction.PAY_MORE)
BACK = (ClaimAction.TAKE_BACK, ClaimAction.AWAIT_AGAIN, ClaimAction.AWAIT_PART_AGAIN)
"""One verb takes a payout back; what becomes of the claim depends on where it stood."""


def at(session: Session, mei: Actor, incident: Incident, state: ClaimState, action: ClaimAction) -> Claim:
    """A claim put into a state with what the state needs: 200 of 318 granted, a payout where one is to be taken back."""
    claim = draft(session, mei, incident)
    prove(session, incident, "packing_video", "proof_of_value")
    filed_already = state not in (ClaimState.DRAFT, ClaimState.READY)
    if filed_already:
        claim.case_number, claim.submitted_at, claim.approved, claim.offered = "1", NOW, Decimal(200), Decimal(150)
    if action in BACK and filed_already:
        claim.approved = claim.demand if action is ClaimAction.AWAIT_AGAIN else Decimal(200)
        claim.state = ClaimState.APPROVED
        session.flush()
        pay(session, mei, claim, Money(claim.approved, "SGD"))
    claim.state = state
    session.flush()
    return claim


@pytest.mark.parametrize(("state", "action"), list(product(ClaimState, ClaimAction)))
def test_every_action_starts_exactly_from_its_states(
    session: Session, mei: Actor, incident: Incident, state: ClaimState, action: ClaimAction
) -> None:
    claim = at(session, mei, incident, state, action)
    row = CLAIMS.row(action)
    if action in PAYING:
        # One verb takes money in; where it stood decides whether the claim moves.
        row = next((one for one in map(CLAIMS.row, PAYING) if state in one.sources), row)
    if action is ClaimAction.TAKE_BACK and state in CLAIMS.row(ClaimAction.AWAIT_PART_AGAIN).sources:
        row = CLAIMS.row(ClaimAction.AWAIT_PART_AGAIN)
    if state in row.sources:
        _try(session, claim, action, mei)
        assert claim.state is (row.target or state)
        assert check_chain(session, incident.id) is None
    elif action in (ClaimAction.AWAIT_AGAIN, ClaimAction.AWAIT_PART_AGAIN):
        with suppress(Refusal):
            _try(session, claim, action, mei)
        assert claim.state is state
    else:
        with pytest.raises((WrongState, NotFound)):
            _try(session, claim, action, mei)
        assert claim.state is state


@pytest.mark.parametrize(("role", "action"), list(product(Role, ClaimAction)))
def test_every_action_asks_for_its_right(
    session: Session, mei: Actor, incident: Incident, role: Role, action: ClaimAction
) -> None:
    claim = draft(session, mei, incident)
    someone = acting(session, role, f"someone-{role.value}")
    if someone.may(CLAIMS.row(action).permission):
        try:
            _try(session, claim, action, someone)
        except NotAllowed:
            pytest.fail(f"{role} holds the right to {action} and was refused")
        except Refusal:
            pass
    else:
        with pytest.raises(NotAllowed):
            _try(session, claim, action, someone)


def test_a_button_that_is_off_says_why(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    offers = {offer.action: offer for offer in claims.claim_offers(session, claim.id, actor=mei, now=NOW)}
    assert not offers[ClaimAction.MARK_READY].permitted
    assert "Packing video" in (offers[ClaimAction.MARK_READY].reason or "")
    assert ClaimAction.SUBMIT not in offers
    viewer = acting(session, Role.VIEWER)
    assert all(
        not offer.permitted and offer.reason for offer in claims.claim_offers(session, claim.id, actor=viewer, now=NOW)
    )


def test_under_a_card_for_any_carrier_the_parcels_own_carrier_is_asked(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, carrier_code=None, payer_name="The carrier")
    carrier = session.get_one(Carrier, incident.carrier_id)
    claim = draft(session, mei, incident, card)
    assert claim.payer_name == carrier.name
    assert [clock.title for clock in running(session, incident.id)] == [carrier.name]
    with pytest.raises(Duplicate, match=carrier.name):
        draft(session, mei, incident, card)
