"""An offer is decided by its date; a payer that is silent is asked again, and every date says whose it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.clocks import running
from core.foundation.clock import end_of_day
from core.foundation.errors import Invalid, TooEarly, TooLate, WrongState
from core.foundation.permissions import Actor, Role
from core.models import Clock, Contact, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.rule import DayUnit, PayerKind
from core.recovery import claims
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import times
from tests.factories import NOW, make_rule_card
from tests.people import acting
from tests.recovery.claiming import DAY, approve, draft, filed, pay, prove, sgd


def test_an_offer_waits_for_a_decision_with_a_clock_of_its_own(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session)
    claim = filed(session, mei, incident, card)
    claims.record_offer(session, claim.id, actor=mei, amount=sgd("250"), text="take it", due_at=NOW + 4 * DAY, now=NOW)
    assert claim.state is ClaimState.OFFERED
    [clock] = running(session, incident.id)
    assert (clock.kind, clock.due_at, clock.rule) == (ClockKind.OFFER, NOW + 4 * DAY, card.code)


def test_an_accepted_offer_is_a_part_approval_to_be_paid(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    claims.record_offer(session, claim.id, actor=mei, amount=sgd("250"), now=NOW)
    claims.accept_offer(session, claim.id, actor=mei, now=NOW)
    assert (claim.state, claim.approved) == (ClaimState.PARTLY_APPROVED, sgd("250").amount)
    assert {clock.kind for clock in running(session, incident.id)} == {ClockKind.PAYMENT, ClockKind.APPEAL}
    pay(session, mei, claim, sgd("250"))
    assert claim.state is ClaimState.PAID


def test_a_declined_offer_goes_back_to_the_payer_with_our_words(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    claims.record_offer(session, claim.id, actor=mei, amount=sgd("100"), now=NOW)
    with pytest.raises(Invalid):
        claims.decline_offer(session, claim.id, actor=mei, text=" ", now=NOW)
    claims.decline_offer(session, claim.id, actor=mei, text="the invoice says 318", now=NOW)
    assert claim.state is ClaimState.IN_REVIEW
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.ANSWER]


@pytest.mark.parametrize("wrong", ["0", "318.00", "400"])
def test_an_offer_is_more_than_nothing_and_less_than_all(
    session: Session, mei: Actor, incident: Incident, wrong: str
) -> None:
    claim = filed(session, mei, incident)
    with pytest.raises(Invalid) as refused:
        claims.record_offer(session, claim.id, actor=mei, amount=sgd(wrong), now=NOW)
    assert refused.value.field == "amount"


def test_what_the_payer_gives_no_time_for_is_a_reminder_of_our_own(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident, make_rule_card(session, answer_days=None))
    [answer] = running(session, incident.id)
    assert (answer.kind, answer.rule, answer.rule_version) == (ClockKind.ANSWER, claims.OWN, None)
    assert answer.due_at == end_of_day(NOW.date() + times.own("answer").n * DAY, claim.zone)
    approve(session, mei, claim)
    [payment] = running(session, incident.id)
    assert (payment.kind, payment.rule) == (ClockKind.PAYMENT, claims.OWN)


def test_a_claim_filed_an_hour_ago_counts_from_then(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident, make_rule_card(session, answer_days=2, answer_unit=DayUnit.HOURS))
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    now = NOW + timedelta(hours=1)
    for wrong in (now + timedelta(minutes=1), NOW - DAY):
        with pytest.raises(Invalid) as refused:
            claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", submitted_at=wrong, now=now)
        assert refused.value.field == "submitted_at"
    claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", submitted_at=NOW, now=now)
    assert claim.submitted_at == NOW
    assert [clock.due_at for clock in running(session, incident.id)] == [NOW + timedelta(hours=2)]


def test_the_window_is_judged_by_the_moment_of_filing(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    assert claim.due_at is not None
    late = claim.due_at + timedelta(hours=2)
    with pytest.raises(TooLate):
        claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", now=late)
    claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", submitted_at=claim.due_at, now=late)
    assert claim.state is ClaimState.SUBMITTED


def test_before_the_window_it_was_too_early_even_if_it_is_open_now(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, not_before=21, not_before_unit=DayUnit.CALENDAR_DAYS)
    claim = draft(session, mei, incident, card)
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    assert claim.opens_at is not None
    early = claim.opens_at - timedelta(hours=1)
    with pytest.raises(TooEarly):
        claims.submit(session, claim.id, actor=mei, case_number="1", via="p", submitted_at=early, now=claim.opens_at)


def ask(session: Session, mei: Actor, claim_id: int, now: object, **more: object) -> None:
    values = {"channel": Channel.PHONE, "text": "asked for the answer", "staff_number": "NV-7", "now": now, **more}
    claims.follow_up(session, claim_id, actor=mei, **values)  # type: ignore[arg-type]


def test_who_asks_after_a_late_answer_logs_it_settles_it_and_sets_the_next_date(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    [answer] = running(session, incident.id)
    assert answer.due_at is not None
    late = answer.due_at + DAY
    ask(session, mei, claim.id, late)
    assert answer.state is ClockState.MISSED and claim.followed_up_at == late
    [talk] = session.scalars(select(Contact))
    assert (talk.party, talk.staff_number, talk.summary) == (Party.CARRIER, "NV-7", "asked for the answer")
    [following] = running(session, incident.id)
    assert following.rule == claims.OWN and following.due_at is not None
    assert following.due_at == end_of_day((late + times.own("follow_up").n * DAY).date(), claim.zone)
    assert claim.state is ClaimState.SUBMITTED and claim.next_due_at == following.due_at


def test_the_cards_own_time_for_asking_again_goes_before_ours(session: Session, mei: Actor, incident: Incident) -> None:
    card = make_rule_card(session, follow_up_days=3, follow_up_unit=DayUnit.CALENDAR_DAYS)
    claim = filed(session, mei, incident, card)
    [answer] = running(session, incident.id)
    assert answer.due_at is not None
    late = answer.due_at + DAY
    ask(session, mei, claim.id, late)
    [following] = running(session, incident.id)
    assert (following.rule, following.due_at) == (card.code, end_of_day((late + 3 * DAY).date(), claim.zone))


def test_asking_early_leaves_the_date_unless_another_is_given(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    [answer] = running(session, incident.id)
    ask(session, mei, claim.id, NOW)
    assert running(session, incident.id) == [answer]
    ask(session, mei, claim.id, NOW, next_on=date(2026, 11, 27))
    assert answer.state is ClockState.CANCELLED
    [following] = running(session, incident.id)
    assert following.due_at == end_of_day(date(2026, 11, 27), mei.zone)
    with pytest.raises(Invalid) as refused:
        ask(session, mei, claim.id, NOW, next_on=date(2026, 11, 20))
    assert refused.value.field == "next_on"


def test_after_an_approval_it_is_the_money_that_is_asked_for(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    [payment] = running(session, incident.id)
    assert payment.due_at is not None
    ask(session, mei, claim.id, payment.due_at + DAY)
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.PAYMENT]
    assert payment.state is ClockState.MISSED


def test_nobody_is_asked_after_a_draft_or_a_rejection(session: Session, mei: Actor, incident: Incident) -> None:
    claim = draft(session, mei, incident)
    with pytest.raises(WrongState):
        ask(session, mei, claim.id, NOW)
    assert session.scalars(select(Contact)).all() == []


def test_a_supplier_is_logged_as_a_supplier(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident, make_rule_card(session, payer_kind=PayerKind.SUPPLIER, payer_name="Maker"))
    ask(session, mei, claim.id, NOW)
    assert session.scalars(select(Contact.party)).one() is Party.SUPPLIER


def test_an_agent_throws_an_unfiled_draft_away_and_its_window_is_watched_on(
    session: Session, mei: Actor, incident: Incident
) -> None:
    agent = acting(session, Role.AGENT)
    claim = draft(session, agent, incident)
    window = claim.due_at
    claims.discard(session, claim.id, actor=agent, now=NOW)
    assert claim.state is ClaimState.WITHDRAWN
    [clock] = running(session, incident.id)
    assert (clock.kind, clock.claim_id, clock.due_at) == (ClockKind.CLAIM_WINDOW, None, window)
    claim = filed(session, mei, incident)
    with pytest.raises(WrongState):
        claims.discard(session, claim.id, actor=agent, now=NOW)


def test_drafting_takes_the_place_of_that_payers_watched_window_only(
    session: Session, mei: Actor, incident: Incident
) -> None:
    mine = make_rule_card(session, payer_name="First", carrier_code="x1")
    other = make_rule_card(session, payer_name="Second", carrier_code="x2")
    for card in (mine, other):
        claim = draft(session, mei, incident, card)
        claims.discard(session, claim.id, actor=mei, now=NOW)
    draft(session, mei, incident, mine)
    watched = {clock.title: clock.claim_id is None for clock in running(session, incident.id)}
    assert watched == {"First": False, "Second": True}


def test_information_asked_and_an_offer_do_not_run_beside_each_other(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    claims.record_offer(session, claim.id, actor=mei, amount=sgd("250"), now=NOW)
    ask_for = {"text": "the invoice", "due_at": NOW + DAY, "now": NOW}
    claims.record_answer(session, claim.id, ClaimAction.ASK_INFORMATION, actor=mei, **ask_for)  # type: ignore[arg-type]
    assert [clock.kind for clock in running(session, incident.id)] == [ClockKind.INFORMATION]
    states = {clock.kind: clock.state for clock in session.scalars(select(Clock)) if clock.claim_id == claim.id}
    assert states[ClockKind.OFFER] is ClockState.CANCELLED
