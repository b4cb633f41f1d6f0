"""What is decided for the buyer in a dispute keeps to what the buyer asks for and to what the person may promise, and counts into every
limit, each amount once.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.models import Dispute, DisputeGift, Incident, Remedy
from core.models.dispute import DisputeState
from core.models.remedy import RemedyKind
from core.money import authority
from core.money.authority import authority_left, headroom
from core.recovery.disputes import DisputeAction, move_dispute
from core.recovery.disputes.promises import GIVES
from tests.factories import NOW, make_carrier, make_policy, make_rates, make_shop
from tests.giving import a_case, a_request, decide, lend_authority, offer, sgd
from tests.people import acting
from tests.recovery.answers.answering import AnswerCase, make_answer_case

A = DisputeAction
OVER = pytest.raises(Invalid, match="may promise")


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


@pytest.fixture
def agent(session: Session) -> Actor:
    return acting(session)


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD)


def give(session: Session, case: AnswerCase, action: DisputeAction, amount: Decimal | None) -> Dispute:
    money = None if amount is None else Money(amount, case.dispute.currency)
    return move_dispute(session, case.dispute.id, action, actor=case.actor, amount=money, now=NOW)


def approved(session: Session, case: Incident, agent: Actor, lead: Actor, amount: str, kind: RemedyKind) -> Remedy:
    made = offer(session, case, agent, amount, kind=kind)
    return remedies.approve(session, made.id, actor=lead, now=NOW)


def test_nobody_offers_more_than_the_buyer_asks_for(session: Session) -> None:
    case = make_answer_case(session)
    case = replace(case, actor=acting(session, Role.ADMIN, "root"))
    assert case.dispute.amount is not None
    with pytest.raises(Invalid) as refused:
        give(session, case, A.COUNTER, case.dispute.amount + 1)
    assert refused.value.field == "amount" and "asks for" in refused.value.message
    assert case.dispute.state is DisputeState.OPENED


@pytest.mark.parametrize("market", ["SG", "MY", "VN", "ID"])
@pytest.mark.parametrize("action", [A.COUNTER, A.CONCEDE])
def test_nobody_gives_more_than_they_may_promise(session: Session, action: DisputeAction, market: str) -> None:
    case = make_answer_case(session, market)
    left = authority_left(session, case.actor, case.incident.id, NOW).amount
    case.dispute.amount = left * 2
    session.flush()
    with pytest.raises(Invalid) as refused:
        give(session, case, action, left + 1)
    assert refused.value.field == "amount" and "may promise" in refused.value.message
    assert give(session, case, action, left).state in (DisputeState.COUNTERED, DisputeState.CONCEDED)


def test_what_the_platform_decided_is_written_down_whatever_it_costs(session: Session) -> None:
    case = make_answer_case(session)
    left = authority_left(session, case.actor, case.incident.id, NOW).amount
    case.dispute.amount = left * 2
    session.flush()
    assert give(session, case, A.LOSE, None).refunded == left * 2


def test_a_request_of_an_unknown_amount_is_not_accepted_without_one(session: Session, agent: Actor) -> None:
    dispute = a_request(session, a_case(session), amount=None)
    with pytest.raises(Invalid, match="Write the amount") as refused:
        decide(session, dispute, agent, None)
    assert refused.value.field == "amount"
    with OVER:
        decide(session, dispute, agent, "31")
    assert decide(session, dispute, agent, "30").refunded == Decimal(30)


# --- every limit -----------------------------------------------------------------------------------------------------------


def test_what_was_given_in_disputes_today_is_no_longer_left_to_promise(session: Session, agent: Actor) -> None:
    """Several disputes are no way around the limit of a person's day."""
    other = a_case(session)
    before = authority_left(session, agent, other.id, NOW)
    assert before == sgd("30")
    for _n in range(4):
        decide(session, a_request(session, a_case(session)), agent, "30")
    assert authority_left(session, agent, other.id, NOW) == sgd("0"), "120 a day"
    assert offer(session, other, agent, "1").needs == 1
    assert authority_left(session, agent, other.id, NOW + timedelta(hours=25)) == before


def test_a_moment_of_long_ago_counts_as_today(session: Session, agent: Actor) -> None:
    for _n in range(4):
        decide(session, a_request(session, a_case(session)), agent, "30", at=NOW - timedelta(days=3))
    with OVER:
        decide(session, a_request(session, a_case(session)), agent, "1", at=NOW - timedelta(days=3))


