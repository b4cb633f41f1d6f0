"""Who stands behind a remedy when it is approved: by which authority, in which currency, as things stand at that moment."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation.errors import GuardFailed
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import Incident, Person
from core.models.remedy import RemedyState
from core.money import authority
from core.money.authority import Limits
from tests.factories import NOW, make_policy, make_rates
from tests.giving import a_case, lend_authority, offer, sgd
from tests.people import acting

S = RemedyState


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


@pytest.fixture
def dear(session: Session) -> Incident:
    return a_case(session, value=Decimal(900))


def test_the_authority_that_reaches_is_used_be_it_ones_own_or_a_lent_one(session: Session) -> None:
    manager, lead = acting(session, Role.MANAGER), acting(session, Role.LEAD)
    lend_authority(session, manager, lead)
    made = offer(session, a_case(session), acting(session), "200")
    assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.APPROVED
    step = remedies.of_case(session, made.incident_id, actor=lead, now=NOW)[0].steps[-1]
    assert (step.by, step.stands_for) == (lead.name, manager.name)
    small = offer(session, a_case(session), acting(session, Role.AGENT, "other"), "100")
    remedies.approve(session, small.id, actor=lead, now=NOW)
    step = remedies.of_case(session, small.incident_id, actor=lead, now=NOW)[0].steps[-1]
    assert step.stands_for is None, "one's own goes first"


def test_why_an_approval_would_not_do_is_told_before_and_nothing_where_it_would(
    session: Session, dear: Incident
) -> None:
    lead, manager = acting(session, Role.LEAD), acting(session, Role.MANAGER)
    made = offer(session, dear, acting(session), "200")
    assert "above your authority" in (remedies.out_of_reach(session, made.id, actor=lead, now=NOW) or "")
    assert remedies.out_of_reach(session, made.id, actor=manager, now=NOW) is None
    remedies.approve(session, made.id, actor=manager, now=NOW)
    assert remedies.out_of_reach(session, made.id, actor=lead, now=NOW) is None, "nothing is to decide any more"


@pytest.mark.parametrize(("limit", "reaches"), [("46.14", False), ("46.15", True)])
def test_what_was_weighed_in_another_currency_is_weighed_anew(session: Session, limit: str, reaches: bool) -> None:
    made = offer(session, a_case(session), acting(session), "60")  # 46.15 US dollars
    dollars = Money(Decimal(limit), "USD")
    authority.edit_authority(
        session,
        actor=acting(session, Role.MANAGER),
        seen_version=0,
        currency="USD",
        limits={Role.LEAD: Limits(dollars, None, None, None)},
        buyer_days=30,
        batch_days=30,
        two_from=None,
        note="In dollars",
        now=NOW,
    )
    lead = acting(session, Role.LEAD)
    if reaches:
        assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.APPROVED
    else:
        with pytest.raises(GuardFailed, match=r"USD 46\.15"):
            remedies.approve(session, made.id, actor=lead, now=NOW)


def test_of_two_the_one_with_the_authority_may_come_first_but_has_to_be_there_still(
    session: Session, dear: Incident
) -> None:
    manager, lead = acting(session, Role.MANAGER), acting(session, Role.LEAD)
    made = offer(session, dear, acting(session), "500")
    assert remedies.approve(session, made.id, actor=manager, now=NOW).state is S.PROPOSED
    gone = session.get_one(Person, manager.person_id)
    gone.active = False
    session.flush()
    with pytest.raises(GuardFailed, match="above your authority"):
        remedies.approve(session, made.id, actor=lead, now=NOW)
    gone.active = True
    session.flush()
    assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.APPROVED


def test_the_day_of_a_person_is_free_again_once_what_was_granted_is_withdrawn(session: Session) -> None:
    agent = acting(session)
    given = [offer(session, a_case(session), agent, "30") for _n in range(4)]
    assert offer(session, a_case(session), agent, "30").needs == 1
    remedies.withdraw(session, given[0].id, actor=agent, reason="The parcel came.", now=NOW)
    assert offer(session, a_case(session), agent, "30").needs == 0


def test_an_approval_counts_into_the_day_of_who_approved_not_of_who_proposed(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    for _n in range(4):
        remedies.approve(session, offer(session, a_case(session), agent, "140").id, actor=lead, now=NOW)
    waits = offer(session, a_case(session), agent, "50")
    with pytest.raises(GuardFailed, match="24 hours"):
        remedies.approve(session, waits.id, actor=lead, now=NOW)
    assert offer(session, a_case(session), agent, "30").needs == 0
    assert authority.authority_left(session, lead, a_case(session).id, NOW) == sgd("40")
