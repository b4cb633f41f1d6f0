"""Settings: saying what headings of files mean."""

from __future__ import annotations

from sqlalchemy import select

from core.foundation import database
from core.foundation.permissions import SYSTEM, Role
from core.models import HeadingAlias
from core.parcels import headings
from tests.factories import NOW
from tests.pages.conftest import Screens, field, run, words


def kept() -> list[HeadingAlias]:
    with database.reading() as session:
        return list(session.scalars(select(HeadingAlias).order_by(HeadingAlias.id)))


def test_a_lead_says_what_a_heading_means_and_takes_it_back(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="headings")
    assert "added no heading yet" in words(page)
    run(page.button(key="heading-add-open").click())
    field(page, "text_input", "Heading").input("Mã gói")
    field(page, "selectbox", "Language of the file's headings").select("vi")
    save = field(page, "button", "Save")
    run(save.click())
    assert "which field" in page.error[0].value and kept() == []
    field(page, "selectbox", "Means").select("parcel_number")
    run(field(page, "button", "Save").click())
    assert [(one.report_table, one.language, one.heading, one.field) for one in kept()] == [
        ("orders", "vi", "Mã gói", "parcel_number")
    ]
    assert "Mã gói" in words(page)
    run(page.button(key=f"heading-{kept()[0].id}").click())
    take_back = next(one for one in page.button if (one.key or "").startswith("heading-retire-save"))
    run(take_back.click())
    assert kept()[0].retired_at is not None
    assert "added no heading yet" in words(page)


def test_a_link_from_an_import_opens_the_form_with_what_it_asks(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="headings", table="returns", language="th", heading="รหัสคำขอใหม่")
    assert field(page, "text_input", "Heading").value == "รหัสคำขอใหม่"
    assert field(page, "selectbox", "Language of the file's headings").value == "th"
    field(page, "selectbox", "Means").select("return_number")
    run(field(page, "button", "Save").click())
    assert [(one.report_table, one.language, one.field) for one in kept()] == [("returns", "th", "return_number")]


def test_a_heading_that_means_something_else_is_refused_and_stays_typed(screens: Screens) -> None:
    page = screens.open("settings.py", Role.LEAD, part="headings", table="orders", language="vi", heading="Mã đơn hàng")
    field(page, "selectbox", "Means").select("tracking_number")
    run(field(page, "button", "Save").click())
    assert "cannot mean two things" in page.error[0].value
    assert field(page, "text_input", "Heading").value == "Mã đơn hàng" and kept() == []


def test_every_known_heading_is_found_by_a_piece_of_it(screens: Screens) -> None:
    with database.transaction() as session:
        headings.add_alias(
            session, actor=SYSTEM, table="orders", language="vi", heading="Mã gói", field="parcel_number", now=NOW
        )
    page = screens.open("settings.py", Role.LEAD, part="headings")
    field(page, "text_input", "Search").input("mã gói")
    run(page)
    shown = page.dataframe[0].value
    assert list(shown["Heading"]) == ["Mã gói"] and list(shown["Whose"]) == ["the team's own"]
    field(page, "text_input", "Search").input("nothing like this")
    run(page)
    assert "No known heading" in words(page)