def test_what_is_given_for_an_order_adds_up_over_its_cases_disputes_and_people(session: Session, agent: Actor) -> None:
    shop = make_shop(session)
    one, two = (a_case(session, shop, order_number="ORDER-1", parcel_number=str(n)) for n in range(2))
    decide(session, a_request(session, one), agent, "20")
    other = acting(session, Role.AGENT, "other")
    assert offer(session, two, other, "11", kind=RemedyKind.VOUCHER).needs == 1
    assert authority_left(session, other, two.id, NOW) == sgd("10")
    with OVER:
        decide(session, a_request(session, two), other, "11")
    assert decide(session, a_request(session, two), other, "10").state is DisputeState.CONCEDED
    assert authority_left(session, other, one.id, NOW + timedelta(days=900)) == sgd("0"), "an order has no days"


def test_what_a_buyer_gets_in_disputes_adds_up_over_orders_for_its_days(session: Session, agent: Actor) -> None:
    def case() -> Incident:
        return a_case(session, buyer_username="Mei.Shops")

    for _n in range(2):
        decide(session, a_request(session, case()), agent, "30")
    third = case()
    with OVER:
        decide(session, a_request(session, third), acting(session, Role.AGENT, "other"), "1")
    assert authority_left(session, agent, third.id, NOW + timedelta(days=89)) == sgd("0")
    assert authority_left(session, agent, third.id, NOW + timedelta(days=90)) == sgd("30")


def test_what_the_parcels_of_a_batch_get_in_disputes_adds_up_over_people(session: Session) -> None:
    carrier = make_carrier(session)
    people = [acting(session, Role.AGENT, f"agent-{n}") for n in range(2)]
    for n in range(5):
        decide(session, a_request(session, a_case(session, None, carrier)), people[n % 2], "30")
    sixth = a_case(session, None, carrier)
    for one in people:
        with OVER:
            decide(session, a_request(session, sixth), one, "1")
    assert authority_left(session, acting(session, Role.LEAD), sixth.id, NOW) == sgd("150")
    assert authority_left(session, people[0], sixth.id, NOW + timedelta(days=30)) == sgd("30")


def test_two_persons_stand_behind_what_a_dispute_gives_from_that_amount_on(session: Session) -> None:
    manager, case = acting(session, Role.MANAGER), a_case(session, value=Decimal(900))
    dispute = a_request(session, case, amount="900")
    with OVER:
        decide(session, dispute, manager, "500")
    assert decide(session, dispute, manager, "499.99").state is DisputeState.CONCEDED


def test_what_a_stand_in_gives_in_disputes_counts_for_whom_it_stands_in(session: Session, lead: Actor) -> None:
    agent = acting(session)
    lend_authority(session, lead, agent)
    for n in range(4):
        decide(session, a_request(session, a_case(session), amount="150"), (agent, lead)[n % 2], "150")
    assert headroom(session, lead, a_case(session), NOW) == sgd("0"), "600 a day"
    with OVER:
        decide(session, a_request(session, a_case(session)), agent, "10")


def test_every_move_that_gives_is_kept_with_what_it_counts_into(session: Session, agent: Actor) -> None:
    kept = {}
    for action in sorted(GIVES):
        case = a_case(session)
        dispute = a_request(session, case)
        if action is A.ACCEPT_OFFER:
            move_dispute(session, dispute.id, A.RECORD_OFFER, actor=agent, amount=sgd("9"), now=NOW)
        if action is A.COUNTER_TAKEN:
            # An offer that Recoup knows nothing of is a promise, too.
            dispute.state = dispute.moved_to = DisputeState.COUNTERED
            session.flush()
        decide(session, dispute, agent, "9", action)
        kept[action] = session.scalars(select(DisputeGift).where(DisputeGift.dispute_id == dispute.id)).one()
        keys = authority.keys_of(session, case)
        assert (keys.order, keys.buyer, keys.batch) == (
            kept[action].order_key,
            kept[action].buyer_key,
            kept[action].batch_key,
        )
    assert {(one.amount, one.base_amount, one.authority_of, one.at) for one in kept.values()} == {
        (Decimal(9), Decimal(9), agent.person_id, NOW)
    }


# --- the latest word -------------------------------------------------------------------------------------------------------


