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
from tests.factories import make_shop
from tests.pages.conftest import Screens, run, upload, words

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
