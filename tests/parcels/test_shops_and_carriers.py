from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound
from core.foundation.permissions import Role
from core.models import CarrierAlias
from core.parcels import carriers, shops
from tests.factories import NOW, make_carrier, make_shop
from tests.people import OUT, acting


def tags(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.id)))


def test_a_shop_takes_currency_and_zone_of_its_market(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    shop = shops.add_shop(session, actor=admin, name="  Manila   Store ", market="ph", now=NOW)
    assert (shop.name, shop.market, shop.currency, shop.zone) == ("Manila Store", "PH", "PHP", "Asia/Manila")
    assert tags(session) == ["shop.added"]


def test_a_shop_in_an_unknown_market_or_zone_or_currency_is_refused(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    with pytest.raises(Invalid):
        shops.add_shop(session, actor=admin, name="Moon", market="XX", now=NOW)
    with pytest.raises(Invalid):
        shops.add_shop(session, actor=admin, name="Moon", market="SG", zone="Moon/Crater", now=NOW)
    with pytest.raises(Invalid):
        shops.add_shop(session, actor=admin, name="Moon", market="SG", currency="dollars", now=NOW)


def test_a_second_shop_of_a_name_is_refused_in_any_case(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    shops.add_shop(session, actor=admin, name="Lion Store", market="SG", now=NOW)
    with pytest.raises(Duplicate):
        shops.add_shop(session, actor=admin, name="LION store", market="MY", now=NOW)


def test_two_admins_who_change_different_fields_of_a_shop_do_not_clash(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    shop = make_shop(session, name="Lion")
    seen = {"name": "Lion", "zone": "Asia/Singapore", "active": True}
    shops.edit_shop(session, shop.id, actor=admin, seen=seen, typed={**seen, "name": "Lion SG"}, now=NOW)
    shops.edit_shop(session, shop.id, actor=admin, seen=seen, typed={**seen, "active": False}, now=NOW)
    assert (shop.name, shop.active) == ("Lion SG", False)
    with pytest.raises(Conflict) as clash:
        shops.edit_shop(session, shop.id, actor=admin, seen=seen, typed={**seen, "name": "Löwe"}, now=NOW)
    assert [(one.field, one.theirs, one.yours) for one in clash.value.fields] == [("name", "Lion SG", "Löwe")]


def test_saving_a_shop_unchanged_writes_nothing(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    shop = make_shop(session, name="Lion")
    seen = {"name": "Lion", "zone": "Asia/Singapore", "active": True}
    shops.edit_shop(session, shop.id, actor=admin, seen=seen, typed=dict(seen), now=NOW)
    assert tags(session) == []


def test_a_carrier_is_known_by_its_name_and_by_every_spelling_given(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    made = carriers.add_carrier(session, actor=admin, code="Ninja-Van", name="Ninja Van", now=NOW)
    assert (made.code, made.aliases) == ("ninja-van", ("ninja van",))
    row = carriers.set_aliases(
        session, made.id, actor=admin, aliases=["Ninja  VAN", "NinjaVan", "", "ninjavan"], now=NOW
    )
    assert row.aliases == ("ninja van", "ninjavan")
    assert carriers.list_carriers(session, actor=admin) == [row]
    assert tags(session) == ["carrier.added", "carrier.edited"]


def test_one_spelling_never_means_two_carriers(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    first, second = make_carrier(session, name="First"), make_carrier(session, name="Second")
    carriers.set_aliases(session, first.id, actor=admin, aliases=["fst"], now=NOW)
    with pytest.raises(Duplicate, match="First"):
        carriers.set_aliases(session, second.id, actor=admin, aliases=["FST"], now=NOW)
    assert session.get_one(CarrierAlias, "fst").carrier_id == first.id


def test_a_carrier_whose_fields_make_no_sense_is_refused(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    for wrong in (
        {"code": "Ninja Van!", "name": "x"},
        {"code": "nv", "name": " "},
        {"code": "nv", "name": "NV", "website": "nv"},
    ):
        with pytest.raises(Invalid):
            carriers.add_carrier(session, actor=admin, **wrong, now=NOW)
    make_carrier(session, code="nv", name="NV")
    with pytest.raises(Duplicate):
        carriers.add_carrier(session, actor=admin, code="nv", name="Other", now=NOW)


def test_editing_a_carrier_keeps_what_others_changed(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    one = make_carrier(session, name="NV")
    seen = {"name": "NV", "website": None, "phone": None, "active": True}
    carriers.edit_carrier(session, one.id, actor=admin, seen=seen, typed={**seen, "phone": "+65 1"}, now=NOW)
    row = carriers.edit_carrier(
        session, one.id, actor=admin, seen=seen, typed={**seen, "website": "https://nv.example"}, now=NOW
    )
    assert (row.phone, row.website) == ("+65 1", "https://nv.example")


def test_only_an_admin_changes_shops_and_carriers(session: Session) -> None:
    agent, shop, carrier = acting(session, Role.AGENT), make_shop(session), make_carrier(session)
    assert [one.id for one in shops.list_shops(session, actor=agent)] == [shop.id]
    with pytest.raises(NotAllowed):
        shops.edit_shop(session, shop.id, actor=agent, seen={}, typed={"active": False}, now=NOW)
    with pytest.raises(NotAllowed):
        carriers.set_aliases(session, carrier.id, actor=agent, aliases=[], now=NOW)
    with pytest.raises(NotAllowed):
        shops.list_shops(session, actor=OUT)


def test_what_is_not_there_is_not_found(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    with pytest.raises(NotFound):
        shops.get_shop(session, 0, actor=admin)
    with pytest.raises(NotFound):
        carriers.get_carrier(session, 0, actor=admin)
    assert shops.find_shop(session, "nothing", actor=admin) is None
