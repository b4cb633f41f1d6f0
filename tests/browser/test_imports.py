"""Imports as a manager does them: a locked workbook, a folder with a stranger in it, and one taken away again."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import FilePayload, expect
from sqlalchemy import func, select

from core.foundation import database
from core.foundation.permissions import Role
from core.models import ImportRun, Shipment
from tests.browser.conftest import Opener, Server
from tests.browser.driving import Desk
from tests.browser.team import PASSWORD, add_person
from tests.factories import make_shop
from tests.parcels import exports
from tests.parcels.exports import lost, vn
from tests.parcels.lists import as_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECRET = "a key of brass"


def orders(*numbers: int) -> bytes:
    return exports.vn_file(*(vn(order=f"26060{number}BOOK", package=f"77{number}") for number in numbers))


def parcels(shop: int) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Shipment).where(Shipment.shop_id == shop)) or 0


def a_manager(server: Server, tab: Opener, name: str) -> tuple[Desk, int]:
    """A manager on Imports, who has chosen a shop of this test's own."""
    add_person(name, Role.MANAGER)
    with database.transaction() as session:
        shop = make_shop(session, name=f"Lamps of {name}", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh").id
    desk = tab(server).sign_in(name, PASSWORD, "/imports")
    box = desk.page.get_by_role("combobox", name="Shop").first
    box.fill(f"Lamps of {name}")
    box.press("Enter")
    return desk.settle(), shop


def give(desk: Desk, *files: FilePayload) -> Desk:
    desk.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    return desk.settle()


def test_a_locked_workbook_opens_with_its_password_and_is_taken_away_again(server: Server, tab: Opener) -> None:
    desk, shop = a_manager(server, tab, "wen")
    page = desk.page
    locked = exports.locked(exports.vn_file(vn(order="260601LOCK"), lost(order="260602LOCK", package="782")), SECRET)
    give(desk, {"name": "locked.xlsx", "mimeType": XLSX, "buffer": locked})
    password = page.get_by_role("textbox", name="Password of locked.xlsx")
    expect(password).to_have_attribute("type", "password")
    password.fill("a key of tin")
    password.press("Enter")
    desk.settle()
    expect(page.get_by_role("button", name=re.compile("Apply"))).to_have_count(0)
    password.fill(SECRET)
    password.press("Enter")
    desk.settle().reads("Order.all")
    assert SECRET not in desk.text()
    desk.click("Apply 1 file").reads("What came in")
    assert parcels(shop) == 2

    # Taken away through its dialog, which says first what will go.
    page.get_by_test_id("stDataFrame").last.locator("canvas").first.click(position={"x": 12, "y": 52}, force=True)
    desk.settle().click("Delete this import")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"locked\.xlsx[\s\S]*New 2"))
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0, timeout=20_000)
    desk.settle()
    assert parcels(shop) == 0


def test_a_folder_of_months_comes_in_at_once_though_one_of_them_is_refused(
    server: Server, tab: Opener, tmp_path: Path
) -> None:
    desk, shop = a_manager(server, tab, "bao")
    folder = tmp_path / "months"
    folder.mkdir()
    for month in range(1, 6):
        (folder / f"Order.all.2026{month:02}01.xlsx").write_bytes(orders(month))
    (folder / "Order.all.20260601.xlsx").write_bytes(b"PK\x03\x04 cut off on its way")
    (folder / "parcels.csv").write_bytes(as_csv(("Order number", "Tracking number"), ("260601BOOK", "SPX1")))
    page = desk.page
    page.get_by_text("A folder", exact=True).click()
    desk.settle()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(folder)
    desk.settle()
    expect(page.get_by_role("alert").filter(has_text="Order.all.20260601.xlsx")).to_have_count(1)
    page.get_by_role("button", name="Apply 6 files").click()
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile(r"Importing .* \(\d of 6\)"))
    desk.settle().reads("What came in")
    assert parcels(shop) == 5
    with database.reading() as session:
        names = set(session.scalars(select(ImportRun.file_name)))
    assert {"parcels.csv", *(f"Order.all.2026{month:02}01.xlsx" for month in range(1, 6))} <= names