def test_a_new_offer_takes_the_place_of_the_one_before(session: Session, agent: Actor) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    for amount in ("20", "30"):
        decide(session, dispute, agent, amount, A.COUNTER)
        assert authority_left(session, agent, case.id, NOW, dispute_id=dispute.id) == sgd("30")
        decide(session, dispute, agent, None, A.COUNTER_REFUSED)
    decide(session, dispute, agent, "25", A.COUNTER)
    assert authority_left(session, agent, case.id, NOW) == sgd("5")
    assert headroom(session, agent, a_case(session), NOW + timedelta(hours=1)) == sgd("30")


def test_an_offer_the_buyer_refused_is_not_given_but_was_promised_that_day(session: Session, agent: Actor) -> None:
    cases = [a_case(session) for _n in range(4)]
    for case in cases:
        dispute = a_request(session, case)
        decide(session, dispute, agent, "30", A.COUNTER)
        decide(session, dispute, agent, None, A.COUNTER_REFUSED)
    assert authority_left(session, agent, cases[0].id, NOW) == sgd("0"), "120 a day"
    assert authority_left(session, acting(session, Role.AGENT, "other"), cases[0].id, NOW) == sgd("30")
    assert authority_left(session, agent, cases[0].id, NOW + timedelta(days=1)) == sgd("30")


def test_the_buyer_takes_what_was_offered_and_not_more(session: Session, agent: Actor) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    decide(session, dispute, agent, "5", A.COUNTER)
    with OVER:
        decide(session, dispute, agent, "31", A.COUNTER_TAKEN)
    assert decide(session, dispute, agent, None, A.COUNTER_TAKEN).refunded == Decimal(5)
    assert authority_left(session, agent, case.id, NOW) == sgd("25"), "what is taken is what was offered"


def test_who_notes_that_the_buyer_took_the_leads_offer_needs_no_leads_authority(
    session: Session, agent: Actor, lead: Actor
) -> None:
    dispute = a_request(session, a_case(session))
    decide(session, dispute, lead, "90", A.COUNTER)
    assert decide(session, dispute, agent, "90", A.COUNTER_TAKEN).state is DisputeState.SETTLED


def test_an_outcome_that_is_noted_later_frees_nothing_that_was_given(session: Session, agent: Actor) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    decide(session, dispute, agent, "30")
    decide(session, dispute, agent, None, A.WIN)
    assert authority_left(session, agent, case.id, NOW) == sgd("0")


# --- each amount once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND])
def test_what_was_approved_as_a_remedy_and_is_given_in_the_dispute_counts_once(
    session: Session, agent: Actor, lead: Actor, kind: RemedyKind
) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    with OVER:
        decide(session, dispute, agent, "50", A.COUNTER)
    remedy = approved(session, case, agent, lead, "50", kind)
    assert authority_left(session, agent, case.id, NOW) == sgd("50")
    decide(session, dispute, agent, "50", A.COUNTER)
    assert headroom(session, lead, case, NOW) == sgd("100")
    assert headroom(session, agent, a_case(session), NOW) == sgd("30")
    assert authority_left(session, agent, case.id, NOW) == sgd("0"), "it is promised"
    decide(session, dispute, agent, None, A.COUNTER_TAKEN)
    remedies.mark_given(session, remedy.id, actor=agent, reference=dispute.return_number.lower(), now=NOW)
    assert headroom(session, lead, case, NOW) == sgd("100")


def test_an_approval_is_for_one_dispute_and_not_for_each(session: Session, agent: Actor, lead: Actor) -> None:
    case = a_case(session)
    one, two = (a_request(session, case, number=number) for number in ("RT-ONE", "RT-TWO"))
    approved(session, case, agent, lead, "50", RemedyKind.REFUND)
    decide(session, one, agent, "40")
    assert authority_left(session, agent, case.id, NOW) == sgd("10")
    with OVER:
        decide(session, two, agent, "11")
    assert decide(session, two, agent, "10").state is DisputeState.CONCEDED
    assert headroom(session, lead, case, NOW) == sgd("100")


