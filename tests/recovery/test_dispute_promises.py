"""What is decided for the buyer in a dispute keeps to what the buyer asks for and to what the person may promise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import Dispute
from core.models.dispute import DisputeState
from core.money.authority import authority_left
from core.recovery.disputes import DisputeAction, move_dispute
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


def test_what_the_platform_decided_is_written_down_whatever_it_costs(session: Session) -> None:
    case = make_answer_case(session)
    left = authority_left(session, case.actor, case.incident.id, NOW).amount
    case.dispute.amount = left * 2
    session.flush()
    assert give(session, case, DisputeAction.LOSE, None).refunded == left * 2
