"""Suggestions and what a person decides about them: money is booked by the payouts' own door, and never twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotAllowed, NotFound, TooLarge, WrongState
from core.foundation.permissions import Actor, Role
from core.models import AuditEvent, Claim, Incident, IncidentOffer, Payout, PayoutReversal, SettlementLine
from core.models.claim import ClaimState
from core.models.dispute import Dispute, DisputeStatus
from core.models.imports import OfferCause
from core.models.incident import IncidentType
from core.models.ledger import PayoutBack
from core.models.rule import PayerKind
from core.models.settlement import MatchState, MatchWay, SettlementMatch
from core.money import ledger
from core.recovery import claims, payouts, settlements
from core.recovery.payouts import record_payout
from tests.factories import NOW, make_rule_card, make_shipment, make_shop
from tests.people import acting
from tests.recovery.claiming import DAY, approve, draft, filed, pay, reject, sgd
from tests.recovery.settlements.money import PAID, make_line, matches, parcel_of, register, shares


def look(session: Session, mei: Actor) -> settlements.Suggested:
    return settlements.suggest(session, actor=mei, now=NOW)


def only(session: Session) -> SettlementMatch:
    (match,) = matches(session)
    return match


def come(session: Session, mei: Actor, incident: Incident, amount: str, **more: Any) -> None:
    """A line of money for the case's parcel comes, and the one match it makes is accepted."""
    make_line(session, parcel_of(session, incident), amount, **more)
    look(session, mei)
    settlements.accept(session, only(session).id, actor=mei, now=NOW)


def case(session: Session, mei: Actor, order: str, value: str = "318.00", parcel: str = "") -> Incident:
    shop = make_shop(session)
    shipment = make_shipment(session, shop, order_number=order, value=Decimal(value), parcel_number=parcel)
    return register(session, mei, shipment.id)


def balance(session: Session, mei: Actor, incident: Incident) -> tuple[Decimal, Decimal]:
    found = ledger.balance(session, incident.id, actor=mei)
    return found.recovered.amount, found.owed_back.amount