def test_an_approval_is_for_what_is_promised_after_it(session: Session, agent: Actor, lead: Actor) -> None:
    case = a_case(session)
    one, two = (a_request(session, case, number=number) for number in ("RT-ONE", "RT-TWO"))
    decide(session, one, agent, "20")
    later = NOW + timedelta(hours=1)
    made = offer(session, case, agent, "50", now=later)
    remedies.approve(session, made.id, actor=lead, now=later)
    assert headroom(session, lead, case, later) == sgd("80"), "70 of 150"
    assert decide(session, two, agent, "50", now=later).state is DisputeState.CONCEDED
    assert headroom(session, lead, case, later) == sgd("80")


@pytest.mark.parametrize("kind", [RemedyKind.VOUCHER, RemedyKind.RESHIP])
def test_a_voucher_or_a_new_parcel_is_no_money_to_promise_in_a_dispute(
    session: Session, agent: Actor, lead: Actor, kind: RemedyKind
) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    approved(session, case, agent, lead, "50", kind)
    assert authority_left(session, agent, case.id, NOW) == sgd("0")
    with OVER:
        decide(session, dispute, agent, "20")
    decide(session, dispute, lead, "20")
    assert headroom(session, lead, case, NOW) == sgd("80")


def test_a_part_that_is_promised_in_a_dispute_is_not_given_beside_it_too(
    session: Session, agent: Actor, lead: Actor
) -> None:
    case = a_case(session)
    dispute = a_request(session, case)
    remedy = approved(session, case, agent, lead, "50", RemedyKind.PARTIAL_REFUND)
    decide(session, dispute, agent, "40")
    for reference in ("", "RF-1"):
        with pytest.raises(Invalid, match=dispute.return_number) as refused:
            remedies.mark_given(session, remedy.id, actor=agent, reference=reference, now=NOW)
        assert refused.value.field == "reference"
    remedies.mark_given(session, remedy.id, actor=agent, reference=dispute.return_number, now=NOW)
    assert headroom(session, lead, case, NOW) == sgd("100")


def test_an_approval_that_is_withdrawn_covers_nothing_any_more(session: Session, agent: Actor, lead: Actor) -> None:
    case = a_case(session)
    remedy = approved(session, case, agent, lead, "50", RemedyKind.REFUND)
    decide(session, a_request(session, case), agent, "50")
    remedies.withdraw(session, remedy.id, actor=agent, reason="Given in the dispute.", now=NOW)
    assert headroom(session, lead, case, NOW) == sgd("100")
    assert headroom(session, agent, a_case(session), NOW) == sgd("30")
    decide(session, a_request(session, a_case(session)), agent, "30")
    decide(session, a_request(session, a_case(session)), agent, "30")
    assert headroom(session, agent, a_case(session), NOW) == sgd("10"), "50 and 60 of 120"


def test_a_refund_that_was_given_is_the_disputes_own_money_and_another_part_is_not(
    session: Session, lead: Actor
) -> None:
    for kind, left in ((RemedyKind.REFUND, "100"), (RemedyKind.PARTIAL_REFUND, "60")):
        case = a_case(session)
        made = offer(session, case, lead, "50", kind=kind)
        remedies.mark_given(session, made.id, actor=lead, now=NOW)
        decide(session, a_request(session, case), lead, "40")
        assert headroom(session, lead, case, NOW) == sgd(left)


def test_who_approves_sees_what_the_order_got_in_disputes(session: Session, agent: Actor, lead: Actor) -> None:
    case = a_case(session)
    decide(session, a_request(session, case), agent, "20")
    offer(session, case, agent, "50", kind=RemedyKind.VOUCHER)
    (waiting,) = remedies.desk(session, actor=lead, now=NOW).decide
    assert waiting.case.given == sgd("20")


# --- what was given before -------------------------------------------------------------------------------------------------


def test_what_was_given_before_limits_counted_it_counts_from_its_steps(session: Session, agent: Actor) -> None:
    """The migration's own row is what the verb keeps."""
    migration = importlib.import_module("core.migrations.versions.0028_dispute_gifts")
    for name in ("Mei.Shops ", None):
        decide(
            session, a_request(session, a_case(session, None, make_carrier(session), buyer_username=name)), agent, "9"
        )
    told = [migration._row(one) for one in session.execute(text(migration.BEFORE)).mappings()]
    kept = session.scalars(select(DisputeGift).order_by(DisputeGift.id)).all()
    assert len(told) == len(kept) == 2
    for row, gift in zip(told, kept, strict=True):
        assert row == {name: getattr(gift, name) for name in row}
