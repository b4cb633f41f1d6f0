"""Stand-ins by their days and by who may set them; and what a case's parcel makes it add up with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.permissions import Actor, Role
from core.models import AuditEvent, Person, StandIn, Tag
from core.money import authority
from core.money.authority.powers import powers_of
from tests.factories import NOW, make_carrier, make_policy, make_rates, make_shop
from tests.giving import a_case
from tests.people import acting

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD)


@pytest.fixture
def agent(session: Session) -> Actor:
    return acting(session)


def lend(session: Session, lead: Actor, other: Actor, **more: Any) -> StandIn:
    values: dict[str, Any] = {"actor": lead, "from_at": NOW + DAY, "until_at": NOW + 3 * DAY, "now": NOW, **more}
    return authority.set_stand_in(session, person_id=lead.person_id or 0, stand_in_id=other.person_id or 0, **values)


def test_a_stand_in_begins_and_ends_on_the_second(session: Session, lead: Actor, agent: Actor) -> None:
    made = lend(session, lead, agent)
    moments = [made.from_at - SECOND, made.from_at, made.until_at - SECOND, made.until_at]
    assert [len(powers_of(session, agent, at)) for at in moments] == [1, 2, 2, 1]
    [stand] = authority.list_stand_ins(session, actor=agent, now=NOW)
    assert [stand.lasts(at) for at in moments] == [False, True, True, False]


def test_the_authority_of_several_is_ones_own_first_each_once(session: Session, lead: Actor, agent: Actor) -> None:
    other = acting(session, Role.LEAD, "other-lead")
    for one in (other, lead, lead):
        lend(session, one, agent)
    held = powers_of(session, agent, NOW + DAY)
    assert [one.of for one in held] == [agent.person_id, lead.person_id, other.person_id]
    assert [one.own for one in held] == [True, False, False]
    assert [one.name for one in held] == [None, lead.name, other.name]


def test_a_stand_in_lends_on_nobody_elses_authority(session: Session, lead: Actor, agent: Actor) -> None:
    manager = acting(session, Role.MANAGER)
    lend(session, manager, lead)
    lend(session, lead, agent)
    assert {one.of for one in powers_of(session, agent, NOW + DAY)} == {agent.person_id, lead.person_id}


def test_what_is_to_come_and_what_holds_is_listed_the_soonest_first(
    session: Session, lead: Actor, agent: Actor
) -> None:
    later = lend(session, lead, agent, from_at=NOW + 5 * DAY, until_at=NOW + 6 * DAY)
    soon, ended = lend(session, lead, agent), lend(session, lead, agent)
    authority.end_stand_in(session, ended.id, actor=lead, now=NOW)
    listed = [
        [one.id for one in authority.list_stand_ins(session, actor=agent, now=at)]
        for at in (NOW, soon.until_at - SECOND, soon.until_at, later.until_at)
    ]
    assert listed == [[soon.id, later.id], [soon.id, later.id], [later.id], []]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"until_at": NOW + DAY}, "until_at"),
        ({"from_at": NOW - DAY, "until_at": NOW}, "until_at"),
        ({"until_at": NOW + 91 * DAY + SECOND}, "until_at"),
        ({"note": "x" * 301}, "note"),
    ],
)
def test_one_second_too_long_or_over_is_refused(
    session: Session, lead: Actor, agent: Actor, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        lend(session, lead, agent, **more)
    assert refused.value.field == field


def test_up_to_ninety_days_and_three_hundred_signs_are_kept(session: Session, lead: Actor, agent: Actor) -> None:
    made = lend(session, lead, agent, until_at=NOW + 91 * DAY, note="x" * 300)
    assert made.until_at - made.from_at == 90 * DAY and len(made.note) == 300


@pytest.mark.parametrize("who", ["lead", "agent"])
def test_somebody_who_left_neither_lends_nor_borrows(session: Session, lead: Actor, agent: Actor, who: str) -> None:
    gone = session.get_one(Person, {"lead": lead, "agent": agent}[who].person_id)
    gone.active = False
    session.flush()
    with pytest.raises(Invalid) as refused:
        lend(session, lead, agent, actor=acting(session, Role.MANAGER))
    assert refused.value.field == {"lead": "person_id", "agent": "stand_in_id"}[who]


def test_who_may_not_approve_has_nothing_to_lend(session: Session, agent: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        lend(session, agent, acting(session, Role.AGENT, "other"), actor=acting(session, Role.MANAGER))
    assert refused.value.field == "person_id"


def test_a_stand_in_is_ended_by_who_is_stood_in_for_or_by_who_sets_the_limits(
    session: Session, lead: Actor, agent: Actor
) -> None:
    first, second = lend(session, lead, agent), lend(session, lead, agent)
    for nobody in (agent, acting(session, Role.LEAD, "other-lead")):
        with pytest.raises(NotAllowed):
            authority.end_stand_in(session, first.id, actor=nobody, now=NOW)
    assert authority.end_stand_in(session, first.id, actor=lead, now=NOW).ended_by == lead.person_id
    manager = acting(session, Role.MANAGER)
    assert authority.end_stand_in(session, second.id, actor=manager, now=NOW).ended_by == manager.person_id
    with pytest.raises(NotFound):
        authority.end_stand_in(session, 10**9, actor=manager, now=NOW)


def test_setting_and_ending_one_are_in_the_trail(session: Session, lead: Actor, agent: Actor) -> None:
    made = lend(session, lead, agent, note="Leave")
    authority.end_stand_in(session, made.id, actor=lead, now=NOW)
    tags = (Tag.STAND_IN_SET, Tag.STAND_IN_ENDED)
    first, last = session.scalars(select(AuditEvent).where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.id))
    assert (first.tag, last.tag) == tags
    for told in (first.after, last.before):
        assert (told["person_id"], told["stand_in_id"], told["note"]) == (lead.person_id, agent.person_id, "Leave")


# --- what adds up -------------------------------------------------------------------------------------------------------


def test_a_batch_is_a_day_of_handover_where_the_shop_is(session: Session) -> None:
    carrier, shop = make_carrier(session), make_shop(session)
    evening = NOW.replace(hour=15, minute=59, second=59)  # the last second of the day in Singapore

    def key(**parcel: Any) -> str:
        return authority.keys_of(session, a_case(session, shop, carrier, **parcel)).batch

    first = key(accepted_at=evening)
    assert first == key(accepted_at=evening - timedelta(hours=15))
    assert first != key(accepted_at=evening + SECOND)
    assert first == key(accepted_at=None, shipped_at=evening), "without an acceptance the shipping tells the day"
    assert first == key(accepted_at=evening, shipped_at=evening + DAY), "the acceptance goes first"


def test_parcels_of_which_no_carrier_or_no_day_is_known_are_batches_of_their_own(session: Session) -> None:
    carrier, other, shop = make_carrier(session), make_carrier(session), make_shop(session)

    def key(**parcel: Any) -> str:
        return authority.keys_of(session, a_case(session, shop, **{"carrier": carrier, **parcel})).batch

    nobody = key(accepted_at=None, shipped_at=None)
    assert nobody == key(accepted_at=None, shipped_at=None)
    assert (
        len(
            {
                nobody,
                key(),
                key(carrier=other),
                key(carrier_id=None),
                key(carrier=other, accepted_at=None, shipped_at=None),
            }
        )
        == 5
    )


def test_an_order_of_two_shops_is_not_one_order(session: Session) -> None:
    one, two = (
        authority.keys_of(session, a_case(session, make_shop(session), order_number="261113SAME", buyer_username=None))
        for _n in range(2)
    )
    assert one.order != two.order
    assert one.buyer != two.buyer
