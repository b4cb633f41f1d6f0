from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.foundation import database
from core.foundation.permissions import Role
from core.models import Carrier, ExchangeRate, Person, RuleCard, Shop, Submission, TierPolicy
from core.money import rates, tiers
from core.recovery import rule_cards
from tests.factories import NOW, make_carrier, make_rule_card, make_shop
from tests.pages.conftest import Screens, field, run, words


def count(model: Any) -> int:
    with database.reading() as session:
        return len(session.scalars(select(model)).all())


def test_an_admin_adds_a_person_and_sees_the_password_once(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN)
    run(page.button(key="person-add-open").click())
    field(page, "text_input", "Name").input("Ana Cruz")
    field(page, "text_input", "Username").input("ana")
    run(field(page, "button", "Add").click())
    password = page.code[0].value
    assert len(password) >= 10
    with database.reading() as session:
        kept = [str(one.result) for one in session.scalars(select(Submission))]
    assert not any(password in one for one in kept), "a password is never kept in plain"
    run(field(page, "button", "Done").click())
    assert not page.code
    assert "Ana Cruz" in words(page)


def test_a_refused_person_keeps_what_was_typed(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN)
    run(page.button(key="person-add-open").click())
    field(page, "text_input", "Name").input("Ana Cruz")
    field(page, "text_input", "Username").input("ana cruz!")
    run(field(page, "button", "Add").click())
    assert "username" in page.error[0].value.lower()
    assert field(page, "text_input", "Name").value == "Ana Cruz"
    assert field(page, "text_input", "Username").value == "ana cruz!"
    assert count(Person) == 1


def test_three_clicks_on_add_make_one_shop(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="shops")
    run(page.button(key="shop-add-open").click())
    field(page, "text_input", "Name").input("Manila Store")
    field(page, "selectbox", "Market").select("PH")
    save = field(page, "button", "Add")
    run(save.click())
    for _again in range(2):
        run(save.click())
    assert count(Shop) == 1
    assert "Manila Store" in words(page)


def test_two_admins_who_rename_one_shop_see_both_names(screens: Screens) -> None:
    with database.transaction() as session:
        shop = make_shop(session, name="Lion")
    first = screens.open("settings.py", Role.ADMIN, part="shops")
    second = screens.open("settings.py", Role.ADMIN, part="shops")
    for page in (first, second):
        run(page.button(key=f"shop-{shop.id}").click())
    field(first, "text_input", "Name").input("Lion SG")
    run(field(first, "button", "Save").click())
    field(second, "text_input", "Name").input("Löwe")
    run(field(second, "button", "Save").click())
    choice = second.radio[0]
    assert [option.replace("\\", "") for option in choice.options] == ["Yours: Löwe", "Theirs: Lion SG"]
    assert field(second, "text_input", "Name").value == "Löwe"
    run(field(second, "button", "Save").click())
    with database.reading() as session:
        assert session.get_one(Shop, shop.id).name == "Löwe"


def test_choosing_theirs_in_a_conflict_leaves_theirs(screens: Screens) -> None:
    with database.transaction() as session:
        shop = make_shop(session, name="Lion")
    page = screens.open("settings.py", Role.ADMIN, part="shops")
    run(page.button(key=f"shop-{shop.id}").click())
    with database.transaction() as session:
        session.get_one(Shop, shop.id).name = "Lion SG"
    field(page, "text_input", "Name").input("Löwe")
    run(field(page, "button", "Save").click())
    page.radio[0].set_value("theirs")
    run(field(page, "button", "Save").click())
    assert not page.error
    with database.reading() as session:
        assert session.get_one(Shop, shop.id).name == "Lion SG"


def test_a_carrier_gets_its_spellings(screens: Screens) -> None:
    with database.transaction() as session:
        carrier = make_carrier(session, name="Ninja Van")
    page = screens.open("settings.py", Role.ADMIN, part="carriers")
    run(page.button(key=f"carrier-{carrier.id}").click())
    page.text_area[0].input("Ninja Van\nNinjaVan PH")
    run(field(page, "button", "Save").click())
    assert "ninjavan ph" in words(page)
    assert count(Carrier) == 1


