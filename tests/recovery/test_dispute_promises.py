"""What is decided for the buyer in a dispute keeps to what the buyer asks for and to what the person may promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import Dispute, DisputeStep
from core.models.dispute import DisputeState, StepBy
from core.money.authority import authority_left
from core.money.authority.limits import GIVING_MOVES
from core.money.authority.policy import current
from core.money.rates import convert
from core.recovery.disputes import DisputeAction, move_dispute
from core.recovery.disputes.promises import GIVES
from tests.factories import NOW
from tests.people import acting
from tests.recovery.answers.answering import AnswerCase, make_answer_case


def give(session: Session, case: AnswerCase, action: DisputeAction, amount: Decimal | None) -> Dispute:
    money = None if amount is None else Money(amount, case.dispute.currency)
    return move_dispute(session, case.dispute.id, action, actor=case.actor, amount=money, now=NOW)


def test_nobody_offers_more_than_the_buyer_asks_for(session: Session) -> None:
    case = make_answer_case(session)
    case = replace(case, actor=acting(session, Role.ADMIN, "root"))
    assert case.dispute.amount is not None
    with pytest.raises(Invalid) as refused:
        give(session, case, DisputeAction.COUNTER, case.dispute.amount + 1)
    assert refused.value.field == "amount" and "asks for" in refused.value.message
    assert case.dispute.state is DisputeState.OPENED


@pytest.mark.parametrize("action", [DisputeAction.COUNTER, DisputeAction.CONCEDE])
def test_nobody_gives_more_than_they_may_promise(session: Session, action: DisputeAction) -> None:
    case = make_answer_case(session)
    left = authority_left(session, case.actor, case.incident.id, NOW).amount
    case.dispute.amount = left * 2
    session.flush()
    with pytest.raises(Invalid) as refused:
        give(session, case, action, left + 1)
    assert refused.value.field == "amount" and "may promise" in refused.value.message
    assert give(session, case, action, left).state in (DisputeState.COUNTERED, DisputeState.CONCEDED)


def test_what_was_given_in_disputes_today_is_no_longer_left_to_promise(session: Session) -> None:
    """Several disputes are no way around the limit of a person's day."""
    case, other = make_answer_case(session, role=Role.AGENT), make_answer_case(session, "MY")
    policy = current(session, NOW)
    per_day = policy.of(Role.AGENT).per_day
    assert case.actor.role is Role.AGENT and per_day is not None
    before = authority_left(session, case.actor, other.incident.id, NOW)
    assert before.amount > 0
    session.add(
        DisputeStep(
            dispute_id=case.dispute.id,
            by=StepBy.PERSON,
            action=DisputeAction.CONCEDE.value,
            source=DisputeState.OPENED,
            target=DisputeState.CONCEDED,
            at=NOW,
            person_id=case.actor.person_id,
            amount=convert(session, per_day, case.dispute.currency, NOW.date()).money.amount,
        )
    )
    session.flush()
    assert authority_left(session, case.actor, other.incident.id, NOW).amount == 0
    assert authority_left(session, case.actor, other.incident.id, NOW + timedelta(hours=25)) == before


def test_the_moves_that_give_are_the_ones_the_limits_count() -> None:
    assert set(GIVING_MOVES) == {one.value for one in GIVES}


def test_what_the_platform_decided_is_written_down_whatever_it_costs(session: Session) -> None:
    case = make_answer_case(session)
    left = authority_left(session, case.actor, case.incident.id, NOW).amount
    case.dispute.amount = left * 2
    session.flush()
    assert give(session, case, DisputeAction.LOSE, None).refunded == left * 2
