"""Who may give how much: versions, the keys limits add up over, stand-ins, and what is left to promise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation.errors import Invalid, NotAllowed, WrongState
from core.foundation.money import LARGEST, Money
from core.foundation.permissions import SYSTEM, Role
from core.models import StandIn
from core.models.remedy import Scope
from core.money import authority
from core.money.authority import Limits
from tests.factories import NOW, make_carrier, make_policy, make_rates, make_shop
from tests.giving import a_case, offer, sgd
from tests.people import acting, actor_of, person


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


def test_before_the_team_has_its_own_limits_the_shipped_ones_hold(session: Session) -> None:
    found = authority.current(session, NOW)
    assert found.version == 0 and found.currency == "SGD"
    assert found.of(Role.AGENT).per_case == sgd("30")
    assert found.of(Role.MANAGER).per_case is None
    assert found.of(Role.VIEWER).per_case == sgd("0")
    assert found.of(None).per_day == sgd("0")


def test_the_shipped_limits_stand_in_the_currency_values_are_tiered_in(session: Session) -> None:
    make_policy(session, currency="USD")
    limit = authority.current(session, NOW).of(Role.AGENT).per_case
    assert limit is not None and limit.currency == "USD" and limit.amount == Decimal("23.08")


def _limits(case: str, rest: str) -> dict[Role, Limits]:
    return {Role.AGENT: Limits(sgd(case), sgd(rest), sgd(rest), None)}


def _edit(session: Session, **more: object) -> object:
    values: dict[str, object] = {
        "actor": more.get("actor") or acting(session, Role.MANAGER),
        "seen_version": 0,
        "currency": "SGD",
        "limits": _limits("10", "40"),
        "buyer_days": 30,
        "batch_days": 7,
        "two_from": None,
        "note": "First month",
        "now": NOW,
        **more,
    }
    return authority.edit_authority(session, **values)  # type: ignore[arg-type]


def test_a_manager_sets_the_limits_and_the_newest_version_holds(session: Session) -> None:
    _edit(session)
    found = authority.current(session, NOW)
    assert found.of(Role.AGENT).per_case == sgd("10")
    assert found.of(Role.AGENT).per_batch is None
    assert found.of(Role.LEAD).per_case == sgd("0"), "a role that is not named may give nothing"
    assert found.two_from is None


def test_limits_that_moved_meanwhile_are_not_overwritten(session: Session) -> None:
    _edit(session)
    with pytest.raises(WrongState, match="changed meanwhile"):
        _edit(session, actor=acting(session, Role.MANAGER, "second"))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("note", {"note": " "}),
        ("agent.per_day", {"limits": _limits("50", "40")}),
        ("agent.per_case", {"limits": {Role.AGENT: Limits(Money(Decimal(5), "USD"), None, None, None)}}),
        ("two_from", {"two_from": sgd("0")}),
        ("buyer_days", {"buyer_days": 0}),
        ("batch_days", {"batch_days": 1000}),
    ],
)
def test_limits_that_make_no_sense_are_refused_at_their_field(
    session: Session, field: str, values: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        _edit(session, **values)
    assert refused.value.field == field


def test_a_name_is_one_buyer_in_every_shop_of_a_market(session: Session) -> None:
    one = a_case(session, make_shop(session), buyer_username="Mei.Shops")
    two = a_case(session, make_shop(session), buyer_username="mei.shops ")
    other = a_case(session, make_shop(session, market="MY"), buyer_username="mei.shops")
    keys = [authority.keys_of(session, case).buyer for case in (one, two, other)]
    assert keys[0] == keys[1] != keys[2]
    assert "mei" not in keys[0]


def test_without_a_name_or_with_a_masked_one_the_order_stands_for_the_buyer(session: Session) -> None:
    shop = make_shop(session)
    keys = [
        authority.keys_of(session, a_case(session, shop, buyer_username=name)).buyer for name in (None, "m***i", "")
    ]
    assert len(set(keys)) == 3


def test_parcels_of_one_carrier_day_and_market_are_a_batch(session: Session) -> None:
    carrier, shop = make_carrier(session), make_shop(session)
    first, second = a_case(session, shop, carrier), a_case(session, make_shop(session), carrier)
    later = a_case(session, shop, carrier, accepted_at=NOW - timedelta(days=3))
    keys = [authority.keys_of(session, case).batch for case in (first, second, later)]
    assert keys[0] == keys[1] != keys[2]


def test_what_is_left_is_the_least_of_all_limits_and_what_is_approved_may_be_promised(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    assert authority.authority_left(session, agent, case.id, NOW) == sgd("30")
    given = offer(session, case, agent, "12")
    assert authority.authority_left(session, agent, case.id, NOW) == sgd("30"), "18 are left and 12 are promised"
    remedies.mark_given(session, given.id, actor=agent, now=NOW)
    assert authority.authority_left(session, agent, case.id, NOW) == sgd("18")
    other = a_case(session)
    for _n in range(3):
        offer(session, a_case(session), agent, "30")
    assert authority.authority_left(session, agent, other.id, NOW) == sgd("18"), "120 a day, 102 of them used"


def test_who_has_no_limit_may_promise_below_what_two_persons_decide(session: Session) -> None:
    manager, case = acting(session, Role.MANAGER), a_case(session)
    assert authority.authority_left(session, manager, case.id, NOW) == sgd("499.99")
    _edit(session, actor=manager, limits={Role.MANAGER: Limits(None, None, None, None)})
    assert authority.authority_left(session, manager, case.id, NOW).amount == LARGEST


def test_a_viewer_and_recoup_itself_may_promise_nothing(session: Session) -> None:
    case = a_case(session)
    for nobody in (acting(session, Role.VIEWER), SYSTEM):
        assert authority.authority_left(session, nobody, case.id, NOW) == sgd("0")


def test_what_is_left_is_told_in_the_currency_of_the_case_and_never_rounded_up(session: Session) -> None:
    shop = make_shop(session, market="PH", currency="PHP", zone="Asia/Manila")
    left = authority.authority_left(session, acting(session), a_case(session, shop).id, NOW)
    assert left == Money(Decimal("1350.00"), "PHP")


def _stand_in(session: Session, lead: object, agent: object, **more: object) -> object:
    values: dict[str, object] = {
        "actor": lead,
        "person_id": lead.person_id,  # type: ignore[attr-defined]
        "stand_in_id": agent.person_id,  # type: ignore[attr-defined]
        "from_at": NOW,
        "until_at": NOW + timedelta(days=3),
        "now": NOW,
        **more,
    }
    return authority.set_stand_in(session, **values)  # type: ignore[arg-type]


def test_a_stand_in_has_the_authority_for_those_days_and_not_after(session: Session) -> None:
    lead, agent, case = acting(session, Role.LEAD), acting(session), a_case(session)
    _stand_in(session, lead, agent)
    assert authority.authority_left(session, agent, case.id, NOW) == sgd("150")
    assert authority.authority_left(session, agent, case.id, NOW + timedelta(days=3)) == sgd("30")
    held = authority.list_stand_ins(session, actor=agent, now=NOW)
    assert [(one.person_id, one.stand_in_id) for one in held] == [(lead.person_id, agent.person_id)]
    authority.end_stand_in(session, held[0].id, actor=lead, now=NOW + timedelta(days=1))
    assert authority.authority_left(session, agent, case.id, NOW + timedelta(days=1)) == sgd("30")
    with pytest.raises(WrongState):
        authority.end_stand_in(session, held[0].id, actor=lead, now=NOW + timedelta(days=1))


def test_what_stand_in_and_lead_give_adds_up_under_the_leads_limit(session: Session) -> None:
    lead, agent = acting(session, Role.LEAD), acting(session)
    _stand_in(session, lead, agent)
    for _n in range(3):
        assert offer(session, a_case(session), agent, "150").needs == 0
    assert offer(session, a_case(session), lead, "150").needs == 0
    assert offer(session, a_case(session), lead, "20").needs == 1, "600 within a day, whoever gave it"
    assert offer(session, a_case(session), agent, "20").needs == 1


def test_ones_own_stand_in_is_set_by_oneself_anothers_by_who_sets_the_limits(session: Session) -> None:
    lead, agent = acting(session, Role.LEAD), acting(session)
    other = acting(session, Role.LEAD, "other-lead")
    with pytest.raises(NotAllowed):
        _stand_in(session, lead, agent, actor=other)
    assert _stand_in(session, lead, agent, actor=acting(session, Role.MANAGER))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("until_at", {"until_at": NOW}),
        ("until_at", {"until_at": NOW + timedelta(days=200)}),
        ("until_at", {"from_at": NOW - timedelta(days=9), "until_at": NOW - timedelta(days=2)}),
    ],
)
def test_a_stand_in_without_sound_dates_is_refused(session: Session, field: str, values: dict[str, object]) -> None:
    lead, agent = acting(session, Role.LEAD), acting(session)
    with pytest.raises(Invalid) as refused:
        _stand_in(session, lead, agent, **values)
    assert refused.value.field == field


def test_nobody_stands_in_for_themselves_and_no_viewer_for_anybody(session: Session) -> None:
    lead, viewer = acting(session, Role.LEAD), acting(session, Role.VIEWER)
    for other in (lead, viewer):
        with pytest.raises(Invalid) as refused:
            _stand_in(session, lead, other)
        assert refused.value.field == "stand_in_id"


def test_somebody_who_left_lends_nobody_authority(session: Session) -> None:
    gone = person(session, Role.LEAD)
    agent, case = acting(session), a_case(session)
    _stand_in(session, actor_of(gone), agent)
    gone.active = False
    session.flush()
    assert authority.authority_left(session, agent, case.id, NOW) == sgd("30")


def test_a_limit_close_to_its_end_is_named_and_so_is_the_amount_for_two(session: Session) -> None:
    agent, manager = acting(session), acting(session, Role.MANAGER)
    assert offer(session, a_case(session), agent, "23").near is None
    assert offer(session, a_case(session), agent, "29.50").near is Scope.CASE
    assert offer(session, a_case(session, value=Decimal(900)), manager, "499").near is Scope.TWO


def test_the_database_itself_knows_no_stand_in_for_oneself(session: Session) -> None:
    lead = person(session, Role.LEAD)
    session.add(
        StandIn(
            person_id=lead.id, stand_in_id=lead.id, from_at=NOW, until_at=NOW + timedelta(1), set_at=NOW, set_by=lead.id
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
