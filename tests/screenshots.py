"""Pictures of every screen: `make screenshots`.

    python -m tests.screenshots                 into docs/screenshots: every screen, both languages; some dark, some on a phone
    python -m tests.screenshots --all FOLDER    every screen × language × light and dark × wide and phone, for looking through
    python -m tests.screenshots --server URL    of a server that runs already, with --user and --password

The demo team of a fixed seed is filled into a folder that goes away again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import PHONE, PHONE_AGENT, ROOT, WIDE, serve
from tests.browser.driving import Desk
from tests.browser.finding import ARGUMENTS, HOW_TO_GET_ONE, find

SHOWN = ROOT / "docs" / "screenshots"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
TABLE = "view=table"

# The case to show: open, its claim still to be filed or answered, with the most evidence and talk.
TELLING = """
from sqlalchemy import text
from core.desk import opening
from core.foundation import database, startup
opening.open_up()
with database.transaction() as session:
    # The pictures' language is the browser's, not what a made-up person chose.
    session.execute(text("update person set language = null"))
with database.reading() as session:
    print(session.scalar(text(
        "select i.reference from incident i join claim c on c.incident_id = i.id and c.state in ('draft', 'ready')"
        " where i.state <> 'closed' order by (select count(*) from evidence e where e.incident_id = i.id)"
        " + (select count(*) from contact t where t.incident_id = i.id) desc, i.id limit 1")))
startup.database_down(entirely=True)
"""


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the address, and whether it belongs to the few that the README shows dark or on a phone."""

    name: str
    path: str
    dark: bool = False
    phone: bool = False


def shots(case: str) -> list[Shot]:
    """Every screen. `case` is the reference of a case with much in it."""
    return [
        Shot("today", "/", dark=True, phone=True),
        Shot("intake", "/intake", phone=True),
        Shot("register", "/register"),
        Shot("case", f"/case?ref={case}", dark=True, phone=True),
        Shot("claims", "/claims", dark=True),
        Shot("disputes", "/disputes", dark=True, phone=True),
        Shot("carriers", "/carriers", dark=True),
        Shot("insights", "/insights?measure=gross&rows=carrier&columns=month&look=heat", dark=True, phone=True),
        Shot("imports", "/imports"),
        Shot("settings", "/settings"),
        Shot("account", "/account"),
    ]


@contextlib.contextmanager
def demo_server() -> Iterator[tuple[str, dict[str, Any]]]:
    """A server over a demo team, and what `demo --json` said of it."""
    with tempfile.TemporaryDirectory(prefix="recoup-pictures-") as name:
        folder = Path(name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RECOUP_") and k != "DATABASE_URL"}
        environment["RECOUP_DATA_DIR"] = str(folder)
        command = [
            sys.executable,
            "-m",
            "core",
            "demo",
            "--incidents",
            "400",
            "--shipments",
            "8000",
            "--seed",
            "7",
            "--json",
        ]
        said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        picked = subprocess.run(
            [sys.executable, "-c", TELLING], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        for server in serve("", folder):
            yield server.address, {**json.loads(said.stdout), "show": picked.stdout.strip()}


def take(
    browser: Browser, address: str, user: tuple[str, str], wanted: list[tuple[Shot, str, bool, bool, Path]]
) -> None:
    """Take the wanted pictures: (shot, language, dark, phone, file). One signed-in browser for each look."""
    looks = {(language, dark, phone) for _shot, language, dark, phone, _file in wanted}
    for look in sorted(looks):
        language, dark, phone = look
        context = browser.new_context(
            viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
            locale=LANGUAGES[language],
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            user_agent=PHONE_AGENT if phone else None,
            is_mobile=phone,
            has_touch=phone,
        )
        desk = Desk(context.new_page(), address)
        for shot, _language, _dark, _phone, file in (one for one in wanted if one[1:4] == look):
            if "/sign-in" in desk.page.url or desk.page.url == "about:blank":
                desk.sign_in(*user)
            desk.open(shot.path)
            _whole(desk, WIDE if not phone else PHONE)
            file.parent.mkdir(parents=True, exist_ok=True)
            desk.page.screenshot(path=file)
            sys.stdout.write(f"{file}\n")
        context.close()


def _whole(desk: Desk, size: dict[str, int]) -> None:
    """Make the window as tall as what stands in it, so that the picture shows all of it."""
    desk.page.set_viewport_size(size)  # type: ignore[arg-type]
    height = desk.page.evaluate(
        "Math.max(...[...document.querySelectorAll('[data-testid=stMain], [data-testid=stAppViewContainer]')]"
        ".map(one => one.scrollHeight))"
    )
    desk.page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(int(height), 4000))})
    desk.settle()


def door(browser: Browser, address: str, folder: Path, everything: bool) -> None:
    """The sign-in page, which needs nobody signed in."""
    for language, locale in LANGUAGES.items():
        for dark in (False, True) if everything else (False,):
            for phone in (False, True) if everything else (False,):
                context = browser.new_context(
                    viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
                    locale=locale,
                    color_scheme="dark" if dark else "light",
                )
                page = context.new_page()
                page.goto(f"{address}/sign-in")
                page.screenshot(path=folder / f"sign-in-{_suffix(language, dark, phone)}.png")
                context.close()


def _suffix(language: str, dark: bool, phone: bool) -> str:
    return "-".join([language, *(["dark"] if dark else []), *(["phone"] if phone else [])])


def plan(case: str, folder: Path, everything: bool, only: str) -> list[tuple[Shot, str, bool, bool, Path]]:
    """Which pictures to take, and where each goes."""
    wanted = []
    for shot in shots(case):
        if only and shot.name not in only.split(","):
            continue
        for language in LANGUAGES:
            for dark in (False, True):
                for phone in (False, True):
                    few = (not dark or (shot.dark and not phone)) and (not phone or (shot.phone and not dark))
                    if everything or few:
                        wanted.append(
                            (shot, language, dark, phone, folder / f"{shot.name}-{_suffix(language, dark, phone)}.png")
                        )
    return wanted


def main() -> int:
    asked = argparse.ArgumentParser(description="Pictures of every screen.")
    asked.add_argument("--all", type=Path, help="every combination, into this folder")
    asked.add_argument("--only", default="", help="names of screens, with commas")
    asked.add_argument("--server", help="a server that runs already")
    asked.add_argument("--user", default="")
    asked.add_argument("--password", default="")
    asked.add_argument("--case", default="")
    given = asked.parse_args()
    folder: Path = given.all or SHOWN
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = find(playwright)
        if path is None:
            sys.stderr.write(HOW_TO_GET_ONE + "\n")
            return 1
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        if given.server:
            running: Any = contextlib.nullcontext((given.server, {"sign_ins": [], "show": given.case}))
        else:
            running = demo_server()
        with running as (address, told):
            user = (given.user, given.password)
            if not given.user:
                admin = next(one for one in told["sign_ins"] if one["role"] == "admin")
                user = (admin["username"], told["password"])
            take(browser, address, user, plan(given.case or told["show"], folder, bool(given.all), given.only))
            door(browser, address, folder, bool(given.all))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