def test_a_granted_claim_is_paid_by_its_line(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    line = make_line(session, parcel_of(session, incident), "318.00")
    assert look(session, mei).new == 1
    match = only(session)
    assert (match.way, match.expected, line.match_id) == (MatchWay.ONE, Decimal(318), match.id)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    payout = session.scalars(select(Payout).where(Payout.claim_id == claim.id)).one()
    assert (payout.amount, payout.paid_on, claim.state) == (Decimal(318), PAID, ClaimState.PAID)
    assert balance(session, mei, incident) == (Decimal(318), Decimal(0))
    assert shares(session, match)[0].payout_id == payout.id
    said = session.scalars(select(AuditEvent).where(AuditEvent.tag == "settlement.matched")).one()
    assert (said.chain, said.after["reference"]) == (incident.id, claim.reference)


def test_a_payment_without_an_answer_is_the_answer(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    come(session, mei, incident, "318.00")
    assert (claim.state, claim.approved, claim.paid) == (ClaimState.PAID, Decimal(318), Decimal(318))


def test_a_part_that_came_is_approved_as_a_part(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    make_line(session, parcel_of(session, incident), "200.00")
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.PART
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert (claim.state, claim.approved, claim.paid) == (ClaimState.PAID, Decimal(200), Decimal(200))


def test_a_claim_that_was_rejected_may_be_paid_after_all(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    reject(session, mei, claim)
    come(session, mei, incident, "318.00")
    assert claim.state is ClaimState.PAID


def test_the_payers_offer_is_expected_and_taken(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    claims.record_offer(session, claim.id, actor=mei, amount=sgd("250.00"), now=NOW)
    make_line(session, parcel_of(session, incident), "250.00")
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.ONE
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert (claim.state, claim.approved) == (ClaimState.PAID, Decimal(250))


def test_money_that_came_before_the_filing_is_booked_on_its_day(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    come(session, mei, incident, "318.00", paid_on=date(2026, 11, 1))
    assert session.scalars(select(Payout.paid_on).where(Payout.claim_id == claim.id)).one() == date(2026, 11, 1)
    with pytest.raises(Invalid, match="before the claim was filed"):
        record_payout(
            session, claim.id, actor=mei, received=sgd("1.00"), paid_on=date(2026, 11, 1), reference="x", now=NOW
        )


def test_several_lines_make_up_one_claim_each_a_payout(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    for amount in ("118.00", "200.00"):
        make_line(session, parcel_of(session, incident), amount)
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.SEVERAL_LINES
    settlements.accept(session, match.id, actor=mei, now=NOW)
    amounts = session.scalars(select(Payout.amount).where(Payout.claim_id == claim.id).order_by(Payout.amount)).all()
    assert (list(amounts), claim.state) == ([Decimal(118), Decimal(200)], ClaimState.PAID)


def test_one_line_pays_two_claims_of_its_order(session: Session, mei: Actor) -> None:
    shop = make_shop(session)
    parcels = [
        make_shipment(session, shop, order_number="261113TWO00001", parcel_number=name, value=Decimal(value))
        for name, value in (("A", "100.00"), ("B", "150.00"))
    ]
    cases = [register(session, mei, parcel.id) for parcel in parcels]
    both = [filed(session, mei, one) for one in cases]
    make_line(session, parcels[0], "250.00")
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.SEVERAL_CLAIMS
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert [one.state for one in both] == [ClaimState.PAID, ClaimState.PAID]
    assert [balance(session, mei, one)[0] for one in cases] == [Decimal(100), Decimal(150)]


def test_a_cent_too_little_closes_the_claim_and_nobody_asks_for_it(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    make_line(session, parcel_of(session, incident), "317.99")
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.ONE
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert (claim.state, claim.paid) == (ClaimState.CLOSED, Decimal("317.99"))
    assert claim.next_due_at is None


def test_a_cent_too_much_is_owed_back(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    come(session, mei, incident, "318.01")
    assert balance(session, mei, incident) == (Decimal(318), Decimal("0.01"))


def test_more_than_is_owed_needs_a_word(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    make_line(session, parcel_of(session, incident), "400.00")
    look(session, mei)
    match = only(session)
    assert match.way is MatchWay.MORE
    with pytest.raises(Invalid, match="owed back"):
        settlements.accept(session, match.id, actor=mei, now=NOW)
    settlements.accept(session, match.id, actor=mei, keep_surplus=True, now=NOW)
    assert balance(session, mei, incident) == (Decimal(318), Decimal(82))
    assert claim.state is ClaimState.PAID


def test_a_payout_booked_by_hand_is_recognised_and_not_made_again(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    payout = pay(session, mei, claim, sgd("318.00"))
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    assert (match.way, match.payout_id) == (MatchWay.BOOKED, payout.id)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert len(payouts.list_payouts(session, claim.id, actor=mei)) == 1
    settlements.unmatch(session, match.id, actor=mei, note="another one", now=NOW)
    assert session.scalar(select(PayoutReversal.id)) is None
    assert claim.state is ClaimState.PAID


def test_a_payout_that_went_away_meanwhile_is_not_taken(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    payout = pay(session, mei, claim, sgd("318.00"))
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, note="bank", now=NOW)
    with pytest.raises(WrongState, match="taken back"):
        settlements.accept(session, match.id, actor=mei, now=NOW)
    look(session, mei)
    assert only(session).way is MatchWay.ONE


def test_nothing_is_booked_on_a_claim_nobody_filed(session: Session, mei: Actor, incident: Incident) -> None:
    draft(session, mei, incident)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    with pytest.raises(WrongState, match="File CL-"):
        settlements.accept(session, only(session).id, actor=mei, now=NOW)


def test_a_claim_that_moved_since_is_looked_at_again(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    make_line(session, parcel_of(session, incident), "318.00", paid_on=date(2026, 6, 1))
    look(session, mei)
    match = only(session)
    pay(session, mei, claim, sgd("100.00"))
    with pytest.raises(WrongState, match="has moved"):
        settlements.accept(session, match.id, actor=mei, now=NOW)


def test_what_was_accepted_or_dropped_cannot_be_accepted_again(
    session: Session, mei: Actor, incident: Incident
) -> None:
    filed(session, mei, incident)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    with pytest.raises(WrongState, match="decided"):
        settlements.accept(session, match.id, actor=mei, now=NOW)
    with pytest.raises(NotFound):
        settlements.accept(session, match.id + 1000, actor=mei, now=NOW)
    assert look(session, mei) == settlements.Suggested(0, 0, 0)


def test_looking_again_keeps_what_still_holds_and_drops_what_does_not(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    line = make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    assert look(session, mei) == settlements.Suggested(1, 0, 0)
    assert only(session).id == match.id
    claims.withdraw(session, claim.id, actor=mei, reason="no", now=NOW)
    assert look(session, mei).standing == 0
    session.refresh(line)
    assert (line.match_id, matches(session)) == (None, [])


def test_the_sweep_looks_again_where_something_moved(session: Session, mei: Actor, incident: Incident) -> None:
    make_line(session, parcel_of(session, incident), "318.00")

    def swept() -> settlements.Suggested:
        return settlements.follow(session, actor=mei, now=NOW)

    assert swept() == settlements.Suggested(0, 0, 0)
    claim = filed(session, mei, incident)
    assert swept() == settlements.Suggested(1, 1, 0)
    assert swept() == settlements.Suggested(0, 0, 0), "nothing moved: nothing is looked at"
    approve(session, mei, claim)
    assert swept().standing == 0
    pay(session, mei, claim, sgd("18.00"))
    assert swept() == settlements.Suggested(1, 1, 0)
    assert only(session).way is MatchWay.MORE


def test_a_refused_match_is_not_suggested_again(session: Session, mei: Actor, incident: Incident) -> None:
    filed(session, mei, incident)
    line = make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    settlements.reject(session, match.id, actor=mei, note="of another parcel", now=NOW)
    assert look(session, mei).standing == 0
    session.refresh(line)
    assert (line.match_id, match.state) == (None, MatchState.REJECTED)


def test_taking_a_match_back_reverses_its_payouts(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    with pytest.raises(Invalid, match="why"):
        settlements.unmatch(session, match.id, actor=mei, note=" ", now=NOW)
    settlements.unmatch(session, match.id, actor=mei, note="of another parcel", now=NOW)
    assert balance(session, mei, incident) == (Decimal(0), Decimal(0))
    assert (claim.state, match.state) == (ClaimState.APPROVED, MatchState.UNDONE)
    assert look(session, mei).standing == 0


def test_taking_back_a_payout_needs_the_right_to_it(session: Session, mei: Actor, incident: Incident) -> None:
    agent = acting(session, Role.AGENT)
    filed(session, mei, incident)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    settlements.accept(session, match.id, actor=agent, now=NOW)
    with pytest.raises(NotAllowed):
        settlements.unmatch(session, match.id, actor=agent, note="x", now=NOW)


def test_several_are_accepted_each_by_itself(session: Session, mei: Actor) -> None:
    cases = [case(session, mei, f"261113MANY{n:04d}") for n in range(3)]
    for one in cases[:2]:
        filed(session, mei, one)
    draft(session, mei, cases[2])
    for one in cases:
        make_line(session, parcel_of(session, one), "318.00")
    look(session, mei)
    ids = [one.id for one in matches(session)]
    done = settlements.accept_many(session, ids, actor=mei, now=NOW)
    assert (done.accepted, [match for match, _said in done.refused]) == (2, ids[2:])
    with pytest.raises(TooLarge):
        settlements.accept_many(session, list(range(settlements.MOST + 1)), actor=mei, now=NOW)


def test_a_person_says_which_lines_pay_a_claim(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    parcel = parcel_of(session, incident)
    one = make_line(session, None, "200.00", shop_id=parcel.shop_id)
    two = make_line(session, None, "118.00", shop_id=parcel.shop_id)
    match = settlements.match_by_hand(session, [one.id, two.id], [claim.reference.lower()], actor=mei, now=NOW)
    assert (match.way, match.state, claim.state) == (MatchWay.HAND, MatchState.ACCEPTED, ClaimState.PAID)
    with pytest.raises(WrongState, match="matched already"):
        settlements.match_by_hand(session, [one.id], [claim.reference], actor=mei, now=NOW)


def test_what_cannot_be_matched_by_hand_is_said(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    parcel = parcel_of(session, incident)
    back = make_line(session, parcel, "-20.00")
    good = make_line(session, parcel, "20.00")
    foreign = make_line(session, parcel, "20.00", currency="PHP")
    for ids, names, words in (
        ([back.id], [claim.reference], "came in for a loss"),
        ([foreign.id], [claim.reference], "The money is in PHP"),
        ([good.id], ["CL-2026-99999"], "There is no claim"),
        ([good.id], [" "], "Write the claim's reference"),
        ([], [claim.reference], "at least one"),
    ):
        with pytest.raises((Invalid, NotFound), match=words):
            settlements.match_by_hand(session, ids, names, actor=mei, now=NOW)


def test_of_money_two_lists_tell_only_one_is_matched(session: Session, mei: Actor, incident: Incident) -> None:
    filed(session, mei, incident)
    parcel = parcel_of(session, incident)
    first = make_line(session, parcel, "318.00")
    again = make_line(session, parcel, "318.00", twin_id=first.id)
    look(session, mei)
    assert [one.line_id for one in shares(session, only(session))] == [first.id]
    with pytest.raises(WrongState, match="another list"):
        settlements.match_by_hand(session, [again.id], ["CL-2026-00001"], actor=mei, now=NOW)
    settlements.tell_apart(session, again.id, actor=mei, now=NOW)
    session.refresh(again)
    assert again.twin_id is None


def test_a_disputes_compensation_is_matched_where_no_claim_stands_for_it(session: Session, mei: Actor) -> None:
    parcel = make_shipment(session)
    dispute = Dispute(
        shop_id=parcel.shop_id,
        return_number="2611130HKU4BFD",
        order_number=parcel.order_number,
        shipment_id=parcel.id,
        status=DisputeStatus.SELLER_DISPUTE,
        currency="SGD",
        compensation=Decimal(45),
        state_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(dispute)
    make_line(session, parcel, "45.00", return_number="2611130HKU4BFD")
    look(session, mei)
    match = only(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert shares(session, match)[0].dispute_id == dispute.id
    assert look(session, mei).standing == 0


def test_the_claim_on_the_platform_is_meant_before_the_one_on_the_carrier(
    session: Session, mei: Actor, incident: Incident
) -> None:
    filed(session, mei, incident)
    card = make_rule_card(session, payer_kind=PayerKind.PLATFORM, payer_name="Shopee")
    platform = draft(session, mei, incident, card)
    claims.mark_ready(session, platform.id, actor=mei, now=NOW)
    claims.submit(session, platform.id, actor=mei, case_number="SP-1", via="portal", now=NOW)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    assert shares(session, only(session))[0].claim_id == platform.id


def test_compensation_for_a_parcel_without_a_case_is_offered_as_one(session: Session, mei: Actor) -> None:
    parcel = make_shipment(session)
    line = make_line(session, parcel, "45.00", type=IncidentType.DAMAGED)
    assert look(session, mei) == settlements.Suggested(0, 0, 1)
    offer = session.scalars(select(IncidentOffer)).one()
    assert (offer.type, offer.cause, offer.import_id) == (IncidentType.DAMAGED, OfferCause.MONEY, line.import_id)
    assert offer.reason == "Lost parcel compensation 45 SGD 2026-11-20"
    assert look(session, mei).offered == 0


def test_a_parcel_that_arrived_is_no_loss_by_money_alone(session: Session, mei: Actor) -> None:
    make_line(session, make_shipment(session, delivered_at=NOW - DAY), "45.00")
    assert look(session, mei).offered == 0


def test_lines_of_unknown_orders_wait(session: Session, mei: Actor) -> None:
    shop = make_shop(session)
    make_line(session, None, "45.00", shop_id=shop.id, order_number="261101UNKNOWN1")
    make_line(session, None, "45.00", shop_id=shop.id)
    assert look(session, mei) == settlements.Suggested(0, 0, 0)


def test_the_database_itself_lets_no_line_pay_twice(session: Session, mei: Actor, incident: Incident) -> None:
    filed(session, mei, incident)
    make_line(session, parcel_of(session, incident), "318.00")
    look(session, mei)
    match = only(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("UPDATE settlement_share SET amount = amount * 2 WHERE match_id = :id"), {"id": match.id})
    again = text("UPDATE settlement_match SET state = 'accepted' WHERE id = :id")
    with session.begin_nested() as nested:
        with pytest.raises(DBAPIError, match="does not hold its lines whole"):
            session.execute(again, {"id": match.id})
        nested.rollback()
    session.execute(text("UPDATE settlement_share SET amount = amount / 2 WHERE match_id = :id"), {"id": match.id})


AMOUNTS = st.integers(1, 40).map(lambda n: Decimal(n) * 10)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(AMOUNTS, min_size=1, max_size=4), st.lists(st.sampled_from(["accept", "reject", "undo"]), max_size=5))
def test_whatever_is_decided_the_books_balance_and_no_line_counts_twice(
    session: Session, mei: Actor, amounts: list[Decimal], deeds: list[str]
) -> None:
    nested = session.begin_nested()
    incident = case(session, mei, "261113PROPERTY")
    claim = filed(session, mei, incident)
    for amount in amounts:
        make_line(session, parcel_of(session, incident), str(amount))
    look(session, mei)
    for deed in deeds:
        if deed == "undo":
            for one in matches(session, MatchState.ACCEPTED)[:1]:
                settlements.unmatch(session, one.id, actor=mei, note="x", now=NOW)
        else:
            for one in matches(session)[:1]:
                if deed == "accept":
                    settlements.accept(session, one.id, actor=mei, keep_surplus=True, now=NOW)
                else:
                    settlements.reject(session, one.id, actor=mei, now=NOW)
    held = matches(session, MatchState.ACCEPTED)
    came = sum((one.amount for one in held), Decimal(0))
    recovered, owed_back = balance(session, mei, incident)
    assert recovered + owed_back == came
    assert came <= sum(amounts)
    assert session.get_one(Claim, claim.id).paid <= Decimal(318)
    lines = [share.line_id for one in held for share in shares(session, one)]
    assert len(lines) == len(set(lines))
    assert all(session.get_one(SettlementLine, line).match_id for line in lines)
    assert ledger.imbalances(session, actor=mei) == []
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    nested.rollback()
    session.expire_all()


def test_an_answer_after_an_appeal_may_be_money(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    reject(session, mei, claim)
    claims.appeal(session, claim.id, actor=mei, text="the scan is false", now=NOW)
    come(session, mei, incident, "318.00")
    assert claim.state is ClaimState.PAID
