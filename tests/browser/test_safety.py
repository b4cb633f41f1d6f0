"""What must not go wrong in front of a person: writing twice, overwriting, a narrow screen, no mouse, another language."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from core.cases import incidents
from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Incident, Shop
from core.models.incident import IncidentType, NoticedBy, Stage
from tests.browser.conftest import Opener, Server
from tests.browser.driving import Desk
from tests.browser.files import upload
from tests.browser.team import PASSWORD, add_person
from tests.factories import make_carrier, make_shipment, make_shop

_number = itertools.count(1)


@pytest.fixture
def parcel(server: Server) -> str:
    """The tracking number of a parcel that was shipped lately."""
    number = f"SPXSG77{next(_number):07d}"
    with database.transaction() as session:
        known = session.scalars(select(Shop).where(Shop.name == "Lion Store")).one_or_none()
        shop = known or make_shop(session, name="Lion Store")
        make_shipment(
            session,
            shop,
            make_carrier(session, code=f"c-{number.lower()}", name=f"Carrier {number}"),
            order_number=f"26{number}",
            tracking_number=number,
        )
    return number


@pytest.fixture
def signed_in(server: Server, tab: Opener) -> Callable[..., Desk]:
    """A tab of a person with a role, signed in."""

    def sign_in(role: Role = Role.LEAD, username: str | None = None, **look: object) -> Desk:
        name = username or f"{role.value}{next(_number)}"
        if username is None or not _is_there(name):
            add_person(name, role)
        return tab(server, **look).sign_in(name, PASSWORD)

    return sign_in


def _is_there(username: str) -> bool:
    from core.models import Person

    with database.reading() as session:
        return session.scalar(select(Person.id).where(Person.username == username)) is not None


def cases_of(parcel: str) -> int:
    with database.reading() as session:
        count = select(func.count()).select_from(Incident).where(Incident.search_text.contains(parcel.lower()))
        return session.scalar(count) or 0


def register(parcel: str) -> str:
    """A case of that parcel, made in core; its reference."""
    from core.parcels import shipments

    with database.transaction() as session:
        [found] = shipments.find_shipments(session, parcel, actor=SYSTEM)
        return incidents.register(
            session,
            actor=SYSTEM,
            shipment_id=found.id,
            type=IncidentType.LOST,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=clock.now(),
            now=clock.now(),
        ).reference


def test_three_impatient_clicks_make_one_case(signed_in: Callable[..., Desk], parcel: str) -> None:
    desk = signed_in().open("/intake")
    number = desk.page.get_by_label("Tracking or order number")
    number.fill(parcel)
    number.press("Enter")
    desk.settle().reads("Found.")
    desk.page.get_by_role("button", name="Save and open case").click(click_count=3, delay=20)
    expect(desk.page).to_have_url(re.compile(r"/case\?ref=INC-"), timeout=20_000)
    assert cases_of(parcel) == 1


def edit_stage(desk: Desk, reference: str, stage: str) -> None:
    """Open the edit dialog and choose a stage, without saving."""
    desk.open(f"/case?ref={reference}&do=edit")
    desk.page.get_by_role("dialog").get_by_text(stage, exact=True).click()
    desk.settle()


def save(desk: Desk) -> Desk:
    desk.page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    return desk.settle()


def test_two_tabs_on_one_field_show_both_values_and_keep_what_was_typed(
    signed_in: Callable[..., Desk], parcel: str
) -> None:
    reference = register(parcel)
    first, second = signed_in(), signed_in()
    edit_stage(first, reference, "Customs")
    edit_stage(second, reference, "Line haul")
    save(first)
    expect(first.page.get_by_role("dialog")).to_have_count(0, timeout=20_000)
    save(second)
    clash = second.page.get_by_role("dialog")
    expect(clash).to_contain_text("Customs", timeout=20_000)
    expect(clash).to_contain_text("Line haul")
    expect(clash).to_contain_text(re.compile("Somebody changed|changed this", re.I))


def test_two_tabs_on_different_fields_do_not_disturb_each_other(signed_in: Callable[..., Desk], parcel: str) -> None:
    reference = register(parcel)
    first, second = signed_in(), signed_in()
    edit_stage(first, reference, "Customs")
    second.open(f"/case?ref={reference}&do=edit")
    said = second.page.get_by_role("dialog").get_by_label("What the buyer said (any language)")
    said.fill("盒子碎了")
    said.press("Tab")
    second.settle()
    save(first)
    expect(first.page.get_by_role("dialog")).to_have_count(0, timeout=20_000)
    save(second)
    expect(second.page.get_by_role("dialog")).to_have_count(0, timeout=20_000)
    with database.reading() as session:
        found = incidents.incident_by_reference(session, reference, actor=SYSTEM)
        assert (found.stage, found.buyer_said) == (Stage.CUSTOMS, "盒子碎了")


def too_wide(page: Page) -> int:
    """By how many pixels the page can be scrolled sideways."""
    return int(
        page.evaluate(
            "(() => { const main = document.querySelector('[data-testid=stMain]') || document.documentElement;"
            " return Math.max(main.scrollWidth - main.clientWidth,"
            " document.documentElement.scrollWidth - document.documentElement.clientWidth); })()"
        )
    )


def test_a_phone_takes_in_a_parcel_with_a_photo_and_no_screen_is_wider_than_it(
    signed_in: Callable[..., Desk], parcel: str
) -> None:
    desk = signed_in(phone=True).open("/intake")
    number = desk.page.get_by_label("Tracking or order number")
    number.fill(parcel)
    number.press("Enter")
    desk.settle().reads("Found.")
    desk.page.get_by_text("Damaged", exact=True).click()
    desk.settle()
    desk.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files([upload("box.jpg", parcel)])
    desk.settle()
    assert too_wide(desk.page) <= 0
    desk.click("Save and open case")
    expect(desk.page).to_have_url(re.compile(r"/case\?ref=INC-"), timeout=20_000)
    desk.settle()
    assert too_wide(desk.page) <= 0
    for path in ("/", "/register", "/claims", "/imports", "/account"):
        desk.open(path)
        assert too_wide(desk.page) <= 0, path


def focused(page: Page) -> str:
    """What the keyboard is on: its accessible name or text."""
    return str(
        page.evaluate(
            "(() => { const one = document.activeElement;"
            " if (!['A', 'BUTTON', 'INPUT', 'TEXTAREA', 'SELECT'].includes(one.tagName)) return '';"
            " return (one.getAttribute('aria-label') || one.innerText || '').trim(); })()"
        )
    )


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Press Tab until something with these words has the focus."""
    for _press in range(most):
        if words in focused(page):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {words!r}; it is at {focused(page)!r}")


