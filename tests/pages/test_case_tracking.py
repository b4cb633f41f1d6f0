"""The scans on the case screen, and pasting more of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.foundation import clock, config, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Incident, TrackingEvent
from core.recovery import scans
from tests.factories import make_incident
from tests.pages.conftest import Screens, field, run, words


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[None]:
    with config.override(data_dir=tmp_path):
        yield


def a_case(*told: str) -> Incident:
    with database.transaction() as session:
        case = make_incident(session)
        if told:
            scans.paste_scans(session, case.id, actor=SYSTEM, text="\n".join(told), now=clock.now())
        return case


def day(ago: int) -> str:
    """That many days and eight hours ago, as it was written in the shop's zone: the same at any hour."""
    return f"{clock.now() - timedelta(days=ago):%Y-%m-%d %H:%M}"


def case(screens: Screens, of: Incident, role: Role = Role.AGENT, **more: bool) -> AppTest:
    return screens.open("case.py", role, ref=of.reference, **more)  # type: ignore[arg-type]


def test_a_case_without_scans_says_where_to_get_them(screens: Screens) -> None:
    assert "No scan is known" in words(case(screens, a_case()))


@pytest.mark.parametrize("phone", [False, True])
def test_the_newest_scan_and_the_silence_stand_above_the_list(screens: Screens, phone: bool) -> None:
    test = case(screens, a_case(f"{day(9)} Arrived at hub", f"{day(10)} Picked up :red[x]"), phone=phone)
    said = words(test)
    assert "In transit" in said
    assert "silent for 9 d" in said
    assert ":red[x]" not in said


def test_pasted_scans_are_shown_before_they_are_kept_and_kept_by_the_button(screens: Screens) -> None:
    made = a_case()
    test = case(screens, made)
    run(next(one for one in test.button if one.label == "Paste scans").click())
    off = next(one for one in test.button if one.label == "Add scans")
    assert off.disabled
    run(
        field(test, "text_area", "Scans").set_value(
            f"{day(2)} 已签收，签收人：王五\n{day(3)} 快递员张三(13800138000)正在派件"
        )
    )
    said = words(test)
    assert "Delivered" in said and "王五" not in said and "138" not in said
    run(next(one for one in test.button if one.label == "Add 2 scans").click())
    with database.reading() as session:
        assert len(session.scalars(select(TrackingEvent)).all()) == 2
    assert "2 scans added" in words(test)


def test_what_cannot_be_read_is_said_and_the_button_is_off_with_its_reason(screens: Screens) -> None:
    test = case(screens, a_case())
    run(next(one for one in test.button if one.label == "Paste scans").click())
    run(field(test, "text_area", "Scans").set_value("hello"))
    assert "date and an hour" in words(test)
    assert "Nothing of this can be read" in words(test)


def test_a_viewer_sees_the_scans_and_adds_none(screens: Screens) -> None:
    test = case(screens, a_case(f"{day(2)} Arrived at hub"), Role.VIEWER)
    assert "silent for" in words(test)
    assert not [one for one in test.button if one.label == "Paste scans"]
