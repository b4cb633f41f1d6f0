"""The whole story, as a new team lives it: from the first admin to the money back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener, Server
from tests.browser.driving import Desk
from tests.browser.files import orders_workbook, upload

ADMIN = ("lin", "a quiet harbour at dawn")
AGENT_PASSWORD = "seven green lanterns"


def make_first_admin(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.address)
    expect(page).to_have_url(re.compile("/first"))
    for name, value in {"name": "Lin", "username": ADMIN[0], "password": ADMIN[1], "again": ADMIN[1]}.items():
        field = page.locator(f"input[name={name}]")
        if field.count():
            field.fill(value)
    page.locator("form button").first.click()
    if "/sign-in" in page.url:
        desk.sign_in(*ADMIN)
    desk.settle()


def add_agent(desk: Desk) -> str:
    """The admin adds Mei; the screen shows her first password once."""
    desk.open("/settings")
    desk.page.get_by_role("button", name="Add a person").click()
    desk.settle()
    dialog = desk.page.get_by_role("dialog")
    scope: Locator = dialog if dialog.count() else desk.page.get_by_test_id("stMain")
    scope.get_by_label("Username").fill("mei")
    scope.get_by_label("Name", exact=True).fill("Mei")
    scope.get_by_label("Name", exact=True).press("Tab")
    desk.settle()
    scope.get_by_role("button", name="Add").last.click()
    desk.settle()
    code = desk.page.get_by_test_id("stCode").first
    expect(code).to_be_visible(timeout=20_000)
    return code.inner_text().strip()


def choose_first_password(desk: Desk, first: str) -> None:
    page = desk.page
    page.goto(f"{desk.address}/sign-in")
    page.locator("input[name=username]").fill("mei")
    page.locator("input[name=password]").fill(first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/password"))
    secrets = page.locator("input[type=password]")
    values = [first, AGENT_PASSWORD, AGENT_PASSWORD][-secrets.count() :]
    for index, value in enumerate(values):
        secrets.nth(index).fill(value)
    page.locator("form button").first.click()
    desk.settle()


def import_orders(desk: Desk, folder: Path) -> None:
    book = orders_workbook(
        folder,
        datetime.now(UTC),
        [
            ("261110ABCDE001", "NVVN000000001", "2500000", "lost"),
            ("261110ABCDE002", "NVVN000000002", "139000", "done"),
            ("261110ABCDE003", "NVVN000000003", "99000", "done"),
        ],
    )
    desk.open("/imports")
    shop = desk.page.get_by_role("combobox", name="Shop").first
    shop.fill("Hanoi Lamps")
    shop.press("Enter")
    desk.settle()
    desk.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(book)
    desk.settle()
    desk.click(re.compile("Apply 1 file"))
    desk.click(re.compile("Look at 1 incident it offers"))
    expect(desk.page).to_have_url(re.compile("/intake"))


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def add_evidence(desk: Desk, kind: str) -> None:
    """Through the Upload button beside the missing document."""
    desk.page.locator(f".st-key-case-need-{kind} button").first.click()
    desk.settle()
    dialog(desk.page).get_by_test_id("stFileUploaderDropzoneInput").set_input_files([upload(f"{kind}.jpg", kind)])
    desk.settle()
    dialog(desk.page).get_by_role("button", name="Add", exact=True).click()
    expect(dialog(desk.page)).to_have_count(0, timeout=20_000)
    desk.settle()


def test_from_an_empty_installation_to_the_money_back(fresh_server: Server, tab: Opener, tmp_path: Path) -> None:
    admin = tab(fresh_server)
    make_first_admin(admin)
    first_password = add_agent(admin)
    import_orders(admin, tmp_path)

    mei = tab(fresh_server)
    choose_first_password(mei, first_password)
    page = mei.page

    # A lost parcel out of the import.
    mei.open("/intake?many=offers").reads("NVVN000000001")
    mei.click(re.compile("Register 1 incident"))
    mei.reads(re.compile(r"INC-\d{4}-00001"))
    reference = re.search(r"INC-\d{4}-\d{5}", page.get_by_test_id("stMain").text_content() or "")
    assert reference is not None
    mei.open(f"/case?ref={reference[0]}").reads("Lost")

    # The call with the carrier.
    mei.click("Log contact")
    talk = dialog(page)
    talk.get_by_label("Staff number").fill("NV-77120")
    talk.get_by_label(re.compile("What was said")).fill("Parcel not found at the hub")
    talk.get_by_label(re.compile("What was said")).press("Tab")
    mei.settle()
    talk.get_by_role("button", name=re.compile("Log|Save")).last.click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle().reads("NV-77120")

    # A claim on the carrier, its documents, its pack.
    mei.click(re.compile("Draft a claim|Draft claim"))
    draft = dialog(page)
    draft.get_by_text("Ninja Van", exact=False).first.click()
    mei.settle()
    draft.get_by_role("button", name="Draft claim").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle()
    for kind in ("proof_of_value", "waybill_copy", "tracking_snapshot"):
        if page.locator(f".st-key-case-need-{kind} button").count():
            add_evidence(mei, kind)
    while page.locator("[class*='st-key-case-need-'] button").count():
        key = page.locator("[class*='st-key-case-need-']").first.get_attribute("class") or ""
        found = re.search(r"st-key-case-need-(\w+)", key)
        assert found is not None
        add_evidence(mei, found[1])
    mei.click(re.compile("Mark ready"))
    dialog(page).get_by_role("button", name="Mark ready").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle()
    mei.click("Build pack")
    dialog(page).get_by_role("button", name="Build pack").click()
    archive = dialog(page).get_by_role("link", name="Our archive (ZIP)").first
    expect(archive).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        archive.click()
    pack = tmp_path / "pack.zip"
    download.value.save_as(pack)
    from core.recovery.verify import verify_pack

    assert verify_pack(pack).ok
    page.keyboard.press("Escape")
    mei.settle()

    # Filed, approved, paid, closed.
    mei.click(re.compile("Submit claim|Submit"))
    dialog(page).get_by_label("Case number of the payer").fill("NV-2026-1")
    dialog(page).get_by_label("Case number of the payer").press("Tab")
    mei.settle()
    dialog(page).get_by_role("button", name="Submit claim").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle().reads("NV-2026-1")
    mei.click(re.compile("Record the answer|Record answer"))
    dialog(page).get_by_text("Approved in full").click()
    mei.settle()
    dialog(page).get_by_role("button", name="Save the answer").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle().reads("Approved")
    mei.click(re.compile("Record payout"))
    dialog(page).get_by_label("Amount received").fill("2,500,000")
    dialog(page).get_by_label("Reference of the payment").fill("BANK-1")
    dialog(page).get_by_label("Reference of the payment").press("Tab")
    mei.settle()
    dialog(page).get_by_role("button", name="Record payout").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle().reads("Paid")
    mei.key("case-next").get_by_role("button").click()
    mei.settle()
    dialog(page).get_by_role("combobox", name="Cause").click()
    page.get_by_role("option", name="Lost in transit").click()
    mei.settle()
    dialog(page).get_by_role("button", name="Close the case").click()
    expect(dialog(page)).to_have_count(0, timeout=20_000)
    mei.settle().reads("Recovered in full")

    # The money at the end.
    mei.reads("Gross 2,500,000, recovered 2,500,000, net 0.")
