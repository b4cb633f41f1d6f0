from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.desk import import_runs
from core.foundation import database
from core.foundation.permissions import SYSTEM, Role
from core.models import ImportRun, IncidentOffer, Shipment, Shop
from core.parcels import carrier_names
from core.recovery.bringing import bring_in
from pages.parts import state
from tests.factories import NOW, make_shop
from tests.pages.conftest import Screens, run, upload, words
from tests.parcels import exports
from tests.parcels.exports import lost, vn
from tests.parcels.lists import as_csv

EXPORTS = Path(__file__).parents[2] / "../shared/reference/exports"
FILE = EXPORTS / "Order.all.20251001_20251031.xlsx"
needs_files = pytest.mark.skipif(not FILE.exists(), reason="the reference files are not beside this checkout")


def count(model: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def a_shop() -> None:
    with database.transaction() as session:
        carrier_names.load_seed(session)
        make_shop(session, name="Saigon", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")


@needs_files
def test_a_file_is_previewed_without_writing_then_applied_once(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    upload(page, (FILE.name, FILE.read_bytes(), "application/vnd.ms-excel"))
    assert page.dataframe, words(page)
    assert count(Shipment) == 0 and count(ImportRun) == 0
    run(page.button(key="imports-save-1").click())
    assert count(ImportRun) == 1 and count(Shipment) > 100
    assert "What came in" in words(page)
    again = screens.open("imports.py", Role.AGENT)
    upload(again, (FILE.name, FILE.read_bytes(), "application/vnd.ms-excel"))
    assert "known already" in words(again)
    run(again.button(key="imports-save-1").click())
    assert count(ImportRun) == 1


@needs_files
def test_offers_of_an_import_lead_to_intake(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    files = [(path.name, path.read_bytes(), "application/vnd.ms-excel") for path in sorted(EXPORTS.glob("*.xlsx"))]
    upload(page, *files)
    run(page.button(key="imports-save-1").click())
    offered = count(IncidentOffer)
    assert offered
    with database.reading() as session:
        found = import_runs.open_offers(session, actor=SYSTEM)
    assert len(found) == offered and found[0].reason
    assert page.button(key="imports-offers").label


def test_a_file_that_is_none_is_refused_by_name_and_can_be_changed(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    upload(page, ("notes.xlsx", b"not a workbook", "application/vnd.ms-excel"))
    assert "notes" in page.error[0].value
    assert not [one for one in page.button if one.key == "imports-save-1"]
    assert count(Shop) == 1


def test_a_viewer_sees_past_imports_and_no_upload(screens: Screens) -> None:
    page = screens.open("imports.py", Role.VIEWER)
    assert not page.get("file_uploader") and not page.button
    assert "Nothing imported yet" in words(page)


def an_import(*rows: dict[str, Any]) -> int:
    with database.transaction() as session:
        return (
            bring_in(
                session, exports.vn_file(*rows), actor=SYSTEM, shop="Saigon", file_name="Order.all.xlsx", now=NOW
            ).run_id
            or 0
        )


def test_one_file_that_is_refused_does_not_stop_the_others(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    upload(
        page,
        ("broken.xlsx", b"not a workbook", "application/octet-stream"),
        ("orders.xlsx", exports.vn_file(vn()), "application/octet-stream"),
        ("parcels.csv", as_csv(("Order number", "Tracking number"), ("260203NEW00001", "SPXVN9")), "text/csv"),
    )
    assert "broken" in page.error[0].value
    run(page.button(key="imports-save-1").click())
    assert count(ImportRun) == 2 and count(Shipment) == 2


def test_unknown_headings_lead_to_saying_what_they_are_and_the_first_rows_are_shown(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.MANAGER)
    upload(
        page,
        ("parcels.csv", as_csv(("Order number", "Tracking number", "Colour"), ("2602", "SPX9", "red")), "text/csv"),
    )
    assert "Colour" in words(page)
    assert any("as it is understood" in one.value for one in page.caption)
    assert len(page.dataframe) >= 2


def test_an_import_is_deleted_from_the_screen_after_saying_what_goes(screens: Screens) -> None:
    a_shop()
    run_id = an_import(vn(), lost(order="2", package="2"))
    page = screens.open("imports.py", Role.MANAGER, phone=True)
    run(page.button(key=f"imports-delete-{run_id}").click())
    assert "takes away" in words(page)
    run(page.button(key=f"imports-delete-{run_id}-save-1").click())
    assert count(Shipment) == 0 and count(IncidentOffer) == 0
    assert "Deleted by" in words(screens.open("imports.py", Role.MANAGER, phone=True))


def test_who_may_not_delete_sees_why(screens: Screens) -> None:
    a_shop()
    run_id = an_import(vn())
    page = screens.open("imports.py", Role.AGENT, phone=True)
    button = page.button(key=f"imports-delete-{run_id}")
    assert button.disabled and button.help


def test_the_password_of_a_locked_workbook_lasts_until_it_is_applied_whatever_is_clicked_before(
    screens: Screens,
) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    locked = exports.locked(exports.vn_file(vn()), "a key of brass")
    upload(
        page,
        ("locked.xlsx", locked, "application/octet-stream"),
        ("open.xlsx", exports.vn_file(lost(order="2", package="2")), "application/octet-stream"),
    )
    field = next(one for one in page.text_input if "locked" in one.label)
    run(field.set_value("a key of brass"))
    assert page.button(key="imports-save-1").label == "Apply 2 files"
    run(run(page))
    assert page.button(key="imports-save-1").label == "Apply 2 files"
    run(page.button(key="imports-save-1").click())
    assert count(ImportRun) == 2 and count(Shipment) == 2
    assert "imports-passwords" not in page.session_state["recoup"].found


def test_refused_rows_of_many_files_are_one_download(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    files = [
        (f"{n}.xlsx", exports.vn_file(vn(order=f"26{n}"), vn(order=f"27{n}", quantity="?")), "application/octet-stream")
        for n in range(5)
    ]
    upload(page, *files)
    run(page.button(key="imports-save-1").click())
    assert count(ImportRun) == 5
    buttons = [one.proto.label for one in page.get("download_button")]
    assert buttons.count("Refused rows of 5 files") == 1 and "Refused rows of 1.xlsx" not in buttons


def test_a_file_with_a_renamed_heading_leads_to_saying_what_it_means(screens: Screens) -> None:
    a_shop()
    headings = ["Mã đơn mới" if one == "Mã đơn hàng" else one for one in exports.VN]
    data = exports.excelize([headings, exports.table([vn()])[1]])
    for role, links in ((Role.MANAGER, 1), (Role.AGENT, 0)):
        page = screens.open("imports.py", role)
        upload(page, ("renamed.xlsx", data, "application/octet-stream"))
        assert "Mã đơn mới" in page.error[0].value
        assert len([one for one in page.get("page_link") if one.proto.label == "Say what they are"]) == links


def test_the_first_rows_cannot_be_taken_away_as_formulas(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    list_ = as_csv(("Order number", "Tracking number", "Packer"), ("260203NEW00001", "SPXVN9", "=1+1"))
    upload(page, ("parcels.csv", list_, "text/csv"))
    cells = [cell for table in page.dataframe for row in table.value.to_numpy().tolist() for cell in row]
    assert "'=1+1" in cells and "=1+1" not in cells


def test_what_the_preview_refused_is_named_again_with_what_came_in(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.AGENT)
    upload(
        page,
        ("2026/broken.xlsx", b"not a workbook", "application/octet-stream"),
        ("2026/feb/Order.all.xlsx", exports.vn_file(vn()), "application/octet-stream"),
        ("2026/mar/Order.all.xlsx", exports.vn_file(vn(order="2", package="2")), "application/octet-stream"),
    )
    # Names below the folder that was chosen tell files of the same name apart.
    assert list(page.dataframe[0].value["File"]) == ["feb/Order.all.xlsx", "mar/Order.all.xlsx"]
    assert "Updated" not in page.dataframe[0].value and "Refused" in page.dataframe[0].value
    run(page.button(key="imports-save-1").click())
    assert "What came in" in words(page) and page.error[0].value.startswith("broken")
    assert list(page.dataframe[0].value["File"]) == ["feb/Order.all.xlsx", "mar/Order.all.xlsx"]


def test_what_was_deleted_leaves_what_the_tab_says_of_its_last_import(screens: Screens) -> None:
    a_shop()
    page = screens.open("imports.py", Role.MANAGER, phone=True)
    upload(
        page,
        ("lost.xlsx", exports.vn_file(lost()), "application/octet-stream"),
        ("orders.xlsx", exports.vn_file(vn(order="2", package="2")), "application/octet-stream"),
    )
    run(page.button(key="imports-save-1").click())
    assert page.button(key="imports-offers").label == "Look at 1 incident it offers"
    with database.reading() as session:
        run_id = session.scalars(select(ImportRun.id).where(ImportRun.file_name == "lost.xlsx")).one()
    run(page.button(key=f"imports-delete-{run_id}").click())
    run(page.button(key=f"imports-delete-{run_id}-save-1").click())
    assert not [one for one in page.button if one.key == "imports-offers"]
    told = page.session_state["recoup"].found["imports-result"]
    assert [one["file"] for one in told] == ["orders.xlsx"]


def test_a_tab_that_outlives_the_server_says_that_its_files_must_be_chosen_again(screens: Screens) -> None:
    a_shop()
    with database.transaction() as session:
        make_shop(session, name="Hue", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    page = screens.open("imports.py", Role.AGENT)
    run(page.selectbox(key="imports-shop-1").set_value("Hue"))
    assert not page.warning
    # The server forgot everything of the tab; what was chosen in it comes along when it connects again.
    page.session_state["recoup"] = state.Memory(place="imports")
    run(page)
    assert "Recoup was started anew" in page.warning[0].value
    assert page.selectbox(key="imports-shop-2").value == "Hue"
    upload(page, ("orders.xlsx", exports.vn_file(vn()), "application/octet-stream"))
    assert not page.warning and page.button(key="imports-save-2").label == "Apply 1 file"
