from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.errors import Duplicate, Invalid, NotAllowed, NotFound
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.parcels import shipments
from tests.factories import NOW, make_carrier, make_shipment, make_shop
from tests.people import OUT, acting

WORTH = Money(Decimal("318.00"), "SGD")


def test_a_parcel_is_found_by_each_of_its_numbers_in_any_case_with_spaces(session: Session) -> None:
    one = make_shipment(session, tracking_number="SPXSG1", first_mile_number="FM-1", last_mile_number="LM-1")
    for number in ("SPXSG1", " spxsg1 ", "fm-1", "LM-1", one.order_number.lower(), "SPX SG1"):
        assert [found.id for found in shipments.find_shipments(session, number, actor=SYSTEM)] == [one.id], number
    assert shipments.find_shipments(session, "SPXSG", actor=SYSTEM) == []
    assert shipments.find_shipments(session, "  ", actor=SYSTEM) == []


def test_an_order_in_two_parcels_gives_both_the_newest_first(session: Session) -> None:
    shop = make_shop(session)
    first = make_shipment(session, shop, order_number="2611A", parcel_number="1")
    second = make_shipment(session, shop, order_number="2611A", parcel_number="2")
    assert [one.id for one in shipments.find_shipments(session, "2611A", actor=SYSTEM)] == [second.id, first.id]


def test_facts_say_shop_carrier_value_and_pieces(session: Session) -> None:
    one = make_shipment(session, make_shop(session, name="Lion"), make_carrier(session, name="Ninja Van"))
    facts = shipments.shipment_facts(session, one.id, actor=SYSTEM)
    assert (facts.shop, facts.carrier, facts.value, facts.items) == ("Lion", "Ninja Van", WORTH, 1)
    with pytest.raises(NotFound):
        shipments.shipment_facts(session, 0, actor=SYSTEM)


def test_many_numbers_are_looked_up_at_once_each_under_its_own_spelling(session: Session) -> None:
    one, two = make_shipment(session, tracking_number="AAA1"), make_shipment(session, tracking_number="BBB2")
    found = shipments.find_many(session, ["aaa1", "BBB2", "nothing", ""], actor=SYSTEM)
    assert {number: [hit.id for hit in hits] for number, hits in found.items()} == {"aaa1": [one.id], "BBB2": [two.id]}


def test_a_parcel_entered_by_hand_is_found_afterwards(session: Session) -> None:
    agent, shop = acting(session, Role.AGENT), make_shop(session)
    shipments.enter_shipment(
        session,
        actor=agent,
        shop_id=shop.id,
        carrier_id=None,
        order_number="",
        tracking_number=" nv 77 ",
        shipped_at=NOW - timedelta(days=3),
        value=WORTH,
        now=NOW,
    )
    (found,) = shipments.find_shipments(session, "NV77", actor=agent)
    assert (found.tracking_number, found.order_number, found.value) == ("NV77", "NV77", WORTH)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("order_number", {"order_number": " ", "tracking_number": ""}),
        ("value", {"value": Money(Decimal(5), "PHP")}),
        ("shipped_at", {"shipped_at": NOW + timedelta(days=1)}),
    ],
)
def test_what_makes_no_sense_by_hand_is_refused_with_its_field(
    session: Session, field: str, more: dict[str, Any]
) -> None:
    values = {
        "shop_id": make_shop(session).id,
        "carrier_id": None,
        "order_number": "2611B",
        "tracking_number": "",
        "shipped_at": None,
        "value": WORTH,
        **more,
    }
    with pytest.raises(Invalid) as refusal:
        shipments.enter_shipment(session, actor=SYSTEM, now=NOW, **values)
    assert refusal.value.field == field


def test_the_same_order_of_a_shop_is_not_entered_twice(session: Session) -> None:
    one = make_shipment(session)
    with pytest.raises(Duplicate):
        shipments.enter_shipment(
            session,
            actor=SYSTEM,
            shop_id=one.shop_id,
            carrier_id=None,
            order_number=one.order_number,
            tracking_number="",
            shipped_at=None,
            value=WORTH,
            now=NOW,
        )


def test_nobody_looks_up_or_enters_without_the_right(session: Session) -> None:
    with pytest.raises(NotAllowed):
        shipments.find_shipments(session, "A", actor=OUT)
    with pytest.raises(NotAllowed):
        shipments.enter_shipment(
            session,
            actor=acting(session, Role.VIEWER),
            shop_id=1,
            carrier_id=None,
            order_number="A",
            tracking_number="",
            shipped_at=None,
            value=WORTH,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("order_number = 'X'", "uq_shipment_parcel"),
        ("order_number = any('{X,Y}')", "uq_shipment_parcel"),
        ("shop_id = 1 and order_number = any('{X,Y}')", "uq_shipment_parcel"),
        ("lower(buyer_username) = any('{x,y}')", "ix_shipment_buyer"),
    ],
)
def test_orders_and_buyers_are_found_off_an_index(session: Session, asked: str, index: str) -> None:
    session.execute(text("set local enable_seqscan = off"))
    plan = session.scalars(text(f"explain select id from shipment where {asked}"))
    assert index in "\n".join(plan)