def test_the_value_policy_is_changed_by_versions(screens: Screens) -> None:
    with database.transaction() as session:
        rates.load_seed(session)
        tiers.load_seed(session, "SGD", NOW)
    page = screens.open("settings.py", Role.MANAGER, part="policy")
    run(page.button(key="policy-open").click())
    field(page, "text_input", "Claim from, in SGD").input("sixty")
    run(field(page, "button", "Save").click())
    assert "sixty" in page.error[0].value and count(TierPolicy) == 1
    field(page, "text_input", "Claim from, in SGD").input("75.50")
    run(field(page, "button", "Save").click())
    assert count(TierPolicy) == 2
    assert "75" in words(page)


def test_a_manager_enters_a_rate(screens: Screens) -> None:
    with database.transaction() as session:
        rates.load_seed(session)
    before = count(ExchangeRate)
    page = screens.open("settings.py", Role.MANAGER, part="rates")
    run(page.button(key="rate-open").click())
    field(page, "selectbox", "Currency").select("SGD")
    field(page, "text_input", "For one US dollar").input("1.31")
    run(field(page, "button", "Save").click())
    assert page.error and count(ExchangeRate) == before
    field(page, "text_input", "Source").input("our bank")
    run(field(page, "button", "Save").click())
    assert count(ExchangeRate) == before + 1


def test_a_viewer_sees_settings_without_a_button_to_change_them(screens: Screens) -> None:
    with database.transaction() as session:
        make_shop(session, name="Lion")
        make_carrier(session)
        rates.load_seed(session)
        tiers.load_seed(session, "SGD", NOW)
    for part in ("people", "shops", "carriers", "rules", "policy", "rates"):
        page = screens.open("settings.py", Role.VIEWER, part=part)
        assert not page.button, (part, [one.label for one in page.button])


def test_editing_a_rule_card_makes_a_new_version_and_keeps_the_old(screens: Screens) -> None:
    with database.transaction() as session:
        rule_cards.load_seed(session, NOW)
        code = make_rule_card(session, title="Zebra Post, loss").code
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    field(page, "text_input", "Search").input("zebra")
    run(page)
    run(page.button(key=f"rule-{code}").click())
    run(page.button(key="rule-edit").click())
    field(page, "text_input", "Payer").input("")
    run(field(page, "button", "Save as a new version").click())
    assert page.error and field(page, "text_input", "Title").value == "Zebra Post, loss"
    field(page, "text_input", "Payer").input("Zebra Post")
    field(page, "number_input", "Within").set_value(45)
    run(field(page, "button", "Save as a new version").click())
    with database.reading() as session:
        versions = [(one.version, one.within) for one in session.scalars(select(RuleCard).where(RuleCard.code == code))]
    assert sorted(versions) == [(1, 30), (2, 45)]


def test_a_rule_card_saved_unchanged_stays_at_its_version(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session, cap={"kind": "amount", "amount": "150", "currency": "SGD"}).code
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    run(page.button(key=f"rule-{code}").click())
    assert "SGD 150" in words(page)
    run(page.button(key="rule-edit").click())
    run(field(page, "button", "Save as a new version").click())
    assert not page.error and count(RuleCard) == 1


def test_a_rule_card_is_added_and_retired(screens: Screens) -> None:
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    run(page.button(key="rule-add-open").click())
    field(page, "text_input", "Code").input("zebra-lost")
    field(page, "text_input", "Title").input("Zebra Post, loss")
    field(page, "text_input", "Payer").input("Zebra Post")
    field(page, "text_area", "Source").input("their terms")
    run(field(page, "button", "Add").click())
    assert not page.error, page.error[0].value
    run(page.button(key="rule-ZEBRA-LOST").click())
    field(page, "text_input", "Why").input("closed down")
    run(page.button(key="rule-retire-ZEBRA-LOST-save-1").click())
    with database.reading() as session:
        assert session.scalars(select(RuleCard)).one().retired