def test_a_case_is_registered_with_the_keyboard_alone(signed_in: Callable[..., Desk], parcel: str) -> None:
    desk = signed_in().open("/intake")
    page = desk.page
    tab_to(page, "Tracking or order number")
    page.keyboard.type(parcel)
    page.keyboard.press("Enter")
    desk.settle().reads("Found.")
    tab_to(page, "Save and open case")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/case\?ref=INC-"), timeout=20_000)
    assert cases_of(parcel) == 1


def test_a_chinese_browser_gets_chinese_screens(signed_in: Callable[..., Desk], parcel: str) -> None:
    reference = register(parcel)
    desk = signed_in(language="zh-CN")
    desk.open("/").reads("今日")
    desk.open("/register").reads("台账")
    desk.open(f"/case?ref={reference}").reads("证据")
    desk.open("/claims").reads("索赔")
    desk.open("/intake").reads("登记")


LATIN_SENTENCE = re.compile(r"\b[A-Za-z]{3,}(?: [A-Za-z]{2,}){3,}")


def test_no_english_sentence_is_left_on_a_chinese_screen(signed_in: Callable[..., Desk], parcel: str) -> None:
    reference = register(parcel)
    desk = signed_in(Role.ADMIN, language="zh-CN")
    for path in ("/", "/intake", "/register", f"/case?ref={reference}", "/claims", "/imports", "/account"):
        desk.open(path)
        assert LATIN_SENTENCE.findall(desk.text()) == [], path


def test_a_viewer_sees_and_cannot_write(signed_in: Callable[..., Desk], parcel: str) -> None:
    reference = register(parcel)
    desk = signed_in(Role.VIEWER).open(f"/case?ref={reference}").reads("Lost")
    for words in ("Log contact", "Add files", "Draft a claim", "Close the case"):
        expect(desk.page.get_by_role("button", name=words)).to_have_count(0)
    desk.open("/intake").reads(re.compile("not for your role|may not"))


def test_a_session_ended_elsewhere_is_over_at_the_next_click(signed_in: Callable[..., Desk], server: Server) -> None:
    from core.models import Person
    from core.team import people

    desk = signed_in(username="leaver").open("/register")
    with database.transaction() as session:
        person_id = session.scalar(select(Person.id).where(Person.username == "leaver"))
        assert person_id is not None
        people.end_sessions(session, person_id, actor=SYSTEM, now=clock.now())
    desk.page.get_by_test_id("stSidebarNavLink").filter(has_text="Claims").click()
    desk.settle().reads("Signed out")
