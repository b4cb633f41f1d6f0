"""Settings: the team's own texts for buyers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.cases import messages
from core.foundation import database
from core.foundation.permissions import Role
from core.models import MessageTemplate
from core.models.message import Situation
from tests.pages.conftest import Screens, field, run, words

OWN = "Hi[ {buyer}], we are sorry. We will write to you by {day}."


def kept() -> list[MessageTemplate]:
    with database.reading() as session:
        return list(session.scalars(select(MessageTemplate).order_by(MessageTemplate.id)))


@pytest.mark.parametrize("phone", [False, True])
def test_every_text_of_every_language_can_be_looked_at(screens: Screens, phone: bool) -> None:
    page = screens.open("settings.py", Role.LEAD, part="messages", phone=phone)
    for code in messages.languages():
        run(page.selectbox(key="messages-language").select(code))
        assert words(page).count("Recoup's\\]") + words(page).count("Recoup's]") >= len(Situation)
    run(page.button(key="message-past-apology").click())
    assert "no text of its own" in words(page)


def test_a_lead_writes_a_text_that_is_checked_and_tried_and_takes_it_back(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="messages")
    run(page.selectbox(key="messages-language").select("en"))
    run(page.button(key="message-edit-apology").click())
    assert "aisyah_88" in "".join(one.value for one in page.text)
    field(page, "text_area", "Text").input("Sorry {bayer}, by {day}")
    run(page)
    assert "Did you mean" in page.error[0].value and field(page, "button", "Keep as the team's own").disabled
    field(page, "text_area", "Text").input(OWN)
    run(page)
    run(page.toggle[0].set_value(False))
    assert any(one.value.startswith("Hi, we are sorry") for one in page.text)
    run(field(page, "button", "Keep as the team's own").click())
    assert [(one.version, one.text, one.retired_at) for one in kept()] == [(1, OWN, None)]
    assert "the team's own, version 1" in words(page)
    run(page.button(key="message-past-apology").click())
    run(next(one for one in page.button if one.label.startswith("Take back")).click())
    assert kept()[0].retired_at is not None
    run(page.button(key="message-past-apology").click())
    run(field(page, "button", "Use this one again").click())
    assert [(one.version, one.text) for one in kept()] == [(1, OWN), (2, OWN)]


def test_a_missing_text_says_which_one_is_used_instead(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(messages.languages()["th"].texts, Situation.THANKS)
    page = screens.open("settings.py", Role.LEAD, part="messages")
    run(page.selectbox(key="messages-language").select("th"))
    assert "missing, English is used" in words(page)
