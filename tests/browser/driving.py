"""What a person does in the browser, in a few words: open, wait until it is still, sign in, read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 30_000


def settle(page: Page, timeout: int = PATIENCE_MS) -> None:
    """Wait until the screen is done: connected, nothing running, nothing stale, and no error box of Streamlit's own."""
    # Right after a click the state may still be the old one; Streamlit debounces by 150 ms.
    page.wait_for_timeout(160)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=timeout)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=timeout)
    expect(page.locator("[data-stale='true']")).to_have_count(0, timeout=timeout)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=timeout)
    assert page.get_by_test_id("stException").count() == 0, page.get_by_test_id("stException").first.inner_text()


@dataclass
class Desk:
    """A browser tab at Recoup's address."""

    page: Page
    address: str

    def open(self, path: str = "/") -> Desk:
        """Go to an address of Recoup and wait until it is still; a plain HTML page is still at once."""
        self.page.goto(self.address + path)
        return self.settle()

    def settle(self) -> Desk:
        if self.page.locator("#root").count():
            self.page.get_by_test_id("stApp").wait_for(timeout=PATIENCE_MS)
            settle(self.page)
        return self

    def sign_in(self, username: str, password: str, path: str = "/") -> Desk:
        """Through the door, and on to `path`."""
        self.page.goto(f"{self.address}/sign-in?next={path}")
        self.page.locator("input[name=username]").fill(username)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("form button[type=submit], form button:not([type])").first.click()
        return self.settle()

    def click(self, name: str | re.Pattern[str], *, exact: bool = False) -> Desk:
        """Press the button with this name."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        return self.settle()

    def key(self, key: str) -> Locator:
        """What Streamlit drew for the widget or container with this key."""
        return self.page.locator(f".st-key-{key}")

    def text(self) -> str:
        """Everything that stands in the main part."""
        return self.page.get_by_test_id("stMain").inner_text()

    def reads(self, words: str | re.Pattern[str]) -> Desk:
        """Expect these words somewhere in the main part."""
        expect(self.page.get_by_test_id("stMain")).to_contain_text(words, timeout=PATIENCE_MS)
        return self
