"""Advice about files on the case screen: said after the upload, looked at again, set aside; copies from a video's row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cases import evidence
from core.foundation import clock, config, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Evidence, EvidenceAdvice, Incident
from core.models.incident import IncidentType
from tests.cases.nasty import picture
from tests.factories import make_incident
from tests.films import film
from tests.pages.conftest import Screens, field, run, upload, words
from tests.pages.test_case import case, rows


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def a_case(*files: tuple[str, bytes, str]) -> Incident:
    with database.transaction() as session:
        incident = make_incident(session, type=IncidentType.DAMAGED, reference="INC-2026-00001")
        for name, data, kind in files:
            evidence.add_evidence(session, incident.id, actor=SYSTEM, name=name, data=data, kind=kind, now=clock.now())
        return incident


SMALL = ("small.jpg", picture("JPEG"), "item_photo")


def test_after_an_upload_the_dialog_says_what_to_do_better(screens: Screens) -> None:
    page = case(screens, a_case(), do="evidence")
    run(field(page, "selectbox", "What the files show").set_value("item_photo"))
    upload(page, ("small.jpg", picture("JPEG"), "image/jpeg"))
    run(field(page, "button", "Add").click())
    assert "The picture is small" in words(page)
    assert "This is advice" in words(page)
    assert len(rows(Evidence)) == 1


def test_advice_is_set_aside_with_a_reason_and_then_no_longer_asked_about(screens: Screens) -> None:
    page = case(screens, a_case(SMALL))
    assert "1 file is worth another look" in words(page)
    run(page.button(key="case-advice").click())
    (advice,) = rows(EvidenceAdvice)
    save = [one for one in page.button if one.label == "Set aside"]
    run(save[-1].click())
    assert "Say why" in page.error[0].value
    field(page, "text_input", "Why it can be set aside").input("the buyer has no other")
    run([one for one in page.button if one.label == "Set aside"][-1].click())
    (advice,) = rows(EvidenceAdvice)
    assert advice.dismissed_why == "the buyer has no other"
    assert "worth another look" not in words(page)


def test_a_case_says_which_pictures_are_missing(screens: Screens) -> None:
    page = case(screens, a_case(SMALL))
    assert "None of the pictures shows the label" in words(page)
    assert "None of the pictures shows the outer box" in words(page)


def test_a_viewer_reads_advice_and_sets_nothing_aside(screens: Screens) -> None:
    page = case(screens, a_case(SMALL), Role.VIEWER)
    run(page.button(key="case-advice").click())
    assert "The picture is small" in words(page)
    assert "Set aside" not in [one.label for one in page.button]


def test_a_contact_sheet_and_a_clip_are_made_from_a_videos_row(screens: Screens) -> None:
    page = case(screens, a_case(("packing.mp4", film(6, sound=True), "packing_video")))
    run(page.button(key="case-files").click())
    run(field(page, "button", "Make the contact sheet").click())
    field(page, "text_input", "From").input("soon")
    run(field(page, "button", "Make the clip").click())
    assert "minutes and seconds" in page.error[0].value
    field(page, "text_input", "From").input("0:02")
    field(page, "text_input", "To").input("0:04")
    run(field(page, "button", "Make the clip").click())
    made = [one.derived_how["what"] for one in rows(Evidence) if one.derived_how]
    assert made == ["contact_sheet", "clip"]
