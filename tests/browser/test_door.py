"""The door, as a browser meets it: a cold server refuses a deep link, and hands it on after signing in."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from core.foundation import database
from core.foundation.permissions import Role
from tests.browser.conftest import Opener, Server
from tests.browser.team import PASSWORD, add_person


def test_a_cold_server_asked_for_a_deep_link_shows_the_door_and_then_the_very_page(
    fresh_server: Server, tab: Opener
) -> None:
    database.configure(fresh_server.database_url)
    try:
        add_person("mei", Role.AGENT)
    finally:
        database.close()
    desk = tab(fresh_server).open("/register?state=open")
    expect(desk.page).to_have_url(re.compile(r"/sign-in\?next="))
    assert "stApp" not in desk.page.content()
    desk.page.locator("input[name=username]").fill("mei")
    desk.page.locator("input[name=password]").fill(PASSWORD)
    desk.page.keyboard.press("Enter")
    desk.settle()
    expect(desk.page).to_have_url(re.compile(r"/register"))
