from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.desk import register
from core.desk.register import NOBODY, Filter, Sort, register_choices, register_count, register_page
from core.foundation.errors import Invalid, NotAllowed
from core.foundation.permissions import Actor, Role
from core.models import Incident
from core.models.incident import IncidentState, IncidentType, Stage, Tier
from tests.desk.builders import make_claim
from tests.factories import NOW, make_carrier, make_incident, make_shipment, make_shop
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def references(session: Session, actor: Actor, **wanted: object) -> list[str]:
    return [row.reference for row in register_page(session, Filter(**wanted), actor=actor).rows]  # type: ignore[arg-type]


def test_a_row_tells_the_case_its_parcel_and_its_money(session: Session, mei: Actor) -> None:
    shop = make_shop(session, name="Manila Store", market="PH", currency="PHP", zone="Asia/Manila")
    shipment = make_shipment(session, shop, make_carrier(session, name="Ninja Van"), tracking_number="NVPH0074120063")
    incident = make_incident(session, shipment, owner_id=mei.person_id, base_value=Decimal("7.07"))
    row = register_page(session, Filter(), actor=mei).rows[0]
    assert (row.reference, row.carrier, row.number, row.shop) == (
        incident.reference,
        "Ninja Van",
        "NVPH0074120063",
        "Manila Store",
    )
    assert (row.currency, row.value, row.base_currency, row.base) == ("PHP", Decimal(318), "SGD", Decimal("7.07"))
    assert (row.owner, row.state, row.type) == ("Mei", IncidentState.REGISTERED, IncidentType.LOST)


def test_each_filter_keeps_only_its_own(session: Session, mei: Actor) -> None:
    shop, carrier = make_shop(session, market="VN"), make_carrier(session)
    special = make_incident(
        session,
        make_shipment(session, shop, carrier),
        type=IncidentType.DAMAGED,
        stage=Stage.CUSTOMS,
        tier=Tier.ABSORB,
        state=IncidentState.PROVING,
        owner_id=mei.person_id,
    )
    usual = make_incident(session)
    filters: list[dict[str, object]] = [
        {"types": (IncidentType.DAMAGED,)},
        {"stages": (Stage.CUSTOMS,)},
        {"tiers": (Tier.ABSORB,)},
        {"states": (IncidentState.PROVING, IncidentState.CLAIMING)},
        {"owners": (mei.person_id,)},
        {"shops": (shop.id,)},
        {"carriers": (carrier.id,)},
        {"markets": ("VN",)},
    ]
    for wanted in filters:
        assert references(session, mei, **wanted) == [special.reference], wanted
    assert references(session, mei, owners=(NOBODY,)) == [usual.reference]
    assert len(references(session, mei, owners=(NOBODY, mei.person_id))) == 2


def test_a_day_of_registration_is_a_day_of_the_readers_zone(session: Session, mei: Actor) -> None:
    # 04:00 UTC on the 23rd is noon in Shanghai; 15:59 UTC is the last minute of that day there.
    inside = make_incident(session, registered_at=NOW + timedelta(hours=11, minutes=59))
    make_incident(session, registered_at=NOW + timedelta(hours=12))
    day = date(2026, 11, 23)
    assert references(session, mei, since=day, until=day) == [inside.reference]


def test_orders_are_those_that_are_named(session: Session, mei: Actor) -> None:
    for hour, money, due in ((1, 30, 9), (2, 10, None), (3, 20, 5)):
        make_incident(
            session,
            reference=f"INC-2026-0000{hour}",
            registered_at=NOW + timedelta(hours=hour),
            base_value=Decimal(money),
            next_due_at=due and NOW + timedelta(hours=due),
        )
    ends = {
        sort: [reference[-1] for reference in references(session, mei, sort=sort)]
        for sort in (Sort.NEWEST, Sort.OLDEST, Sort.DUE, Sort.VALUE)
    }
    assert ends == {
        Sort.NEWEST: ["3", "2", "1"],
        Sort.OLDEST: ["1", "2", "3"],
        Sort.DUE: ["3", "1", "2"],
        Sort.VALUE: ["1", "3", "2"],
    }


def test_pages_follow_each_other_and_the_last_one_knows_the_count(
    session: Session, mei: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "PAGE", 2)
    made = [make_incident(session, registered_at=NOW + timedelta(hours=n)).reference for n in range(5)][::-1]
    pages = [register_page(session, Filter(), actor=mei, page=n) for n in (1, 2, 3)]
    assert [[row.reference for row in page.rows] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert [(page.more, page.counted) for page in pages] == [(True, None), (True, None), (False, 5)]


def test_rows_are_counted_only_up_to_the_bound(session: Session, mei: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(4):
        make_incident(session)
    assert register_count(session, Filter(), actor=mei) == 4
    monkeypatch.setattr(register, "COUNTED", 2)
    assert register_count(session, Filter(), actor=mei) == 3


def words(session: Session, text: str) -> Incident:
    return make_incident(session, search_text=text)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("inc-2026-00007 261113abcdef spxsg0429981165", "0429981165"),
        ("inc-2026-00007 261113abcdef spxsg0429981165", "SPXSG0429981165"),
        ("inc-2026-00007 261113abcdef spxsg0429981165", "  261113ABC "),
        ("买家说包裹没有收到 photo sent", "没有收到"),
        ("买家说包裹没有收到 photo sent", "photo 包裹"),
        ("买家说包裹没有收到 photo sent", "收"),
        ("cafe creme brulee", "Crème"),
        ("100% cotton a_b", "100%"),
    ],
)
def test_a_search_finds_numbers_and_words_of_both_scripts(
    session: Session, mei: Actor, stored: str, typed: str
) -> None:
    found = words(session, stored)
    words(session, "something else altogether 别的事情")
    assert references(session, mei, text=typed) == [found.reference]


def test_every_word_of_a_search_has_to_be_there_and_marks_are_only_marks(session: Session, mei: Actor) -> None:
    words(session, "desk lamp broken")
    assert references(session, mei, text="lamp vase") == []
    assert references(session, mei, text="l_mp desk") == []
    assert len(references(session, mei, text="broken desk")) == 1


def test_a_reference_is_found_as_a_whole(session: Session, mei: Actor) -> None:
    incident = make_incident(session, reference="INC-2026-00042")
    make_incident(session, reference="INC-2026-000421")
    assert references(session, mei, text=" inc-2026-00042 ") == [incident.reference]


def test_a_claims_reference_finds_its_case(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    claim = make_claim(session, incident)
    make_incident(session)
    assert references(session, mei, text=claim.reference.lower()) == [incident.reference]
    assert references(session, mei, text="CL-1999-00001") == []


def test_two_letters_are_too_few_to_search_for(session: Session, mei: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        register_page(session, Filter(text="ab"), actor=mei)
    assert refusal.value.field == "text"


def test_the_filters_offer_what_there_is(session: Session, mei: Actor) -> None:
    shop = make_shop(session, name="Hanoi Shop", market="VN")
    carrier = make_carrier(session, name="GHN")
    found = register_choices(session, actor=mei)
    assert (shop.id, "Hanoi Shop") in found.shops
    assert (carrier.id, "GHN") in found.carriers
    assert (mei.person_id, "Mei") in found.owners
    assert "VN" in found.markets


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    for read in (register_page, register_count):
        with pytest.raises(NotAllowed):
            read(session, Filter(), actor=OUT)
    with pytest.raises(NotAllowed):
        register_choices(session, actor=OUT)
