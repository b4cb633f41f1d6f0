"""Settings: the platform's rules as leads read and write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Person, PlatformRuleVersion
from core.models.rule import Confidence
from core.recovery.answers import rules
from core.recovery.answers.rules import shipped
from tests.pages.conftest import Screens, field, run, words

NEW = "A dispute is decided on the proof in the platform's list, and a film counts only with its sound."
CHINESE = "争议以平台清单为准，视频须有原声。"


def kept() -> list[PlatformRuleVersion]:
    with database.reading() as session:
        return list(session.scalars(select(PlatformRuleVersion).order_by(PlatformRuleVersion.id)))


def add(**more: Any) -> str:
    """A rule of the team's own, written yesterday's way: without its screen."""
    now = clock.now()
    values = {
        "topic": "proof",
        "markets": ["TH"],
        "source": "https://seller.shopee.co.th/edu/article/9",
        "checked_on": clock.local_day(now, "UTC"),
        "confidence": Confidence.MEDIUM,
        "words-en": "A delivery is shown by the picture of the door.",
        "words-zh-CN": "送达以门口照片为证。",
        **more,
    }
    with database.transaction() as session:
        return rules.add_rule(session, actor=SYSTEM, values=values, now=now).code


def texts(page: Any) -> dict[str, str]:
    return {one.label: one.value for one in page.text_area}


@pytest.mark.parametrize("phone", [False, True])
def test_every_shipped_rule_is_read_with_its_source_its_languages_and_its_history(
    screens: Screens, phone: bool
) -> None:
    page = screens.open("settings.py", Role.LEAD, part="platform", phone=phone)
    said = words(page)
    assert said.count("Recoup's") >= len(shipped()) and "help\\.shopee\\.ph" in said.replace("\u2060", "")
    run(page.button(key="platform-rule-ph-response").click())
    said = words(page)
    assert "no answer rests on it" in said and "Filipino" in said and "as Recoup ships it" in said


def test_the_list_is_narrowed_by_words_market_topic_and_what_is_due(screens: Screens) -> None:
    old = clock.local_day(clock.now(), "UTC") - timedelta(days=rules.check_again_days() + 2)
    code = add(checked_on=old)
    page = screens.open("settings.py", Role.LEAD, part="platform")

    def shown() -> set[str]:
        keys = [one.key or "" for one in page.button if one.label == "Open"]
        return {key.removeprefix("platform-rule-") for key in keys}

    run(page.text_input(key="platform-search").input("opening unboxing continuous"))
    assert shown() == set()
    assert "Clear one of them" in words(page)
    run(page.text_input(key="platform-search").input("continuous video"))
    assert shown() == {"my-unboxing"}
    run(page.text_input(key="platform-search").input(""))
    run(page.selectbox(key="platform-market").select("TH"))
    assert code in shown() and "proof-list" in shown() and "ph-window" not in shown()
    run(page.toggle(key="platform-due").set_value(True))
    assert shown() == {code} and "due to be checked" in words(page)
    run(page.button(key=f"platform-rule-{code}").click())
    assert "missing, English is used" in words(page)
    run(field(page, "button", "Looked today: it still reads so").click())
    assert [(one.version, one.checked_on > old) for one in kept()] == [(1, False), (2, True)]
    assert shown() == set() and "No rule is due to be checked" in words(page)


def test_a_lead_adds_a_rule_and_a_missing_source_is_said_at_its_field_with_everything_kept(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="platform")
    run(page.button(key="platform-rule-add-open").click())
    run(field(page, "multiselect", "Market").set_value(["VN"]))
    assert set(texts(page)) == {"English", "简体中文", "Tiếng Việt"}
    field(page, "text_area", "English").input(NEW)
    field(page, "text_area", "简体中文").input(CHINESE)
    run(field(page, "button", "Add the rule").click())
    assert "Say where the rule is written" in page.error[0].value and kept() == []
    assert texts(page)["English"] == NEW
    field(page, "text_input", "Source").input("https://banhang.shopee.vn/edu/article/7")
    run(field(page, "button", "Add the rule").click())
    made = kept()
    assert [(one.code, one.version, one.markets, one.words) for one in made] == [
        ("team-1", 1, ["VN"], {"en": NEW, "zh-CN": CHINESE})
    ]
    assert "the team's, version 1" in words(page)


def test_a_shipped_rule_is_corrected_its_history_keeps_it_and_recoups_text_is_used_again(screens: Screens) -> None:
    page = screens.open("settings.py", Role.MANAGER, part="platform")
    run(page.button(key="platform-rule-proof-list").click())
    run(page.button(key="platform-rule-edit").click())
    assert texts(page)["English"] == shipped()["proof-list"].words["en"]
    assert "Still as before" not in words(page)
    field(page, "text_area", "English").input(NEW)
    run(page)
    assert "Still as before: 简体中文, Bahasa Melayu" in words(page).replace("\\", "")
    run(field(page, "button", "Save as a new version").click())
    assert [(one.version, one.origin.value) for one in kept()] == [(1, "seed"), (2, "hand")]
    run(page.button(key="platform-rule-proof-list").click())
    said = words(page)
    assert "as Recoup ships it" in said and "Version 2" in said and "only with its sound" in said
    run(field(page, "button", "Use Recoup's text again").click())
    assert [one.origin.value for one in kept()] == ["seed", "hand", "seed"]
    assert kept()[2].words == kept()[0].words


def test_a_rule_is_retired_with_its_reason_and_brought_back(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="platform")
    run(page.button(key="platform-rule-sg-jt").click())
    field(page, "text_input", "Why").input("The page is gone.")
    run([one for one in page.button if one.label == "Retire"][-1].click())
    assert [(one.version, one.retired, one.note) for one in kept()] == [
        (1, False, ""),
        (2, True, "The page is gone."),
    ]
    assert "platform-rule-sg-jt" not in {one.key for one in page.button}
    run(page.toggle(key="platform-retired").set_value(True))
    run(page.button(key="platform-rule-sg-jt").click())
    assert "The page is gone" in words(page) and not [one for one in page.button if one.key == "platform-rule-edit"]
    run(field(page, "button", "Bring back").click())
    assert not kept()[-1].retired


def test_two_leads_at_one_rule_see_both_texts_and_choose(screens: Screens) -> None:
    code = add()
    page = screens.open("settings.py", Role.LEAD, part="platform")
    run(page.button(key=f"platform-rule-{code}").click())
    run(page.button(key="platform-rule-edit").click())
    field(page, "text_area", "English").input(NEW)
    run(page)
    with database.transaction() as session:
        rules.edit_rule(
            session,
            code,
            actor=SYSTEM,
            seen={"words-en": "A delivery is shown by the picture of the door."},
            typed={"words-en": "A delivery is shown by the picture of the gate."},
            now=clock.now(),
        )
    run(field(page, "button", "Save as a new version").click())
    assert "of the gate" in str([one.options for one in page.radio])
    run(field(page, "button", "Save as a new version").click())
    assert [one.words["en"] for one in kept()][-1] == NEW and len(kept()) == 3


def test_a_chinese_reader_reads_the_rules_in_chinese(screens: Screens) -> None:
    add()
    someone = screens.sign_in(Role.LEAD)
    with database.transaction() as session:
        session.get_one(Person, someone).language = "zh-CN"
    page = screens.open("settings.py", Role.LEAD, part="platform")
    assert "送达以门口照片为证" in words(page) and "returns" in words(page)
