"""Every screen can be read and used by people who see or move differently: axe finds nothing, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from core.foundation.permissions import Role
from tests.browser.conftest import Opener, Server
from tests.browser.driving import Desk
from tests.browser.test_safety import parcel, register, signed_in

__all__ = ["parcel", "signed_in"]

# What Streamlit 1.67 itself draws and offers no handle for: the list roles of its sectioned side bar, the role of its
# uploader, and the hidden table it lays under a canvas grid.
STREAMLITS_OWN = {
    ("aria-required-children", "stSidebarNavItems"),
    ("aria-required-parent", "stSidebarNav"),
    ("listitem", "stSidebarNav"),
    ("list", "stSidebarNav"),
    ("presentation-role-conflict", "stFileUploader"),
    ("nested-interactive", "stFileUploader"),
    ("scrollable-region-focusable", "stDataFrame"),
}

WITHIN = """selector => { const names = []; let one = document.querySelector(selector);
while (one) { if (one.dataset && one.dataset.testid) names.push(one.dataset.testid); one = one.parentElement; }
return names.join(' < '); }"""


def complaints(desk: Desk) -> list[str]:
    """What axe finds, without what is Streamlit's own: rule, target and markup."""
    found = Axe().run(desk.page).response["violations"]
    said = []
    for rule in found:
        for node in rule["nodes"]:
            where = f"{desk.page.evaluate(WITHIN, node['target'][0])} {node['html'][:200]}"
            if not any(rule["id"] == known and mark in where for known, mark in STREAMLITS_OWN):
                said.append(f"{rule['id']}: {where} {node.get('failureSummary', '')}")
    return said


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_any_screen(signed_in: Callable[..., Desk], parcel: str, dark: bool) -> None:
    reference = register(parcel)
    desk = signed_in(Role.ADMIN, dark=dark)
    found: dict[str, list[str]] = {}
    for path in (
        "/",
        "/intake",
        "/register",
        f"/case?ref={reference}",
        "/claims",
        "/disputes",
        "/carriers",
        "/imports",
        "/settings",
        "/account",
    ):
        desk.open(path)
        if said := complaints(desk):
            found[path] = said
    assert found == {}


def test_axe_finds_nothing_at_the_door(server: Server, tab: Opener) -> None:
    for dark in (False, True):
        desk = tab(server, dark=dark)
        desk.page.goto(f"{server.address}/sign-in")
        assert complaints(desk) == []
