"""A real server and a real browser. Without a browser these tests skip, saying how to get one; CI must have one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from core.desk import opening
from core.foundation import clock, database, embedded
from tests.browser.driving import Desk
from tests.browser.finding import ARGUMENTS, HOW_TO_GET_ONE, find
from tests.conftest import _clone, _drop

ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A running Recoup: its address, and the database behind it."""

    address: str
    database_url: str
    folder: Path


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_here: Playwright) -> Iterator[Browser]:
    path = find(playwright_here)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    browser = playwright_here.chromium.launch(executable_path=path, args=list(ARGUMENTS))
    yield browser
    browser.close()


def serve(database_url: str, folder: Path) -> Iterator[Server]:
    """A server process on a database of its own, cold."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # What time does to clocks must not change a picture between two looks at it; the sweep has tests of its own.
    settings = {"RECOUP_DATA_DIR": str(folder), "RECOUP_PORT": str(port), "RECOUP_SWEEP_MINUTES": "0", "NO_COLOR": "1"}
    if database_url:
        settings["DATABASE_URL"] = database_url
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOUP_") and name != "DATABASE_URL"
    } | settings
    log = folder / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "serve"], cwd=ROOT, env=environment, stdout=written, stderr=written
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _try in range(600):
            assert process.poll() is None, log.read_text()
            try:
                if httpx2.get(f"{address}/healthz").status_code == 200:
                    break
            except httpx2.HTTPError:
                time.sleep(0.1)
        else:
            pytest.fail(log.read_text())
        yield Server(address, database_url, folder)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def fresh_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server on an empty installation: nobody has signed in, nobody is on the team."""
    yield from serve(database_url, tmp_path)


@pytest.fixture(scope="session")
def shared_server(postgres: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server the tests of this run share; each brings its own people and parcels."""
    url = _clone(postgres, "browsed")
    yield from serve(url, tmp_path_factory.mktemp("browsed"))
    _drop(postgres, "browsed")


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The shared server, with this process's own engine on its database so that a test can put rows in."""
    database.configure(shared_server.database_url)
    with database.transaction() as session:
        opening.first_rows(session, "SGD", clock.now())
    yield shared_server
    database.close()


Opener = Callable[..., Desk]


@pytest.fixture
def tab(chromium: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a tab: `tab(server, viewport=WIDE, language="en-GB", dark=False, phone=False)`, each a browser of its own."""
    opened = []

    def open_tab(
        server: Server,
        *,
        viewport: dict[str, int] | None = None,
        language: str = "en-GB",
        dark: bool = False,
        phone: bool = False,
    ) -> Desk:
        context = chromium.new_context(
            viewport=viewport or (PHONE if phone else WIDE),  # type: ignore[arg-type]
            locale=language,
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            user_agent=PHONE_AGENT if phone else None,
            has_touch=phone,
            is_mobile=phone,
        )
        opened.append(context)
        return Desk(context.new_page(), server.address)

    yield open_tab
    for number, context in enumerate(opened):
        for page in context.pages:
            # What the tab showed last: the first thing to look at when a test fails.
            page.screenshot(path=tmp_path / f"tab-{number}.png")
        context.close()
