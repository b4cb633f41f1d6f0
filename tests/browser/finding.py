"""A browser to drive: Chromium, Chrome, or the one Playwright brought along."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
HOW_TO_GET_ONE = (
    "The browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium), or run"
    " `.venv/bin/python -m playwright install chromium`, or name one in RECOUP_BROWSER."
)

# What a browser under test needs on a machine without a screen, as root, and without the outer network.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


def find(playwright: Playwright) -> str | None:
    """The path of a browser, or None where there is none."""
    if named := os.environ.get("RECOUP_BROWSER"):
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        brought = playwright.chromium.executable_path
        found = next((place for place in (*PLACES, brought) if place and Path(place).exists()), None)
    return found
