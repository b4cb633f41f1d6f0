"""What buyers are given stands in the books once: in place of the goods, and beyond them only where it exceeds them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.cases import incidents, remedies
from core.foundation.clock import local_day
from core.foundation.errors import WrongState
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Incident, Remedy
from core.models.incident import Cause, IncidentType, Result
from core.models.ledger import Account
from core.models.remedy import RemedyKind, RemedyState
from core.money import ledger
from tests.factories import NOW, make_policy, make_rates
from tests.giving import a_case, offer, sgd
from tests.people import acting


@pytest.fixture
def manager(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.MANAGER)


def give(session: Session, case: Incident, actor: Actor, amount: str, **more: Any) -> Remedy:
    made = offer(session, case, actor, amount, **more)
    return remedies.mark_given(session, made.id, actor=actor, now=NOW)


def booked(session: Session, case: Incident) -> dict[str, Decimal]:
    found = ledger.balance(session, case.id, actor=SYSTEM)
    return {account.value: money.amount for account, money in found.by_account.items()}


def test_a_refund_takes_the_place_of_the_goods(session: Session, manager: Actor) -> None:
    case = a_case(session)
    give(session, case, manager, "50")
    assert booked(session, case) == {"loss.goods": Decimal(268), "loss.refund": Decimal(50)}
    assert case.gross_loss == Decimal(318)


def test_what_exceeds_the_goods_is_a_loss_of_its_own(session: Session, manager: Actor) -> None:
    case = a_case(session)
    give(session, case, manager, "318")
    give(session, case, manager, "10", kind=RemedyKind.VOUCHER)
    assert booked(session, case) == {"loss.refund": Decimal(318), "loss.other": Decimal(10)}
    assert case.gross_loss == Decimal(328)


def test_a_new_parcel_costs_its_goods_once_and_its_freight(session: Session, manager: Actor) -> None:
    case = a_case(session)
    give(session, case, manager, "318", kind=RemedyKind.RESHIP, cost=sgd("340"))
    assert booked(session, case) == {"loss.reship": Decimal(340)}


def test_a_delay_has_no_goods_to_give_way(session: Session, manager: Actor) -> None:
    case = a_case(session, type=IncidentType.DELAYED)
    give(session, case, manager, "15", kind=RemedyKind.VOUCHER)
    assert booked(session, case) == {"loss.other": Decimal(15)}


def test_what_costs_nothing_is_not_booked(session: Session, manager: Actor) -> None:
    case = a_case(session)
    made = give(session, case, manager, "15", kind=RemedyKind.VOUCHER, cost=sgd("0"))
    assert made.posting_id is None
    assert booked(session, case) == {"loss.goods": Decimal(318)}


def test_taken_back_the_books_stand_as_before(session: Session, manager: Actor) -> None:
    case = a_case(session)
    first, second = give(session, case, manager, "300"), give(session, case, manager, "50")
    assert case.gross_loss == Decimal(350)
    remedies.take_back(session, first.id, actor=manager, reason="bounced", now=NOW)
    assert booked(session, case) == {"loss.goods": Decimal(268), "loss.refund": Decimal(50)}
    remedies.take_back(session, second.id, actor=manager, reason="bounced", now=NOW)
    assert booked(session, case) == {"loss.goods": Decimal(318)}


def test_a_parcel_that_arrived_leaves_what_was_given_as_the_loss(session: Session, manager: Actor) -> None:
    case = a_case(session)
    give(session, case, manager, "50")
    later = NOW + timedelta(hours=1)
    incidents.close(session, case.id, actor=manager, cause=Cause.UNKNOWN, result=Result.ARRIVED, note="", now=later)
    assert booked(session, case) == {"loss.refund": Decimal(50)}
    incidents.reopen(session, case.id, actor=manager, reason="it did not", now=later)
    assert booked(session, case) == {"loss.goods": Decimal(268), "loss.refund": Decimal(50)}


@pytest.mark.parametrize(("value", "goods"), [("30", "0"), ("318", "268"), ("500", "450"), ("0", "0")])
def test_a_corrected_value_keeps_what_was_given(session: Session, manager: Actor, value: str, goods: str) -> None:
    case = a_case(session, value=Decimal(100))
    give(session, case, manager, "50")
    seen = {"value_at_risk": case.value_at_risk}
    incidents.edit(session, case.id, actor=manager, seen=seen, typed={"value_at_risk": Decimal(value)}, now=NOW)
    assert booked(session, case).get("loss.goods", Decimal(0)) == Decimal(goods)
    assert case.gross_loss == max(Decimal(value), Decimal(50))


def test_its_posting_is_not_taken_back_behind_its_back(session: Session, manager: Actor) -> None:
    case = a_case(session)
    made = give(session, case, manager, "50")
    assert made.posting_id is not None
    with pytest.raises(WrongState, match="what the buyer was given"):
        ledger.reverse(session, made.posting_id, actor=manager, note="wrong", now=NOW)


def test_money_that_came_back_meanwhile_is_never_more_than_the_loss(session: Session, manager: Actor) -> None:
    case = a_case(session)
    sides = [(Account.BANK, sgd("300")), (Account.RECOVERY_CARRIER, sgd("-300"))]
    ledger.post(session, case, sides, actor=manager, now=NOW, on_date=local_day(NOW, "UTC"))
    made = give(session, case, manager, "318")
    assert case.gross_loss == Decimal(318)
    remedies.take_back(session, made.id, actor=manager, reason="bounced", now=NOW)
    assert (case.gross_loss, case.recovered) == (Decimal(318), Decimal(300))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["give", "back", "value"]), st.integers(1, 400)), max_size=7))
def test_whatever_happens_the_loss_is_the_greater_of_goods_and_gifts(
    session: Session, manager: Actor, steps: list[tuple[str, int]]
) -> None:
    case = a_case(session, value=Decimal(200))
    value = Decimal(200)
    for what, n in steps:
        standing = session.query(Remedy).filter_by(incident_id=case.id, state=RemedyState.DONE).all()
        if what == "give":
            made = offer(session, case, manager, str(n))
            if made.state is RemedyState.PROPOSED:
                remedies.withdraw(session, made.id, actor=manager, reason="two needed", now=NOW)
            else:
                remedies.mark_given(session, made.id, actor=manager, now=NOW)
        elif what == "back" and standing:
            remedies.take_back(session, standing[n % len(standing)].id, actor=manager, reason="r", now=NOW)
        elif what == "value":
            value = Decimal(n)
            seen = {"value_at_risk": case.value_at_risk}
            incidents.edit(session, case.id, actor=manager, seen=seen, typed={"value_at_risk": value}, now=NOW)
    standing = session.query(Remedy).filter_by(incident_id=case.id, state=RemedyState.DONE).all()
    given_away = sum((one.cost for one in standing), Decimal(0))
    assert case.gross_loss == max(value, given_away)
    assert sum((one.replaced for one in standing), Decimal(0)) == min(value, given_away)
